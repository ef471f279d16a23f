"""Many tests at once: how many of those called findings may be none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def adjusted(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The q of each p (Benjamini and Hochberg 1995); NaN stays NaN and counts as no test."""
    q = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    falling = known[np.argsort(-p[known], kind="stable")]
    rank = np.arange(len(falling), 0, -1)
    q[falling] = np.minimum.accumulate(np.minimum(p[falling] * len(falling) / rank, 1))
    return q
