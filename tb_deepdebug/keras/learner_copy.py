"""A copy of a Keras model with weights of its own, and the switches of what disturbs it."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug.keras.parts import components

_L = keras.layers
_RATES = ("dropout", "recurrent_dropout", "_dropout")  # of recurrent cells and attention
_DROPS = (
    _L.Dropout,
    _L.SpatialDropout1D,
    _L.SpatialDropout2D,
    _L.SpatialDropout3D,
    _L.AlphaDropout,
    _L.GaussianDropout,
    _L.GaussianNoise,
)
_ASK = "pass a function without arguments that builds it instead: synthetic_task(build_model, ...)"


def copied(model: Any, few: Any, fresh: bool, notes: list[str]) -> Any:
    """A model made from the config of another, which is not touched.

    Args:
      few: inputs of a few examples.
      fresh: draw weights anew; else they are copied.
      notes: added to: what should be known of it.

    Raises:
      ValueError: it can't be made again from its config.
    """
    copy = prepared(_remade(model), few, notes)
    own = {id(v) for v in copy.weights}
    if any(id(v) in own for v in model.weights):
        raise ValueError(f"A copy of {model.name!r} would share its weights; {_ASK}")
    if fresh:
        if any(not part.trainable for part in components(copy) if isinstance(part, keras.Layer)):
            notes.append("frozen layers are trained too, as their weights are drawn anew")
        copy.trainable = True
    else:
        _take_over(model, copy)
    return copy


def prepared(model: Any, few: Any, notes: list[str]) -> Any:
    """A model of one's own, built and made fit for being looked into."""
    for part in components(model):
        _keep_calls_inline(part)
        if getattr(part, "stateful", False) is True and isinstance(part, _L.RNN):
            part.stateful = False
            notes.append(f"{part.name} starts every batch from zero states")
    model(keras.tree.map_structure(tf.convert_to_tensor, few), training=False)
    return model


def _remade(model: Any) -> Any:
    try:
        if isinstance(model, keras.Sequential) or hasattr(model, "_functional"):
            return keras.models.clone_model(model)
        if type(model) is keras.Model or hasattr(model, "operations"):
            return keras.models.clone_model(model)
        return type(model).from_config(model.get_config())
    except Exception as error:
        raise ValueError(
            f"The model {model.name!r} can't be made again from its config; {_ASK}. "
            f"The reason: {str(error).strip().splitlines()[0] if str(error) else error!r}"
        ) from error


def _take_over(model: Any, copy: Any) -> None:
    shapes = [[tuple(v.shape) for v in one.weights] for one in (model, copy)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            "A model whose weights are kept must be built, and its copy have the same weights; "
            f"build it or {_ASK}. Received: {len(shapes[0])} weights, {len(shapes[1])} in the copy"
        )
    for theirs, own in zip(model.weights, copy.weights, strict=True):
        own.assign(theirs.value)


def made_plain(model: Any) -> list[str]:
    """Switches dropout, noise and augmentation off; what can't be is said.

    Penalties are left out of the loss by whoever trains.
    """
    notes = []
    for part in components(model):
        if isinstance(part, _DROPS):
            name = "stddev" if isinstance(part, _L.GaussianNoise) else "rate"
            setattr(part, name, 0.0)
        elif isinstance(part, keras.Layer) and _augments(part):
            _never_in_training(part)
        elif type(part).__module__.startswith("keras."):
            for holder in (part, getattr(part, "cell", None)):
                for name in _RATES:
                    if isinstance(getattr(holder, "__dict__", {}).get(name), int | float):
                        setattr(holder, name, 0.0)
            if isinstance(part, _L.BatchNormalization):
                notes.append(f"{part.name} stays: it normalises by its batch's statistics")
    return notes


def _augments(part: Any) -> bool:
    kinds = {kind.__name__ for kind in type(part).__mro__}
    return bool(kinds & {"BaseImagePreprocessingLayer", "MelSpectrogram"}) and (
        type(part).__name__.startswith(("Random", "Aug", "CutMix", "MixUp"))
    )


def _never_in_training(part: Any) -> None:
    call = part.call

    def as_in_inference(*args: Any, **kwargs: Any) -> Any:
        return call(*args, **{**kwargs, "training": False})

    part.__dict__["call"] = as_in_inference


def _keep_calls_inline(part: Any) -> None:
    """Makes a `call` decorated with tf.function run as plain Python, in the graph around it.

    A graph nested in ours would hide the features that a new head reads.
    """
    function = inspect.getattr_static(type(part), "call", None)
    plain = getattr(function, "python_function", None)
    if plain is not None and "call" not in part.__dict__:
        converts = getattr(function, "autograph", True)
        part.__dict__["call"] = (tf.autograph.to_graph(plain) if converts else plain).__get__(part)
