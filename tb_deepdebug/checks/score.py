"""How well a net tells a task on held-out users: R2, and skill against the best trivial guess."""

from __future__ import annotations

import dataclasses

import numpy as np

from tb_deepdebug.checks.problem import Problem
from tb_deepdebug.checks.task import Floats
from tb_deepdebug.checks.trivial import trivial_losses
from tb_deepdebug.records.check import Verdict
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.stats.bootstrap import Counts, resampled
from tb_deepdebug.stats.bootstrap_interval import interval, spread

# Ours, without a source: see docs/checks.md.
PASS_R2 = 0.9
PARTIAL_R2 = 0.5
RESAMPLES = 1000
EXACT = 1e-6  # of the loss of the mean: less is the task itself, which nobody beats


@dataclasses.dataclass(frozen=True)
class Score:
    """How well a net tells a task, in the target's own units.

    Attributes:
      r2: 1 - loss / that of the held-out mean (of a class: of the classes' shares, McFadden's).
      skill: 1 - loss / that of the best trivial predictor, whose name is `trivial`.
      loss, trivial_loss, mean_loss: mean squared errors, or cross-entropies.
    """

    r2: Estimate
    skill: Estimate
    loss: float
    trivial: str
    trivial_loss: float
    mean_loss: float

    @property
    def verdict(self) -> Verdict:
        """Whether it was learned: by R2, where it beats the trivial predictor for certain."""
        if not self.skill.low > 0:
            return "fail"
        if self.r2.value >= PASS_R2:
            return "pass"
        return "partial" if self.r2.value >= PARTIAL_R2 else "fail"


class Scorer:
    """Scores predictions of a problem's held-out rows; the trivial predictors are fitted once.

    Attributes:
      exact: the trivial predictors that are the task itself ("the last step" tells the last value),
        against which there is no skill.
      best: of the others, the one with the lowest loss.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem, self._y = problem, problem.y[problem.held]
        _, self._groups = np.unique(problem.groups[problem.held], return_inverse=True)
        self._units = int(self._groups.max()) + 1
        self._trivial = trivial_losses(problem)
        means = {name: float(loss.mean()) for name, loss in self._trivial.items()}
        self._guessed = next(iter(means))  # the mean, or the classes' shares
        self.exact = tuple(name for name in means if means[name] < EXACT * means[self._guessed])
        self.best = min(means.keys() - self.exact, key=lambda name: (means[name], name))

    def quick(self, predicted: Floats) -> Score:
        """Without intervals."""
        return self._score(predicted, Estimate(), Estimate())

    def full(self, predicted: Floats, seed: int = 0) -> Score:
        """With intervals over held-out users."""
        score = self.quick(predicted)
        if score.loss == 0:  # a ratio without a logarithm
            return dataclasses.replace(score, r2=Estimate(1, 1, 1), skill=Estimate(1, 1, 1))
        losses, trivial = self._losses(predicted), self._trivial[self.best]

        def measures(counts: Counts) -> Floats:
            def total(values: Floats) -> Floats:
                return np.asarray(counts @ self._by_user(values))

            with np.errstate(invalid="ignore", divide="ignore"):
                r2 = 1 - total(losses) / self._around_mean(total)
                return np.stack([r2, 1 - total(losses) / total(trivial)], axis=1)

        drawn = resampled(self._units, RESAMPLES, seed, measures)[0]
        errors = spread(np.where(np.isfinite(drawn), drawn, np.nan))
        found = [
            Estimate(one, *interval("r2", one, float(error), self._units))
            for one, error in zip((score.r2.value, score.skill.value), errors, strict=True)
        ]
        return dataclasses.replace(score, r2=found[0], skill=found[1])

    def _score(self, predicted: Floats, r2: Estimate, skill: Estimate) -> Score:
        losses = self._losses(predicted)
        loss, trivial = float(losses.mean()), float(self._trivial[self.best].mean())
        around = float(self._around_mean(np.sum)) / len(self._y)
        return Score(
            dataclasses.replace(r2, value=_gain(loss, around)),
            dataclasses.replace(skill, value=_gain(loss, trivial)),
            loss,
            self.best,
            trivial,
            float(self._trivial[self._guessed].mean()),
        )

    def _losses(self, predicted: Floats) -> Floats:
        """Of each held-out row, from `[H, 1]` numbers or `[H, classes]` logits."""
        if self._problem.task.classes is None:
            return (predicted[:, 0] - self._y) ** 2
        top = predicted.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(predicted - top).sum(axis=1))
        return log_sum - predicted[np.arange(len(predicted)), self._y.astype(int)]

    def _around_mean(self, total: object) -> Floats:
        """The loss, summed by `total`, of a guess that knows the held-out mean (or shares)."""
        assert callable(total)
        if self._problem.task.classes is not None:
            return np.asarray(total(self._trivial[self._guessed]))
        y = self._y - self._y.mean()
        count = total(np.ones_like(y))
        return np.asarray(total(y * y) - total(y) ** 2 / count)

    def _by_user(self, values: Floats) -> Floats:
        return np.bincount(self._groups, values, self._units).astype(np.float64)


def _gain(loss: float, reference: float) -> float:
    return 1 - loss / reference if reference > 0 else float("nan")
