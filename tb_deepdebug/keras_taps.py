"""Seeing what every layer of a Keras model reads and returns, while one graph is traced.

`Taps.recording` sets instance attributes of layers and operations (`call`, `activation`,
`inner_loop`), inside `keras_trace.tracing`, which puts them back. It replaces nonlinearities
called by hand for that time, too. Nothing of it is needed once the graph is traced.

What can't be seen: arithmetic (`tf.maximum(x, 0)`); a function bound before (`from tf.nn import
relu`); the inside of `tf.while_loop`, `tf.cond`, of a function decorated with `tf.function` that
is no `call`, and of recurrent cells other than Keras's own.
"""

import functools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug import keras_gates
from tb_deepdebug.keras_graph import Ancestry
from tb_deepdebug.keras_kinds import (
    ATTENTION,
    CELLS,
    OPAQUE,
    QUIET,
    has_weights,
    is_container,
    layer_activation,
)
from tb_deepdebug.keras_nonlinearities import Patches, activation_name
from tb_deepdebug.keras_parts import components
from tb_deepdebug.keras_taken import Taken, unfit
from tb_deepdebug.probe import Node, Note, Role, Tap

_L = keras.layers
_MOST_CALLS = 16  # of one layer in one pass


@dataclass(eq=False)
class Frame:
    """A call of a layer that is going on.

    Attributes:
        node: the name of the graph's node that its taps belong to.
        selected: whether its taps are wanted.
        quiet: whether what goes on inside is not looked at.
        squashed: the nonlinearities called so far: name, argument, result.
        steps: of a TimeDistributed: the taps of each timestep.
    """

    part: Any
    name: str
    node: str
    selected: bool
    quiet: bool
    counts: Counter[str] = field(default_factory=Counter)
    squashed: list[tuple[str, Any, Any]] = field(default_factory=list)
    steps: dict[Tap, list[Any]] = field(default_factory=dict)
    activation: str | None = None

    def child(self, base: str) -> str:
        """The name of one more call of what is called `base` in here."""
        self.counts[base] += 1
        count = self.counts[base]
        again = f"#{count}" if count > 1 and not isinstance(self.part, _L.TimeDistributed) else ""
        return f"{self.name}/{base}{again}" if self.name else base + again


class Taps:
    """What one trace of a model gives.

    Args:
        selected: whether a layer's taps are wanted.
        gates: whether those inside recurrent layers are.
    """

    def __init__(self, model: Any, selected: Callable[[Any], bool], gates: bool) -> None:
        self._model, self._selected, self._gates = model, selected, gates
        self.ancestry = Ancestry()
        self.taken: dict[tuple[str, Role], Taken] = {}
        self.masks: dict[str, Any] = {}  # a tensor's name -> its Keras mask [batch, time]
        self.shapes: dict[int, tuple[int | None, ...]] = {}  # id of a layer -> of its output
        self.notes: dict[str, Note] = {}
        self._stack: list[Frame] = []
        self._squashing = False
        self._patches = Patches(self._nonlinearity)

    @contextmanager
    def recording(self, fed: list[Any], names: list[str]) -> Iterator[None]:
        """The calls inside are recorded. `fed` are the model's inputs."""
        self._thread = threading.get_ident()
        self._graph = tf.compat.v1.get_default_graph()
        self._batch = fed[0].shape[0]
        for tensor, name in zip(fed, names, strict=True):
            self.ancestry.add(Node(name, "Input"), [tensor])
        everything = self._selected(self._model)
        self._stack = [Frame(self._model, "", "", everything, quiet=False)]
        parts = components(self._model)
        inner = [id(getattr(part, "_functional", None)) for part in parts]  # inside a Sequential
        for part in parts:
            nobodys_layer = part is self._model or id(part) in inner
            if not (nobodys_layer or isinstance(part, CELLS)):
                self._wrap(part)
        try:
            with self._patches.applied():
                yield
        finally:
            self._stack = []

    # ---- patches

    def _wrap(self, part: Any) -> None:
        attributes = part.__dict__
        if callable(attributes.get("activation")):
            function = part.activation
            name = activation_name(function)
            if name:
                attributes["activation"] = self._nonlinearity(function, name)
        attributes["call"] = self._recorded_call(part)
        if isinstance(part, keras.Layer):
            attributes["_set_mask_metadata"] = self._recorded_mask(part)
        if isinstance(part, _L.RNN):
            attributes["inner_loop"] = self._recorded_loop(part)

    def _nonlinearity(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function, updated=())
        def squash(*args: Any, **kwargs: Any) -> Any:
            if self._squashing or not self._here() or self._stack[-1].quiet:
                return function(*args, **kwargs)
            self._squashing = True
            try:
                post = function(*args, **kwargs)
            finally:
                self._squashing = False
            self._squashed(name, next(iter([*args, *kwargs.values()]), None), post)
            return post

        return squash

    def _recorded_call(self, part: Any) -> Callable[..., Any]:
        call = part.call

        @functools.wraps(call)
        def calling(*args: Any, **kwargs: Any) -> Any:
            if not self._sees(part):
                return call(*args, **kwargs)
            frame = self._frame(part)
            self._stack.append(frame)
            try:
                output = call(*args, **kwargs)
            finally:
                self._stack.pop()
            self._returned(frame, next(iter([*args, *kwargs.values()]), None), kwargs, output)
            return output

        return calling

    def _recorded_mask(self, part: Any) -> Callable[..., Any]:
        set_mask = part._set_mask_metadata

        def setting(inputs: Any, outputs: Any, previous_mask: Any) -> None:
            set_mask(inputs, outputs, previous_mask)
            if self._here():
                self._keep_masks(outputs)

        return setting

    def _recorded_loop(self, layer: Any) -> Callable[..., Any]:
        loop = layer.inner_loop

        def inner_loop(*args: Any, **kwargs: Any) -> Any:
            named = dict(
                zip(("sequences", "initial_state", "mask", "training"), args, strict=False)
            )
            frame = self._stack[-1] if self._here() else None
            if frame is None or frame.part is not layer or not (self._gates and frame.selected):
                with self._patches.suspended():  # cuDNN asks whether `tanh` is Keras's own
                    return loop(*args, **kwargs)
            with self._patches.suspended():
                with _all_outputs(layer):
                    last, outputs, states = loop(*args, **kwargs)
                self._take_gates(frame, outputs, **{"mask": None, **named, **kwargs})
            return last, outputs, states

        return inner_loop

    # ---- where we are

    def _here(self) -> bool:
        """Whether the caller is the model under trace, in the graph whose tensors can be fetched."""
        mine = bool(self._stack) and threading.get_ident() == self._thread
        return mine and tf.compat.v1.get_default_graph() is self._graph

    def _sees(self, part: Any) -> bool:
        if not self._here():
            self._note_elsewhere(part)
            return False
        top = self._stack[-1]
        if isinstance(top.part, ATTENTION):
            return isinstance(part, _L.Softmax)
        return not (self._squashing or top.quiet)

    def _note_elsewhere(self, part: Any) -> None:
        mine = bool(self._stack) and threading.get_ident() == self._thread
        if mine and not self._stack[-1].quiet and not tf.executing_eagerly() and has_weights(part):
            reason = "it runs inside a loop, a condition or a function of its own"
            self.notes.setdefault(part.name, Note(part.name, reason))

    def _frame(self, part: Any) -> Frame:
        above = self._stack[-1]
        name = above.child(part.name)
        inside = isinstance(above.part, OPAQUE) or above.node != above.name
        selected = above.selected or self._selected(part)
        quiet = isinstance(part, QUIET)
        if above.counts[part.name] > _MOST_CALLS and not isinstance(above.part, _L.TimeDistributed):
            reason = f"it is called many times: the first {_MOST_CALLS} are taken"
            self.notes.setdefault(part.name, Note(part.name, reason))
            selected = False
        return Frame(part, name, above.node if inside else name, selected, quiet)

    # ---- what was seen

    def _squashed(self, name: str, pre: Any, post: Any) -> None:
        frame = self._stack[-1]
        if not (self._is_ours(pre) and self._is_ours(post) and pre.shape.rank == post.shape.rank):
            return
        if isinstance(frame.part, ATTENTION):
            if name == "softmax":
                frame.squashed.append((name, pre, post))
        elif is_container(frame.part) or not frame.name:
            label, inside = frame.child(name), frame.node != frame.name
            if not inside:
                self.ancestry.add(Node(label, "function", name), [post])
            self._take_pair(frame, label, frame.node if inside else label, name, pre, post)
        else:
            frame.squashed.append((name, pre, post))

    def _returned(self, frame: Frame, argument: Any, kwargs: dict[str, Any], output: Any) -> None:
        part, outputs = (
            frame.part,
            [t for t in keras.tree.flatten(output) if self._is_ours(t, None)],
        )
        if not outputs:
            return
        self._keep_masks(output)
        first = outputs[0]
        self.shapes.setdefault(id(part), tuple(first.shape))
        if isinstance(part, _L.Softmax) and isinstance(self._stack[-1].part, ATTENTION):
            masked = kwargs.get("mask") is not None
            self._stack[-1].squashed.append(("softmax", None if masked else argument, first))
            return
        squashing = layer_activation(part)
        if squashing and self._is_ours(argument):
            frame.squashed = [(squashing, argument, first)]
        last = [name for name, _, post in frame.squashed if post.name == first.name]
        frame.activation = last[-1] if last else frame.activation
        if frame.node == frame.name and not (is_container(part) and self.ancestry.owns(outputs)):
            weights = part.weights if isinstance(part, keras.Layer) else ()
            node = Node(frame.name, type(part).__name__, frame.activation)
            self.ancestry.add(node, outputs, weights)
        elif is_container(part):
            return
        self._take_outputs(frame, argument, first)

    def _take_outputs(self, frame: Frame, argument: Any, output: Any) -> None:
        part = frame.part
        for name, pre, post in frame.squashed:
            if isinstance(part, ATTENTION):
                self._take_scores(frame, pre, post, (output, argument))
                continue
            own = post.name == output.name
            label = frame.name if own else frame.child(name)
            self._take_pair(frame, label, frame.node, name, pre, post, like=(output, argument))
        if any(post.name == output.name for _, _, post in frame.squashed):
            return
        for tap, tensors in frame.steps.items():
            self._take(frame, tap, tensors, (output,))
        above = self._stack[-1].part
        if isinstance(above, _L.Bidirectional) and above.merge_mode is not None:
            return
        if frame.steps or (isinstance(part, _L.Bidirectional) and part.merge_mode is None):
            return
        if has_weights(part) and self._is_ours(output):
            tap = Tap(frame.name, frame.node, "activation", None, frame.activation)
            backwards = isinstance(part, _L.RNN) and part.go_backwards
            self._take(frame, tap, output, (output, argument), backwards)

    def _take_pair(
        self,
        frame: Frame,
        name: str,
        node: str,
        activation: str,
        pre: Any,
        post: Any,
        like: Any = (),
    ) -> None:
        values: list[tuple[Role, Any]] = [("preactivation", pre), ("activation", post)]
        for role, tensor in values:
            if tensor is not None:
                tap = Tap(name, node, role, None, activation)
                self._take(frame, tap, tensor, (post, *like, pre))

    def _take_scores(self, frame: Frame, pre: Any, post: Any, like: Any) -> None:
        """What every query attends to: heads are units, queries are timesteps."""
        label = frame.child("scores")
        if pre is None or pre.op.type in ("SelectV2", "Select"):
            pre, reason = None, "the attention's mask is part of them"
            what = f"{label}: pre-activations"
            self.notes.setdefault(what, Note(what, reason))

        def heads_last(scores: Any) -> Any:
            if scores is None:
                return None
            rank = scores.shape.rank
            return scores[..., None] if rank == 3 else tf.transpose(scores, [0, 2, 3, 1])

        if post.shape.rank in (3, 4):
            pair = heads_last(pre), heads_last(post)
            self._take_pair(frame, label, frame.node, "softmax", *pair, like)

    def _take_gates(
        self, frame: Frame, outputs: Any, sequences: Any, initial_state: Any, mask: Any, **_: Any
    ) -> None:
        layer = frame.part
        reason = keras_gates.unlike_keras(layer)
        if reason:
            self.notes.setdefault(frame.name, Note(frame.name, reason))
            return
        state = keras.tree.flatten(initial_state)
        mask = next((m for m in keras.tree.flatten(mask) if m is not None), None)
        for gate in keras_gates.gates(layer, sequences, outputs, state, mask):
            activation = activation_name(gate.activation)
            if gate.name is None:
                self._take_simple(frame, gate, activation, mask)
                continue
            label, post = f"{frame.name}/{gate.name}", gate.activation(gate.preactivation)
            values: list[tuple[Role, Any]] = [
                ("preactivation", gate.preactivation),
                ("activation", post),
            ]
            for role, tensor in values:
                tap = Tap(label, frame.node, role, gate.name, activation)
                self._take(frame, tap, tensor, (sequences,))
        if mask is not None:
            self.masks.setdefault(sequences.name, mask)

    def _take_simple(self, frame: Frame, gate: Any, activation: str | None, mask: Any) -> None:
        """Of a SimpleRNN: what went into its output, in the order and at the timesteps of it."""
        layer, z = frame.part, gate.preactivation
        frame.activation = activation
        if not activation:
            return
        if not layer.return_sequences:
            z = keras_gates.last_valid(z, mask, layer.go_backwards)
        elif layer.go_backwards:
            z = tf.reverse(z, [1])
        tap = Tap(frame.name, frame.node, "preactivation", None, activation)
        self._take(frame, tap, z, (), layer.go_backwards)

    def _take(
        self, frame: Frame, tap: Tap, tensors: Any, like: Any, backwards: bool = False
    ) -> None:
        """Keeps a tensor (a list: one a timestep) to be fetched, if it is wanted and fit."""
        if not frame.selected:
            return
        stacked = isinstance(tensors, list)
        around = (f for f in reversed(self._stack) if f is not frame)
        above = next((f for f in around if isinstance(f.part, _L.TimeDistributed)), None)
        if above:
            step = tf.stack(tensors, axis=1) if stacked else tensors
            above.steps.setdefault(tap, []).append(step)
            return
        taken = Taken(
            tap,
            tuple(tensors) if stacked else (tensors,),
            stacked,
            getattr(frame.part, "data_format", None) == "channels_first",
            tuple(t.name for t in like if self._is_ours(t, None)),
            backwards,
        )
        reason = unfit(taken, self._batch)
        if reason:
            self.notes.setdefault(tap.name, Note(tap.name, reason))
        else:
            self.taken.setdefault((tap.name, tap.role), taken)

    def _keep_masks(self, output: Any) -> None:
        for tensor in keras.tree.flatten(output):
            mask = getattr(tensor, "_keras_mask", None)
            if self._is_ours(tensor, None) and self._is_ours(mask, None) and mask.shape.rank == 2:
                self.masks[tensor.name] = mask
                self.ancestry.adopt(mask, tensor)

    def _is_ours(self, tensor: Any, floating: bool | None = True) -> bool:
        """Whether it is a tensor of the graph under trace (and a float)."""
        if not tf.is_tensor(tensor) or getattr(tensor, "graph", None) is not self._graph:
            return False
        return floating is None or tensor.dtype.is_floating


@contextmanager
def _all_outputs(layer: Any) -> Iterator[None]:
    """Lets a recurrent layer's loop keep the output of every timestep."""
    asked = layer.return_sequences
    try:
        layer.__dict__["return_sequences"] = True
        yield
    finally:
        layer.__dict__["return_sequences"] = asked
