"""Pre-activations -> planes, series, the standard scalar and TensorBoard's own histogram."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.preactivations import LAYER_BINS, SERIES_BINS, UNIT_BINS, Preactivations
from tb_deepdebug.stats.log_bins import LogBins, used
from tb_deepdebug.wire.activations import layer_moments, unit_plane
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series


def fields(record: Preactivations) -> dict[str, Any]:
    """The header's fields."""
    return {
        "shape": list(record.shape),
        "axis": record.axis,
        "dtype": record.dtype,
        "channels": record.channels,
        "bins": _bins(LAYER_BINS, used(record.counts)),
        "unit_bins": _bins(UNIT_BINS, used(record.unit_counts)),
    }


def _bins(bins: LogBins, span: slice) -> dict[str, int]:
    return {
        "mantissa_bits": bins.mantissa_bits,
        "min_exponent": bins.min_exponent,
        "max_exponent": bins.max_exponent,
        "first": span.start - bins.size,
    }


def planes(record: Preactivations) -> list[Plane]:
    """The frame's planes; histograms are cut to the bins in use."""
    unit_counts = record.unit_counts[:, used(record.unit_counts)]
    fits = unit_counts.max(initial=0) < 2**32
    return [
        unit_plane(record.stats),
        Plane("layer_counts", record.counts[used(record.counts)].astype(np.float64)),
        Plane("unit_counts", unit_counts.astype(np.uint32 if fits else np.float64)),
    ]


def series(record: Preactivations) -> Series:
    """The series scalars and vectors."""
    stats = record.stats
    count, zero, negative = stats.count.sum(), stats.zero.sum(), stats.negative.sum()
    coarse = LAYER_BINS.fold(record.counts, SERIES_BINS.mantissa_bits)
    span = used(coarse)
    return Series(
        {
            "examples": record.shape[0],
            "timesteps": int(np.prod(record.shape[1:-1])),
            "units": record.shape[-1],
            "count": count,
            "nonfinite": stats.nonfinite.sum(),
            "negative": negative,
            "zero": zero,
            "positive": count - zero - negative,
            **layer_moments(stats),
            "first": span.start - SERIES_BINS.size,
        },
        {
            "counts": coarse[span].astype(np.float64),
            "unit_negative_fraction": stats.negative / np.maximum(stats.count, 1),
        },
    )


def standard(record: Preactivations) -> dict[str, float]:
    """Headline numbers for the Scalars tab."""
    return {"negative_fraction": record.negative_fraction}


def histogram(record: Preactivations) -> NDArray[np.float64]:
    """The layer's histogram as TensorBoard's `[k, 3]`: left edge, right edge, count.

    The same bins as the series; the outer edges are pulled in to the least and greatest value, so
    that the dashboard draws no width that is not there.
    """
    counts = LAYER_BINS.fold(record.counts, SERIES_BINS.mantissa_bits)
    span = used(counts)
    if span.stop == span.start:
        return np.zeros((0, 3))
    edges = SERIES_BINS.edges()
    left, right = edges[span].copy(), edges[span.start + 1 : span.stop + 1].copy()
    left[0] = np.nanmin(record.stats.min)
    right[-1] = np.nanmax(record.stats.max)
    return np.stack([left, right, counts[span]], axis=1).astype(np.float64)
