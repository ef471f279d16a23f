"""The adding and the copying task, which bring their own inputs and have published baselines."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.task import TASKS, Floats, Task

SYMBOLS = 8
COPIED = 10  # symbols at the start
_ENDS = 2 * COPIED  # timesteps of a series that are no gap


def _adding(
    rows: int, timesteps: int, channels: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Floats]:
    """Hochreiter and Schmidhuber 1997, 5.4, with one marked value in each half (Arjovsky 2016)."""
    if channels < 2 or timesteps < 2:
        raise ValueError(
            "The adding task needs 2 channels and 2 timesteps. "
            f"Received: {channels} channels, {timesteps} timesteps"
        )
    x = np.zeros((rows, timesteps, channels), np.float32)
    x[:, :, 0] = rng.random((rows, timesteps))
    every, middle = np.arange(rows), timesteps // 2
    marked = rng.integers(0, middle, rows), rng.integers(middle, timesteps, rows)
    for one in marked:
        x[every, one, 1] = 1
    return x, sum(x[every, one, 0].astype(np.float64) for one in marked)


def _copying(
    rows: int, timesteps: int, channels: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Floats]:
    """Arjovsky, Shah and Bengio 2016, 4.1, asked for the first of the ten symbols at the end."""
    if timesteps <= _ENDS:
        raise ValueError(f"The copying task needs {_ENDS + 1} timesteps. Received: {timesteps}")
    codes = np.full((rows, timesteps), SYMBOLS)
    codes[:, :COPIED] = rng.integers(0, SYMBOLS, (rows, COPIED))
    codes[:, timesteps - COPIED - 1] = SYMBOLS + 1
    x = np.zeros((rows, timesteps, channels), np.float32)
    if channels >= SYMBOLS + 2:
        np.put_along_axis(x, codes[:, :, None], 1, axis=2)
    else:
        levels = np.append(np.linspace(-1.75, 1.75, SYMBOLS), [0, 3])  # blank, "now"
        x[:, :, 0] = levels[codes]
    return x, codes[:, 0].astype(np.float64)


def _unused(x: Floats, mask: NDArray[np.bool_], timestamps: Floats | None) -> Floats:
    raise ValueError("This task brings its own inputs, of which its target is known")


def published_copying_loss(timesteps: int) -> float:
    """The cross-entropy a step, 10 ln 8 / (T + 20), of a net that remembers nothing."""
    return COPIED * math.log(SYMBOLS) / timesteps


TASKS["adding"] = Task(
    "adding",
    "the sum of the two marked values",
    _unused,
    1.0,
    make_input=_adding,
    trivial=lambda timesteps: 1 / 6,
)
TASKS["copying"] = Task(
    "copying",
    "the first of ten symbols shown at the start",
    _unused,
    1.0,
    classes=SYMBOLS,
    make_input=_copying,
    trivial=lambda timesteps: math.log(SYMBOLS),
)
