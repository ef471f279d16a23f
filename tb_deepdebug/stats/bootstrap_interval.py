"""From a standard error over units to an interval."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.stats.student import quantile

CONFIDENCE = 0.95
# With fewer units there is no saying how they differ: n/a.
FEWEST_UNITS = 5
# Where a metric is undefined in more than this share of the resamples (a class is missing), the
# others no longer stand for all: n/a.
MOST_UNDEFINED = 0.1

_SHARES = frozenset({"auroc", "average_precision", "accuracy", "share"})
_POSITIVE = frozenset({"brier", "log_loss", "mae", "rmse"})


def spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard error of each of `[R, M]` resampled metrics; NaN where too few are defined."""
    known = np.isfinite(values)
    enough = known.mean(axis=0) >= 1 - MOST_UNDEFINED
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0).sum(axis=0) / count
    square = np.where(known, (values - mean) ** 2, 0).sum(axis=0) / np.maximum(count - 1, 1)
    return np.where(enough, np.sqrt(square), np.nan)


def influence_spread(influence: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard error of metrics by their influence `[G, M]`: the bootstrap's, in the limit.

    The infinitesimal jackknife (Efron 1982, The jackknife, the bootstrap and other resampling
    plans, chapter 6).
    """
    return np.sqrt(np.sum(influence**2, axis=0))


def interval(metric: str, value: float, error: float, units: int) -> tuple[float, float]:
    """The ends of the 95 % interval of a metric, or of a difference ("difference").

    Student's t with units - 1 degrees of freedom, and the factor sqrt(units / (units - 1)) by which
    a bootstrap's standard error is too small (Hesterberg 2015, What teachers should know about the
    bootstrap, 4.4), on a scale where the metric has no bounds: the logit of a share, the logarithm
    of a loss or of 1 - R2. Of few users these cover what percentiles do not (see the benchmark
    `predictions`). At a share of 0 or 1 the other end is the rule of three, 3 / units.
    """
    if not (math.isfinite(value) and math.isfinite(error)) or units < FEWEST_UNITS:
        return math.nan, math.nan
    half = quantile((1 + CONFIDENCE) / 2, units - 1) * math.sqrt(units / (units - 1)) * error
    if metric in _SHARES:
        return _share(value, half, units)
    if metric in _POSITIVE:
        return _positive(value, half)
    if metric == "r2":
        low, high = _positive(1 - value, half)
        return 1 - high, 1 - low
    return value - half, value + half


def _share(value: float, half: float, units: int) -> tuple[float, float]:
    if not 0 < value < 1:
        return (max(0.0, 1 - 3 / units), 1.0) if value >= 1 else (0.0, min(1.0, 3 / units))
    # At a standard error as wide as the scale, an interval of all there is.
    step = min(half / (value * (1 - value)), 700.0)
    odds = value / (1 - value)
    low, high = odds * math.exp(-step), odds * math.exp(step)
    return low / (1 + low), high / (1 + high)


def _positive(value: float, half: float) -> tuple[float, float]:
    if value <= 0:
        return math.nan, math.nan
    step = min(half / value, 700.0)
    return value * math.exp(-step), value * math.exp(step)
