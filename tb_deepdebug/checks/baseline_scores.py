"""Scores whose best value is 1, resampled over users: gains of one prediction on another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.records.predictions import Task
from tb_deepdebug.stats.bootstrap import draws
from tb_deepdebug.stats.bootstrap_interval import interval, spread
from tb_deepdebug.stats.student import quantile

Floats = NDArray[np.float64]
# From a weight for each row to a score; NaN where it is not defined.
Measure = Callable[[Floats], float]

METRICS: dict[Task, str] = {"binary": "AUROC", "multiclass": "accuracy", "regression": "R2"}


def measure(task: Task, label: Floats, prediction: Floats) -> Measure:
    """The score of a prediction, as a function of the weights of its rows.

    Args:
      label: `[N]`, without NaN.
      prediction: `[N]`, or `[N, classes]` (its largest counts), without NaN.
    """
    if task == "binary":
        return _auroc(label, prediction)
    if task == "multiclass":
        chosen = prediction.argmax(1) if prediction.ndim == 2 else prediction
        right = (chosen == label).astype(np.float64)
        return lambda weights: float(right @ weights / weights.sum())
    return _r2(label, prediction)


def _auroc(label: Floats, score: Floats) -> Measure:
    """The share of pairs of a positive and a negative that are in order; ties count half."""
    _, place = np.unique(score, return_inverse=True)
    places, positive = int(place.max()) + 1, label == 1

    def weighted(weights: Floats) -> float:
        ones = np.bincount(place, weights * positive, places)
        zeros = np.bincount(place, weights * ~positive, places)
        pairs = ones.sum() * zeros.sum()
        below = np.cumsum(zeros) - zeros / 2
        return float(ones @ below / pairs) if pairs > 0 else np.nan

    return weighted


def _r2(label: Floats, prediction: Floats) -> Measure:
    """1 - MSE / variance."""
    centred = label - label.mean()
    residual = (label - prediction) ** 2

    def weighted(weights: Floats) -> float:
        total = weights.sum()
        variance = weights @ centred**2 / total - (weights @ centred / total) ** 2
        return float(1 - weights @ residual / total / variance) if variance > 0 else np.nan

    return weighted


def resampled(
    measures: Sequence[Sequence[Measure]], users: NDArray[np.int64], count: int, seed: int
) -> Floats:
    """Every score `[models, 1 + count]`: of all rows, then of users drawn with replacement.

    All are of the same draws: they are paired.

    Args:
      measures: of each model one, or one for every time that it was fitted: the first score is
        their mean, each draw takes one of them, so that an interval knows the luck of a fit.
      users: `[N]`, each row's user, 0 to U - 1.
    """
    random, even = np.random.default_rng(seed + 1), np.ones(len(users))
    scores = [np.array([np.mean([one(even) for one in fits]) for fits in measures])]
    for counts in draws(int(users.max()) + 1, count, seed):
        for times in counts:
            weights, luck = times[users].astype(np.float64), int(random.integers(1 << 20))
            scores.append(np.array([fits[luck % len(fits)](weights) for fits in measures]))
    return np.stack(scores, axis=1)


def of_score(metric: str, scores: Floats, users: int) -> Estimate:
    """A score, the first of `[1 + resamples]`, with its interval over users."""
    error = float(spread(_finite(scores[1:])[:, None])[0])
    value = float(scores[0])
    return Estimate(value, *interval(metric.lower(), value, error, users))


def of_difference(scores: Floats, than: Floats, users: int, picked_of: int = 1) -> Estimate:
    """What one score has more than another, with its interval over users.

    Args:
      picked_of: of how many rivals the other may be the best by luck. The upper end allows for it
        (2.5 % divided by their number, after Bonferroni), so that chance alone does not make a
        prediction look worse than the best of many. The lower end needs no allowance: who beats
        the best beats all.
    """
    with np.errstate(invalid="ignore"):
        difference = scores - than
    value, error = float(difference[0]), float(spread(_finite(difference[1:])[:, None])[0])
    low, _ = interval("difference", value, error, users)
    wider = quantile(1 - 0.025 / picked_of, users - 1) / quantile(0.975, users - 1)
    _, high = interval("difference", value, error * wider, users)
    return Estimate(value, low, high)


def gain(scores: Floats, than: Floats, users: int, picked_of: int = 1) -> Estimate:
    """What part of the way from one score to a perfect one another has gone, with its interval.

    1 - gain is (1 - score) / (1 - other), of R2 the ratio of mean squared errors; the interval is
    that of its logarithm. NaN where the other is perfect; no interval where one of them is perfect
    in too many of the resamples.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        left, other_left = np.log(1 - scores), np.log(1 - than)
        value = float(1 - (1 - scores[0]) / (1 - than[0])) if than[0] < 1 else float("nan")
    ratio = of_difference(left, other_left, users)
    # The gain's upper end is the ratio's lower: the allowance goes there.
    low_ratio = -of_difference(other_left, left, users, picked_of).high
    return Estimate(value, float(1 - np.exp(ratio.high)), float(1 - np.exp(low_ratio)))


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)
