"""What a framework's adapter tells of a model under a probe batch: the language of all recorders.

Arrays here are NumPy, with the examples first and the units last; no framework is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.records.health import OutputGradients, ParameterHealth
from tb_deepdebug.records.recorder_report import Note
from tb_deepdebug.records.setup import Setup

__all__ = [
    "Graph",
    "InputGradient",
    "Node",
    "NotApplicable",
    "Note",
    "OutputGradients",
    "ParameterHealth",
    "Role",
    "Setup",
    "Subject",
    "Tap",
    "Tapped",
]

Role = Literal["activation", "preactivation"]


class NotApplicable(ValueError):
    """There is nothing of this kind to measure in this model, and nothing is amiss."""


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
      mask: the shape of the values without the units, true where valid; None for all.
    """

    tap: Tap
    values: NDArray[Any]
    mask: NDArray[np.bool_] | None = None


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

    def loss(self) -> float | None:
        """The loss of the probe in inference mode, of the outputs captured last; None: not known.

        It costs no pass: where the last captures were not of every example, it is not known.
        """

    def setup(self) -> Setup:
        """What the model and the probe tell of the setup; the outputs are those captured last."""

    def output_gradients(self) -> OutputGradients:
        """The gradient with respect to each layer's output."""

    def input_gradients(self, examples: NDArray[np.int64], output_step: Any) -> InputGradient:
        """d output / d input_t of the examples (repeated ones welcome: a Jacobian's rows).

        `output_step`: an integer, "last", or one a picked example, of the output's time axis;
        ignored where the output has none and it is "last".

        Raises:
          NotApplicable: the model reads no series.
        """

    def output_timesteps(self) -> int | None:
        """The length of the output's time axis; None for an output that has none."""


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
