"""A task: what a net is asked to tell of a series, known exactly; and the registry of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Target = Callable[[Floats, NDArray[np.bool_], "Floats | None"], Floats]
MakeInput = Callable[[int, int, int, np.random.Generator], tuple[NDArray[np.float32], Floats]]


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """What a net is asked to tell of a series.

    Attributes:
      name: "mean_first_tenth".
      title: in words, as it is read in "learned to tell ...": "the mean of the first tenth".
      target: a function of the series `x` `[N, T]` (one channel, float64), `mask` `[N, T]` (true
        where valid) and `timestamps` `[N, T]` in seconds (or None), that gives one number a row,
        `[N]`. NaN where the row doesn't have what it takes: left out and counted.
      distance: how far back it needs to look: an int in timesteps before the last one, or a float
        as a share of the series.
      classes: of a classification, where the target is a class index; None for a number.
      needs_timestamps: whether it can't be computed without.
      make_input: for tasks that bring their own inputs: a function of rows, timesteps, channels and
        a generator of random numbers that gives x float32 `[N, T, C]` and the targets `[N]`.
      trivial: the loss of the best guess that doesn't look, where it has a closed form: a function
        of the number of timesteps.
    """

    name: str
    title: str
    target: Target
    distance: int | float
    classes: int | None = None
    needs_timestamps: bool = False
    make_input: MakeInput | None = None
    trivial: Callable[[int], float] | None = None

    def __post_init__(self) -> None:
        share = isinstance(self.distance, float)
        if not (0 <= self.distance <= 1 if share else self.distance >= 0):
            raise ValueError(
                "`distance` must be timesteps (an int of at least 0) or a share of the series (a "
                f"float in [0, 1]). Received: {self.distance!r}"
            )

    def reach(self, timesteps: int) -> int:
        """How many timesteps before the last one it needs to look at."""
        if isinstance(self.distance, float):
            return max(0, math.ceil(self.distance * timesteps) - 1)
        return self.distance


TASKS: dict[str, Task] = {}
"""Every task by its name. Add one's own with `register`."""


def register(
    name: str, *, distance: int | float, title: str = "", **options: Any
) -> Callable[[Target], Target]:
    """Adds a function to the tasks.

        @dd.checks.register("range", distance=1.0)
        def value_range(x, mask, timestamps):
            return np.where(mask, x, -np.inf).max(1) - np.where(mask, x, np.inf).min(1)

    Args:
      name: a new one.
      distance, options: as of a `Task`.
      title: in words; the first line of the function's docstring by default.

    Raises:
      ValueError: a task has that name.
    """

    def add(target: Target) -> Target:
        if name in TASKS:
            raise ValueError(f"A task must have a new name. Received: {name!r}, which is taken")
        told = title or (target.__doc__ or name).strip().splitlines()[0].rstrip(".")
        TASKS[name] = Task(name, told, target, distance, **options)
        return target

    return add


def found(task: Task | str) -> Task:
    """The task of that name. Raises ValueError, with the names there are."""
    if isinstance(task, Task):
        return task
    if task not in TASKS:
        raise ValueError(f"`task` must be a Task or one of {sorted(TASKS)}. Received: {task!r}")
    return TASKS[task]
