"""When a recorder looks at the model: densely at first, where nets die, and then every so often."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

# 1, 2, 3, 4, 6, 8 and their tenfolds: even steps on the log axis of early training.
_MANTISSAS = (1, 2, 3, 4, 6, 8)


@dataclasses.dataclass(frozen=True)
class Schedule:
    """Which steps are due; step 0 is the untrained model, step n the model after n updates.

    Attributes:
      every: the distance between two looks, once training is under way.
      epochs: `every` counts epochs, and `passed` is asked at their ends only.
      wanted: decides alone, if given.
    """

    every: int = 100
    epochs: bool = False
    wanted: Callable[[int], bool] | None = None

    def is_due(self, step: int) -> bool:
        """Whether to look after the update `step`. Of epochs: after so many epochs."""
        if self.wanted is not None:
            return bool(self.wanted(step))
        return step % self.every == 0 or (not self.epochs and _is_early(step, self.every))

    def passed(self, before: int, step: int) -> bool:
        """Whether a look came due after `before` and up to `step`.

        Several updates may be made at one go (`steps_per_execution`).
        """
        return any(self.is_due(s) for s in range(before + 1, step + 1))


def schedule(every: Any) -> Schedule:
    """What the argument `every` of a recorder means.

    Args:
      every: a number of steps; "epoch"; a function of the step; or a `Schedule`.

    Raises:
      TypeError, ValueError: it is something else.
    """
    if isinstance(every, Schedule):
        return every
    if every == "epoch":
        return Schedule(1, epochs=True)
    if callable(every):
        return Schedule(wanted=every)
    if isinstance(every, bool) or not isinstance(every, int):
        raise TypeError(
            '`every` must be a number of steps, "epoch", a function of the step or a Schedule. '
            f"Received: every={every!r}"
        )
    if every < 1:
        raise ValueError(f"`every` must be at least 1. Received: every={every}")
    return Schedule(every)


def _is_early(step: int, every: int) -> bool:
    if not 0 < step < every:
        return step == 0
    while step % 10 == 0:
        step //= 10
    return step in _MANTISSAS
