"""The last layer of a Keras model, and the new one that stands in for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug.checks.learner import Plan
from tb_deepdebug.keras.kinds import has_weights, is_container
from tb_deepdebug.keras.parts import components

_L = keras.layers
_CONVOLUTIONS = (_L.Conv1D, _L.Conv2D, _L.Conv3D)
_LINEAR = (_L.Dense, _L.EinsumDense, *_CONVOLUTIONS)
_PASSING = frozenset(("Identity", "Reshape", "Squeeze", "ExpandDims", "Cast", "StopGradient"))
_SQUASHING = frozenset(("Sigmoid", "Softmax"))


class Head:
    """Where a model's number comes from: its own last layer, or a new one in its place.

    The last layer is the last one called that has weights. A linear one (Dense, or a convolution)
    is replaced by one of its kind with as many units as asked for and no activation function; the
    output of any other (an LSTM, a normalisation) is what a new Dense layer reads.

    Attributes:
      replaces: whether there is a new layer.
      old: ids of the variables of the model's own last layer, where it is a linear one.
      new: variables of the new layer.
      notes: what should be known of it.

    Raises:
      ValueError: no layer has weights.
    """

    def __init__(self, model: Any, few: Any, plan: Plan) -> None:
        self.replaces = plan.outputs is not None
        self.old: frozenset[int] = frozenset()
        self.new: list[Any] = []
        self.notes: list[str] = []
        self._seen: list[tuple[Any, Any]] = []
        last, shape = _last_called(model, few)
        self._steps = shape[1] if len(shape) == 3 else None
        linear = isinstance(getattr(last, "layer", last), _LINEAR) and not isinstance(
            last, _L.Bidirectional
        )
        if not linear:
            self.notes.append(f"read by a new layer: the output of {last.name}")
        else:
            self.old = frozenset(id(v) for v in last.weights)
        if plan.outputs is not None:
            self._watch(last, linear)
            model(keras.tree.map_structure(tf.convert_to_tensor, few), training=False)
            features = self._seen[-1][0]
            self._layer = _replacement(last, plan.outputs)
            self._layer.build(features.shape)
            self.new = list(self._layer.trainable_variables)

    def outputs(self, mask: Any, reads: str) -> Any:
        """The new layer's numbers `[batch, outputs]`, for what the model was last called with."""
        features, made = self._seen[-1]
        self._seen.clear()
        return read(self._layer(features), mask, made, reads)

    def own(self, output: Any, mask: Any, reads: str) -> Any:
        """The same of the model's own output; one that was squeezed to `[batch, time]` is read.

        Of every step: `[batch, time, outputs]`.
        """
        z = logits(output)
        if z.shape.rank == 2 and self._steps not in (None, 1) and z.shape[1] == self._steps:
            z = z[:, :, None]
        return read(z, mask, getattr(output, "_keras_mask", None), reads)

    def _watch(self, last: Any, linear: bool) -> None:
        call = last.call

        @functools.wraps(call)
        def watched(*args: Any, **kwargs: Any) -> Any:
            output = call(*args, **kwargs)
            features = args[0] if args else next(iter(kwargs.values()))
            made = getattr(features, "_keras_mask", None)
            if not linear:
                features = keras.tree.flatten(output)[0]
            self._seen[:] = [(features, made)]
            return output

        last.__dict__["call"] = watched


def read(z: Any, mask: Any, made: Any, reads: str) -> Any:
    """One row of numbers an example, float32 `[batch, units]`.

    Args:
      z: `[batch, units]` or `[batch, time, ..., units]`; axes between time and units are averaged.
      mask: bool `[batch, time]` over the input's timesteps, or None.
      made: the mask that the model made itself, for want of one.
      reads: "last" or "mean", over the valid timesteps; "every": `[batch, time, units]`.
    """
    z = tf.cast(z, tf.float32)
    if z.shape.rank == 1:
        return z[:, None]
    if z.shape.rank == 2:
        return z
    if z.shape.rank > 3:
        z = tf.reduce_mean(z, axis=list(range(2, z.shape.rank - 1)))
    if reads == "every":
        return z
    length = z.shape[1]
    valid = made if mask is None else _at_output(mask, length)
    if valid is None or valid.shape[1] not in (None, length):
        return z[:, -1] if reads == "last" else tf.reduce_mean(z, axis=1)
    valid = tf.cast(valid, tf.bool)
    if reads == "last":
        last = length - 1 - tf.argmax(tf.cast(valid[:, ::-1], tf.int32), axis=1)
        return tf.gather(z, last, batch_dims=1)
    shares = tf.cast(valid, tf.float32)
    total = tf.reduce_sum(tf.where(valid[:, :, None], z, tf.zeros_like(z)), axis=1)
    return total / tf.maximum(tf.reduce_sum(shares, axis=1, keepdims=True), 1.0)


def _at_output(mask: Any, length: int) -> Any:
    """The twin of `output_steps.mask_at_output` in a graph."""
    time = mask.shape[1]
    if time == length:
        return mask
    counts = tf.pad(tf.cumsum(tf.cast(mask, tf.int32), axis=1), [[0, 0], [1, 0]])
    j = np.arange(length)
    first, stop = j * time // length, -(-(j + 1) * time // length)
    return tf.gather(counts, stop, axis=1) > tf.gather(counts, first, axis=1)


def logits(output: Any) -> Any:
    """What a sigmoid or softmax at the end of a graph was given; the output itself without one."""
    tensor = output
    while tensor.op.type in _PASSING:
        tensor = tensor.op.inputs[0]
    if tensor.op.type not in _SQUASHING:
        return output
    return tf.reshape(tensor.op.inputs[0], tf.shape(output))


def _last_called(model: Any, few: Any) -> tuple[Any, tuple[int | None, ...]]:
    """The last layer with weights that a call of the model runs, and the shape it is given."""
    parts = [p for p in _outermost(model) if has_weights(p) and not is_container(p)]
    called: list[tuple[Any, tuple[int | None, ...]]] = []
    before = [dict(part.__dict__) for part in parts]
    for part in parts:
        part.__dict__["call"] = _noting(part, called)
    try:
        model(keras.tree.map_structure(tf.convert_to_tensor, few), training=False)
    finally:
        for part, attributes in zip(parts, before, strict=True):
            part.__dict__.pop("call")
            if "call" in attributes:
                part.__dict__["call"] = attributes["call"]
    if not called:
        raise ValueError(
            f"A model needs a layer with weights. Received: {model.name!r}, none of whose "
            f"{len(components(model)) - 1} parts that are called has any"
        )
    return called[-1]


def _noting(part: Any, called: list[Any]) -> Callable[..., Any]:
    call = part.call

    @functools.wraps(call)
    def noting(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else next(iter(kwargs.values()))
        called.append((part, tuple(getattr(first, "shape", ()))))
        return call(*args, **kwargs)

    return noting


def _outermost(model: Any) -> list[Any]:
    """The model's parts, but for those inside a layer that is looked at as a whole."""
    inside = {
        id(inner)
        for part in components(model)
        if isinstance(part, keras.Layer) and part is not model and not is_container(part)
        for inner in components(part)
        if inner is not part
    }
    return [part for part in components(model) if id(part) not in inside]


def _replacement(last: Any, outputs: int) -> Any:
    if isinstance(last, _CONVOLUTIONS) and set(last.kernel_size) != {1}:
        config = {**last.get_config(), "filters": outputs, "activation": None, "groups": 1}
        return type(last).from_config({**config, "name": "deepdebug_head", "dtype": "float32"})
    return _L.Dense(outputs, name="deepdebug_head", dtype="float32")
