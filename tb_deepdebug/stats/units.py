"""Exact, mergeable statistics per unit."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

# A unit is constant in an example when it moves by no more than this share of its largest
# magnitude: a few rounding errors of float32 (eps = 1.2e-7), and no real signal.
CONSTANT_TOLERANCE = 1e-6


@dataclasses.dataclass(frozen=True)
class UnitStats:
    """Statistics of `U` units over valid cells, each an array `[U]`.

    Attributes:
      count: finite cells.
      nan, negative_infinity, positive_infinity: cells that are not finite.
      zero, negative: finite cells that are exactly zero, below zero.
      min, max: over finite cells; NaN where there are none.
      mean: over finite cells; NaN where there are none.
      m2: sum of squared deviations from the mean (variance = m2 / count).
      constant: sequences in which the unit does not change along the axis.
      sequences: sequences with at least two valid cells, all of them finite.
    """

    count: NDArray[np.float64]
    nan: NDArray[np.float64]
    negative_infinity: NDArray[np.float64]
    positive_infinity: NDArray[np.float64]
    zero: NDArray[np.float64]
    negative: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    mean: NDArray[np.float64]
    m2: NDArray[np.float64]
    constant: NDArray[np.float64]
    sequences: NDArray[np.float64]

    @property
    def nonfinite(self) -> NDArray[np.float64]:
        """Valid cells that are NaN or infinite, `[U]`."""
        return self.nan + self.negative_infinity + self.positive_infinity

    @property
    def variance(self) -> NDArray[np.float64]:
        """Population variance over finite cells, `[U]`; NaN where there are none."""
        return _divide(self.m2, self.count)

    @property
    def constant_share(self) -> NDArray[np.float64]:
        """Share of sequences in which the unit is constant, `[U]`; 0 where there are none."""
        return np.nan_to_num(_divide(self.constant, self.sequences))

    @property
    def is_nonfinite(self) -> NDArray[np.bool_]:
        """Units with at least one NaN or infinity."""
        return self.nonfinite > 0

    @property
    def is_dead(self) -> NDArray[np.bool_]:
        """Units never seen other than exactly zero (Lu et al. 2019, "Dying ReLU", born dead).

        "Never" is bounded by the sample: with n cells, the 95 % upper bound on the rate of
        firing is 3 / n (rule of three).
        """
        return ~self.is_nonfinite & (self.count > 0) & (self.min == 0) & (self.max == 0)

    @property
    def is_constant(self) -> NDArray[np.bool_]:
        """Units, not dead, that change along the axis in no sequence."""
        still = (self.sequences > 0) & (self.constant == self.sequences)
        return still & ~self.is_dead & ~self.is_nonfinite


def merge(a: UnitStats, b: UnitStats) -> UnitStats:
    """The statistics of both samples together (Chan, Golub & LeVeque 1983 for the moments)."""
    count = a.count + b.count
    delta = np.where(b.count > 0, b.mean, 0) - np.where(a.count > 0, a.mean, 0)
    share = np.nan_to_num(_divide(b.count, count))
    both = (a.count > 0) & (b.count > 0)
    mean = np.where(both, a.mean + delta * share, np.where(a.count > 0, a.mean, b.mean))
    m2 = a.m2 + b.m2 + np.where(both, delta * delta * a.count * share, 0)
    added = {
        name: getattr(a, name) + getattr(b, name)
        for name in (
            "nan",
            "negative_infinity",
            "positive_infinity",
            "zero",
            "negative",
            "constant",
            "sequences",
        )
    }
    return UnitStats(
        count=count, min=np.fmin(a.min, b.min), max=np.fmax(a.max, b.max), mean=mean, m2=m2, **added
    )


def unit_stats(cells: Floats, mask: NDArray[np.bool_] | None = None) -> UnitStats:
    """Measures every unit over the valid cells of a batch.

    Args:
      cells: `[sequences, axis, units]`, any float dtype.
      mask: `[sequences, axis]`, true where valid; None for all.

    One sequence is measured at a time, so that the working set stays in the cache.
    """
    total = _empty(cells.shape[2])
    for i, sequence in enumerate(cells):
        rows = sequence if mask is None else sequence[mask[i]]
        if len(rows):
            total = merge(total, _one(rows))
    return total


def _one(rows: Floats) -> UnitStats:
    """Statistics of one sequence `[axis, units]`, all rows valid, at least one."""
    least, most = rows.min(axis=0), rows.max(axis=0)  # NaN and infinities show up here
    if np.isfinite(least).all() and np.isfinite(most).all():
        return _one_finite(rows, least.astype(np.float64), most.astype(np.float64))
    finite = np.isfinite(rows)
    count = finite.sum(axis=0).astype(np.float64)
    kept = np.where(finite, rows, 0).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = _divide(kept.sum(axis=0), count)
        m2 = (np.where(finite, kept - mean, 0) ** 2).sum(axis=0)
    seen = count > 0
    low = np.where(seen, np.where(finite, rows, np.inf).min(axis=0), np.nan).astype(np.float64)
    high = np.where(seen, np.where(finite, rows, -np.inf).max(axis=0), np.nan).astype(np.float64)
    clean = np.asarray(finite.all(axis=0), bool)
    return UnitStats(
        count=count,
        nan=_count(np.isnan(rows)),
        negative_infinity=_count(np.isneginf(rows)),
        positive_infinity=_count(np.isposinf(rows)),
        zero=_count(finite & (rows == 0)),
        negative=_count(finite & (rows < 0)),
        min=low,
        max=high,
        mean=mean,
        m2=m2,
        constant=(clean & _still(low, high, len(rows))).astype(np.float64),
        sequences=clean.astype(np.float64) if len(rows) > 1 else np.zeros(len(clean)),
    )


def _one_finite(rows: Floats, least: NDArray[np.float64], most: NDArray[np.float64]) -> UnitStats:
    """`_one` where every cell is finite: no masks, and a product of ones does the sums."""
    units = rows.shape[1]
    none = np.zeros(units)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = rows.mean(axis=0, dtype=np.float64)
        deviation = rows - mean
        m2 = np.einsum("tu,tu->u", deviation, deviation)
    return UnitStats(
        count=np.full(units, float(len(rows))),
        nan=none,
        negative_infinity=none,
        positive_infinity=none,
        zero=_count(rows == 0),
        negative=_count(rows < 0),
        min=least,
        max=most,
        mean=mean,
        m2=m2,
        constant=_still(least, most, len(rows)).astype(np.float64),
        sequences=np.full(units, 1.0 if len(rows) > 1 else 0.0),
    )


def _still(low: Floats, high: Floats, rows: int) -> NDArray[np.bool_]:
    scale = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore"):  # high - low may pass the largest float64
        return (high - low <= CONSTANT_TOLERANCE * scale) & (rows > 1)


def _count(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.count_nonzero(hits, axis=0).astype(np.float64)


def _divide(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(a, b, out=np.full(np.shape(a), np.nan), where=b > 0)


def _empty(units: int) -> UnitStats:
    none = np.zeros(units)
    unknown = np.full(units, np.nan)
    return UnitStats(
        count=none,
        nan=none,
        negative_infinity=none,
        positive_infinity=none,
        zero=none,
        negative=none,
        min=unknown,
        max=unknown,
        mean=unknown,
        m2=none,
        constant=none,
        sequences=none,
    )
