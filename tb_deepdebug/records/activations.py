"""Activations of one layer over a batch: statistics per unit and a picture of a few examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import Cells, as_cells, as_names, as_numbers
from tb_deepdebug.stats import quantise
from tb_deepdebug.stats.units import UnitStats, unit_stats

# Without a time axis the examples are the picture's columns; this many tell the story.
MOST_EXAMPLE_COLUMNS = 256


@dataclasses.dataclass(frozen=True, eq=False)
class Activations:
    """What is kept of a batch of activations.

    Attributes:
      shape: of the batch as given, units last.
      axis: "time", "example" (rank 2) or "space" (rank 4).
      dtype: name of the dtype as given.
      stats: exact statistics over every valid cell of the whole batch, per unit `[U]`.
      picture: the pictured examples, codes `[E, U, T]`.
      overview: codes `[E, U, W]`, each column covering `stride` cells; None where it would not be
        smaller than the picture.
      input: float32 `[E, T, C]`, the input series of the pictured examples, or None.
      timestamps: float64 `[E, T]`, or None.
      channels, input_channels: names of the units, of the input's channels, or None.
    """

    shape: tuple[int, ...]
    axis: str
    dtype: str
    stats: UnitStats
    picture: quantise.Picture
    overview: NDArray[np.uint8] | None
    stride: int
    input: NDArray[np.float32] | None = None
    timestamps: NDArray[np.float64] | None = None
    channels: tuple[str, ...] | None = None
    input_channels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        units, (_, pictured, axis) = self.shape[-1], self.picture.codes.shape
        if units != pictured or units != len(self.stats.count):
            raise ValueError(
                "Shape, statistics and picture must speak of the same units. Received: "
                f"{units}, {len(self.stats.count)} and {pictured}"
            )
        if self.overview is not None and self.overview.shape[2] != -(-axis // self.stride):
            raise ValueError(
                f"The overview must have ceil({axis} / {self.stride}) columns. "
                f"Received: {self.overview.shape[2]}"
            )


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """Checked arguments: what there is to measure. `shown` picks the pictured cells."""

    cells: Cells
    shown: tuple[slice, slice]
    input: NDArray[np.float32] | None
    timestamps: NDArray[np.float64] | None
    channels: tuple[str, ...] | None
    input_channels: tuple[str, ...] | None


def check(
    data: Any,
    *,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    timestamps: Any = None,
    input: Any = None,
    input_channels: Sequence[str] | None = None,
    examples: int | None = None,
) -> Batch:
    """Checks the arguments of `tb_deepdebug.summary.activations`, and measures nothing.

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """
    cells = as_cells(data, mask, unit_axis)
    series = None if input is None else _input(input, cells)
    if series is None and input_channels is not None:
        raise ValueError(
            "`input_channels` must come with `input`. "
            f"Received: input_channels={input_channels!r}, input=None"
        )
    names = as_names(input_channels, 0 if series is None else series.shape[2], "input_channels")
    return Batch(
        cells=cells,
        shown=pictured(cells, examples),
        input=series,
        timestamps=None if timestamps is None else _timestamps(timestamps, cells),
        channels=as_names(channels, cells.shape[-1], "channels"),
        input_channels=names,
    )


def measure(data: Any, **options: Any) -> Activations:
    """Checks and measures a batch; the arguments are those of `check`."""
    return measure_checked(check(data, **options))


def measure_checked(batch: Batch) -> Activations:
    """Measures what was checked."""
    cells, shown = batch.cells, batch.shown
    stats = unit_stats(cells.values, cells.mask)
    picture = quantise.quantise(
        cells.values[shown], None if cells.mask is None else cells.mask[shown]
    )
    stride = quantise.overview_stride(cells.shape[-1], picture.codes.shape[2])
    return Activations(
        shape=cells.shape,
        axis=cells.axis,
        dtype=cells.dtype,
        stats=stats,
        picture=picture,
        overview=quantise.overview(picture, stats.mean, stride) if stride > 1 else None,
        stride=stride,
        input=None if batch.input is None else batch.input[shown[0]],
        timestamps=None if batch.timestamps is None else batch.timestamps[shown[0]],
        channels=batch.channels,
        input_channels=batch.input_channels,
    )


def pictured(cells: Cells, examples: int | None) -> tuple[slice, slice]:
    """Which sequences, and which part of the axis, are pictured.

    Rank 2 has one sequence whose axis is the batch, so `examples` counts columns there.
    """
    whole = isinstance(examples, int | np.integer) and not isinstance(examples, bool)
    if examples is not None and not (whole and examples >= 1):
        raise ValueError(f"`examples` must be an integer, at least 1. Received: {examples!r}")
    if cells.axis == "example":
        return slice(None), slice(examples or MOST_EXAMPLE_COLUMNS)
    return slice(examples or 1), slice(None)


def _input(data: Any, cells: Cells) -> NDArray[np.float32]:
    array = as_numbers(data, "input")
    if array.ndim == 2:
        array = array[..., None]
    _same_time(array.shape, cells, "input", "[batch, time, channels]")
    with np.errstate(over="ignore"):  # beyond float32 is drawn as infinite
        return array.astype(np.float32)


def _timestamps(data: Any, cells: Cells) -> NDArray[np.float64]:
    array = as_numbers(data, "timestamps")
    if array.ndim == 1:
        array = np.broadcast_to(array, (cells.shape[0], len(array)))
    _same_time(array.shape, cells, "timestamps", "[batch, time] or [time]")
    return array.astype(np.float64)


def _same_time(shape: tuple[int, ...], cells: Cells, argument: str, form: str) -> None:
    rank = 3 if argument == "input" else 2
    if cells.axis != "time" or len(shape) != rank or shape[:2] != cells.shape[:2]:
        raise ValueError(
            f"`{argument}` must be {form} beside `data` [batch, time, units]. "
            f"Received: {argument} shape={shape}, data shape={cells.shape}"
        )
