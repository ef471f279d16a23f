"""Which calls of a model's layers are going on while one graph is traced, and what they are called.

A call is looked at where its tensors are in the graph under trace: not in another thread, nor
inside a loop, a condition or a function of its own.
"""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug.keras.kinds import ATTENTION, OPAQUE, QUIET
from tb_deepdebug.probe import Tap


@dataclass(eq=False)
class Frame:
    """A call of a layer that is going on, inside that of `above`.

    Attributes:
        name: of the call, "encoder/conv1#2"; empty for the model itself.
        node: the name of the graph's node that its taps belong to.
        selected: whether its taps are wanted.
        squashed: the nonlinearities called so far: name, argument, result.
        activation: the name of the one that its output came out of.
        steps: of a TimeDistributed: the taps of each timestep.
    """

    part: Any
    name: str
    node: str
    selected: bool
    above: "Frame | None" = None
    squashed: list[tuple[str, Any, Any]] = field(default_factory=list)
    activation: str | None = None
    steps: dict[Tap, list[Any]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def call(self, part: Any, selected: bool) -> "Frame":
        """A call of `part` that begins in here."""
        name = self.child(part.name)
        node = self.node if self.hidden or isinstance(self.part, OPAQUE) else name
        return Frame(part, name, node, selected, above=self)

    def child(self, base: str) -> str:
        """The name of one more call of what is called `base` in here."""
        self.counts[base] += 1
        again = f"#{self.counts[base]}" if self.counts[base] > 1 and not self.is_stepwise else ""
        return f"{self.name}/{base}{again}" if self.name else base + again

    @property
    def hidden(self) -> bool:
        """Whether it goes on inside another node of the graph."""
        return self.node != self.name

    @property
    def quiet(self) -> bool:
        """Whether what goes on inside is not looked at."""
        return isinstance(self.part, QUIET)

    @property
    def is_stepwise(self) -> bool:
        """Whether it calls one layer at every timestep."""
        return isinstance(self.part, keras.layers.TimeDistributed)

    @property
    def stepwise(self) -> "Frame | None":
        """The nearest call above that calls one layer at every timestep."""
        frame = self.above
        while frame is not None and not frame.is_stepwise:
            frame = frame.above
        return frame


class Place:
    """Where the trace is: its thread, its graph, and the innermost call that goes on."""

    def __init__(self, root: Frame) -> None:
        self._thread = threading.get_ident()
        self._graph = tf.compat.v1.get_default_graph()
        self.top: Frame | None = root

    @property
    def mine(self) -> bool:
        """Whether the caller is the thread that traces, and the trace goes on."""
        return self.top is not None and threading.get_ident() == self._thread

    @property
    def here(self) -> bool:
        """Whether the tensors of the caller can be fetched."""
        return self.mine and tf.compat.v1.get_default_graph() is self._graph

    @property
    def elsewhere(self) -> bool:
        """Whether the caller is in a graph inside the one under trace, to our loss."""
        lost = self.mine and not (self.here or tf.executing_eagerly())
        return lost and self.top is not None and not self.top.quiet

    def sees(self, part: Any) -> Frame | None:
        """The innermost call, where a call of `part` in it is looked at."""
        frame = self.top if self.here else None
        if frame is not None and isinstance(frame.part, ATTENTION):
            return frame if isinstance(part, keras.layers.Softmax) else None
        return None if frame is None or frame.quiet else frame

    def has(self, tensor: Any) -> bool:
        """Whether it is a tensor of the graph under trace."""
        return tf.is_tensor(tensor) and getattr(tensor, "graph", None) is self._graph

    def has_float(self, tensor: Any) -> bool:
        """Whether it is one, and floating."""
        return self.has(tensor) and bool(tensor.dtype.is_floating)
