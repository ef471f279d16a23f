"""How far back can this architecture be taught to look? The same task at growing distances."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from tb_deepdebug.checks.log import CheckLog
from tb_deepdebug.checks.problem import Given, given, posed
from tb_deepdebug.checks.score import PARTIAL_R2, PASS_R2
from tb_deepdebug.checks.series_tasks import steps_back
from tb_deepdebug.checks.synthetic import rates, taught
from tb_deepdebug.checks.task import Task
from tb_deepdebug.checks.tasks import found
from tb_deepdebug.checks.training import Budget
from tb_deepdebug.records.check import Check, Item, Line, Number, Picture, Verdict

_FINE = 10  # the reach is told to a tenth of itself
_ENOUGH = 2  # rungs failed in a row: the reach lies below


@dataclasses.dataclass(frozen=True)
class Rung:
    """One task of a ladder, tried.

    Attributes:
      distance: timesteps before the last one.
      lag: whether it is of the family that the reach is found with.
      skill, low, high: against the best trivial predictor; NaN where the loss was not finite.
    """

    task: Task
    distance: int
    lag: bool
    skill: float
    low: float
    high: float
    steps: int
    stopped: str

    @property
    def verdict(self) -> Verdict:
        """By the skill, at the levels that the synthetic tasks have for R2."""
        if not (self.low > 0 and self.skill >= PARTIAL_R2):
            return "fail"
        return "pass" if self.skill >= PASS_R2 else "partial"


@dataclasses.dataclass(frozen=True, eq=False)
class _Climb:
    """What every rung is tried with."""

    model_or_builder: Any
    given: Given
    budget: Budget
    progress: bool | None
    channel: int
    validation: float
    plan: dict[str, Any]

    def rung(self, task: Task, inputs: Literal["own", "noise"], *, lag: bool) -> Rung:
        """Trains a copy on one task."""
        options = {"channel": self.channel, "validation": self.validation, "inputs": inputs}
        problem = posed(task, self.given, **options, seed=self.budget.seed)  # type: ignore[arg-type]
        nowhere = CheckLog(None, "memory_ladder")
        result = taught(
            self.model_or_builder, problem, self.budget, nowhere, self.progress, {}, **self.plan
        )
        course, score, nan = result.course, result.score, float("nan")
        skill = (nan, nan, nan)
        if score is not None:
            skill = (score.skill.value, score.skill.low, score.skill.high)
        reach = task.reach(problem.series.shape[1])
        return Rung(task, reach, lag, *skill, len(course.losses), course.stopped)


def memory_ladder(
    model_or_builder: Any,
    x: Any,
    *,
    need: int | float = 1.0,
    tasks: Sequence[Task | str] = ("mean", "mean_first_tenth"),
    inputs: Literal["noise", "own"] = "noise",
    mask: Any = None,
    timestamps: Any = None,
    groups: Any = None,
    channel: int = 0,
    period: float | None = None,
    reads: Literal["last", "mean"] = "last",
    plain: bool = False,
    steps: int = 1000,
    batch_size: int = 32,
    learning_rate: float | Sequence[float] = (1e-2, 1e-3),
    validation: float = 0.25,
    patience: int | None = 20,
    seed: int = 0,
    logdir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Check:
    """Tells how far back a net can be taught to look, each distance a training of its own.

    The net is asked for the value (of a short window) 0, 1, 2, 4, ... timesteps before the last
    one, until two in a row are not learned, then between; a rung counts where the skill is at least
    0.5. Then come the named `tasks`, on one's own inputs, in the order of the distance they need.

    Args:
      need: how far back it must look to pass: timesteps, or a float share of the series.
      inputs: of the distances: "noise" (white, of the mean and spread of one's own), in which no
        value can be told from its neighbours; or "own", where the skill says what was learned
        beyond the best trivial predictor, and smooth series leave little to learn.
      steps: for each rung, at most.

    Other arguments, and what is raised, are those of `synthetic_task`.
    """
    climb = _Climb(
        model_or_builder,
        given(x, mask, timestamps, groups, period),
        Budget(steps, batch_size, rates(learning_rate), patience, seed),
        progress,
        channel,
        validation,
        {"reads": reads, "plain": plain},
    )
    timesteps = climb.given.series.shape[1]
    named = sorted((found(task) for task in tasks), key=lambda one: one.reach(timesteps))
    needed = need if isinstance(need, int) else max(0, round(need * timesteps) - 1)
    report = _Report(_longest(climb.given), needed, timesteps, steps, inputs, time.monotonic())
    rungs: list[Rung] = []
    with CheckLog(logdir, "memory_ladder") as log:
        for rung in _climbed(climb, report.longest, inputs, named):
            rungs.append(rung)
            log.write(report.check(rungs, running=True), sum(one.steps for one in rungs))
            if rung.stopped == "by hand":
                break
        # In order: TensorBoard drops a tag's later steps when an earlier one follows.
        for rung in sorted((one for one in rungs if one.lag), key=lambda one: one.distance):
            log.scalar("skill", rung.skill, rung.distance)
        check = report.check(rungs, running=False)
        log.write(check, sum(one.steps for one in rungs))
    return check


def _climbed(
    climb: _Climb, longest: int, inputs: Literal["noise", "own"], named: Sequence[Task]
) -> Iterator[Rung]:
    """Doubles the distance until it fails twice, then halves what lies between; then the tasks."""
    reached = -1
    failed: list[int] = []
    for lag in _doubling(longest):
        rung = climb.rung(steps_back(lag), inputs, lag=True)
        yield rung
        reached, failed = (lag, []) if rung.verdict != "fail" else (reached, [*failed, lag])
        if len(failed) == _ENOUGH:
            break
    above = failed[0] if failed else reached + 1
    while above - reached > max(1, reached // _FINE):
        lag = (above + reached) // 2
        rung = climb.rung(steps_back(lag), inputs, lag=True)
        yield rung
        reached, above = (reached, lag) if rung.verdict == "fail" else (lag, above)
    for task in named:
        yield climb.rung(task, "own", lag=False)


def _doubling(longest: int) -> list[int]:
    lags = [0] + [1 << i for i in range(longest.bit_length()) if 1 << i < longest]
    return sorted({*lags, longest})


def _longest(given: Given) -> int:
    """The longest distance that half the rows have, with the window around it."""
    series = given.series
    length = series.shape[1]
    if given.mask is not None:
        length = int(np.median(given.mask.sum(axis=1)))
    return max((lag for lag in range(length) if lag + lag // 8 < length), default=0)


@dataclasses.dataclass(frozen=True)
class _Report:
    """What the rungs amount to."""

    longest: int
    needed: int
    timesteps: int
    steps: int
    inputs: str
    began: float

    def check(self, rungs: Sequence[Rung], *, running: bool) -> Check:
        """The record, while it climbs or at its end."""
        ordered = sorted(rungs, key=lambda one: (not one.lag, one.distance))
        reach, by_hand = _reach(rungs), rungs[-1].stopped == "by hand"
        seconds = time.monotonic() - self.began
        numbers = (
            Number("reach", reach if reach is not None else float("nan"), unit="timesteps"),
            Number("needed", min(self.needed, self.longest), unit="timesteps"),
            Number("time", seconds, unit="s"),
        )
        verdict = self._verdict(reach, by_hand)
        return Check(
            "memory_ladder",
            "running" if running else verdict,
            self._sentence(reach, by_hand) + f" {len(rungs)} rungs took {seconds:.0f} s.",
            "" if running or verdict == "pass" else self._next(by_hand),
            numbers,
            tuple(_item(one) for one in ordered),
            (_picture(ordered),),
            self._settings(),
        )

    def _verdict(self, reach: int | None, by_hand: bool) -> Verdict:
        needed = min(self.needed, self.longest)
        if reach is not None and reach >= needed:
            return "pass"
        if by_hand:
            return "unknown"
        return "partial" if reach is not None and reach > 0 and 2 * reach >= needed else "fail"

    def _sentence(self, reach: int | None, by_hand: bool) -> str:
        within = f"within {self.steps:,} steps each"
        stopped = "; stopped by hand" if by_hand else ""
        if reach is None:
            return f"Not taught to tell even the last value {within}{stopped}."
        if reach == 0 and self.longest > 0 and not by_hand:
            return f"Can be taught to tell the last value, and to look back no further, {within}."
        about = "at least" if reach >= self.longest or by_hand else "about"
        return (
            f"Can be taught to look back {about} {reach:,} of {self.timesteps:,} timesteps "
            f"{within}{stopped}."
        )

    def _next(self, by_hand: bool) -> str:
        if by_hand:
            return "Run it again and let it end."
        return (
            f"Repeat it with more steps, such as steps={4 * self.steps}; if the reach stays, "
            "shorten the way (pooling, strides, dilation, attention), and compare the input "
            "gradients."
        )

    def _settings(self) -> tuple[tuple[str, str], ...]:
        return (
            ("steps a rung", f"{self.steps:,}"),
            ("inputs of the distances", self.inputs),
            ("learned", f"skill >= {PARTIAL_R2} (ours), above 0 for certain"),
            ("pass", "reach >= needed, partial: at least half of it (ours)"),
        )


def _reach(rungs: Sequence[Rung]) -> int | None:
    """The longest distance learned; None where not even the last value was."""
    return max((one.distance for one in rungs if one.lag and one.verdict != "fail"), default=None)


def _item(rung: Rung) -> Item:
    told = {"learned": "learned", "flat": "flat", "steps": "to the end", "by hand": "by hand"}
    how = told.get(rung.stopped, "the loss was not finite")
    sentence = f"skill {rung.skill:.2f} [{rung.low:.2f}, {rung.high:.2f}], {rung.steps:,} steps"
    return Item(_label(rung), rung.verdict, f"{sentence} ({how}).", picture=0)


def _picture(rungs: Sequence[Rung]) -> Picture:
    values = np.array([(one.skill, one.low, one.high) for one in rungs], np.float64)
    places = np.arange(len(rungs), dtype=np.float64)
    labels = tuple(_label(one) for one in rungs)
    line = Line("skill", values[:, 0], places, values[:, 1], values[:, 2], labels)
    references = (("learned", PARTIAL_R2), ("no better than trivial", 0.0))
    return Picture("intervals", "Skill by distance", "skill", "", (line,), references)


def _label(rung: Rung) -> str:
    if not rung.lag:
        return rung.task.title
    return f"{rung.distance:,} steps back" if rung.distance else "the last value"
