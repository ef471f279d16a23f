"""Medians and spreads that a few wild values do not move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.findings.view import Floats

# Makes the median absolute deviation of a normal distribution its standard deviation.
NORMAL = 1.4826


def centre(values: Floats) -> float:
    """The median of the finite values; NaN where there are none."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def spread(values: Floats) -> float:
    """The median absolute deviation of the finite values, as a standard deviation."""
    known = values[np.isfinite(values)]
    return NORMAL * float(np.median(np.abs(known - np.median(known)))) if len(known) else np.nan


def against_past(
    values: Floats, *, window: int = 200, least: int = 10
) -> tuple[Floats, Floats, Floats]:
    """Each value's past: the median and spread of up to `window` before it, and how many.

    Args:
      values: `[S]`; what is not finite is left out.
      least: values without so many before them have NaN.

    Returns:
      Median, spread and count, `[S]` each.
    """
    if not len(values):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    padded = np.concatenate([np.full(window, np.nan), values[:-1].astype(np.float64)])
    past = np.lib.stride_tricks.sliding_window_view(padded, window)
    past = np.where(np.isfinite(past), past, np.inf)
    count = np.isfinite(past).sum(axis=1)
    middle = _medians(past, count)
    with np.errstate(invalid="ignore"):
        wide = NORMAL * _medians(np.abs(past - middle[:, None]), count)
    few = count < least
    middle[few], wide[few] = np.nan, np.nan
    return middle, wide, count.astype(np.float64)


def _medians(rows: Floats, count: NDArray[np.intp]) -> Floats:
    """The median of the least `count` of each row `[S, N]`; NaN of none."""
    ranked = np.sort(rows, axis=1)
    known = np.maximum(count, 1)
    place = np.arange(len(rows))
    halves = ranked[place, (known - 1) // 2] / 2 + ranked[place, known // 2] / 2
    return np.where(count > 0, halves, np.nan)


def slope(x: Floats, y: Floats) -> float:
    """The median of the slopes between all pairs of points (Theil 1950, Sen 1968).

    NaN where fewer than two points are finite and apart.
    """
    known = np.isfinite(x) & np.isfinite(y)
    a, b = x[known], y[known]
    first, second = np.triu_indices(len(a), 1)
    run = a[second] - a[first]
    apart = run != 0
    rise = (b[second] - b[first])[apart] / run[apart]
    return float(np.median(rise)) if len(rise) else float("nan")
