"""Student's t without SciPy: good to three digits or more from 4 degrees of freedom up."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()
_LEAST_FREEDOM = 4


def quantile(share: float, freedom: float) -> float:
    """Where `share` of the distribution lies below (Abramowitz and Stegun, 26.7.5)."""
    z, n = _NORMAL.inv_cdf(share), max(freedom, _LEAST_FREEDOM)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / n ** (k + 1) for k, term in enumerate(terms))


def tail(t: float, freedom: float) -> float:
    """The share that lies above t (Hill 1970, Algorithm 395), NaN of NaN."""
    if not math.isfinite(t):
        return math.nan if math.isnan(t) else float(t < 0)
    n = max(freedom, _LEAST_FREEDOM)
    a = n - 0.5
    b = 48 * a * a
    y = a * math.log1p(t * t / n)
    z = math.sqrt(y)
    correction = ((-0.4 * y - 3.3) * y - 24) * y - 85.5
    z = ((correction / (0.8 * y * y + 100 + b) + y + 3) / b + 1) * z
    above = math.erfc(z / math.sqrt(2)) / 2
    return above if t >= 0 else 1 - above
