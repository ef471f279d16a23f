"""Training health measured inside a TensorFlow graph: one packed row of numbers a parameter.

Every operation runs eagerly, in a graph and under `jit_compile=True`. A row says of a tensor how
large it is, how many of its entries are zero or not finite, and how they are distributed: the
first ten bits of a float (sign, exponent, first bit of the mantissa) name its bin in
`HEALTH_BINS`, so that a histogram is a shift and a count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_deepdebug.stats.parameters import HEALTH_BINS, MEASURES

BINS = 2 * HEALTH_BINS.size + 1
SUMMARY = 4  # largest magnitude, norm in units of it, zeros, entries that are not finite
ROW = SUMMARY + BINS
CELLS = 1 << 16  # entries of a parameter in its histogram, at most
_SLOTS = 1024  # of 1 + 8 + 1 bits
_EXACT_IN_FLOAT32 = 1 << 24
_LEAST_SQUARE = 1e-31  # times 1e7, the resolution of float32, is above what float32 can hold
_EXPONENTS = (HEALTH_BINS.min_exponent, HEALTH_BINS.max_exponent)


def rows(tensors: Sequence[Any], cells: int | None, zeros: bool = True) -> Any:
    """Tensors (or slices of them) of any float dtype and shape, as float64 `[tensors, ROW]`.

    Args:
      cells: entries in a histogram at most, of evenly spaced ones; 0: no histograms, NaN; None:
        all entries.
      zeros: whether zeros are counted; else that column is 0.
    """
    flat = [_flat(x) for x in tensors]
    if cells == 0:
        counts = unmeasured(len(flat), BINS)
    else:
        shapes = [x.shape for x in tensors]
        picked = [_sampled(x, s, cells) for x, s in zip(flat, shapes, strict=True)]
        counts = _histograms(picked)
    return tf.concat([_summaries(flat, zeros), counts], axis=1)


def updates(before: Sequence[Any], after: Sequence[Any]) -> Any:
    """What a step added to parameters, as float64 `[parameters, SUMMARY]`, zeros not counted."""
    flat = [_flat(new) - _flat(old) for old, new in zip(before, after, strict=True)]
    return _summaries(flat, zeros=False)


def unmeasured(count: int, columns: int) -> Any:
    """Rows that say nothing."""
    return tf.fill([count, columns], tf.constant(np.nan, tf.float64))


def measures(
    gradients: NDArray[np.float64],
    weights: NDArray[np.float64],
    updates: NDArray[np.float64],
    shapes: Sequence[tuple[int, ...]],
) -> Mapping[str, NDArray[np.float64]]:
    """The `MEASURES` `[P]` that rows of `P` parameters say; NaN where not measured."""
    sizes = np.array([np.prod(shape) for shape in shapes], np.float64)
    found = {
        "gradient_norm": _of_finite(gradients[:, 0] * gradients[:, 1], gradients, sizes),
        "weight_norm": _of_finite(weights[:, 0] * weights[:, 1], weights, sizes),
        "update_norm": _of_finite(updates[:, 0] * updates[:, 1], updates, sizes),
        "weight_max": _of_finite(weights[:, 0], weights, sizes),
        "gradient_max": _of_finite(gradients[:, 0], gradients, sizes),
        "weight_nonfinite": weights[:, 3],
        "gradient_nonfinite": gradients[:, 3],
        "gradient_zero": gradients[:, 2],
    }
    moved = found["weight_norm"] > 0
    ratio = np.full(len(sizes), np.nan)
    np.divide(found["update_norm"], found["weight_norm"], out=ratio, where=moved)
    found["update_ratio"] = ratio
    return {name: found[name] for name in MEASURES}


def counts(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """The histograms `[P, bins]` of rows `[P, ROW]`; zeros where not measured."""
    return np.nan_to_num(rows[:, SUMMARY:], nan=0).astype(np.int64)


def _of_finite(
    values: NDArray[np.float64], rows: NDArray[np.float64], sizes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values of finite entries, NaN where there is none."""
    return np.where(rows[:, 3] < sizes, values, np.nan)


def _flat(x: Any) -> Any:
    """All entries as `[N]`, in float32 or float64. Slices of the same row are added up."""
    dense = tf.reshape(tf.convert_to_tensor(x), [-1])
    return dense if dense.dtype == tf.float64 else tf.cast(dense, tf.float32)


def _summaries(flat: Sequence[Any], zeros: bool) -> Any:
    """float64 `[tensors, SUMMARY]`: in few passes where all is well, with care where it is not."""
    counted = [_zeros(x) if zeros else tf.zeros([], tf.float64) for x in flat]
    sizes, plain = zip(*map(_plain_size, flat), strict=True)
    careful = tf.cond(
        tf.reduce_all(tf.stack(plain)),
        lambda: tf.stack(sizes),
        lambda: tf.stack([_careful_size(x) for x in flat]),
    )
    return tf.concat([careful[:, :2], tf.stack(counted)[:, None], careful[:, 2:]], axis=1)


def _plain_size(flat: Any) -> tuple[Any, Any]:
    """Largest magnitude, norm in units of it, 0; and whether its squares stay within the dtype.

    Squares that add up to a finite number come from finite entries.
    """
    if flat.shape[0] == 0:
        return tf.zeros([3], tf.float64), tf.constant(True)
    largest = tf.maximum(tf.reduce_max(flat), -tf.reduce_min(flat))
    squares = 2 * tf.nn.l2_loss(flat)
    norm = tf.math.divide_no_nan(tf.sqrt(squares), largest)
    least = _LEAST_SQUARE * tf.cast(tf.size(flat), flat.dtype)
    fits = tf.math.is_finite(squares) & ((squares > least) | (largest <= 0))
    return _row(largest, norm, tf.zeros_like(norm)), fits


def _careful_size(flat: Any) -> Any:
    """The same of the finite entries, and how many are not; no square leaves the dtype's range."""
    if flat.shape[0] == 0:
        return tf.zeros([3], tf.float64)
    finite = tf.math.is_finite(flat)
    kept = tf.where(finite, flat, tf.zeros([], flat.dtype))
    largest = tf.reduce_max(tf.abs(kept))
    norm = tf.sqrt(2 * tf.nn.l2_loss(tf.math.divide_no_nan(kept, largest)))
    return _row(largest, norm, _count(~finite, flat))


def _row(*numbers: Any) -> Any:
    return tf.stack([tf.cast(number, tf.float64) for number in numbers])


def _zeros(flat: Any) -> Any:
    """By their bits: a comparison would call denormal numbers zero as well."""
    bits = tf.bitcast(flat, tf.int32)
    if flat.dtype == tf.float64:
        bits = tf.bitwise.bitwise_or(bits[:, 0], tf.bitwise.bitwise_and(bits[:, 1], 0x7FFFFFFF))
        return _count(tf.logical_not(tf.cast(bits, tf.bool)), flat)
    magnitude = tf.bitwise.left_shift(bits, 1)
    return tf.cast(tf.size(flat), tf.float64) - _count(tf.cast(magnitude, tf.bool), flat)


def _count(flags: Any, flat: Any) -> Any:
    """How many are true, exactly."""
    size = flat.shape[0]
    narrow = size is not None and size <= _EXACT_IN_FLOAT32
    found = tf.reduce_sum(tf.cast(flags, tf.float32 if narrow else tf.float64))
    return tf.cast(found, tf.float64)


def _sampled(flat: Any, shape: Any, cells: int | None) -> Any:
    """At most `cells` entries, spaced evenly and so that every unit has its turn."""
    size = shape.num_elements()
    if cells is None or size is None or size <= cells:
        return flat
    stride = -(-size // cells)
    while math.gcd(stride, size) > 1:
        stride += 1
    return flat[::stride]


def _histograms(flat: Sequence[Any]) -> Any:
    """float64 `[tensors, BINS]` of the finite entries."""
    slots = tf.stack(
        [
            tf.raw_ops.DenseBincount(
                input=_slots(x), size=_SLOTS, weights=tf.zeros([0], tf.int32), binary_output=False
            )
            for x in flat
        ]
    )
    sides = tf.cast(slots, tf.float64)
    half = _SLOTS // 2
    low, high = (exponent + 127 << 1 for exponent in _EXPONENTS)
    right, left = (_outer(side, low, high) for side in (sides[:, :half], sides[:, half:]))
    zero = tf.reduce_sum(sides[:, :low], 1) + tf.reduce_sum(sides[:, half : half + low], 1)
    return tf.concat([tf.reverse(left, [1]), zero[:, None], right], axis=1)


def _outer(side: Any, low: int, high: int) -> Any:
    """Bins from `low` on; the last takes all larger finite magnitudes."""
    last = tf.reduce_sum(side[:, high - 1 : 2 * 255], axis=1, keepdims=True)
    return tf.concat([side[:, low : high - 1], last], axis=1)


def _slots(flat: Any) -> Any:
    """Sign, exponent and first bit of the mantissa as a float32 has them, 0 to 1023."""
    if flat.dtype == tf.float32:
        bits = tf.bitcast(flat, tf.int32)
        return tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, 22), _SLOTS - 1)
    bits = tf.bitcast(flat, tf.int32)[:, 1]  # the high half of a float64
    octave = tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, 19), 0xFFF)
    narrow = tf.clip_by_value(octave - (1023 - 127 << 1), 0, 2 * 255 - 1)
    narrow = tf.where(octave >= 2 * 2047, 2 * 255, narrow)
    return tf.where(bits < 0, narrow + _SLOTS // 2, narrow)
