"""Training health measured inside a TensorFlow graph: one packed row of numbers a parameter.

Every operation runs eagerly, in a graph, on a GPU and under `jit_compile=True`. A row says of a
tensor how large it is, how many of its entries are zero or not finite, and how they are
distributed: the first ten bits of a float (sign, exponent, first bit of the mantissa) name its bin
in `HEALTH_BINS`, so that a histogram is a shift and a count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_deepdebug.stats.parameters import HEALTH_BINS, MEASURES

BINS = 2 * HEALTH_BINS.size + 1
SUMMARY = 4  # largest magnitude, norm in units of it, zeros, entries that are not finite
ROW = SUMMARY + BINS
_SLOTS = 1024  # of 1 + 8 + 1 bits
_EXACT_IN_FLOAT32 = 1 << 24
_EXPONENTS = (HEALTH_BINS.min_exponent, HEALTH_BINS.max_exponent)


def measured(x: Any, histogram: bool = True) -> Any:
    """A tensor of any float dtype and shape, or its slices, as a float64 row `[ROW]`.

    The counts of `histogram` are NaN where it is false.
    """
    flat = _flat(x)
    counts = _histogram(flat) if histogram else unmeasured(BINS)
    return tf.concat([_summary(flat), counts], axis=0)


def measured_update(before: Any, after: Any) -> Any:
    """What a step added to a parameter, as float64 `[SUMMARY]` without a count of zeros."""
    flat = _flat(after) - _flat(before)
    size, finite = _size(flat)
    number = tf.cast(tf.size(flat), tf.float64)
    return tf.concat([size, tf.stack([tf.zeros_like(number), number - _count(finite, flat)])], 0)


def unmeasured(columns: int) -> Any:
    """A row that says nothing."""
    return tf.fill([columns], tf.constant(np.nan, tf.float64))


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


def _summary(flat: Any) -> Any:
    size, finite = _size(flat)
    number = tf.cast(tf.size(flat), tf.float64)
    zeros = number - _count(tf.cast(_magnitude_bits(flat), tf.bool), flat)
    return tf.concat([size, tf.stack([zeros, number - _count(finite, flat)])], axis=0)


def _size(flat: Any) -> tuple[Any, Any]:
    """Largest finite magnitude and the norm in units of it, so that no square overflows; where."""
    finite = tf.math.is_finite(flat)
    kept = tf.where(finite, flat, tf.zeros([], flat.dtype))
    largest = tf.reduce_max(tf.abs(kept)) if flat.shape[0] != 0 else tf.zeros([], flat.dtype)
    scaled = tf.math.divide_no_nan(kept, largest)
    norm = tf.sqrt(2 * tf.nn.l2_loss(scaled))
    return tf.cast(tf.stack([largest, norm]), tf.float64), finite


def _count(flags: Any, flat: Any) -> Any:
    """How many are true, exactly."""
    size = flat.shape[0]
    narrow = size is not None and size <= _EXACT_IN_FLOAT32
    wide = tf.reduce_sum(tf.cast(flags, tf.float32 if narrow else tf.float64))
    return tf.cast(wide, tf.float64)


def _high_bits(flat: Any) -> Any:
    """The 32 high bits of each float."""
    bits = tf.bitcast(flat, tf.int32)
    return bits[:, 1] if flat.dtype == tf.float64 else bits


def _magnitude_bits(flat: Any) -> Any:
    """Zero for zeros only. A comparison would call denormal numbers zero as well."""
    if flat.dtype == tf.float64:
        return tf.bitwise.bitwise_and(tf.bitcast(flat, tf.int64), 0x7FFFFFFFFFFFFFFF)
    return tf.bitwise.bitwise_and(_high_bits(flat), 0x7FFFFFFF)


def _histogram(flat: Any) -> Any:
    """float64 `[BINS]` of the finite entries."""
    slots = tf.raw_ops.DenseBincount(
        input=_slots(flat), size=_SLOTS, weights=tf.zeros([0], tf.int32), binary_output=False
    )
    positive, negative = tf.unstack(tf.reshape(tf.cast(slots, tf.float64), [2, _SLOTS // 2]))
    low, high = (exponent + 127 << 1 for exponent in _EXPONENTS)
    sides = []
    for side in (negative, positive):
        last = tf.reduce_sum(side[high - 1 : 2 * 255], keepdims=True)
        sides.append(tf.concat([side[low : high - 1], last], axis=0))
    zero = tf.reduce_sum(positive[:low], keepdims=True) + tf.reduce_sum(negative[:low])
    return tf.concat([tf.reverse(sides[0], [0]), zero, sides[1]], axis=0)


def _slots(flat: Any) -> Any:
    """Sign, exponent and first bit of the mantissa as a float32 has them, 0 to 1023."""
    bits = _high_bits(flat)
    if flat.dtype == tf.float32:
        return tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, 22), 0x3FF)
    octave = tf.bitwise.bitwise_and(tf.bitwise.right_shift(bits, 19), 0xFFF)
    narrow = tf.clip_by_value(octave - (1023 - 127 << 1), 0, 2 * 255 - 1)
    narrow = tf.where(octave >= 2 * 2047, 2 * 255, narrow)
    return tf.where(bits < 0, narrow + _SLOTS // 2, narrow)
