"""The table cut by its columns, by pairs of them and by conditions of the user's."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.columns import factorised, missing
from tb_deepdebug.analysis.condition import text
from tb_deepdebug.analysis.estimates import Bootstrap, measure
from tb_deepdebug.analysis.rows import holds
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.analysis import Condition, Metrics, Stratum
from tb_deepdebug.records.estimate import Estimate

# Ours, no source: a stratum below either is shown grey and not ranked.
LEAST_ROWS = 50
LEAST_GROUPS = 10
# Ours: what keeps a report readable. A column's most common categories are shown, fewer where
# it is crossed with another; the first few columns are crossed.
MOST_CATEGORIES = 12
MOST_CROSSED_CATEGORIES = 4
MOST_CROSSED_COLUMNS = 5
# A column of so few numbers is cut at each of them.
FEW_NUMBERS = 5

Conditions = tuple[Condition, ...]


@dataclasses.dataclass(frozen=True)
class Cuts:
    """What the strata of a table are; `notes` tells what is left out."""

    singles: Mapping[str, tuple[Conditions, ...]]
    pairs: tuple[Conditions, ...]
    notes: tuple[str, ...]


def strata(table: Table, conditions: Sequence[Conditions]) -> tuple[Stratum, ...]:
    """The strata of at least one usable row, in the order of the conditions."""
    rows = table.take(table.usable)
    found = []
    for one in conditions:
        inside = holds(one, rows.columns, len(rows))
        if inside.any():
            metrics = _short(measure(rows.take(inside), Bootstrap(0)))
            found.append(Stratum(text(one), one, is_small(metrics), metrics))
    return tuple(found)


def _short(metrics: Metrics) -> Metrics:
    """To six digits: each step stores hundreds of strata, as text."""

    def short(estimates: Mapping[str, Estimate] | None) -> dict[str, Estimate] | None:
        if estimates is None:
            return None
        return {
            name: Estimate(*(float(f"{number:.6g}") for number in dataclasses.astuple(one)))
            for name, one in estimates.items()
        }

    return dataclasses.replace(
        metrics,
        model=short(metrics.model) or {},
        baseline=short(metrics.baseline),
        difference=short(metrics.difference),
    )


def is_small(metrics: Metrics) -> bool:
    """Too small to be ranked."""
    return metrics.rows < LEAST_ROWS or metrics.groups < LEAST_GROUPS


def cuts(table: Table, edges: Mapping[str, Sequence[float]]) -> Cuts:
    """Cuts each column; numbers at `edges` where given, else at their quartiles."""
    rows = table.take(table.usable)
    notes: list[str] = []
    singles, crossed = {}, {}
    for name, values in rows.columns.items():
        found = _cut(name, values, edges.get(name), notes)
        if found:
            singles[name] = found
            crossed[name] = [one for one in found if one[0].operator != "missing"]
            if values.dtype == object:
                crossed[name] = crossed[name][:MOST_CROSSED_CATEGORIES]
    if len(crossed) > MOST_CROSSED_COLUMNS:
        notes.append(f"pairs are of the first {MOST_CROSSED_COLUMNS} of {len(crossed)} columns")
    first = list(crossed.values())[:MOST_CROSSED_COLUMNS]
    pairs = tuple(
        (*a, *b)
        for left, right in itertools.combinations(first, 2)
        for a, b in itertools.product(left, right)
    )
    return Cuts(singles, pairs, tuple(notes))


def _cut(
    name: str, values: NDArray[Any], edges: Sequence[float] | None, notes: list[str]
) -> tuple[Conditions, ...]:
    lacking = missing(values)
    known = values[~lacking]
    categories = values.dtype == object
    found = list(_categories(name, known, notes) if categories else _numbers(name, known, edges))
    if found and lacking.any():
        found.append((Condition(name, "missing"),))
    return tuple(found) if len(found) > 1 else ()


def _categories(name: str, values: NDArray[Any], notes: list[str]) -> Iterator[Conditions]:
    names, codes = factorised(values)
    counts = np.bincount(codes, minlength=len(names))
    if too_many(len(names), len(values)):
        notes.append(f"{name}: {len(names):,} categories of {len(values):,} rows, not cut")
        return
    if len(names) > MOST_CATEGORIES:
        notes.append(
            f"{name}: of {len(names):,} categories the {MOST_CATEGORIES} most common are strata"
        )
    for k in np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]:
        yield (Condition(name, "==", names[k]),)


def too_many(categories: int, rows: int) -> bool:
    """Names rather than categories."""
    return categories > 1000 or categories > max(rows / 2, 2)


def _numbers(
    name: str, values: NDArray[np.float64], edges: Sequence[float] | None
) -> Iterator[Conditions]:
    distinct = np.unique(values)
    if edges is None and len(distinct) <= FEW_NUMBERS:
        for value in distinct:
            yield (Condition(name, "==", _shortest(value)),)
        return
    places = quartiles(values) if edges is None else sorted({float(edge) for edge in edges})
    lows: list[float | None] = [None, *places]
    highs: list[float | None] = [*places, None]
    for low, high in zip(lows, highs, strict=True):
        above = () if low is None else (Condition(name, ">", low),)
        below = () if high is None else (Condition(name, "<=", high),)
        yield (*above, *below)


def quartiles(values: NDArray[np.float64]) -> list[float]:
    """Different numbers that cut values into quarters, of as few digits as will do."""
    ordered = np.sort(values)
    found = {_readable(ordered, share) for share in (0.25, 0.5, 0.75)}
    return sorted(edge for edge in found if ordered[0] <= edge < ordered[-1])


def _readable(ordered: NDArray[np.float64], share: float) -> float:
    """The roundest number that has within 1 % of the rows' `share` at or below it."""
    exact = float(np.quantile(ordered, share, method="lower"))
    wanted = np.searchsorted(ordered, exact, side="right")
    for digits in range(1, 7):
        rounded = float(f"{exact:.{digits}g}")
        here = np.searchsorted(ordered, np.float64(np.float32(rounded)), side="right")
        if abs(int(here) - int(wanted)) <= 0.01 * len(ordered):
            return rounded
    return _shortest(exact)


def _shortest(value: float) -> float:
    """The shortest decimal number that is this float32."""
    return float(str(np.float32(value)))
