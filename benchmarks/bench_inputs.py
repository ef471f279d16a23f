"""`inspect_inputs`: what a batch costs on its way, alone and beside the training step it feeds."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from benchmarks.figure import Figure
from benchmarks.measure import interleave, quartiles, ratio, seconds
from tb_deepdebug import checks

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

BATCH, TIMESTEPS, CHANNELS = 32, 4096, 3


def run(quick: bool) -> list[Figure]:
    """Milliseconds a batch, and the time of an epoch with and without."""
    batches = _batches(16)
    rounds = 3 if quick else 9
    return [_alone(batches, rounds), _beside_training(batches, rounds)]


def _batches(count: int) -> list[tuple[Any, Any]]:
    """Padded series, as wearables give them."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(count):
        x = rng.normal(size=(BATCH, TIMESTEPS, CHANNELS)).astype(np.float32)
        for row, length in zip(x, rng.integers(2000, TIMESTEPS + 1, BATCH), strict=True):
            row[length:] = 0
        found.append((x, (rng.random((BATCH, 1)) < 0.3).astype(np.float32)))
    return found


def _through(batches: Iterable[Any], step: Callable[[Any, Any], object]) -> None:
    for x, y in batches:
        step(x, y)


def _alone(batches: list[Any], rounds: int) -> Figure:
    """The mean over a pass; the result that is made at its end is counted apart."""
    passing, making = [], []
    for _ in range(rounds):
        inspection = checks.inspect_inputs(batches)
        whole = seconds(lambda one=inspection: _through(one, lambda x, y: None))
        passing.append(1e3 * inspection.seconds / len(batches))
        making.append(1e3 * (whole - inspection.seconds))
    shape = f"{BATCH} x {TIMESTEPS} x {CHANNELS}"
    return Figure(
        f"inspect_inputs: a batch of {shape}",
        quartiles(passing),
        "ms",
        note=f"the result at the end of a pass: {quartiles(making)} ms",
    )


def _beside_training(batches: list[Any], rounds: int) -> Figure:
    """Two convolutions and a recurrent layer, small: what a batch costs is the larger share."""
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input((TIMESTEPS, CHANNELS)),
            keras.layers.Conv1D(16, 9, strides=4, activation="relu"),
            keras.layers.Conv1D(16, 9, strides=4, activation="relu"),
            keras.layers.GRU(16),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")

    def epoch(inspected: bool) -> Callable[[], float]:
        source = (lambda: checks.inspect_inputs(batches)) if inspected else (lambda: batches)
        return lambda: seconds(lambda: _through(source(), model.train_on_batch))

    arms = {"bare": epoch(False), "bare again": epoch(False), "inspected": epoch(True)}
    taken = interleave(arms, rounds=rounds)
    step = quartiles([1e3 * one / len(batches) for one in taken["bare"]])
    return Figure(
        "an epoch of training with inspect_inputs / without",
        ratio(taken["inspected"], taken["bare"]),
        "x",
        same=ratio(taken["bare again"], taken["bare"]),
        note=f"{len(batches)} batches, the result included; a step without it {step} ms",
    )
