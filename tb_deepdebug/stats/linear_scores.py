"""How much a linear fit tells out of fold: a ridge regression, its folds, its permutation test."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def out_of_fold(features: Floats, folds: NDArray[np.int64], penalty: float = 1.0) -> Floats:
    """The matrix `[N, N]` that takes labels to a ridge regression's out-of-fold predictions.

    It does not depend on the labels, so that hundreds of permutations of them cost one product.

    Args:
      features: `[N, F]`; each is standardised on the rows that are fitted, a constant one dropped.
      folds: `[N]`, the fold of each row; a row's prediction is fitted on the other folds.
      penalty: of the squared weights, in rows.
    """
    count = len(features)
    matrix = np.zeros((count, count))
    for fold in np.unique(folds):
        held = folds == fold
        fitted = features[~held]
        if not len(fitted):
            continue
        mean, std = fitted.mean(axis=0), fitted.std(axis=0)
        kept = std > 1e-12 * np.maximum(np.abs(mean), 1)
        known = (fitted[:, kept] - mean[kept]) / std[kept]
        asked = (features[held][:, kept] - mean[kept]) / std[kept]
        gram = known.T @ known + penalty * np.eye(known.shape[1])
        weights = np.linalg.solve(gram, known.T)
        # Labels minus their mean over the fitted rows, and that mean back.
        inner = asked @ weights
        inner -= inner.mean(axis=1, keepdims=True)
        matrix[np.ix_(held, ~held)] = inner + 1 / len(fitted)
    return matrix


def correlation(labels: Floats, scores: Floats) -> float:
    """Pearson's r; 0 where either does not vary."""
    a, b = labels - labels.mean(), scores - scores.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale > 0 else 0.0


def chi_squared_beyond(value: float, freedom: float) -> float:
    """P(chi squared > value) by Wilson and Hilferty's cube root (1931); 15 % off at 0.001."""
    if freedom <= 0 or not math.isfinite(value):
        return math.nan
    part = 2 / (9 * freedom)
    z = ((max(value, 0.0) / freedom) ** (1 / 3) - (1 - part)) / math.sqrt(part)
    return 0.5 * math.erfc(z / math.sqrt(2))
