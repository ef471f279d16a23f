"""How good predictions are: losses a row, and metrics of all rows.

All take float64 arrays of one length N without NaN, and return NaN where a metric is not defined:
of no rows, or, where it ranks, of a single class.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The probability below which log loss counts no lower: one certain mistake costs 16.1, not
# infinity. (scikit-learn clips float64 at 2.2e-16, a cost of 36.)
CLIP = 1e-7


def log_losses(label: Floats, probability: Floats) -> Floats:
    """-log of the probability given to each label of 0 or 1, clipped to [CLIP, 1 - CLIP]."""
    clipped = np.clip(probability, CLIP, 1 - CLIP)
    return -np.log(np.where(label == 1, clipped, 1 - clipped))


def class_log_losses(label: Floats, probability: Floats) -> Floats:
    """-log of the probability `[N, C]` given to each label's class, clipped likewise."""
    given = probability[np.arange(len(label)), label.astype(np.intp)]
    return -np.log(np.clip(given, CLIP, 1 - CLIP))


def brier(label: Floats, probability: Floats) -> float:
    """Mean squared error of a probability (Brier 1950, as of two classes counted once)."""
    return _mean((label - probability) ** 2)


def log_loss(label: Floats, probability: Floats) -> float:
    """Mean of `log_losses`."""
    return _mean(log_losses(label, probability))


def class_log_loss(label: Floats, probability: Floats) -> float:
    """Mean of `class_log_losses`."""
    return _mean(class_log_losses(label, probability))


def hit_rate(label: Floats, probability: Floats) -> float:
    """The accuracy of `decided` classes."""
    return accuracy(label, decided(probability))


def accuracy(label: Floats, predicted: Floats) -> float:
    """Share of rows whose predicted class is their label."""
    return _mean((label == predicted).astype(np.float64))


def mae(label: Floats, prediction: Floats) -> float:
    """Mean absolute error."""
    return _mean(np.abs(label - prediction))


def rmse(label: Floats, prediction: Floats) -> float:
    """Root of the mean squared error."""
    return math.sqrt(_mean((label - prediction) ** 2))


def r2(label: Floats, prediction: Floats) -> float:
    """1 - squared error / that of the mean label; NaN where all labels are equal."""
    if len(label) == 0:
        return math.nan
    total = float(np.sum((label - label.mean()) ** 2))
    return 1 - float(np.sum((label - prediction) ** 2)) / total if total > 0 else math.nan


def decided(probability: Floats) -> Floats:
    """The predicted class: of `[N, C]` the most probable, of `[N]` 1 above one half."""
    if probability.ndim == 2:
        return probability.argmax(axis=1).astype(np.float64)
    return (probability > 0.5).astype(np.float64)


def confusion(label: Floats, predicted: Floats, classes: int) -> NDArray[np.int64]:
    """Counts `[label, predicted]`."""
    cell = label.astype(np.int64) * classes + predicted.astype(np.int64)
    return np.bincount(cell, minlength=classes * classes).reshape(classes, classes)


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else math.nan
