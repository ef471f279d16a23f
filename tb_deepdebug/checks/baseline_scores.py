"""Scores whose best value is 1, resampled over users: gains of one prediction on another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.records.predictions import Task

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


def gain(score: Floats, than: Floats) -> Floats:
    """What part of the way from one score to a perfect one another has gone.

    For R2 it is 1 - MSE / MSE of the other. No way left to go: 0 if it is perfect as well, else
    minus infinity.
    """
    difference, left = score - than, 1 - than
    none = np.where(difference < 0, -np.inf, np.where(np.isnan(difference), np.nan, 0.0))
    return np.divide(difference, left, out=none, where=left > 1e-12)


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
    random = np.random.default_rng(seed)
    number, even = int(users.max()) + 1, np.ones(len(users))
    scores = np.empty((len(measures), 1 + count))
    scores[:, 0] = [np.mean([one(even) for one in fits]) for fits in measures]
    for draw in range(1, 1 + count):
        times = np.bincount(random.integers(number, size=number), minlength=number)
        weights = times[users].astype(np.float64)
        luck = int(random.integers(1 << 20))
        scores[:, draw] = [fits[luck % len(fits)](weights) for fits in measures]
    return scores


def estimate(draws: Floats, picked_of: int = 1) -> Estimate:
    """The first as value, percentiles 2.5 and 97.5 of the rest (those defined) as interval.

    Args:
      picked_of: of how many rivals this may be the best by luck. The upper end allows for it
        (percentile 100 - 2.5 / number, after Bonferroni), so that chance alone does not make a
        prediction look worse than the best of many. The lower end needs no such allowance: who
        beats the best beats all.
    """
    rest = draws[1:][~np.isnan(draws[1:])]
    if len(rest) < 50:  # too few for a percentile of 2.5
        return Estimate(float(draws[0]))
    # One of the draws, not between two: one of them may be infinite.
    low, high = np.quantile(rest, [0.025, 1 - 0.025 / picked_of], method="inverted_cdf")
    return Estimate(float(draws[0]), float(low), float(high))
