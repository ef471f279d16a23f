"""Pre-activations of one layer over a batch: where they lie relative to zero."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.activations import same_layer
from tb_deepdebug.records.cells import Cells, as_cells, as_names
from tb_deepdebug.stats import units
from tb_deepdebug.stats.log_bins import LogBins, unit_histograms
from tb_deepdebug.stats.units import UnitStats, unit_stats

LAYER_BINS = LogBins(mantissa_bits=3)
SERIES_BINS = LogBins(mantissa_bits=2)
UNIT_BINS = LogBins(mantissa_bits=1)


@dataclasses.dataclass(frozen=True, eq=False)
class Preactivations:
    """What is kept of a batch of pre-activations.

    Attributes:
      shape: of the batch as given, units last.
      axis: "time", "example" (rank 2) or "space" (rank 4).
      dtype: name of the dtype as given.
      stats: exact statistics over every valid cell, per unit; signs are of the data as given.
      counts: the layer's histogram over `LAYER_BINS`, int64 `[bins]`.
      unit_counts: a histogram per unit over `UNIT_BINS`, int64 `[U, bins]`.
      channels: names of the units, or None.
    """

    shape: tuple[int, ...]
    axis: str
    dtype: str
    stats: UnitStats
    counts: NDArray[np.int64]
    unit_counts: NDArray[np.int64]
    channels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        finite, binned, by_unit = (
            int(self.stats.count.sum()),
            int(self.counts.sum()),
            int(self.unit_counts.sum()),
        )
        if not finite == binned == by_unit:
            raise ValueError(
                "Every finite cell must be in one bin of the layer and of its unit. "
                f"Received: {finite} cells, {binned} and {by_unit} binned"
            )

    @property
    def negative_fraction(self) -> float:
        """The exact share of finite cells below zero; NaN where there are none."""
        count = float(self.stats.count.sum())
        return float(self.stats.negative.sum()) / count if count else float("nan")


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """Checked arguments: what there is to measure."""

    cells: Cells
    channels: tuple[str, ...] | None


def check(
    data: Any,
    *,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
) -> Batch:
    """Checks the arguments of `tb_deepdebug.summary.preactivations`, and measures nothing.

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """
    cells = as_cells(data, mask, unit_axis)
    return Batch(cells, as_names(channels, cells.shape[-1], "channels"))


def measure(data: Any, **options: Any) -> Preactivations:
    """Checks and measures a batch; the arguments are those of `check`."""
    return measure_checked(check(data, **options))


def measure_checked(batch: Batch) -> Preactivations:
    """Measures what was checked."""
    cells = batch.cells
    counts, unit_counts = _histograms(cells.values, cells.mask)
    return Preactivations(
        shape=cells.shape,
        axis=cells.axis,
        dtype=cells.dtype,
        stats=unit_stats(cells.values, cells.mask),
        counts=counts,
        unit_counts=unit_counts,
        channels=batch.channels,
    )


def _histograms(
    values: NDArray[np.floating], mask: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The layer's counts, and each unit's, of `[sequences, axis, units]`."""
    sequences, axis, units = values.shape
    if values.size >= units * (2 * LAYER_BINS.size + 1):
        fine = unit_histograms(values, LAYER_BINS, mask)
        return fine.sum(axis=0), LAYER_BINS.fold(fine, UNIT_BINS.mantissa_bits)
    # There are fewer cells than fine bins of units: binning twice costs less than emptying them.
    joined = values.reshape(sequences, axis * units, 1)
    valid = None if mask is None else np.repeat(mask, units, axis=1)
    layer = unit_histograms(joined, LAYER_BINS, valid)[0]
    return layer, unit_histograms(values, UNIT_BINS, mask)


def merge(first: Preactivations, *others: Preactivations) -> Preactivations:
    """One record of a batch that was measured in parts, as chunks or on several replicas.

    Raises:
      ValueError: the parts are not of one layer.
    """
    parts = [first, *others]
    same_layer(parts)
    together = units.merge_along if first.axis == "example" else units.merge
    return dataclasses.replace(
        first,
        shape=(sum(p.shape[0] for p in parts), *first.shape[1:]),
        stats=functools.reduce(together, (p.stats for p in parts)),
        counts=np.sum([p.counts for p in parts], axis=0),
        unit_counts=np.sum([p.unit_counts for p in parts], axis=0),
    )
