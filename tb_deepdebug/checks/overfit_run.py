"""One labelling of a few rows, tried at one learning rate after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from tb_deepdebug.checks.learner import Plan, learner
from tb_deepdebug.checks.overfit_rows import Few

State = Literal["learned", "not finite", "stood still", "one output", "still falling", "stuck"]
LOOKS = 10  # steps from one look at the score to the next
STILL = 100  # steps without any change after which no other will come


@dataclasses.dataclass(frozen=True, eq=False)
class Attempt:
    """A training at one learning rate.

    Attributes:
      losses: of every step, before it.
      score: the last one; NaN: the outputs were not finite.
      state: "learned", or what kept it from learning.
    """

    learning_rate: float
    losses: tuple[float, ...]
    score: float
    state: State
    parameters: int
    notes: tuple[str, ...]

    @property
    def learned(self) -> bool:
        return self.state == "learned"

    @property
    def steps(self) -> int:
        return len(self.losses)


def best(attempts: Sequence[Attempt]) -> Attempt:
    """The one that learned, or the one that came closest."""
    return max(attempts, key=lambda one: (one.learned, np.nan_to_num(one.score, nan=-np.inf)))


def ladder(
    model: Any,
    few: Few,
    plan: Plan,
    learning_rates: Sequence[float],
    steps: int,
    told: Callable[[Attempt, bool], None],
) -> list[Attempt]:
    """Attempts at one learning rate after the other, up to the first that learns.

    Args:
      told: called at every look with the attempt as it stands, and whether it has ended.
    """
    attempts: list[Attempt] = []
    for rate in learning_rates:
        at_rate = dataclasses.replace(plan, learning_rate=rate)
        attempts.append(_attempt(model, few, at_rate, steps, told))
        if attempts[-1].learned:
            break
    return attempts


def _attempt(
    model: Any, few: Few, plan: Plan, steps: int, told: Callable[[Attempt, bool], None]
) -> Attempt:
    net = learner(model, few.x, plan)
    losses: list[float] = []
    target = few.target
    while True:
        predicted = net.predict(few.x, few.mask)
        score = few.score(predicted)
        state = _state(losses, predicted, score >= target - 1e-9)
        attempt = Attempt(
            plan.learning_rate, tuple(losses), score, state, net.parameters, tuple(net.notes)
        )
        hopeless = state == "not finite" or (len(losses) >= STILL and _still(losses))
        ended = attempt.learned or hopeless or len(losses) >= steps
        told(attempt, ended)
        if ended:
            return attempt
        for _ in range(min(LOOKS, steps - len(losses))):
            losses.append(net.step(few.x, few.y, few.mask))


def _state(losses: list[float], predicted: Any, learned: bool) -> State:
    if learned:
        return "learned"
    if not np.isfinite(predicted).all() or not np.isfinite(losses[-LOOKS:]).all():
        return "not finite"
    spread = np.ptp(predicted, axis=0).max()
    if spread <= 1e-6 * max(1.0, float(np.abs(predicted).max())):
        return "one output"
    if _still(losses):
        return "stood still"
    tenth = max(1, len(losses) // 10)
    if len(losses) >= 20 and np.mean(losses[-tenth:]) < 0.9 * np.mean(losses[-2 * tenth : -tenth]):
        return "still falling"
    return "stuck"


def _still(losses: list[float]) -> bool:
    """Whether the loss does not change at all any more."""
    recent = losses[-STILL:]
    return len(recent) >= LOOKS and bool(np.ptp(recent) <= 1e-7 * abs(recent[0]))
