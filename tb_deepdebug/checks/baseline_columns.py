"""Columns that a simple model can read: from input series, and from metadata."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks import rows

Floats = NDArray[np.float64]
_LEVELS = 50  # of a category; rarer ones share a column
_MISSING = ("", "nan", "None", "<NA>", "NaT")
_CHUNK = 1 << 23  # numbers of a series held as float64 at once


@dataclasses.dataclass(frozen=True, eq=False)
class Columns:
    """Some columns of numbers, `[N, columns]` (NaN: missing), and what they are of."""

    name: str
    values: Floats


def summaries(x: Any, mask: NDArray[np.bool_] | None) -> list[Columns]:
    """Mean and standard deviation of every channel over its valid steps; the last valid values.

    Args:
      x: `[N, ..., channels]`, or `[N, columns]` as they are (with a mask: `[N, time]`), or a
        mapping or sequence of those. NaN is not valid.
      mask: `[N, time]`, true where valid, or None.
    """
    arrays = arrays_of(x)
    means = np.concatenate([_in_chunks(_mean_and_std, one, mask) for one in arrays], axis=1)
    tables = all(one.ndim <= 2 and not _fits(one, mask) for one in arrays)
    found = [Columns("the columns" if tables else "mean and std of each channel", means)]
    series = [one for one in arrays if one.ndim == 3 or _fits(one, mask)]
    if series:
        last = np.concatenate([_in_chunks(_last, one, mask) for one in series], axis=1)
        found.append(Columns("the last values", last))
    return found


def arrays_of(x: Any) -> list[NDArray[Any]]:
    """The arrays of a model's input."""
    return list(rows.leaves(rows.concrete(x)))


def _fits(array: NDArray[Any], mask: NDArray[np.bool_] | None) -> bool:
    return mask is not None and array.ndim >= 2 and array.shape[:2] == mask.shape


def _in_chunks(summary: Any, array: NDArray[Any], mask: NDArray[np.bool_] | None) -> Floats:
    """A summary of rows, a few of them at a time: a whole input as float64 may not fit."""
    masked = mask if _fits(array, mask) else None
    step = max(1, _CHUNK // max(1, array[:1].size))
    parts = []
    for start in range(0, len(array), step):
        rows = array[start : start + step].astype(np.float64)
        rows = rows[:, None] if rows.ndim == 1 else rows
        if masked is not None:
            rows = rows[..., None] if rows.ndim == 2 else rows
            rows[~masked[start : start + step]] = np.nan
        rows[~np.isfinite(rows)] = np.nan
        parts.append(summary(rows))
    return np.concatenate(parts)


def _mean_and_std(rows: Floats) -> Floats:
    if rows.ndim == 2:
        return rows
    steps = rows.reshape(len(rows), -1, rows.shape[-1])
    known = np.isfinite(steps)
    count = known.sum(1).astype(np.float64)
    count[count == 0] = np.nan
    mean = np.where(known, steps, 0).sum(1) / count
    variance = np.where(known, (steps - mean[:, None]) ** 2, 0).sum(1) / count
    return np.concatenate([mean, np.sqrt(variance)], axis=1)


def _last(rows: Floats) -> Floats:
    """`[N, channels]` of the last step with any valid value."""
    valid = np.isfinite(rows).sum(2) > 0
    last = rows.shape[1] - 1 - valid[:, ::-1].argmax(1)
    return rows[np.arange(len(rows)), last]


def last_channel(x: Any, mask: NDArray[np.bool_] | None, channel: int) -> Floats:
    """`[N]`: the last valid value of one channel; 0 where there is none.

    Raises:
      ValueError: `x` is no series, or has no such channel.
    """
    arrays = arrays_of(x)
    if len(arrays) != 1 or not (arrays[0].ndim == 3 or _fits(arrays[0], mask)):
        raise ValueError("`persistence` needs one series `x`, of shape [N, time, channels]")
    channels = arrays[0].shape[2] if arrays[0].ndim == 3 else 1
    if not -channels <= channel < channels:
        raise ValueError(f"`persistence` must be one of {channels} channels. Received: {channel}")
    only = arrays[0][..., [channel]] if arrays[0].ndim == 3 else arrays[0]
    return np.nan_to_num(_in_chunks(_last, only, mask)[:, 0])


def table(name: str, values: Any, rows: int) -> Columns:
    """Metadata or features as numbers: categories and texts one column a level.

    Args:
      values: a mapping of columns, a data frame, or an array `[N]` or `[N, columns]`.

    Raises:
      ValueError: a column is not of `rows` values.
    """
    if hasattr(values, "items"):
        named = [(str(key), np.asarray(one)) for key, one in values.items()]
    else:
        array = np.asarray(values)
        array = array.reshape(len(array), -1) if array.ndim else array
        named = [(str(i), one) for i, one in enumerate(array.T)]
    for key, one in named:
        if one.shape != (rows,):
            raise ValueError(
                f"each column of `{name}` must have one value a row, {rows}. "
                f"Received: shape={one.shape} for {key!r}"
            )
    if not named:
        raise ValueError(f"`{name}` must have a column. Received: {values!r}")
    return Columns(name, np.concatenate([_numbers(one) for _, one in named], axis=1))


def _numbers(values: NDArray[Any]) -> Floats:
    if values.dtype.kind in "biuf":
        number = values.astype(np.float64)
        return np.where(np.isfinite(number), number, np.nan)[:, None]
    if values.dtype.kind in "mM":
        number = values.astype("int64").astype(np.float64)
        return np.where(np.isnat(values), np.nan, number)[:, None]
    texts = np.array([str(one) for one in values])
    missing = np.isin(texts, _MISSING)
    if all(isinstance(one, int | float) for one in values[~missing]):
        number = np.full(len(values), np.nan)
        number[~missing] = values[~missing].astype(np.float64)
        return number[:, None]
    levels, count = np.unique(texts, return_counts=True)
    often = levels[np.argsort(-count, kind="stable")[:_LEVELS]]
    columns = [texts == level for level in often]
    if len(levels) > _LEVELS:
        columns.append(~np.isin(texts, often))
    return np.stack(columns, axis=1).astype(np.float64)
