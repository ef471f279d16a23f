"""Weak slices: found on one half of the groups, tested on the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

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
# A slice that shares so much of its rows, or of the other's, with a stronger one is not told.
SAME_ROWS = 0.7

On = Literal["loss", "gain"]


@dataclasses.dataclass(frozen=True, eq=False)
class Halves:
    """The usable rows of a table, those of one half of its groups apart from the other's."""

    found: Table
    tested: Table


@dataclasses.dataclass(frozen=True, eq=False)
class Tried:
    """A slice on either half; a gain has its sign turned, so that high is bad.

    Attributes:
      inside: its rows on the half where it was found.
    """

    on: On
    conditions: Conditions
    inside: NDArray[np.bool_]
    found: Contrast
    tested: Contrast

    @property
    def strength(self) -> float:
        """How far it stands out on the half where it was found, in standard errors."""
        return self.found.difference / self.found.error if self.found.error > 0 else np.inf

    def same_rows(self, other: Tried) -> bool:
        """Whether it is about as many of the same rows."""
        common = np.count_nonzero(self.inside & other.inside)
        fewer = min(np.count_nonzero(self.inside), np.count_nonzero(other.inside))
        return self.on == other.on and bool(common > SAME_ROWS * fewer)


def halves(table: Table, seed: int) -> Halves:
    """Splits the groups (rows where there are none) at random."""
    rows = table.take(table.usable)
    names = np.unique(rows.unit)
    chosen = np.random.default_rng(seed).permutation(len(names))[: len(names) // 2]
    first = np.isin(rows.unit, names[chosen])
    return Halves(rows.take(first), rows.take(~first))


def tried(split: Halves, seed: int) -> list[Tried]:
    """Looks for slices of high loss and, where there is a baseline, of low gain, strongest first.

    Needs scikit-learn (ImportError without it).
    """
    measures: list[On] = ["loss"] if split.found.gain is None else ["loss", "gain"]
    found = [one for on in measures for one in _searched(split, on, seed)]
    return sorted(found, key=lambda one: -one.strength)


def told(every: Sequence[Tried]) -> tuple[Slice, ...]:
    """The confirmed slices, then the others, the strongest first and no two of the same rows."""
    q = adjusted(np.array([one.tested.p_above(LEAST_GROUPS) for one in every]))
    confirmed = [one for one, corrected in zip(every, q, strict=True) if corrected <= CONFIRMED]
    corrected = {id(one): float(value) for one, value in zip(every, q, strict=True)}
    first = different(confirmed)[:MOST_TOLD]
    rest = different([*first, *(one for one in every if one not in confirmed)])[len(first) :]
    return tuple(_slice(one, corrected[id(one)]) for one in [*first, *rest[:MOST_TOLD]])


def different(every: Sequence[Tried]) -> list[Tried]:
    """Those that are not about the rows of one before them."""
    kept: list[Tried] = []
    for one in every:
        if not any(one.same_rows(other) for other in kept):
            kept.append(one)
    return kept


def _searched(split: Halves, on: On, seed: int) -> list[Tried]:
    value = _badness(split.found, on)
    few = np.random.default_rng(seed).permutation(len(value))[:MOST_ROWS]
    columns = {name: values[few] for name, values in split.found.columns.items()}
    every = []
    for conditions in candidates(value[few], columns):
        inside, found = _contrast(split.found, on, conditions)
        if found.witnesses >= LEAST_GROUPS and found.difference > 0:
            tested = _contrast(split.tested, on, conditions)[1]
            every.append(Tried(on, conditions, inside, found, tested))
    return every


def _badness(table: Table, on: On) -> NDArray[np.float64]:
    return table.loss if on == "loss" or table.gain is None else -table.gain


def _contrast(table: Table, on: On, conditions: Conditions) -> tuple[NDArray[np.bool_], Contrast]:
    inside = holds(conditions, table.columns, len(table))
    return inside, contrast(_badness(table, on), inside, table.unit)


def _slice(one: Tried, q: float) -> Slice:
    tested = _effect(one.on, one.tested, one.tested.p_above(LEAST_GROUPS), q)
    found = _effect(one.on, one.found)
    confirmed = q <= CONFIRMED
    return Slice(text(one.conditions), one.conditions, one.on, found, tested, confirmed)


def _effect(on: On, of: Contrast, p: float = float("nan"), q: float = float("nan")) -> Effect:
    (low, high), value = of.ends, of.difference
    if on == "gain":
        value, low, high = -value, -high, -low
    return Effect(of.rows[0], of.units[0], Estimate(value, low, high), p, q)
