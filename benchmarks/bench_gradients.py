"""One input-gradient curve against one train step of the same net on the same batch.

The net is like DeepHeart: a week of 4,096 timesteps x 3 channels, three convolutions with pooling,
a bidirectional LSTM over the remaining 512 timesteps, a sigmoid per timestep; batches of 8.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.figure import Figure
from benchmarks.measure import interleave, quartiles, ratio
from tb_deepdebug.gradients import input_gradients

_BATCH, _TIME = 8, 4096
_TARGETS = {"float32": 0.8, "float64": 1.7}
Times = tuple[float, float]  # wall, CPU seconds of the process


def run(quick: bool) -> list[Figure]:
    """Both dtypes, in wall time; the share of CPU time is in the note."""
    model = _model()
    random = np.random.default_rng(0)
    x = random.normal(size=(_BATCH, _TIME, 3)).astype(np.float32)
    y = random.integers(0, 2, (_BATCH, _TIME // 8, 1)).astype(np.float32)

    def step() -> None:
        model.train_on_batch(x, y)

    def curve(dtype: str | None) -> Callable[[], Times]:
        return lambda: _times(lambda: input_gradients(model, x, output_step=256, dtype=dtype))

    arms: dict[str, Callable[[], Times]] = {
        "step": lambda: _times(step),
        "step again": lambda: _times(step),
        "float32": curve("float32"),
        "float64": curve("float64"),
        "as needed": curve(None),
    }
    taken = interleave(arms, rounds=3 if quick else 9, warm_up=2)
    wall = {name: [t for t, _ in times] for name, times in taken.items()}
    cpu = {name: [t for _, t in times] for name, times in taken.items()}
    return [
        Figure(
            f"one input-gradient curve, {dtype}: its time / a train step's",
            ratio(wall[dtype], wall["step"]),
            at_most=_TARGETS.get(dtype),
            same=ratio(wall["step again"], wall["step"]),
            note=f"CPU {ratio(cpu[dtype], cpu['step'])}, "
            f"A/A {ratio(cpu['step again'], cpu['step'])}; {_milliseconds(wall, dtype)}",
        )
        for dtype in ("float32", "float64", "as needed")
    ]


def _model() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([keras.Input((_TIME, 3))])
    for _ in range(3):
        model.add(layers.Conv1D(128, 5, padding="same", activation="relu"))
        model.add(layers.MaxPooling1D(2))
    model.add(layers.Bidirectional(layers.LSTM(64, return_sequences=True)))
    model.add(layers.Conv1D(1, 1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy")
    return model


def _times(action: Callable[[], object]) -> Times:
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - wall, time.process_time() - cpu


def _milliseconds(wall: dict[str, list[float]], arm: str) -> str:
    ours, step = (quartiles([1e3 * t for t in wall[name]]) for name in (arm, "step"))
    return f"{ours} ms against {step} ms"
