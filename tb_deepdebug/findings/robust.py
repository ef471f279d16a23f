"""Medians and spreads that a few wild values do not move."""

from __future__ import annotations

import numpy as np

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
    middle, wide = np.full(len(values), np.nan), np.full(len(values), np.nan)
    count = np.zeros(len(values))
    for place in range(len(values)):
        past = values[max(0, place - window) : place]
        count[place] = np.count_nonzero(np.isfinite(past))
        if count[place] >= least:
            middle[place], wide[place] = centre(past), spread(past)
    return middle, wide, count


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
