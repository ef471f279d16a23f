"""Pictures of what enters the net: histograms, their course, a batch as the net sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.inputs.account import Account, Input
from tb_deepdebug.checks.inputs.channels import BINS
from tb_deepdebug.records.check import Line, Picture

MOST_HISTOGRAMS = 6
_MOST_COURSES = 4
_MOST_CHANNELS, _MOST_POINTS = 4, 2048


def pictures(
    account: Account, names: tuple[str, ...] | None, inverse: Callable[[Any], Any] | None
) -> Iterator[Picture]:
    """The first input's histograms first: items about values point at them by channel."""
    numbers = [one for one in account.inputs.values() if one.kind == "numbers" and one.course]
    for one in numbers[:1]:
        yield from _histograms(one, _names(one, names))
    for one in numbers[:2]:
        yield from _courses(one, _names(one, names), account.batches)
    for one in numbers[:1]:
        if one.shown is not None:
            yield from _shown(one.shown, _names(one, names), "as the net sees it")
            yield from _undone(one.shown, _names(one, names), inverse)
    yield from _balance(account)


def _names(one: Input, names: tuple[str, ...] | None) -> list[str]:
    count = 0 if one.channels is None else len(one.channels.count)
    if names is not None and len(names) == count:
        return list(names)
    return [f"channel {i}" for i in range(count)]


def _histograms(one: Input, names: list[str]) -> Iterator[Picture]:
    """One a channel: on one axis, that of the narrowest would be a sliver."""
    assert one.course is not None
    for i, edges in enumerate(one.course.edges[:MOST_HISTOGRAMS]):
        line = Line(names[i], edges, one.course.over_time(i).sum(axis=1))
        yield Picture("bars", f"Values of {names[i]}", "value", "cells", (line,))


def _courses(one: Input, names: list[str], batches: int) -> Iterator[Picture]:
    """Shares of each bin, batch after batch: a stream that drifts is not level."""
    assert one.course is not None
    for i, edges in enumerate(one.course.edges[:_MOST_COURSES]):
        counts = one.course.over_time(i)
        if counts.shape[1] < 4:
            continue
        shares = counts / np.maximum(counts.sum(axis=0), 1)
        extent = (0.0, float(batches), float(edges[0]), float(edges[-1]))
        yield Picture(
            "heat",
            f"{names[i]} from batch to batch",
            "batch",
            "value",
            grid=shares.astype(np.float32).reshape(BINS, -1),
            extent=extent,
        )


def _shown(rows: NDArray[Any], names: list[str], how: str) -> Iterator[Picture]:
    """The first examples: a line a channel over time, or the channels of an example as bars."""
    rows = np.asarray(rows, np.float64)
    if rows.ndim == 3:
        stride = -(-rows.shape[1] // _MOST_POINTS)
        t = np.arange(0, rows.shape[1], stride, dtype=np.float64)
        for i, row in enumerate(rows):
            lines = tuple(
                Line(names[c] if c < len(names) else f"channel {c}", t, row[::stride, c])
                for c in range(min(row.shape[1], _MOST_CHANNELS))
            )
            yield Picture("lines", f"Example {i} of the first batch, {how}", "timestep", "", lines)
    elif rows.ndim == 2:
        places = np.arange(rows.shape[1], dtype=np.float64)[:_MOST_POINTS]
        lines = tuple(
            Line(f"example {i}", places, row[:_MOST_POINTS]) for i, row in enumerate(rows)
        )
        yield Picture("lines", f"The first examples, {how}", "channel", "value", lines)
    elif rows.ndim == 4:
        for i, row in enumerate(rows):
            grid = row.mean(axis=-1)[::-1].astype(np.float32)
            extent = (0.0, float(grid.shape[1]), 0.0, float(grid.shape[0]))
            title = f"Example {i} of the first batch, {how} (mean of channels)"
            yield Picture("heat", title, "x", "y", grid=grid, extent=extent)


def _undone(
    rows: NDArray[Any], names: list[str], inverse: Callable[[Any], Any] | None
) -> Iterator[Picture]:
    """The same with the preprocessing undone; nothing where the function fails."""
    if inverse is None:
        return
    try:
        undone = np.asarray(inverse(rows.copy()), np.float64)
    except Exception:
        return
    yield from _shown(undone, names, "with the preprocessing undone")


def _balance(account: Account) -> Iterator[Picture]:
    """The mean label of each batch."""
    means = [float(np.nanmean(one)) for one in account.labels.batches if np.isfinite(one).any()]
    if len(means) < 4:
        return
    stride = -(-len(means) // _MOST_POINTS)
    y = np.array(means)[::stride]
    line = Line("mean label", np.arange(len(means), dtype=np.float64)[::stride], y)
    every = account.labels.together()
    reference = (("mean of all", float(np.nanmean(every))),)
    yield Picture("lines", "Labels from batch to batch", "batch", "label", (line,), reference)
