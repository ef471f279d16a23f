"""Keras nets as one trains them on a processor: a week of a heart, an image, a table, a sequence.

What they learn is noise; what a step of theirs costs is that of any data of these shapes.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


class Net(NamedTuple):
    """How to make a compiled model, what it trains on, and what a recorder looks at."""

    name: str
    model: Callable[[], Any]
    x: np.ndarray  # one batch
    y: np.ndarray
    probe: slice = slice(None)  # the examples of the batch that are the probe

    @property
    def has_time(self) -> bool:
        """Whether there are input gradients through time."""
        return self.x.ndim == 3


def nets(quick: bool) -> list[Net]:
    """The four nets of the figures; when `quick`, shorter and smaller ones."""
    return [
        deepheart(1024 if quick else 4096),
        _images(8 if quick else 32),
        _table(),
        _sequence(1 if quick else 4),
    ]


def deepheart(timesteps: int = 4096, examples: int = 8, probe: int = 1) -> Net:
    """Three convolutions with pooling, a bidirectional LSTM, a sigmoid per remaining timestep."""
    random = np.random.default_rng(0)
    x = random.normal(size=(examples, timesteps, 3)).astype(np.float32)
    y = random.integers(0, 2, (examples, timesteps // 8, 1)).astype(np.float32)

    def model() -> Any:
        import keras

        layers = keras.layers
        parts = [keras.Input((timesteps, 3))]
        for _ in range(3):
            parts.append(layers.Conv1D(128, 5, padding="same", activation="relu"))
            parts.append(layers.MaxPooling1D(2))
        parts.append(layers.Bidirectional(layers.LSTM(64, return_sequences=True)))
        parts.append(layers.Conv1D(1, 1, activation="sigmoid"))
        return _compiled(keras.Sequential(parts), "binary_crossentropy")

    return Net("DeepHeart-like", model, x, y, slice(probe))


def _images(examples: int) -> Net:
    def model() -> Any:
        import keras

        layers = keras.layers
        parts = [keras.Input((32, 32, 3))]
        for filters in (32, 64, 128):
            parts.append(layers.Conv2D(filters, 3, padding="same", use_bias=False))
            parts += [layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D()]
        parts += [layers.GlobalAveragePooling2D(), layers.Dense(10, activation="softmax")]
        return _compiled(keras.Sequential(parts))

    return Net("CNN", model, *_classes((examples, 32, 32, 3)))


def _table() -> Net:
    def model() -> Any:
        import keras

        hidden = [keras.layers.Dense(256, activation="relu") for _ in range(3)]
        last = keras.layers.Dense(10, activation="softmax")
        return _compiled(keras.Sequential([keras.Input((64,)), *hidden, last]))

    return Net("MLP", model, *_classes((128, 64)))


def _sequence(blocks: int) -> Net:
    """A Transformer encoder that normalises first."""

    def model() -> Any:
        import keras

        layers = keras.layers
        start = keras.Input((128, 16))
        x = layers.Dense(64)(start)
        for _ in range(blocks):
            normal = layers.LayerNormalization()(x)
            x = layers.Add()([x, layers.MultiHeadAttention(4, 16)(normal, normal)])
            wide = layers.Dense(256, activation="gelu")(layers.LayerNormalization()(x))
            x = layers.Add()([x, layers.Dense(64)(wide)])
        pooled = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
        return _compiled(keras.Model(start, layers.Dense(10, activation="softmax")(pooled)))

    return Net("Transformer", model, *_classes((8, 128, 16)))


def _classes(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=shape).astype(np.float32), random.integers(0, 10, shape[0])


def _compiled(model: Any, loss: str = "sparse_categorical_crossentropy") -> Any:
    model.compile("adam", loss)
    return model
