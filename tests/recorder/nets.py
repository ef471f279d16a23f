"""A net small enough to be done by hand: the recorder's third framework, NumPy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tb_deepdebug.probe import (
    Graph,
    InputGradient,
    Node,
    Note,
    OutputGradients,
    ParameterHealth,
    Setup,
    Tap,
    Tapped,
)
from tb_deepdebug.records.setup_facts import input_facts


def sigmoid(z: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(z / 2)) / 2


class LeakyMemory:
    """Dense + ReLU over time, a gate, and an output y_k = sum over t <= k of a^(k - t) x_t.

    `shift` pushes the pre-activations down, as large gradients do to biases.
    """

    def __init__(self, x: np.ndarray, mask: np.ndarray | None = None, a: float = 0.5) -> None:
        self.x, self.mask, self.a = x, mask, a
        self.w = np.random.default_rng(0).normal(size=(x.shape[2], 6)).astype(np.float32)
        self.shift = 0.0
        self.largest = len(x)  # examples that memory holds
        self.captured: list[tuple[int, int]] = []

    @property
    def batch(self) -> int:
        return len(self.x)

    def graph(self) -> Graph:
        nodes = (Node("dense", "Dense", "relu", (None, 6), 18, ("dense",)), Node("out", "Sum"))
        return Graph("leaky", "numpy", nodes, ((0, 1),))

    def notes(self) -> Sequence[Note]:
        return [Note("layer strange", "a nonlinearity written by hand")]

    def capture(self, start: int, stop: int) -> Iterable[Tapped]:
        self.captured.append((start, stop))
        if stop - start > self.largest:
            raise MemoryError(f"{stop - start} examples")
        mask = None if self.mask is None else self.mask[start:stop]
        z = self.x[start:stop] @ self.w - np.float32(self.shift)
        yield Tapped(Tap("dense", "dense", "preactivation", activation="relu"), z, mask)
        yield Tapped(Tap("dense", "dense", "activation", activation="relu"), np.maximum(z, 0), mask)
        gate = Tap("lstm/forget", "lstm", "activation", gate="forget", activation="sigmoid")
        yield Tapped(gate, sigmoid(4 * z), mask)
        yield Tapped(Tap("pooled", "pooled", "activation"), z.mean(axis=1))

    def loss(self) -> float | None:
        return self.shift + 0.25

    def setup(self) -> Setup:
        return Setup(inputs=(input_facts("x", self.x, self.mask),))

    def output_gradients(self) -> OutputGradients:
        one = np.ones(1)
        return OutputGradients("output", ("dense",), one, one, 0 * one, 0 * one)

    def output_timesteps(self) -> int | None:
        return int(self.x.shape[1])

    def input_gradients(self, examples: np.ndarray, output_step: Any) -> InputGradient:
        time, channels = self.x.shape[1:]
        step = time - 1 if isinstance(output_step, str) else output_step
        steps = np.broadcast_to(np.asarray(step), examples.shape)
        lag = steps[:, None] - np.arange(time)
        curve = np.where(lag >= 0, self.a ** np.maximum(lag, 0.0), 0)
        mask = None if self.mask is None else self.mask[examples]
        return InputGradient(
            "sum", np.repeat(curve[..., None], channels, axis=2), np.array(steps), mask
        )


def health(norm: float = 1.0, source: Any = "applied") -> ParameterHealth:
    """The health of two parameters with gradients of this norm."""
    rows = {
        "gradient_norm": np.array([norm, norm / 2]),
        "weight_norm": np.array([2.0, 4.0]),
        "weight_nonfinite": np.zeros(2),
        "gradient_nonfinite": np.array([0.0, 0.0 if np.isfinite(norm) else 1.0]),
    }
    names, shapes = ("dense/kernel", "dense/bias"), ((3, 6), (6,))
    return ParameterHealth(source, names, ("dense", "dense"), shapes, rows, loss=0.5)
