"""A task posed on inputs: what the net is given, what it must tell, whose row is whose."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks import rows as input_rows
from tb_deepdebug.checks.series_tasks import DAY
from tb_deepdebug.checks.task import Floats, Task

FEWEST_USERS = 10
_MADE_ROWS = 4096  # of inputs that are made, where there's memory for as many
_MADE_CELLS = 1 << 26  # 256 MB of float32
_HELD_FEWEST, _HELD_MOST = 5, 500  # users: fewer give no interval, more cost time


@dataclasses.dataclass(frozen=True, eq=False)
class Problem:
    """Inputs and targets, split by user.

    Attributes:
      x: as the model takes it.
      y: `[N]`, none of them NaN.
      mask: `[N, T]` or None.
      series: `[N, T, C]` float64, the part of `x` that a task looks at.
      groups: `[N]`, 0, 1, ... for each user.
      train, held: rows.
      users: how many; held_users: of them held out.
      excluded: how many rows did not have what the task takes.
    """

    task: Task
    x: Any
    y: Floats
    mask: NDArray[np.bool_] | None
    series: Floats
    groups: NDArray[np.int64]
    train: NDArray[np.int64]
    held: NDArray[np.int64]
    users: int
    held_users: int
    excluded: int


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """What a check was given, checked.

    Attributes:
      x: NumPy arrays in the model's structure.
      mask: bool `[N, T]` or None; timestamps: float64 `[N, T]` or None; groups: `[N]`.
      at: the place, among the arrays, of the series that the tasks look at.
    """

    x: Any
    mask: NDArray[np.bool_] | None
    timestamps: Floats | None
    groups: NDArray[Any]
    at: int

    @property
    def series(self) -> NDArray[Any]:
        """`[N, T, C]`."""
        array = list(input_rows.leaves(self.x))[self.at]
        return array if array.ndim == 3 else array[:, :, None]


def given(x: Any, mask: Any, timestamps: Any, groups: Any, period: float | None) -> Given:
    """What a check was given.

    Args:
      x: an array `[N, T, C]` or `[N, T]`, or a list, tuple or dict of which one is a series.
      period: timesteps a day, in place of timestamps; the first one is at midnight.

    Raises:
      ValueError: nothing in `x` has a time axis, or something doesn't fit it.
    """
    arrays = input_rows.concrete(x)
    leaves = list(input_rows.leaves(arrays))
    ranked = sorted(range(len(leaves)), key=lambda i: (leaves[i].ndim != 3, _is_mask(leaves[i])))
    at = ranked[0]
    if leaves[at].ndim not in (2, 3):
        raise ValueError(
            "`x` must have a series [examples, time, channels] (or ids [examples, time]). "
            f"Received: shapes={[one.shape for one in leaves]}"
        )
    lead = leaves[at].shape[:2]
    valid = None if mask is None else _fitting("mask", mask, lead).astype(bool)
    clock = None if timestamps is None else _fitting("timestamps", timestamps, lead)
    if clock is None and period is not None:
        clock = np.broadcast_to(np.arange(lead[1]) * (DAY / period), lead)
    users = np.arange(lead[0]) if groups is None else np.asarray(groups)
    if users.shape != lead[:1]:
        raise ValueError(
            f"`groups` must be one a row, shape {lead[:1]}. Received: shape={users.shape}"
        )
    return Given(arrays, valid, None if clock is None else clock.astype(float), users, at)


def posed(
    task: Task,
    given: Given,
    *,
    channel: int = 0,
    validation: float = 0.25,
    inputs: Literal["own", "noise"] = "own",
    seed: int = 0,
) -> Problem:
    """The task on the given inputs, or on noise of their kind, or on the task's own inputs.

    Raises:
      ValueError: there are too few users, or the target does not vary.
    """
    if inputs not in ("own", "noise"):
        raise ValueError(f"`inputs` must be 'own' or 'noise'. Received: {inputs!r}")
    rng = np.random.default_rng(seed)
    if task.make_input is not None:
        given, y = _own_inputs(task, given, rng)
    else:
        given = _as_noise(given, rng) if inputs == "noise" else given
        y = _target(task, given, channel)
    kept = np.flatnonzero(np.isfinite(y))
    _check_varies(task, y[kept], len(y))
    users, groups = np.unique(given.groups[kept], return_inverse=True)
    train, held, count = split(groups, len(users), validation, rng)
    return Problem(
        task,
        input_rows.taken(given.x, kept),
        y[kept],
        None if given.mask is None else given.mask[kept],
        given.series[kept].astype(np.float64),
        groups,
        train,
        held,
        len(users),
        count,
        len(y) - len(kept),
    )


def _target(task: Task, given: Given, channel: int) -> Floats:
    series = given.series
    if not -series.shape[2] <= channel < series.shape[2]:
        raise ValueError(f"`channel` must be one of {series.shape[2]}. Received: {channel}")
    if task.needs_timestamps and given.timestamps is None:
        raise ValueError(
            f"The task {task.name!r} needs `timestamps` (seconds, [N, T]) or `period` (timesteps a "
            "day). Received: neither"
        )
    mask = np.ones(series.shape[:2], bool) if given.mask is None else given.mask
    y = np.asarray(
        task.target(series[:, :, channel].astype(np.float64), mask, given.timestamps), np.float64
    )
    if y.shape != series.shape[:1]:
        raise ValueError(
            f"The target of {task.name!r} must be one number a row, shape {series.shape[:1]}. "
            f"Received: shape={y.shape}"
        )
    return y


def split(
    groups: NDArray[np.int64], users: int, validation: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Rows to train on, rows of users held out, and how many users those are.

    Args:
      groups: `[N]`, 0, 1, ... below `users`.

    Raises:
      ValueError: there are too few users.
    """
    if users < FEWEST_USERS:
        raise ValueError(
            f"A task needs rows of {FEWEST_USERS} users that have what it takes, to hold some out. "
            f"Received: {users}"
        )
    if not 0 < validation < 1:
        raise ValueError(f"`validation` must be a share, in (0, 1). Received: {validation}")
    asked = min(round(validation * users), _HELD_MOST)
    count = min(max(_HELD_FEWEST, asked), users - _HELD_FEWEST)
    out = np.isin(groups, rng.permutation(users)[:count])
    return np.flatnonzero(~out), np.flatnonzero(out), count


def _check_varies(task: Task, y: Floats, rows: int) -> None:
    if len(y) and np.ptp(y) > 1e-9 * max(1.0, float(np.abs(y).max())):
        return
    raise ValueError(
        f"The target of {task.name!r} must vary from row to row. Received: "
        + (f"{y[0]:g} in all {len(y)} rows" if len(y) else f"NaN in all {rows} rows")
    )


def _own_inputs(task: Task, given: Given, rng: np.random.Generator) -> tuple[Given, Floats]:
    assert task.make_input is not None
    series = given.series
    if list(input_rows.leaves(given.x))[given.at].ndim != 3:
        raise ValueError(f"The task {task.name!r} needs a model that reads [N, T, C], not ids")
    rows = _made_rows(series)
    x, y = task.make_input(rows, series.shape[1], series.shape[2], rng)
    unpadded = dataclasses.replace(given, mask=None, timestamps=None)
    return _with_series(unpadded, np.arange(rows) % len(series), x), y


def _as_noise(given: Given, rng: np.random.Generator) -> Given:
    """White noise with the mean and spread of each channel; padding stays what it was."""
    if given.series.dtype.kind != "f":
        raise ValueError("`inputs` must be 'own' for a model that reads ids. Received: 'noise'")
    series = given.series.astype(np.float64)
    valid = np.ones(series.shape[:2], bool) if given.mask is None else given.mask
    known = np.where(np.isfinite(series), series, 0)[valid]
    rows = np.arange(_made_rows(series)) % len(series)
    spread = np.maximum(known.std(axis=0), 1e-6)
    made = known.mean(axis=0) + spread * rng.standard_normal((len(rows), *series.shape[1:]))
    if given.mask is not None:
        made = np.where(given.mask[rows][:, :, None], made, given.series[rows])
    repeated = _with_series(given, rows, made.astype(np.float32))
    if given.mask is None:
        return repeated
    return dataclasses.replace(repeated, mask=given.mask[rows])


def _made_rows(series: NDArray[Any]) -> int:
    return int(max(64, min(_MADE_ROWS, _MADE_CELLS // max(1, series[0].size))))


def _with_series(given: Given, rows: NDArray[np.int64], made: NDArray[np.float32]) -> Given:
    """Rows of what was given, with another series, each a user of its own."""
    leaves = iter(range(len(list(input_rows.leaves(given.x)))))

    def one(array: NDArray[Any]) -> NDArray[Any]:
        if next(leaves) == given.at:
            return made.astype(array.dtype).reshape(len(rows), *array.shape[1:])
        whole = given.mask is None and _is_mask(array) and array.shape[1:] == made.shape[1:2]
        return np.ones((len(rows), *array.shape[1:]), bool) if whole else array[rows]

    clock = None if given.timestamps is None else given.timestamps[rows]
    return dataclasses.replace(
        given, x=input_rows.mapped(given.x, one), timestamps=clock, groups=np.arange(len(rows))
    )


def _is_mask(array: NDArray[Any]) -> bool:
    return array.dtype.kind == "b"


def _fitting(name: str, array: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    fitted = np.asarray(array)
    if fitted.shape != shape:
        raise ValueError(
            f"`{name}` must have the shape [examples, time] of the series, {shape}. "
            f"Received: shape={fitted.shape}"
        )
    return fitted
