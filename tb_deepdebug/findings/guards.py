"""What keeps a rule from crying wolf: sample sizes, warm-up, persistence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.findings.view import Run, Steps

# Fewer valid cells a unit support no claim of "never": with none of n cells firing, the 95 % upper
# bound of the rate is 3 / n (rule of three; Hanley & Lippman-Hand 1983), here 0.1 %.
LEAST_CELLS = 3000
# Consecutive looks that must agree (SageMaker Debugger's UnchangedTensor: 3; TheDeepChecker: 5).
PERSISTENCE = 3
# Steps before which nothing but what is not finite or ill initialised is judged
# (TheDeepChecker starts at step 10).
WARM_UP = 10
# Training steps in which every net is stuck, some of its units sleep and its steps are large: of
# healthy runs cut off before, a half had an alarm, and none after (ours; benchmarks/faults).
YOUNG = 100


class Onset(NamedTuple):
    """Since when something holds: the training step, its place in `steps`, and over how many."""

    step: int
    place: int
    looks: int


def warm_up(run: Run, least: int = WARM_UP) -> int:
    """The training step before which a run is not judged: `least`, or 1 % of the planned steps."""
    planned = run.setup.planned_steps if run.setup is not None else None
    return max(least, (planned or 0) // 100)


def is_young(run: Run) -> bool:
    """Whether a training has only begun: before `YOUNG` steps, or half of those planned."""
    planned = run.setup.planned_steps if run.setup is not None else None
    return run.last_step < (YOUNG if planned is None else min(YOUNG, planned // 2))


def onset(
    steps: Steps, hit: NDArray[np.bool_], *, persistence: int = PERSISTENCE, start: int = 0
) -> Onset | None:
    """Since when a condition holds without a break until the last recorded step.

    Args:
      steps: `[S]`, ascending.
      hit: `[S]`, whether it holds there.
      persistence: at how many of the last steps in a row it must hold at least; of fewer recorded
        steps, at all of them.
      start: steps before this one count for the onset but not for persistence.

    Returns None if it does not hold any more, or not for long enough.
    """
    if not len(steps) or not hit[-1]:
        return None
    misses = np.flatnonzero(~hit)
    place = int(misses[-1]) + 1 if len(misses) else 0
    judged = int(np.count_nonzero(steps[place:] >= start))
    if judged < min(persistence, int(np.count_nonzero(steps >= start))) or not judged:
        return None
    return Onset(int(steps[place]), place, len(steps) - place)


def first_lasting(
    steps: Steps, hit: NDArray[np.bool_], *, persistence: int = PERSISTENCE
) -> Onset | None:
    """The first time that a condition held at `persistence` recorded steps in a row."""
    run = 0
    for place, held in enumerate(hit):
        run = run + 1 if held else 0
        if run == persistence:
            first = place - persistence + 1
            return Onset(int(steps[first]), first, persistence)
    return None


def rate_bound(cells: int) -> float:
    """The 95 % upper bound of a rate of which no case was seen in so many cells."""
    return min(1.0, 3.0 / cells) if cells else 1.0
