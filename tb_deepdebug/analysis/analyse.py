"""A table -> all that it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tb_deepdebug.analysis import strata as _strata
from tb_deepdebug.analysis.calibration import calibration, confusion
from tb_deepdebug.analysis.condition import parse
from tb_deepdebug.analysis.estimates import Bootstrap, affordable, measure
from tb_deepdebug.analysis.patterns import Asked, patterns
from tb_deepdebug.analysis.reversals import reversals
from tb_deepdebug.analysis.rows import holds
from tb_deepdebug.analysis.slices import MOST_TOLD, Tried, different, halves, told, tried
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.analysis import Analysis, Condition, Metrics, Pattern, Stratum
from tb_deepdebug.stats.bootstrap_interval import CONFIDENCE

RESAMPLES = 1000

Conditions = tuple[Condition, ...]


def analyse(
    table: Table,
    *,
    strata: Sequence[str] = (),
    edges: Mapping[str, Sequence[float]] | None = None,
    patterns: Sequence[str] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Analysis:
    """All that a table says. Raises ValueError where a condition is wrong."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"`seed` must be a whole number from 0 up. Received: {seed!r}")
    asked = {
        "strata": _parsed("strata", strata, table),
        "patterns": _parsed("patterns", patterns, table),
    }
    bootstrap, fewer = affordable(table, resamples, seed)
    _check_edges(edges or {}, table)
    cuts = _strata.cuts(table, edges or {})
    by_column = {name: _strata.strata(table, one) for name, one in cuts.singles.items()}
    whole = measure(table, bootstrap)
    every, found, note = _looked_for(table, asked["patterns"], seed)
    return Analysis(
        task=table.task,
        unit="row" if table.group is None else "group",
        resamples=bootstrap.resamples,
        confidence=CONFIDENCE,
        least_rows=_strata.LEAST_ROWS,
        least_groups=_strata.LEAST_GROUPS,
        metrics=whole,
        group_metrics=_by_group(table, bootstrap),
        calibration=calibration(table, bootstrap),
        confusion=confusion(table),
        strata=_all_strata(table, asked["strata"], by_column, cuts.pairs),
        slices=told(every),
        patterns=found,
        reversals=reversals(whole, by_column),
        tried=len(every),
        notes=(*_left_out(table), *fewer, *cuts.notes, *note),
    )


def _parsed(argument: str, texts: Sequence[str], table: Table) -> list[Conditions]:
    """The conditions of an argument, tried on no rows so that a wrong one is told at once."""
    listed = isinstance(texts, Sequence) and not isinstance(texts, str)
    if not listed or not all(isinstance(one, str) for one in texts):
        raise TypeError(f"`{argument}` must be a list of conditions. Received: {texts!r}")
    found = []
    none = {name: values[:0] for name, values in table.columns.items()}
    for one in texts:
        try:
            found.append(parse(one))
            holds(found[-1], none, 0)
        except ValueError as error:
            raise ValueError(f"`{argument}`: {error} (in {one!r})") from None
    return found


def _check_edges(edges: Mapping[str, Sequence[float]], table: Table) -> None:
    if not isinstance(edges, Mapping):
        raise TypeError(f"`edges` must be a mapping of columns to numbers. Received: {edges!r}")
    numbers = [name for name, values in table.columns.items() if values.dtype != object]
    for name, places in edges.items():
        if name not in numbers:
            known = ", ".join(numbers) or "none"
            raise ValueError(f"`edges` must be of columns of numbers: {known}. Received: {name}")
        try:
            finite = (
                bool(np.isfinite(np.asarray(places, np.float64)).all()) and np.ndim(places) == 1
            )
        except (TypeError, ValueError):
            finite = False
        if not finite:
            raise ValueError(f"`edges` of {name} must be finite numbers. Received: {places!r}")


def _all_strata(
    table: Table,
    asked: Sequence[Conditions],
    by_column: Mapping[str, tuple[Stratum, ...]],
    pairs: Sequence[Conditions],
) -> tuple[Stratum, ...]:
    """Those asked for first, then those of each column, then those of pairs."""
    alone = [one for found in by_column.values() for one in found]
    return (*_strata.strata(table, asked), *alone, *_strata.strata(table, pairs))


def _looked_for(
    table: Table, asked: Sequence[Conditions], seed: int
) -> tuple[list[Tried], tuple[Pattern, ...], tuple[str, ...]]:
    """Slices, patterns, and why there are none.

    Slices are looked into as patterns on the half where they were not found.
    """
    typed = patterns([Asked(one, "user", table) for one in asked])
    if not table.columns:
        return [], typed, ()
    split = halves(table, seed)
    try:
        every = tried(split, seed)
    except ImportError:
        note = "weak slices are not looked for without `pip install tb-deepdebug[analysis]`"
        return [], typed, (note,)
    on = "loss" if table.gain is None else "gain"
    apart = different([one for one in every if one.on == on])[:MOST_TOLD]
    fresh = [one.conditions for one in apart if set(one.conditions) not in map(set, asked)]
    found = patterns([Asked(one, "found", split.tested) for one in fresh])
    return every, (*typed, *found), ()


def _by_group(table: Table, bootstrap: Bootstrap) -> Metrics | None:
    """Metrics of one row a group, its mean prediction, where no group has two labels."""
    rows = table.take(table.usable)
    if rows.group is None or not len(rows):
        return None
    names, first, unit = np.unique(rows.group, return_index=True, return_inverse=True)
    if len(names) == len(rows) or (rows.label[first][unit] != rows.label).any():
        return None
    return measure(_averaged(rows, first, unit), bootstrap)


def _averaged(rows: Table, first: np.ndarray, unit: np.ndarray) -> Table:
    count = np.bincount(unit)

    def mean(values: np.ndarray | None) -> np.ndarray | None:
        if values is None:
            return None
        columns = values.reshape(len(values), -1).T
        means = np.stack([np.bincount(unit, column) / count for column in columns], axis=1)
        return means.reshape(-1, *values.shape[1:])

    prediction = mean(rows.prediction)
    assert prediction is not None
    return Table(
        rows.task,
        rows.label[first],
        prediction,
        mean(rows.baseline),
        rows.classes,
        np.arange(len(first)),
    )


def _left_out(table: Table) -> Iterable[str]:
    unlabelled = int((~np.isfinite(table.label)).sum())
    if unlabelled:
        yield f"{unlabelled:,} of {len(table):,} rows have no label and are left out"
    lost = int((~table.predicted).sum())
    if lost:
        whose = "prediction" if table.baseline is None else "prediction of both models"
        yield f"{lost:,} of {len(table):,} rows have no finite {whose} and are left out"
