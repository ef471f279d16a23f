"""Weak slices: found on one half of the groups, tested on the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.condition import text
from tb_deepdebug.analysis.rows import holds
from tb_deepdebug.analysis.slice_trees import MOST_ROWS, Conditions, candidates
from tb_deepdebug.analysis.strata import LEAST_GROUPS
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.analysis import Effect, Slice
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.stats.contrast import Contrast, contrast
from tb_deepdebug.stats.false_discoveries import adjusted

CONFIRMED = 0.05  # the share of false ones among the confirmed that is put up with
MOST_TOLD = 10

On = Literal["loss", "gain"]


@dataclasses.dataclass(frozen=True, eq=False)
class Halves:
    """The usable rows of a table, those of one half of its groups apart from the other's."""

    found: Table
    tested: Table


@dataclasses.dataclass(frozen=True)
class Slices:
    """The slices to tell, the strongest first, and how many were tested."""

    told: tuple[Slice, ...]
    tried: int


def halves(table: Table, seed: int) -> Halves:
    """Splits the groups (rows where there are none) at random."""
    rows = table.take(table.usable)
    names = np.unique(rows.unit)
    chosen = np.random.default_rng(seed).permutation(len(names))[: len(names) // 2]
    first = np.isin(rows.unit, names[chosen])
    return Halves(rows.take(first), rows.take(~first))


def slices(split: Halves, seed: int) -> Slices:
    """Looks for slices of high loss and, where there is a baseline, of low gain on it."""
    measures: list[On] = ["loss"] if split.found.gain is None else ["loss", "gain"]
    tried = [(on, *one) for on in measures for one in _tried(split, on, seed)]
    q = adjusted(np.array([tested.p_above(LEAST_GROUPS) for _, _, _, tested in tried]))
    every = [
        Slice(
            text(conditions),
            conditions,
            on,
            _effect(on, found),
            _effect(on, tested, tested.p_above(LEAST_GROUPS), float(corrected)),
            bool(corrected <= CONFIRMED),
        )
        for (on, conditions, found, tested), corrected in zip(tried, q, strict=True)
    ]
    order = [(one, found) for one, (_, _, found, _) in zip(every, tried, strict=True)]
    return Slices(_told(order), int(np.isfinite(q).sum()))


def _tried(split: Halves, on: On, seed: int) -> list[tuple[Conditions, Contrast, Contrast]]:
    """Each slice with what it is on either half; the gain with its sign turned: high is bad."""
    value = _badness(split.found, on)
    few = np.random.default_rng(seed).permutation(len(value))[:MOST_ROWS]
    columns = {name: values[few] for name, values in split.found.columns.items()}
    found = []
    for conditions in candidates(value[few], columns):
        one = _contrast(split.found, on, conditions)
        if one.witnesses >= LEAST_GROUPS and one.difference > 0:
            found.append((conditions, one, _contrast(split.tested, on, conditions)))
    return found


def _badness(table: Table, on: On) -> NDArray[np.float64]:
    return table.loss if on == "loss" or table.gain is None else -table.gain


def _contrast(table: Table, on: On, conditions: Conditions) -> Contrast:
    inside = holds(conditions, table.columns, len(table))
    return contrast(_badness(table, on), inside, table.unit)


def _effect(on: On, of: Contrast, p: float = float("nan"), q: float = float("nan")) -> Effect:
    (low, high), value = of.ends, of.difference
    if on == "gain":
        value, low, high = -value, -high, -low
    return Effect(of.rows[0], of.units[0], Estimate(value, low, high), p, q)


def _told(order: Sequence[tuple[Slice, Any]]) -> tuple[Slice, ...]:
    """The confirmed by their effect on the half that tested them, then the others as found."""
    confirmed = [one for one, _ in order if one.confirmed]
    confirmed.sort(key=lambda one: -abs(one.tested.effect.value))
    others = [(one, found) for one, found in order if not one.confirmed]
    others.sort(key=lambda pair: -_strength(pair[1]))
    return (*confirmed[:MOST_TOLD], *(one for one, _ in others[:MOST_TOLD]))


def _strength(found: Contrast) -> float:
    return found.difference / found.error if found.error > 0 else np.inf


def strongest(split: Halves, on: On, seed: int) -> list[Conditions]:
    """The conditions of the slices that stand out most on the half where they were found."""
    tried = sorted(_tried(split, on, seed), key=lambda one: -_strength(one[1]))
    return [conditions for conditions, _, _ in tried[:MOST_TOLD]]
