"""Training a copy of a net on a task: for so many steps, or until it is learned, or hopeless."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from tb_deepdebug.checks import rows as input_rows
from tb_deepdebug.checks.learner import Learner, Plan, learner
from tb_deepdebug.checks.problem import Problem
from tb_deepdebug.checks.score import Score, Scorer
from tb_deepdebug.checks.task import Floats

LEARNED_R2 = 0.99
LOOKS = 40  # validations of a whole training
_BETTER = 0.01  # of R2: less is no progress
_RISING = 0.02  # of R2 over the last tenth of the validations: more is a rising curve
_TRIAL = 10  # a trial of a learning rate lasts this share of the training
_LAST_LOOKS = LOOKS // 5  # validations at the end, with a tenth of the learning rate
_SLOWER = 10

Stopped = Literal["learned", "flat", "steps", "by hand", "not finite"]


@dataclasses.dataclass(frozen=True)
class Budget:
    """How long a net is trained, and how.

    Attributes:
      steps: of the optimizer, at most.
      batch_size: rows a step.
      learning_rates: the one of which the training loss is lowest after a tenth of the steps is
        kept.
      patience: validations, of 40, without progress after which it ends; None: never.
      seed: of weights and batches.
    """

    steps: int = 2000
    batch_size: int = 32
    learning_rates: tuple[float, ...] = (1e-2, 1e-3)
    patience: int | None = 20
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("steps", 1), ("batch_size", 1), ("patience", 1), ("seed", 0)):
            value = getattr(self, name)
            if name == "patience" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise ValueError(
                    f"`{name}` must be an integer, at least {least}. Received: {value!r}"
                )
        if not self.learning_rates or not all(0 < rate < np.inf for rate in self.learning_rates):
            raise ValueError(
                f"`learning_rate` must be positive. Received: {list(self.learning_rates)}"
            )


@dataclasses.dataclass(eq=False)
class Course:
    """How a training went.

    Attributes:
      steps, scores: of each validation; of the first, at step 0, before training.
      losses: of each step, as trained (targets z-scored).
      stopped: why it ended.
      slowed: the validation after which the learning rate was lowered for the end; None: not yet.
      learning_rate: the one that was kept.
      predicted: for the held-out rows, after the last step.
    """

    learner: Learner
    learning_rate: float
    steps: list[int] = dataclasses.field(default_factory=list)
    scores: list[Score] = dataclasses.field(default_factory=list)
    losses: list[float] = dataclasses.field(default_factory=list)
    stopped: Stopped = "steps"
    slowed: int | None = None
    predicted: Floats | None = None

    @property
    def rising(self) -> bool:
        """Whether the net was still getting better when it ended."""
        back = max(1, round(len(self.scores) / 10))
        if len(self.scores) <= back:
            return False
        return self.scores[-1].r2.value - self.scores[-1 - back].r2.value > _RISING


Look = Callable[[Course], None]
Tick = Callable[[int], None]


class Trainer:
    """A problem as batches for a learner, in the target's z-scores by the training users."""

    def __init__(self, problem: Problem, budget: Budget) -> None:
        self._problem, self._budget = problem, budget
        self._scorer = Scorer(problem)
        known = problem.y[problem.train]
        regression = problem.task.classes is None
        self._shift = float(known.mean()) if regression else 0.0
        self._scale = (float(known.std()) or 1.0) if regression else 1.0

    @property
    def exact(self) -> tuple[str, ...]:
        """The trivial predictors that are the task itself."""
        return self._scorer.exact

    def plan(self, learning_rate: float, **options: Any) -> Plan:
        """How the copy is made for the task."""
        classes = self._problem.task.classes
        return Plan(
            outputs=1 if classes is None else classes,
            loss="mse" if classes is None else "categorical",
            learning_rate=learning_rate,
            seed=self._budget.seed,
            **options,
        )

    def course(self, model_or_builder: Any, look: Look, tick: Tick, **options: Any) -> Course:
        """Trains, and calls `look` after each validation and `tick` after each step.

        Args:
          options: of the copy's `Plan`.

        A `KeyboardInterrupt` ends it, with what there is.
        """
        course = None
        try:
            course = self._best_trial(model_or_builder, tick, options)
            self._on(course, look, tick)
        except KeyboardInterrupt:
            if course is None or not course.scores:
                raise
            course.stopped = "by hand"
        return course

    def full_score(self, course: Course) -> Score:
        """The last one, with intervals."""
        assert course.predicted is not None
        return self._scorer.full(course.predicted)

    def _best_trial(self, model_or_builder: Any, tick: Tick, options: dict[str, Any]) -> Course:
        few = input_rows.taken(self._problem.x, self._problem.train[:4])
        rates = self._budget.learning_rates
        courses = [
            Course(learner(model_or_builder, few, self.plan(rate, **options)), rate)
            for rate in rates
        ]
        if len(courses) == 1:
            return courses[0]
        for course in courses:
            for _ in range(max(1, self._budget.steps // _TRIAL)):
                if not self._step(course):
                    break
        return min(courses, key=lambda one: _recent(one.losses))

    def _on(self, course: Course, look: Look, tick: Tick) -> None:
        every = -(-self._budget.steps // LOOKS)
        self._validate(course, look)
        while len(course.losses) < self._budget.steps:
            if not self._step(course):
                course.stopped = "not finite"
                return
            tick(len(course.losses))
            if len(course.losses) % every == 0 or len(course.losses) == self._budget.steps:
                self._validate(course, look)
                course.stopped = self._over(course) or "steps"
                if course.stopped != "steps":
                    return

    def _step(self, course: Course) -> bool:
        """One step; False where the loss is not finite."""
        rows = self._batch(len(course.losses))
        mask = self._problem.mask
        targets = (self._problem.y[rows] - self._shift) / self._scale
        loss = course.learner.step(
            input_rows.taken(self._problem.x, rows), targets, None if mask is None else mask[rows]
        )
        course.losses.append(loss)
        return math.isfinite(loss)

    def _batch(self, step: int) -> Any:
        """The rows of a step: the same whatever was done before, each once an epoch."""
        train, size = self._problem.train, min(self._budget.batch_size, len(self._problem.train))
        in_epoch = len(train) // size
        order = np.random.default_rng([self._budget.seed, step // in_epoch]).permutation(train)
        at = step % in_epoch * size
        return order[at : at + size]

    def _validate(self, course: Course, look: Look) -> None:
        held, mask = self._problem.held, self._problem.mask
        z = course.learner.predict(
            input_rows.taken(self._problem.x, held), None if mask is None else mask[held]
        )
        course.predicted = z * self._scale + self._shift
        course.steps.append(len(course.losses))
        course.scores.append(self._scorer.quick(course.predicted))
        look(course)

    def _over(self, course: Course) -> Stopped | None:
        """Why it ends here; before it does, the learning rate is lowered, once."""
        values = [score.r2.value for score in course.scores]
        if values[-1] >= LEARNED_R2:
            return "learned"
        if course.slowed is not None:
            early = len(course.losses) < self._budget.steps
            waited = len(values) - course.slowed >= _LAST_LOOKS
            return "flat" if early and waited and _flat(values, _LAST_LOOKS) else None
        late = len(course.losses) >= self._budget.steps * (1 - _LAST_LOOKS / LOOKS)
        if late or _flat(values, self._budget.patience):
            course.learner.slow_down(_SLOWER)
            course.slowed = len(values)
        return None


def _flat(values: Sequence[float], patience: int | None) -> bool:
    """Whether the last validations brought no new best, nor the later half of them more."""
    if patience is None or len(values) <= patience:
        return False
    recent, half = values[-patience:], max(1, patience // 2)
    climbs = np.mean(recent[half:] or recent) > np.mean(recent[:half]) + _BETTER
    return not climbs and max(recent) < max(values[:-patience]) + _BETTER


def _recent(losses: Sequence[float]) -> float:
    """The mean loss of the last quarter; infinite where one is not finite."""
    recent = losses[-max(1, len(losses) // 4) :]
    mean = float(np.mean(recent))
    return mean if math.isfinite(mean) and math.isfinite(losses[-1]) else float("inf")
