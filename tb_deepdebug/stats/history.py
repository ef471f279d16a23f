"""What became of each unit over training: accumulators that outlive the sampling of steps."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.stats.units import UnitStats


@dataclasses.dataclass(frozen=True, eq=False)
class UnitHistory:
    """Accumulators over every probe so far, each an array `[U]`.

    Attributes:
      steps: probes seen.
      steps_dead: probes at which the unit was dead.
      first_dead_step, last_dead_step: the training steps of the first and the last of them; NaN
        where there are none.
      revived: how many times a dead unit was seen active at a later probe.
      was_dead: whether it was dead when last known; a probe without a finite cell, or with one
        that is not finite, tells neither.
      min, max: over all finite cells of all probes; NaN where there are none.
    """

    steps: NDArray[np.float64]
    steps_dead: NDArray[np.float64]
    first_dead_step: NDArray[np.float64]
    last_dead_step: NDArray[np.float64]
    revived: NDArray[np.float64]
    was_dead: NDArray[np.bool_]
    min: NDArray[np.float64]
    max: NDArray[np.float64]


def follow(history: UnitHistory | None, stats: UnitStats, step: int) -> UnitHistory:
    """The history with one more probe, taken at training step `step`; None begins one.

    Raises:
      ValueError: the history is of another number of units.
    """
    past = _none(len(stats.count)) if history is None else history
    if len(past.steps) != len(stats.count):
        raise ValueError(
            "A history goes on with the same units. "
            f"Received: {len(past.steps)} units before, {len(stats.count)} now"
        )
    dead = stats.is_dead
    known = (stats.count > 0) & ~stats.is_nonfinite
    return UnitHistory(
        steps=past.steps + 1,
        steps_dead=past.steps_dead + dead,
        first_dead_step=np.where(dead & (past.steps_dead == 0), step, past.first_dead_step),
        last_dead_step=np.where(dead, step, past.last_dead_step),
        revived=past.revived + (past.was_dead & known & ~dead),
        was_dead=np.where(known, dead, past.was_dead),
        min=np.fmin(past.min, stats.min),
        max=np.fmax(past.max, stats.max),
    )


def _none(units: int) -> UnitHistory:
    none, never = np.zeros(units), np.full(units, np.nan)
    return UnitHistory(
        steps=none,
        steps_dead=none,
        first_dead_step=never,
        last_dead_step=never,
        revived=none,
        was_dead=np.zeros(units, bool),
        min=never,
        max=never,
    )
