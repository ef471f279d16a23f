"""Can this architecture learn what the task needs? A net taught a known function of its inputs."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tb_deepdebug.checks.literature_tasks import published_copying_loss
from tb_deepdebug.checks.log import CheckLog
from tb_deepdebug.checks.problem import Problem, given, posed
from tb_deepdebug.checks.progress import Progress
from tb_deepdebug.checks.score import PARTIAL_R2, PASS_R2, Score
from tb_deepdebug.checks.task import Task
from tb_deepdebug.checks.tasks import found
from tb_deepdebug.checks.training import Budget, Course, Trainer
from tb_deepdebug.records.check import Check, Line, Number, Picture, Verdict


def synthetic_task(
    model_or_builder: Any,
    x: Any,
    task: Task | str,
    *,
    mask: Any = None,
    timestamps: Any = None,
    groups: Any = None,
    channel: int = 0,
    period: float | None = None,
    inputs: Literal["own", "noise"] = "own",
    reads: Literal["last", "mean"] = "last",
    plain: bool = False,
    steps: int = 2000,
    batch_size: int = 32,
    learning_rate: float | Sequence[float] = (1e-2, 1e-3),
    validation: float = 0.25,
    patience: int | None = 20,
    seed: int = 0,
    logdir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Check:
    """Teaches a copy of a net, with a new head, a function of its own inputs that is known.

    The target is z-scored by the training users; the score is of users held out. "Fail" says that
    the net did not learn it within so many steps, never that it can't.

    Args:
      model_or_builder: a Keras model, a torch module, or a function that builds one. It is not
        changed: a copy is trained.
      x: float `[N, T, C]` (or ids `[N, T]`), or a list, tuple or dict with such a series.
      task: one of `dd.checks.TASKS`, or a `Task`.
      mask: bool `[N, T]`, true where valid. It says what counts for the target and where the net
        is read; the net itself sees only the masks it makes or is given in `x`.
      timestamps: seconds `[N, T]` since some midnight. period: timesteps a day instead.
      groups: `[N]`, whose row it is; each row a user of its own by default.
      channel: of the series, the one that the task is about.
      inputs: "noise" replaces the series by white noise of the same mean and spread.
      reads: whether the new head's outputs are read at the last valid step or averaged, where
        they have a time axis.
      plain: switch regularisation, dropout, noise and augmentation off.
      learning_rate: of several, the one with the lowest training loss after a tenth of the steps.
      validation: share of users held out.
      patience: validations (of 40) without progress after which it ends; None: never.
      logdir: where the record "synthetic_task/<task>" and the curves are written.
      progress: a line on standard error; None: where that is a terminal.

    Raises:
      TypeError, ValueError: an argument doesn't fit; the message says what was expected.
    """
    budget = Budget(steps, batch_size, rates(learning_rate), patience, seed)
    chosen = found(task)
    problem = posed(
        chosen,
        given(x, mask, timestamps, groups, period),
        channel=channel,
        validation=validation,
        inputs=inputs,
        seed=seed,
    )
    asked = {"channel": channel, "inputs": inputs, "reads": reads, "plain": plain}
    with CheckLog(logdir, f"synthetic_task/{chosen.name}") as log:
        return taught(
            model_or_builder, problem, budget, log, progress, asked, reads=reads, plain=plain
        ).check


@dataclasses.dataclass(frozen=True, eq=False)
class Taught:
    """A task that a net was taught, or not.

    Attributes:
      score: with intervals; None where the loss was not finite.
    """

    check: Check
    course: Course
    score: Score | None


def taught(
    model_or_builder: Any,
    problem: Problem,
    budget: Budget,
    log: CheckLog,
    progress: bool | None,
    asked: dict[str, Any],
    **options: Any,
) -> Taught:
    """Trains a copy, writes how it goes, and judges.

    Args:
      asked: settings to be shown.
      options: of the copy's `Plan`.
    """
    trainer = Trainer(problem, budget)
    line = Progress(problem.task.name, budget.steps, progress)
    settings = _settings(problem, budget, asked)
    settings += tuple(
        ("not counted as trivial", f"{name}: it is the task") for name in trainer.exact
    )

    def look(course: Course) -> None:
        score, step = course.scores[-1], course.steps[-1]
        line.at(step, f"R2 {score.r2.value:.3f}")
        log.scalar("r2", score.r2.value, step)
        log.scalar("skill", score.skill.value, step)
        if course.losses:
            log.scalar("loss", course.losses[-1], step)
        told = f"at step {step:,} of {budget.steps:,}, R2 {score.r2.value:.3f}."
        log.write(_check(problem, course, score, "running", told, "", settings), step)

    try:
        course = trainer.course(model_or_builder, look, line.at, **options)
    finally:
        line.close()
    ended = course.stopped != "not finite"
    score = trainer.full_score(course) if ended else None
    verdict: Verdict = "fail" if score is None else score.verdict
    if course.stopped == "by hand" and verdict != "pass":
        verdict = "unknown"
    check = _check(
        problem,
        course,
        score,
        verdict,
        _sentence(problem, course, score, verdict),
        _next(problem, course, verdict, budget),
        (*settings, ("learning rate kept", f"{course.learning_rate:g}")),
    )
    log.write(check, len(course.losses))
    return Taught(check, course, score)


def _check(
    problem: Problem,
    course: Course,
    score: Score | None,
    verdict: Verdict,
    sentence: str,
    then: str,
    settings: tuple[tuple[str, str], ...],
) -> Check:
    numbers = () if score is None else _numbers(problem, score)
    return Check(
        "synthetic_task",
        verdict,
        sentence,
        then,
        numbers,
        pictures=(_curve(course),),
        settings=(*settings, *(("note", note) for note in course.learner.notes)),
    )


def _numbers(problem: Problem, score: Score) -> tuple[Number, ...]:
    classes = problem.task.classes
    loss = "MSE" if classes is None else "cross-entropy"
    r2, skill = score.r2, score.skill
    numbers = [
        Number("R2 on held-out users", r2.value, r2.low, r2.high),
        Number("skill", skill.value, skill.low, skill.high),
        Number(loss, score.loss),
        Number(f"{loss} of the best trivial predictor", score.trivial_loss),
        Number(f"{loss} of the mean" if classes is None else f"{loss} of shares", score.mean_loss),
    ]
    if problem.task.trivial is not None:
        timesteps = problem.series.shape[1]
        numbers.append(Number(f"{loss} of no memory, published", problem.task.trivial(timesteps)))
        if problem.task.name == "copying":
            published = published_copying_loss(timesteps)
            numbers.append(Number("the same a timestep, 10 ln 8 / (T + 20)", published))
    numbers.append(Number("rows left out", problem.excluded))
    return tuple(numbers)


def _sentence(problem: Problem, course: Course, score: Score | None, verdict: Verdict) -> str:
    title, steps = problem.task.title, f"{len(course.losses):,} steps"
    if score is None:
        return f"The loss was not finite after {steps} of learning to tell {title}."
    result = f"R2 {score.r2.value:.3f} on {problem.held_users} held-out users"
    against = f"skill {score.skill.value:.2f}{_range(score)} against {score.trivial}"
    if verdict == "pass":
        return f"Learned to tell {title} within {steps}: {result}, {against}."
    ended = {
        "by hand": "stopped by hand",
        "flat": "stopped when it was flat",
    }.get(course.stopped, "the curve was still rising" if course.rising else "the curve was flat")
    if verdict == "partial":
        return f"Learned in part to tell {title} within {steps}: {result}, {against}; {ended}."
    return f"Not learned within {steps} to tell {title}: {result}, {against}; {ended}."


def _range(score: Score) -> str:
    low, high = score.skill.low, score.skill.high
    return f" [{low:.2f}, {high:.2f}]" if math.isfinite(low) else ""


def _next(problem: Problem, course: Course, verdict: Verdict, budget: Budget) -> str:
    if verdict == "pass":
        return ""
    if course.stopped == "not finite":
        if not np.isfinite(problem.series).all():
            return "The inputs hold NaN or infinities: see dd.checks.inspect_inputs(...)."
        return f"Lower the learning rate: learning_rate={course.learning_rate / 10:g}."
    if course.stopped == "by hand":
        return "Run it again and let it end."
    if course.rising:
        return f"Give it more steps, such as steps={2 * budget.steps}, then judge."
    return (
        "See how far back it can be taught to look with dd.checks.memory_ladder(...), and beside "
        "it the input gradients; if it falls short, change the architecture before training it."
    )


def _curve(course: Course) -> Picture:
    steps = np.array(course.steps, np.float64)
    r2 = np.array([score.r2.value for score in course.scores])
    skill = np.array([score.skill.value for score in course.scores])
    return Picture(
        "lines",
        "Learning curve, held-out users",
        "step",
        "share explained",
        (Line("R2", steps, r2), Line("skill", steps, skill)),
        (("pass", PASS_R2), ("partial", PARTIAL_R2), ("no better than trivial", 0.0)),
    )


def _settings(
    problem: Problem, budget: Budget, asked: dict[str, Any]
) -> tuple[tuple[str, str], ...]:
    shown = {
        "task": problem.task.name,
        "steps": f"{budget.steps:,}",
        "batch size": budget.batch_size,
        "learning rate": ", ".join(f"{rate:g}" for rate in budget.learning_rates),
        "users": f"{problem.users - problem.held_users} trained, {problem.held_users} held out",
        **asked,
        "pass": f"R2 >= {PASS_R2}, partial: R2 >= {PARTIAL_R2} (ours), skill above 0 for certain",
        "seed": budget.seed,
    }
    return tuple((name, str(value)) for name, value in shown.items())


def rates(learning_rate: float | Sequence[float]) -> tuple[float, ...]:
    """The learning rates to choose from. Raises TypeError."""
    given = learning_rate if isinstance(learning_rate, Sequence) else (learning_rate,)
    if not all(isinstance(rate, int | float | np.number) for rate in given):
        raise TypeError(
            f"`learning_rate` must be a number, or several. Received: {learning_rate!r}"
        )
    return tuple(float(rate) for rate in given)
