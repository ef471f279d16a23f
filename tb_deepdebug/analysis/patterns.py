"""What losses have in common, and wins have not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.condition import text
from tb_deepdebug.analysis.rows import holds
from tb_deepdebug.analysis.strata import LEAST_GROUPS
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.analysis import Condition, Pattern, Share
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.stats.contrast import Contrast, contrast
from tb_deepdebug.stats.false_discoveries import adjusted

TAIL = 0.1  # the share of the rows that are losses, and that are wins: ours
BEYOND_CHANCE = 0.05

Conditions = tuple[Condition, ...]


def losses_and_wins(table: Table) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The tenth of the usable rows that the model gets most wrong, and that it gets most right.

    Where there is a baseline, by how much better than it the model does: rows where it does no
    worse are no losses, rows where it does no better no wins.
    """
    score = -table.loss if table.gain is None else table.gain
    known = np.flatnonzero(table.usable)
    by_score = known[np.argsort(score[known], kind="stable")]
    count = int(TAIL * len(known))
    losses, wins = np.zeros(len(table), bool), np.zeros(len(table), bool)
    losses[by_score[:count]] = True
    wins[by_score[len(known) - count :]] = True
    if table.gain is not None:
        losses &= score < 0
        wins &= score > 0
    return losses, wins


@dataclasses.dataclass(frozen=True, eq=False)
class Asked:
    """A condition to look into, and the rows to do it on: not those where it was found."""

    conditions: Conditions
    source: str
    table: Table


def patterns(asked: Sequence[Asked]) -> tuple[Pattern, ...]:
    """Tests each condition: is it more common among the losses than among the wins?"""
    found = [_compared(one) for one in asked]
    q = adjusted(np.array([_p(one) for one, _ in found]))
    return tuple(
        _pattern(one, compared, sides, float(corrected))
        for one, (compared, sides), corrected in zip(asked, found, q, strict=True)
    )


def _compared(one: Asked) -> tuple[Contrast, tuple[Share, Share]]:
    losses, wins = losses_and_wins(one.table)
    either = losses | wins
    rows = one.table.take(either)
    inside, lost = holds(one.conditions, rows.columns, len(rows)), losses[either]
    compared = contrast(inside.astype(np.float64), lost, rows.unit)
    return compared, (_share(inside, lost, rows), _share(inside, ~lost, rows))


def _share(inside: NDArray[np.bool_], side: NDArray[np.bool_], rows: Table) -> Share:
    both = inside & side
    return Share(int(both.sum()), int(side.sum()), len(np.unique(rows.unit[both])))


def _p(compared: Contrast) -> float:
    return compared.p_above(LEAST_GROUPS)


def _pattern(one: Asked, compared: Contrast, sides: tuple[Share, Share], q: float) -> Pattern:
    p = _p(compared)
    known = np.isfinite(q) and max(side.groups for side in sides) >= LEAST_GROUPS
    return Pattern(
        text(one.conditions),
        one.conditions,
        "user" if one.source == "user" else "found",
        *sides,
        Estimate(compared.difference, *compared.ends),
        p,
        q,
        "unknown" if not known else "pattern" if q <= BEYOND_CHANCE else "none",
    )
