"""What the two nets that differ in their heads can be taught: a map of their memory."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug import checks
from tb_deepdebug.demo.scenarios import SCENARIOS, Scenario
from tb_deepdebug.demo.simulated import DAY
from tb_deepdebug.demo.size import Size
from tb_deepdebug.demo.train import build
from tb_deepdebug.demo.wearables import Weeks, generate, scaled, thinned
from tb_deepdebug.records.check import Check

WORKOUT = 2.0  # of the scaled heart rate: 110 beats a minute
LADDER = 128  # timesteps of the ladder's series, which is noise


def since_workout(
    heart_rate: NDArray[np.float64],
    mask: NDArray[np.bool_],
    timestamps: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Days from the last valid reading back to the last heart rate above 110; NaN without one."""
    assert timestamps is not None
    latest = np.where(mask & (heart_rate > WORKOUT), timestamps, -np.inf).max(axis=1)
    end = np.where(mask, timestamps, -np.inf).max(axis=1)
    there = np.isfinite(latest)
    return np.where(there, end - np.where(there, latest, 0), np.nan) / DAY


SINCE_WORKOUT = checks.Task(
    "time_since_workout",
    "the time since the last workout, a heart rate above 110",
    since_workout,
    distance=1.0,
    needs_timestamps=True,
)
TASKS = ("day_minus_night", SINCE_WORKOUT)


def tried(logdir: pathlib.Path, seed: int, size: Size) -> Iterator[str]:
    """Teaches both nets every task and how far back to look; yields what came of each."""
    weeks = generate(size.lesson_weeks, seed)  # as many as one likes: nobody has to label them
    thin = thinned(weeks, size.minutes, size.thin_timesteps)
    lessons = Lessons(thin, size.lessons, size.ladder, seed)
    for scenario in (one for one in SCENARIOS if one.far):
        folder = logdir / scenario.name
        for task in TASKS:
            yield f"{scenario.name}: {first_line(lessons.taught(scenario, task, folder))}"
        if size.ladder:
            yield f"{scenario.name}: {first_line(lessons.ladder(scenario, folder))}"


def first_line(check: Check) -> str:
    """Verdict and sentence."""
    return str(check).splitlines()[0]


class Lessons:
    """Weeks of ten-minute readings, of which the nets are taught what is known exactly.

    Args:
      weeks: as they are thinned already.
      steps: of a task's training. rung: of each one of the ladder's.
    """

    def __init__(self, weeks: Weeks, steps: int, rung: int, seed: int) -> None:
        self.weeks, self.x = weeks, scaled(weeks)
        self.steps, self.rung, self.seed = steps, rung, seed

    def taught(
        self, scenario: Scenario, task: checks.Task | str, folder: pathlib.Path | None
    ) -> Check:
        """A fresh net of the scenario, taught one task."""
        return checks.synthetic_task(
            build(scenario, self.x.shape[1]),
            [self.x, self.weeks.mask],
            task,
            mask=self.weeks.mask,
            timestamps=self.weeks.timestamps,
            reads=_reads(scenario),
            steps=self.steps,
            learning_rate=0.005,
            seed=self.seed,
            logdir=folder,
            progress=False,
        )

    def ladder(self, scenario: Scenario, folder: pathlib.Path | None) -> Check:
        """How far back a fresh net of the scenario can be taught to look, in noise."""
        x, mask = self.x[:, :LADDER], self.weeks.mask[:, :LADDER]
        return checks.memory_ladder(
            build(scenario, x.shape[1]),
            [x, mask],
            tasks=(),
            mask=mask,
            reads=_reads(scenario),
            steps=self.rung,
            learning_rate=0.005,
            seed=self.seed,
            logdir=folder,
            progress=False,
        )


def _reads(scenario: Scenario) -> Literal["last", "mean"]:
    return "mean" if scenario.head == "average" else "last"
