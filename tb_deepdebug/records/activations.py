"""Activations of one layer over a batch: statistics per unit and a picture of a few examples."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import Cells, as_cells, as_names, as_numbers
from tb_deepdebug.stats import quantise, units
from tb_deepdebug.stats.history import UnitHistory
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
      history: of the units over training, this batch included, or None.
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
    history: UnitHistory | None = None

    def __post_init__(self) -> None:
        count, (_, pictured, axis) = self.shape[-1], self.picture.codes.shape
        if not count == pictured == len(self.stats.count):
            raise ValueError(
                "Shape, statistics and picture must speak of the same units. Received: "
                f"{count}, {len(self.stats.count)} and {pictured}"
            )
        if self.history is not None and len(self.history.steps) != count:
            raise ValueError(
                f"`history` must be of the same {count} units. Received: {len(self.history.steps)}"
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
    history: UnitHistory | None = None


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
    history: UnitHistory | None = None,
) -> Batch:
    """Checks the arguments of `tb_deepdebug.summary.activations`, and measures nothing.

    `history` is kept beside the batch as it is: `stats.history.follow` takes the batch into it.

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
        history=history,
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
    columns, stride = _overview(picture, stats)
    drawn = len(picture.codes) > 0
    return Activations(
        shape=cells.shape,
        axis=cells.axis,
        dtype=cells.dtype,
        stats=stats,
        picture=picture,
        overview=columns,
        stride=stride,
        input=batch.input[shown[0]] if drawn and batch.input is not None else None,
        timestamps=batch.timestamps[shown[0]] if drawn and batch.timestamps is not None else None,
        channels=batch.channels,
        input_channels=batch.input_channels if drawn else None,
        history=batch.history,
    )


def _overview(picture: quantise.Picture, stats: UnitStats) -> tuple[NDArray[np.uint8] | None, int]:
    """The overview and its stride; None and 1 where it would not be smaller than the picture."""
    examples, count, axis = picture.codes.shape
    stride = quantise.overview_stride(count, axis) if examples else 1
    return (quantise.overview(picture, stats.mean, stride), stride) if stride > 1 else (None, 1)


def merge(first: Activations, *others: Activations) -> Activations:
    """One record of a batch that was measured in parts, as chunks or on several replicas.

    Statistics are those of the whole batch; picture, input, timestamps and history are the
    first part's. Where the examples are the picture's columns, these are put side by side, the
    first 256 of them; give all parts at once, since each merge may round them again.

    Raises:
      ValueError: the parts are not of one layer.
    """
    parts = [first, *others]
    same_layer(parts)
    whole = functools.reduce(
        units.merge_along if first.axis == "example" else units.merge, (p.stats for p in parts)
    )
    merged = dataclasses.replace(
        first, shape=(sum(p.shape[0] for p in parts), *first.shape[1:]), stats=whole
    )
    columns = first.picture.codes.shape[2]
    if first.axis != "example" or not 0 < columns < MOST_EXAMPLE_COLUMNS or not others:
        return merged
    picture = quantise.side_by_side([p.picture for p in parts], MOST_EXAMPLE_COLUMNS)
    return dataclasses.replace(merged, picture=picture, overview=None, stride=1)


def same_layer(parts: Sequence[Any]) -> None:
    """Raises ValueError unless records of parts of a batch agree in all but their examples."""
    told = [(p.axis, p.shape[1:], p.dtype, p.channels) for p in parts]
    if any(one != told[0] for one in told):
        raise ValueError(
            "Merged parts must agree in axis, shape but for the batch, dtype and channels. "
            f"Received: {told}"
        )


def pictured(cells: Cells, examples: int | None) -> tuple[slice, slice]:
    """Which sequences, and which part of the axis, are pictured.

    Rank 2 has one sequence whose axis is the batch, so `examples` counts columns there. With 0
    examples there is no picture.
    """
    whole = isinstance(examples, int | np.integer) and not isinstance(examples, bool)
    if examples is not None and not (whole and examples >= 0):
        raise ValueError(f"`examples` must be an integer, at least 0. Received: {examples!r}")
    if cells.axis == "example":
        return slice(0 if examples == 0 else None), slice(examples or MOST_EXAMPLE_COLUMNS)
    return slice(1 if examples is None else examples), slice(None)


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
