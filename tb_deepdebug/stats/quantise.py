"""A picture of activations in one byte a cell, and its peak-preserving overview."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

MASKED, NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, ZERO, FIRST, LAST = 0, 1, 2, 3, 4, 5, 255
_SPAN = LAST - FIRST

# Wide enough that an overview on an ordinary screen has a column for nearly every pixel, small
# enough that a default view of a few layers stays within a few hundred kilobytes.
OVERVIEW_COLUMNS = 1024
OVERVIEW_CELLS = 1 << 18


@dataclasses.dataclass(frozen=True)
class Picture:
    """Codes `[examples, units, axis]` uint8 and what they mean.

    Attributes:
      codes: 0 masked, 1 NaN, 2 and 3 the infinities, 4 exactly zero, 5 to 255 finite.
      scale: `[2, units]` float64: what codes 5 and 255 stand for.
    """

    codes: NDArray[np.uint8]
    scale: NDArray[np.float64]

    def values(self) -> NDArray[np.float64]:
        """Dequantised cells, same shape as `codes`; NaN where masked."""
        low, high = self.scale[:, None, :, None]
        part = (self.codes.astype(np.float64) - FIRST) / _SPAN
        values = low * (1 - part) + high * part
        for code, value in (
            (MASKED, np.nan),
            (NAN, np.nan),
            (NEGATIVE_INFINITY, -np.inf),
            (POSITIVE_INFINITY, np.inf),
            (ZERO, 0.0),
        ):
            values[self.codes == code] = value
        return values


def quantise(cells: NDArray[np.floating], mask: NDArray[np.bool_] | None = None) -> Picture:
    """Quantises `[examples, axis, units]` per unit; the error is at most (high - low) / 500.

    `low` and `high` are the unit's least and greatest finite value other than zero, over all the
    examples pictured. Exact zeros keep a code of their own, since they are what a dead ReLU shows.
    """
    examples, axis, units = cells.shape
    flat = cells.reshape(-1, units)
    wide = flat.astype(np.float64) if flat.dtype.itemsize > 4 else flat.astype(np.float32)
    if mask is not None:
        wide[~mask.reshape(-1)] = np.nan
    special = ~np.isfinite(wide) | (wide == 0)
    low, high = _range(wide, special)
    codes = _encode(wide, special, low, high)
    codes = np.ascontiguousarray(codes.reshape(examples, axis, units).transpose(0, 2, 1))
    if mask is not None:
        codes[np.broadcast_to(~mask[:, None, :], codes.shape)] = MASKED
    return Picture(codes, np.stack([low, high]).astype(np.float64))


def _range(
    cells: NDArray[np.floating], special: NDArray[np.bool_]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    low = np.where(special, np.inf, cells).min(axis=0)
    high = np.where(special, -np.inf, cells).max(axis=0)
    empty = low > high
    return np.where(empty, 0, low), np.where(empty, 0, high)


def _encode(
    cells: NDArray[np.floating],
    special: NDArray[np.bool_],
    low: NDArray[np.floating],
    high: NDArray[np.floating],
) -> NDArray[np.uint8]:
    # Halves: the difference of two halves can't overflow, however wide the range.
    half = high / 2 - low / 2
    with np.errstate(all="ignore"):
        # low == high, or a range too small to divide: every value is the lowest code.
        per_unit = np.where(half > 0, _SPAN / 2 / half, 0)
        per_unit = np.where(np.isfinite(per_unit), per_unit, 0).astype(cells.dtype)
        place = (cells - low) * per_unit
        unsafe = ~np.isfinite(high - low)
        if unsafe.any():
            place[:, unsafe] = (cells[:, unsafe] / 2 - low[unsafe] / 2) * (2 * per_unit[unsafe])
        codes = np.clip(np.rint(place, out=place) + FIRST, FIRST, LAST)
        codes[special] = ZERO
        codes = codes.astype(np.uint8)
    if not np.isfinite(cells).all():
        codes[np.isnan(cells)] = NAN
        codes[np.isneginf(cells)] = NEGATIVE_INFINITY
        codes[np.isposinf(cells)] = POSITIVE_INFINITY
    return codes


def overview_stride(units: int, axis: int) -> int:
    """Cells along the axis that one column of the overview stands for; 1: no overview needed."""
    columns = min(OVERVIEW_COLUMNS, max(256, OVERVIEW_CELLS // max(units, 1)))
    return -(-axis // columns)


def overview(picture: Picture, centre: NDArray[np.float64], stride: int) -> NDArray[np.uint8]:
    """Codes `[examples, units, ceil(axis / stride)]`, the cell furthest from its unit's centre.

    Cells that are not finite are further than any value, masked ones nearer: one extreme cell in
    4,096 is still seen. `centre` is `[units]`, the mean.
    """
    codes = picture.codes
    pad = -codes.shape[2] % stride
    if pad:
        codes = np.pad(codes, ((0, 0), (0, 0), (0, pad)), constant_values=MASKED)
    distance = np.take_along_axis(
        _distance(picture.scale, centre)[None], codes.reshape(*codes.shape[:2], -1), axis=2
    )
    best, far = codes[:, :, ::stride].copy(), distance[:, :, ::stride].copy()
    for i in range(1, stride):
        nearer = distance[:, :, i::stride] > far
        np.copyto(best, codes[:, :, i::stride], where=nearer)
        np.copyto(far, distance[:, :, i::stride], where=nearer)
    return best


def _distance(scale: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float32]:
    """How far each code of each unit lies from the unit's centre, `[units, 256]`."""
    low, high = scale
    with np.errstate(all="ignore"):
        width = np.maximum(high / 2 - low / 2, 0)
        part = (np.arange(256) - FIRST) / _SPAN
        values = low[:, None] * (1 - part) + high[:, None] * part
        values[:, ZERO] = 0
        # The width only keeps float32 in range; a constant unit is compared as it is.
        reach = np.where(width > 0, width, np.maximum(np.abs(low), 1))
        table = np.abs(values / reach[:, None] - (np.nan_to_num(centre) / reach)[:, None])
    table[:, [NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY]] = np.inf
    table[:, MASKED] = -1
    return np.minimum(table, 1e30, where=~np.isinf(table), out=table).astype(np.float32)
