"""What a framework's adapter tells of a model under a probe batch: the language of all recorders.

Arrays here are NumPy, with the examples first and the units last; no framework is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Role = Literal["activation", "preactivation"]


@dataclasses.dataclass(frozen=True)
class Tap:
    """One place in the model where values are taken.

    Attributes:
      name: of the record, unique among the taps of its role: "conv1", "shared#2" for the second
        call of a shared layer, "lstm/forget" for a gate.
      layer: the name of the graph's node it belongs to.
      role: what went into the activation function, or what came out.
      gate: of a recurrent layer: "input", "forget", "cell", "output", "update", "reset",
        "candidate"; None for the rest.
      activation: the name of the activation function between the two, or None.
    """

    name: str
    layer: str
    role: Role
    gate: str | None = None
    activation: str | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Tapped:
    """The values at one tap for some examples.

    Attributes:
      values: `[examples, time, units]`, `[examples, units]` or `[examples, height, width, units]`.
      mask: `[examples, time]`, true where valid; None for all.
    """

    tap: Tap
    values: NDArray[Any]
    mask: NDArray[np.bool_] | None = None


@dataclasses.dataclass(frozen=True)
class Node:
    """One layer of the model's graph; `shape` without the batch, None where unknown."""

    name: str
    kind: str
    activation: str | None = None
    shape: tuple[int | None, ...] | None = None
    parameters: int = 0
    records: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Graph:
    """Layers in topological order and the edges between them, as places in `nodes`."""

    model: str
    framework: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]


@dataclasses.dataclass(frozen=True)
class Note:
    """Something that is not measured, and why; `step` None: from the start."""

    what: str
    reason: str
    step: int | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class OutputGradients:
    """d objective / d output of each layer, on the probe batch, per layer `[L]`.

    Attributes:
      objective: "loss" (labels were given) or "output" (the sum of the model's outputs).
      layers: the names of the taps.
      rms, max, zero_fraction, nonfinite: over all cells of a layer's gradient.
    """

    objective: Literal["loss", "output"]
    layers: tuple[str, ...]
    rms: NDArray[np.float64]
    max: NDArray[np.float64]
    zero_fraction: NDArray[np.float64]
    nonfinite: NDArray[np.float64]


class Subject(Protocol):
    """A model together with its probe batch. Every method may raise; the recorder goes on.

    A layer that can't be reached raises nothing: it is a note.
    """

    @property
    def batch(self) -> int:
        """How many examples the probe has."""

    def graph(self) -> Graph:
        """The model's layers and edges."""

    def notes(self) -> Sequence[Note]:
        """What can't be reached, known so far."""

    def capture(self, start: int, stop: int) -> Iterable[Tapped]:
        """The values at every tap for the examples from `start` up to `stop`."""

    def output_gradients(self) -> OutputGradients:
        """The gradient with respect to each layer's output."""

    def input_gradients(self, examples: NDArray[np.int64], output_step: Any) -> InputGradient:
        """d output / d input_t of the examples (repeated ones welcome: a Jacobian's rows).

        `output_step`: an integer, "last", or one a picked example; None for an output without a
        time axis.
        """


@dataclasses.dataclass(frozen=True, eq=False)
class InputGradient:
    """Input gradients `[examples, time, channels]`, and the steps of the output they belong to.

    Attributes:
      name: of the output.
      output_steps: `[examples]`, on the input's time axis.
      mask: `[examples, time]` or None.
    """

    name: str
    gradients: NDArray[np.floating]
    output_steps: NDArray[np.int64]
    mask: NDArray[np.bool_] | None = None
    channels: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class ParameterHealth:
    """What an optimizer's step did to every parameter, `[P]` each; NaN where not measured.

    Attributes:
      source: whose gradients: "applied" (the optimizer's, after clipping, loss scaling undone),
        "probe" (of the loss on the probe batch), "given" (by the caller).
      names, layers: the parameter's name, and its layer's.
      shapes: of the parameters.
      measures: row name -> float64 `[P]`: gradient_norm, update_ratio, weight_norm, update_norm,
        weight_max, gradient_max, weight_nonfinite, gradient_nonfinite, gradient_zero.
      weight_counts, gradient_counts: int64 `[P, bins]` over `records.health.HEALTH_BINS`, or None.
    """

    source: Literal["applied", "probe", "given"]
    names: tuple[str, ...]
    layers: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    measures: Mapping[str, NDArray[np.float64]]
    weight_counts: NDArray[np.int64] | None = None
    gradient_counts: NDArray[np.int64] | None = None
    loss: float = float("nan")
    learning_rate: float = float("nan")
