"""A picture of activations in one byte a cell, and its peak-preserving overview."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

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
        part = (np.maximum(self.codes, FIRST) - float(FIRST)) / _SPAN
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
    # Arithmetic on all cells: choosing between two cells by cell is five times slower where zeros
    # come as they do from a ReLU, and no processor can guess which way a cell goes.
    known = cells if np.isfinite(cells).all() else np.where(special, 0, cells)
    with np.errstate(invalid="ignore"):
        kept = known / ~special  # 0 / 0 is NaN, which the least and the greatest pass over
    low = np.fmin.reduce(kept, axis=0, initial=np.inf)
    high = np.fmax.reduce(kept, axis=0, initial=-np.inf)
    empty = low > high
    return np.where(empty, 0, low), np.where(empty, 0, high)


def _encode(
    cells: NDArray[np.floating],
    special: NDArray[np.bool_],
    low: NDArray[np.floating],
    high: NDArray[np.floating],
) -> NDArray[np.uint8]:
    with np.errstate(all="ignore"):
        per_unit = _SPAN / (high - low)
        # A range too wide or too narrow to divide by: such a unit is brought to around 1 first.
        odd = (low < high) & ~(np.isfinite(per_unit) & (per_unit > 0))
        per_unit[odd | (low == high)] = 0
        place = cells - low
        place *= per_unit
        if odd.any():
            place[:, odd] = _place_scaled(cells[:, odd], low[odd], high[odd])
        np.clip(np.rint(place, out=place), 0, _SPAN, out=place)
        codes = place.astype(np.uint8)
    codes += np.uint8(FIRST)
    codes *= ~special
    codes += special * np.uint8(ZERO)
    if not np.isfinite(cells).all():
        codes[np.isnan(cells)] = NAN
        codes[np.isneginf(cells)] = NEGATIVE_INFINITY
        codes[np.isposinf(cells)] = POSITIVE_INFINITY
    return codes


def _place_scaled(
    cells: NDArray[np.floating], low: NDArray[np.floating], high: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Places 0 to 250 between low and high, in units of a power of two near the largest of them."""
    exponent = np.frexp(np.maximum(np.abs(low), np.abs(high)))[1]
    low, high = np.ldexp(low, -exponent), np.ldexp(high, -exponent)
    return (np.ldexp(cells, -exponent) - low) * (_SPAN / (high - low))


def side_by_side(pictures: Sequence[Picture], most: int) -> Picture:
    """Parts of one picture along the axis as one, of at most `most` cells.

    Where the parts' scales differ, their cells are rounded once more: the error is at most
    (high - low) / 250.
    """
    codes = np.concatenate([p.codes for p in pictures], axis=2)[:, :, :most]
    values = np.concatenate([p.values() for p in pictures], axis=2)[:, :, :most]
    special = codes < FIRST
    values[special] = 0
    examples, units, axis = codes.shape
    flat = values.transpose(0, 2, 1).reshape(-1, units)
    still = special.transpose(0, 2, 1).reshape(-1, units)
    low, high = _range(flat, still)
    again = _encode(flat, still, low, high).reshape(examples, axis, units).transpose(0, 2, 1)
    return Picture(np.where(special, codes, again), np.stack([low, high]))


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
    # Rank and code as one number, whose greatest is the code of the highest rank. A table of bytes
    # is looked up twenty times faster than one of NumPy.
    keys = np.empty(codes.shape, np.uint16)
    for unit, ranks in enumerate(_rank(picture.scale, centre)):
        table = ranks.tobytes()
        for example, row in enumerate(codes[:, unit]):
            keys[example, unit] = np.frombuffer(row.tobytes().translate(table), np.uint8)
    keys <<= 8
    keys |= codes
    best = keys[:, :, ::stride].copy()
    for i in range(1, stride):
        np.maximum(best, keys[:, :, i::stride], out=best)
    return best.astype(np.uint8)


def _rank(scale: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Codes of each unit from nearest to furthest from its centre, `[units, 256]`; ties share."""
    # Cells of one unit relative to the largest, so that no difference leaves float64's range.
    largest = np.abs(scale).max(axis=0)
    low, high = scale / np.where(largest > 0, largest, 1)
    with np.errstate(all="ignore"):
        middle = np.nan_to_num(centre / np.where(largest > 0, largest, 1))
    # From anywhere outside of the range the order is that from its end, without the rounding.
    middle = np.clip(middle, np.minimum(low, 0), np.maximum(high, 0))
    part = (np.arange(256) - FIRST) / _SPAN
    values = low[:, None] * (1 - part) + high[:, None] * part
    values[:, ZERO] = 0
    distance = np.abs(values - middle[:, None])
    distance[:, [NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY]] = np.inf
    distance[:, MASKED] = -1
    order = np.argsort(distance, axis=1)
    ascending = np.take_along_axis(distance, order, axis=1)
    steps = np.zeros(distance.shape, np.uint8)
    np.cumsum(ascending[:, 1:] > ascending[:, :-1], axis=1, out=steps[:, 1:], dtype=np.uint8)
    rank = np.empty_like(steps)
    np.put_along_axis(rank, order, steps, axis=1)
    return rank
