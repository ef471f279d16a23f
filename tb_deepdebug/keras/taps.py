"""Seeing what every layer of a Keras model reads and returns, while one graph is traced.

`Taps.recording` sets instance attributes of layers and operations (`call`, `activation`,
`inner_loop`), inside `trace.tracing`, which puts them back. It replaces nonlinearities
called by hand for that time, too. Nothing of it is needed once the graph is traced.

What can't be seen: arithmetic (`tf.maximum(x, 0)`); a function bound before (`from tf.nn import
relu`); the inside of `tf.while_loop`, `tf.cond`, of a function decorated with `tf.function` that
is no `call`, and of recurrent cells other than Keras's own.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug.change import Change
from tb_deepdebug.keras import change as keras_change
from tb_deepdebug.keras.frames import Frame, Place
from tb_deepdebug.keras.harvest import Harvest
from tb_deepdebug.keras.kinds import (
    ATTENTION,
    CELLS,
    has_weights,
    is_container,
    layer_activation,
)
from tb_deepdebug.keras.loops import ARGUMENTS, all_outputs, take_gates
from tb_deepdebug.keras.nonlinearities import Patches, activation_name
from tb_deepdebug.keras.parts import components
from tb_deepdebug.probe import Node, Tap

_L = keras.layers
_MOST_CALLS = 16  # of one layer in one pass


class Taps:
    """Looks into one pass through a model.

    Args:
        fed: the model's inputs, tensors of the graph under trace; `names` are theirs.
        selected: whether a layer's taps are wanted.
        gates: whether those inside recurrent layers are.
        change: made to what passes through one layer, or None.
    """

    def __init__(
        self,
        model: Any,
        fed: list[Any],
        names: list[str],
        selected: Callable[[Any], bool],
        gates: bool,
        change: Change | None = None,
    ) -> None:
        self._change = change
        self._model, self._selected, self._gates = model, selected, gates
        self._place = Place(Frame(model, "", "", selected(model)))
        self.harvest = Harvest(self._place, fed[0].shape[0])
        for tensor, name in zip(fed, names, strict=True):
            self.harvest.ancestry.add(Node(name, "Input"), [tensor])
        self._squashing = False  # a nonlinearity is going on, which may call others

    @contextmanager
    def recording(self) -> Iterator[None]:
        """The calls inside are looked at."""
        parts = components(self._model)
        inner = [id(getattr(part, "_functional", None)) for part in parts]  # inside a Sequential
        for part in parts:
            nobodys_layer = part is self._model or id(part) in inner
            if not (nobodys_layer or isinstance(part, CELLS)):
                self._wrap(part)
        self._patches = Patches(self._nonlinearity)
        try:
            with self._patches.applied():
                yield
        finally:
            self._place.top = None

    # ---- what stands in

    def _wrap(self, part: Any) -> None:
        attributes = part.__dict__
        function = attributes.get("activation")
        known = layer_activation(function) or activation_name(function)
        name = known if callable(function) else None
        if name:
            attributes["activation"] = self._nonlinearity(part.activation, name)
        called = "quantized_call" if getattr(part, "quantization_mode", None) else "call"
        attributes[called] = self._recorded_call(part, getattr(part, called))
        if isinstance(part, keras.Layer):
            attributes["_set_mask_metadata"] = self._recorded_mask(part)
        if isinstance(part, _L.RNN):
            attributes["inner_loop"] = self._recorded_loop(part)

    def _nonlinearity(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function, updated=())
        def squash(*args: Any, **kwargs: Any) -> Any:
            frame = self._place.top if self._place.here else None
            if frame is None or frame.quiet or self._squashing:
                return function(*args, **kwargs)
            change = self._change_at(frame, name)
            pre = _first(args, kwargs)
            self._squashing = True
            try:
                if change is None:
                    post = function(*args, **kwargs)
                else:
                    first = _channels_first(frame.part)
                    pre, post = keras_change.changed(change, function, args, kwargs, first)
            finally:
                self._squashing = False
            self._squashed(frame, name, pre, post)
            return post

        return squash

    def _recorded_call(self, part: Any, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def calling(*args: Any, **kwargs: Any) -> Any:
            above = self._place.sees(part)
            if above is None or self._squashing:
                if self._place.elsewhere and has_weights(part):
                    reason = "it runs inside a loop, a condition or a function of its own"
                    self.harvest.note(part.name, reason)
                return call(*args, **kwargs)
            frame = above.call(part, above.selected or self._selected(part))
            self._place.top = frame
            try:
                argument, output = self._called(frame, call, args, kwargs)
            finally:
                self._place.top = above
            self._returned(frame, argument, kwargs.get("mask"), output)
            return output

        return calling

    def _called(
        self, frame: Frame, call: Callable[..., Any], args: Any, kwargs: Any
    ) -> tuple[Any, Any]:
        """A layer's first argument and what it returns, with the change made that is its own."""
        change, argument = self._change, _first(args, kwargs)
        if change is None or not change.is_of(frame.name):
            return argument, call(*args, **kwargs)
        first = _channels_first(frame.part)
        if change.at == "activation" and layer_activation(frame.part):
            return keras_change.changed(change, call, args, kwargs, first)
        output = call(*args, **kwargs)
        if change.at == "output":
            output = keras_change.moved(change, output, first)
        return argument, output

    def _change_at(self, frame: Frame, name: str) -> Change | None:
        """The change to a nonlinearity that is about to be called inside a layer's `call`."""
        change = self._change
        if change is None or change.at != "activation":
            return None
        own = frame.name and not is_container(frame.part)
        label = frame.name if own else f"{frame.name}/{name}".lstrip("/")
        return change if change.is_of(label) else None

    def _recorded_mask(self, part: Any) -> Callable[..., Any]:
        set_mask = part._set_mask_metadata

        def setting(inputs: Any, outputs: Any, previous_mask: Any) -> None:
            set_mask(inputs, outputs, previous_mask)
            if self._place.here:
                self.harvest.keep_masks(outputs)

        return setting

    def _recorded_loop(self, layer: Any) -> Callable[..., Any]:
        loop = layer.inner_loop

        def inner_loop(*args: Any, **kwargs: Any) -> Any:
            frame = self._place.top if self._place.here else None
            with self._patches.suspended():  # cuDNN asks whether `tanh` is Keras's own
                if not (self._gates and frame and frame.part is layer and frame.selected):
                    return loop(*args, **kwargs)
                with all_outputs(layer):
                    last, outputs, states = loop(*args, **kwargs)
                given = dict(zip(ARGUMENTS, args, strict=False)) | kwargs
                take_gates(self.harvest, frame, outputs, given)
            return last, outputs, states

        return inner_loop

    # ---- what was seen

    def _squashed(self, frame: Frame, name: str, pre: Any, post: Any) -> None:
        """A nonlinearity was called inside a layer's `call`."""
        known = self._place.has_float(pre) and self._place.has_float(post)
        if not known or pre.shape.rank != post.shape.rank:
            return
        if isinstance(frame.part, ATTENTION) and name != "softmax":
            return
        if frame.name and not is_container(frame.part):
            frame.squashed.append((name, pre, post))
            return
        label = frame.child(name)
        if not frame.hidden:
            self.harvest.ancestry.add(Node(label, "function", name), [post])
        node = frame.node if frame.hidden else label
        self.harvest.take_pair(frame, Tap(label, node, "activation", None, name), pre, post)

    def _returned(self, frame: Frame, argument: Any, mask: Any, output: Any) -> None:
        """A layer's `call` has returned."""
        part, above = frame.part, frame.above
        outputs = [t for t in keras.tree.flatten(output) if self._place.has(t)]
        if not outputs or above is None:
            return
        if isinstance(above.part, ATTENTION):  # its softmax
            pre = argument if mask is None else None
            above.squashed.append(("softmax", pre, outputs[0]))
            return
        self._check_count(frame, above)
        self.harvest.keep_masks(output)
        self.harvest.shapes.setdefault(id(part), tuple(outputs[0].shape))
        squashing = layer_activation(part)
        if squashing and self._place.has_float(argument):
            frame.squashed = [(squashing, argument, outputs[0])]
        own = [name for name, _, post in frame.squashed if post.name == outputs[0].name]
        frame.activation = own[-1] if own else frame.activation
        inner_output = is_container(part) and self.harvest.ancestry.owns(outputs)
        if not frame.hidden and not (inner_output and not _own_weights(part)):
            weights = part.weights if isinstance(part, keras.Layer) else ()
            node = Node(frame.name, type(part).__name__, frame.activation)
            self.harvest.ancestry.add(node, outputs, weights)
        if inner_output or (frame.hidden and is_container(part)):
            return
        self._take_squashed(frame, argument, outputs[0])
        if not own:
            self._take_output(frame, above, argument, outputs[0])

    def _check_count(self, frame: Frame, above: Frame) -> None:
        if above.counts[frame.part.name] > _MOST_CALLS and not above.is_stepwise:
            reason = f"it is called many times: the first {_MOST_CALLS} are taken"
            self.harvest.note(frame.part.name, reason)
            frame.selected = False

    def _take_squashed(self, frame: Frame, argument: Any, output: Any) -> None:
        for name, pre, post in frame.squashed:
            own = post.name == output.name
            if isinstance(frame.part, ATTENTION):
                self._take_scores(frame, pre, post, (output, argument))
            else:
                label = frame.name if own else frame.child(name)
                of = Tap(label, frame.node, "activation", None, name)
                self.harvest.take_pair(frame, of, pre, post, (output, argument))

    def _take_output(self, frame: Frame, above: Frame, argument: Any, output: Any) -> None:
        """Where a layer has weights; of a Bidirectional the whole or, not merged, its halves."""
        for tap, tensors in frame.steps.items():
            self.harvest.take(frame, tap, tensors, (output,))
        merged, half = _merge_mode(frame.part), _merge_mode(above.part)
        told = frame.steps or merged == "none" or half not in (None, "none")
        if not told and has_weights(frame.part) and self._place.has_float(output):
            tap = Tap(frame.name, frame.node, "activation", None, frame.activation)
            backwards = isinstance(frame.part, _L.RNN) and frame.part.go_backwards
            self.harvest.take(frame, tap, output, (output, argument), backwards)

    def _take_scores(self, frame: Frame, pre: Any, post: Any, like: Any) -> None:
        """What every query attends to: `[batch, queries, keys, heads]`, heads are the units."""
        label = frame.child("scores")
        if pre is None or pre.op.type in ("SelectV2", "Select"):
            pre = None
            self.harvest.note(f"{label}: pre-activations", "the attention's mask is part of them")
        if post.shape.rank in (3, 4):
            of = Tap(label, frame.node, "activation", None, "softmax")
            pre = None if pre is None else _heads_last(pre)
            self.harvest.take_pair(frame, of, pre, _heads_last(post), like)


def _heads_last(scores: Any) -> Any:
    """From `[batch, heads, queries, keys]`, or `[batch, queries, keys]` of a single head."""
    return scores[..., None] if scores.shape.rank == 3 else tf.transpose(scores, [0, 2, 3, 1])


def _channels_first(part: Any) -> bool:
    return getattr(part, "data_format", None) == "channels_first"


def _own_weights(part: Any) -> bool:
    """Whether a layer made of others has weights besides theirs."""
    return bool(part._trainable_variables or part._non_trainable_variables)


def _merge_mode(part: Any) -> str | None:
    """How a Bidirectional joins its halves: "none" where it doesn't; None for other layers."""
    return (part.merge_mode or "none") if isinstance(part, _L.Bidirectional) else None


def _first(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return next(iter([*args, *kwargs.values()]), None)
