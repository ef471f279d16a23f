"""Log-scale histograms with fixed edges: cheap to fill, exact to merge.

A bin is a slice of an octave, read straight from the bits of a float: its exponent and the first
bits of its mantissa. No logarithm is taken, and histograms of different steps, replicas or units
are merged by adding counts (the layout of HdrHistogram and DDSketch).
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK_CELLS = 1 << 16
_BLOCK_UNITS = 1024  # whose counts take 5 MB


@dataclasses.dataclass(frozen=True)
class LogBins:
    """Edges of a signed log histogram: bins `-size .. size`, bin 0 around zero.

    Attributes:
      mantissa_bits: each octave is cut into `2**mantissa_bits` bins of equal width.
      min_exponent: magnitudes below `2**min_exponent` fall into bin 0.
      max_exponent: magnitudes from `2**max_exponent` stay in the outermost bin.
    """

    mantissa_bits: int = 3
    min_exponent: int = -24
    max_exponent: int = 16

    def __post_init__(self) -> None:
        if not 0 <= self.mantissa_bits <= 8:
            raise ValueError(
                f"`mantissa_bits` must be 0 to 8. Received: mantissa_bits={self.mantissa_bits}"
            )
        if not -126 <= self.min_exponent < self.max_exponent <= 127:
            raise ValueError(
                "Exponents must satisfy -126 <= min_exponent < max_exponent <= 127. "
                f"Received: min_exponent={self.min_exponent}, max_exponent={self.max_exponent}"
            )

    @property
    def size(self) -> int:
        """Bins on either side of zero."""
        return (self.max_exponent - self.min_exponent) << self.mantissa_bits

    def index(self, values: NDArray[np.floating]) -> NDArray[np.int32]:
        """The bin of each finite value, `-size .. size`, same shape."""
        bits, bias, mantissa = _high_bits(values)
        shift = mantissa - self.mantissa_bits
        first = ((bias + self.min_exponent) << self.mantissa_bits) - 1
        magnitude = ((bits & 0x7FFFFFFF) >> shift) - first
        np.clip(magnitude, 0, self.size, out=magnitude)
        sign = bits >> 31  # -1 or 0: negated without a branch, which signs at random make slow
        return (magnitude ^ sign) - sign

    def edges(self) -> NDArray[np.float64]:
        """The `2 * size + 2` edges from left to right; the outermost are the nominal ones."""
        k = np.arange(self.size + 1)
        octave, part = np.divmod(k, 1 << self.mantissa_bits)
        right = np.exp2(self.min_exponent + octave) * (1 + part / (1 << self.mantissa_bits))
        return np.concatenate([-right[::-1], right])

    def fold(self, counts: NDArray[Any], mantissa_bits: int) -> NDArray[Any]:
        """Counts `[..., 2 * size + 1]` in the coarser bins of fewer mantissa bits: exact."""
        if not 0 <= mantissa_bits <= self.mantissa_bits:
            raise ValueError(
                f"Bins of {self.mantissa_bits} mantissa bits fold to 0 to {self.mantissa_bits}. "
                f"Received: mantissa_bits={mantissa_bits}"
            )
        together = 1 << (self.mantissa_bits - mantissa_bits)
        lead = counts.shape[:-1]
        left = counts[..., : self.size].reshape(*lead, -1, together).sum(-1)
        right = counts[..., self.size + 1 :].reshape(*lead, -1, together).sum(-1)
        zero = counts[..., self.size : self.size + 1]
        return np.concatenate([left, zero, right], axis=-1)


def unit_histograms(
    cells: NDArray[np.floating], bins: LogBins, mask: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Counts `[units, 2 * size + 1]` of the valid finite cells of `[sequences, axis, units]`."""
    if cells.shape[2] > _BLOCK_UNITS:
        starts = range(0, cells.shape[2], _BLOCK_UNITS)
        parts = [cells[:, :, start : start + _BLOCK_UNITS] for start in starts]
        return np.concatenate([unit_histograms(part, bins, mask) for part in parts])
    width, units = 2 * bins.size + 1, cells.shape[2]
    offset = np.arange(units, dtype=np.int32) * width + bins.size
    counts = np.zeros(units * width + 1, np.int64)  # the last one takes what is not finite
    together = max(1, _BLOCK_CELLS // max(cells.shape[1] * units, 1))
    for start in range(0, len(cells), together):
        block = slice(start, start + together)
        rows = cells[block].reshape(-1, units) if mask is None else cells[block][mask[block]]
        place = bins.index(rows) + offset
        finite = np.isfinite(rows)
        if not finite.all():
            place[~finite] = units * width
        counts += np.bincount(place.ravel(), minlength=len(counts))
    return counts[:-1].reshape(units, width)


def _high_bits(values: NDArray[np.floating]) -> tuple[NDArray[np.int32], int, int]:
    """The 32 high bits of each float, the exponent's bias and the bits of mantissa among them."""
    if values.dtype.itemsize <= 4:
        return np.ascontiguousarray(values, np.float32).view(np.int32), 127, 23
    bits = np.ascontiguousarray(values, np.float64).view(np.int64)
    return (bits >> 32).astype(np.int32), 1023, 20


def used(counts: NDArray[Any]) -> slice:
    """The span of bins, over all leading axes, outside of which every count is zero."""
    hit = np.flatnonzero(counts.reshape(-1, counts.shape[-1]).any(axis=0))
    return slice(int(hit[0]), int(hit[-1]) + 1) if len(hit) else slice(0, 0)
