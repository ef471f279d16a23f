"""Exact, mergeable statistics per unit."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

# A unit is constant in an example when it moves by no more than this share of its largest
# magnitude: a few rounding errors of float32 (eps = 1.2e-7), and no real signal.
CONSTANT_TOLERANCE = 1e-6

_BLOCK_CELLS = 1 << 16  # half a megabyte of float64 deviations
_FEW_UNITS = 64


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
    both = (a.count > 0) & (b.count > 0)
    share = np.nan_to_num(_divide(b.count, count))
    with np.errstate(over="ignore", invalid="ignore"):
        delta = b.mean - a.mean
        mean = a.mean + delta * share
        # The difference of two means may pass the largest float64, their mean does not.
        mean = np.where(np.isfinite(delta), mean, a.mean * (1 - share) + b.mean * share)
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
        count=count,
        min=np.fmin(a.min, b.min),
        max=np.fmax(a.max, b.max),
        mean=np.where(both, mean, np.where(a.count > 0, a.mean, b.mean)),
        m2=m2,
        **added,
    )


def merge_along(a: UnitStats, b: UnitStats) -> UnitStats:
    """The statistics of one sequence measured in two parts, the second following on the first.

    What speaks of whole sequences is told anew: the unit is constant if it is over both parts.
    """
    whole = merge(a, b)
    clean = ~whole.is_nonfinite & (whole.count > 1)
    constant = clean & _still(np.where(clean, whole.min, 0), np.where(clean, whole.max, 0))
    return dataclasses.replace(
        whole, sequences=clean.astype(np.float64), constant=constant.astype(np.float64)
    )


def unit_stats(cells: Floats, mask: NDArray[np.bool_] | None = None) -> UnitStats:
    """Measures every unit over the valid cells of a batch.

    Args:
      cells: `[sequences, axis, units]`, any float dtype.
      mask: `[sequences, axis]`, true where valid; None for all.

    One long sequence or a few short ones are measured at a time, so that the working set stays in
    the cache.
    """
    sequences, axis, units = cells.shape
    total = _empty(units)
    together = max(1, _BLOCK_CELLS // max(axis * units, 1))
    for start in range(0, sequences, together):
        block = cells[start : start + together]
        valid = None if mask is None else mask[start : start + together]
        if valid is not None and len(block) == 1:
            block, valid = block[:, valid[0]], None
        if block.size and (valid is None or valid.any()):
            total = merge(total, _block(_reducible(block), valid))
    return total


def _reducible(cells: Floats) -> Floats:
    """The same cells, in memory unit by unit where there are few: NumPy reduces `[axis, 4]` ten
    times slower than `[4, axis]`.
    """
    if cells.shape[2] >= _FEW_UNITS:
        return cells
    return np.ascontiguousarray(cells.transpose(2, 0, 1)).transpose(1, 2, 0)


def _block(cells: Floats, valid: NDArray[np.bool_] | None) -> UnitStats:
    """Statistics of `[sequences, axis, units]` with at least one valid cell."""
    if valid is None:
        least, most = cells.min(axis=1), cells.max(axis=1)  # NaN and infinities show up here
        if np.isfinite(least).all() and np.isfinite(most).all():
            return _finite_block(cells, least, most)
    given = np.ones(cells.shape[:2], bool) if valid is None else valid
    seen = given[:, :, None]
    finite = seen & np.isfinite(cells)
    count = _count(finite)
    least = np.where(finite, cells, np.inf).min(axis=1)
    most = np.where(finite, cells, -np.inf).max(axis=1)
    low = np.where(count > 0, least.min(axis=0), np.nan).astype(np.float64)
    high = np.where(count > 0, most.max(axis=0), np.nan).astype(np.float64)
    mean, m2 = _moments(np.where(finite, cells, 0), count, low, high, finite)
    steps = given.sum(axis=1)[:, None]
    clean = (finite.sum(axis=1) == steps) & (steps > 1)
    return UnitStats(
        count=count,
        nan=_count(seen & np.isnan(cells)),
        negative_infinity=_count(seen & np.isneginf(cells)),
        positive_infinity=_count(seen & np.isposinf(cells)),
        zero=_count(finite & (cells == 0)),
        negative=_count(finite & (cells < 0)),
        min=low,
        max=high,
        mean=mean,
        m2=m2,
        constant=_sum(clean & _still(np.where(clean, least, 0), np.where(clean, most, 0))),
        sequences=_sum(clean),
    )


def _finite_block(cells: Floats, least: Floats, most: Floats) -> UnitStats:
    """`_block` where every cell is valid and finite: most of all batches, and without masks."""
    sequences, steps, units = cells.shape
    none = np.zeros(units)
    count = np.full(units, float(sequences * steps))
    low, high = least.min(axis=0).astype(np.float64), most.max(axis=0).astype(np.float64)
    mean, m2 = _moments(cells, count, low, high)
    moving = steps > 1
    return UnitStats(
        count=count,
        nan=none,
        negative_infinity=none,
        positive_infinity=none,
        zero=_count(cells == 0),
        negative=_count(cells < 0),
        min=low,
        max=high,
        mean=mean,
        m2=m2,
        constant=_sum(_still(least, most)) if moving else none,
        sequences=np.full(units, float(sequences)) if moving else none,
    )


def _moments(
    cells: Floats,
    count: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    counted: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and sum of squared deviations per unit; cells that are not counted are 0.

    `low` and `high` are the unit's least and greatest cell.
    """
    rows = cells.reshape(-1, cells.shape[2])
    with np.errstate(over="ignore", invalid="ignore"):
        mean = _divide(rows.sum(axis=0, dtype=np.float64), count)
        if np.isinf(mean).any():  # the sum passes the largest float64, the mean does not
            scaled = (rows * 2.0**-64).sum(axis=0, dtype=np.float64)
            mean = np.where(np.isinf(mean), _divide(scaled, count) * 2.0**64, mean)
        mean = np.clip(mean, low, high)  # rounding must not give a constant unit a variance
        deviation = rows - mean
        if counted is not None:
            deviation[~counted.reshape(rows.shape)] = 0
        return mean, np.einsum("tu,tu->u", deviation, deviation)


def _still(least: Floats, most: Floats) -> NDArray[np.bool_]:
    low, high = least.astype(np.float64), most.astype(np.float64)
    scale = np.maximum(np.abs(low), np.abs(high))
    with np.errstate(over="ignore"):  # high - low may pass the largest float64
        return high - low <= CONSTANT_TOLERANCE * scale


def _count(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How many of `[sequences, axis, units]`, per unit."""
    return np.count_nonzero(hits.reshape(-1, hits.shape[2]), axis=0).astype(np.float64)


def _sum(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How many of `[sequences, units]`, per unit."""
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
