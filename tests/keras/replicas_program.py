"""Fits the same model on one device and on two, and writes what was recorded of both."""

import pickle
import sys
from contextlib import nullcontext
from typing import Any

import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import keras  # noqa: E402
import numpy as np  # noqa: E402

from tb_deepdebug.keras.health import FitHealth  # noqa: E402

X = np.random.default_rng(0).normal(size=(24, 8)).astype(np.float32)
Y = X[:, :1] * 2 - 1
STRATEGY = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])  # two would mix up their messages
OPTIMIZERS = {
    "adam": lambda: keras.optimizers.AdamW(0.1, weight_decay=0.1),
    "scaled": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)),
    "embedding": lambda: keras.optimizers.SGD(0.1),
}


class Recording(keras.callbacks.Callback):
    """Records every step."""

    def on_train_begin(self, logs: Any = None) -> None:
        self.health, self.found = FitHealth(self.model), []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.health.before_batch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.found.append(self.health.after_batch(logs))


def recorded(name: str, mirrored: bool, y: Any) -> Any:
    """What is recorded of each step of a fit."""
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(6, activation="tanh", name="a"), keras.layers.Dense(1, name="b")]
    first = [keras.Input((8,))]
    if name == "embedding":
        first += [keras.layers.Embedding(4, 2, name="ids"), keras.layers.Flatten()]
    x = X if name != "embedding" else np.abs(X).astype(np.int32) % 4
    with STRATEGY.scope() if mirrored else nullcontext():
        model = keras.Sequential([*first, *layers])
        model.compile(OPTIMIZERS[name](), "mse", jit_compile=False)
    recording = Recording()
    model.fit(x, y, batch_size=8, callbacks=[recording], verbose=0, shuffle=False)
    return recording.found


found = {name: [recorded(name, mirrored, Y) for mirrored in (0, 1)] for name in OPTIMIZERS}
found["skipped"] = [recorded("scaled", mirrored, Y * np.inf) for mirrored in (0, 1)]
with open(sys.argv[1], "wb") as file:
    pickle.dump(found, file)
