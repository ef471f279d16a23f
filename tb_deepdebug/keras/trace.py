"""Tracing a Keras model in another float dtype, looking inside, and leaving no trace behind.

Everything here changes instance attributes of the model's layers while one graph is traced, and
puts every one of them back. Once traced, the graph needs none of it, so the model that trains,
is saved or is cloned is always the user's own.
"""

import functools
import inspect
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug.keras.parts import components, float_dtypes, is_recastable

_TRACING = threading.RLock()  # two threads must not recast one model at the same time


@dataclass(frozen=True)
class Call:
    """One call of a layer: its first argument and what it returned."""

    argument: Any
    output: Any


class _Recast(keras.DTypePolicy):
    """Computes in one dtype whatever the variables are kept in; a layer casts them on reading."""

    def __init__(self, compute_dtype: str, variable_dtype: str) -> None:
        super().__init__(compute_dtype)
        self._kept_in = variable_dtype

    @property
    def variable_dtype(self) -> str:
        return self._kept_in

    def convert_input(self, x: Any, autocast: bool, dtype: str) -> Any:
        # A Sequential asks for the dtype of its `Input`, which would narrow what is wide.
        return super().convert_input(x, autocast, self.compute_dtype)


@contextmanager
def tracing(model: Any, dtype: str | None, recorded: list[Any]) -> Iterator[dict[int, list[Call]]]:
    """Lets one graph be traced in which `model` computes in `dtype` and forgets what it did.

    Inside, variables are read through a cast to `dtype`; recurrent states start at zero;
    assignments, losses and attributes set by a layer's `call` reach nobody. Other threads must
    not call the model meanwhile.

    Args:
        dtype: "float32" or "float64"; None for the model's own.
        recorded: the layers (or operations) whose calls are to be recorded.

    Yields:
        The calls so far, by the identity of the layer.
    """
    parts = components(model)
    calls: dict[int, list[Call]] = {id(part): [] for part in recorded}
    with _TRACING, ExitStack() as stack:
        stack.enter_context(_restored(parts))
        other = dtype is not None and not float_dtypes(model) <= {dtype}
        recast = dtype if other else None
        for part in parts:
            _inline_function(part)
            if isinstance(part, keras.Layer):  # a model clears what its last call added
                part.__dict__.update(_losses=[], _loss_ids=set())
            if recast and is_recastable(part):
                part.__dict__["_dtype_policy"] = _Recast(recast, part.variable_dtype)
            if recast and hasattr(part, "_convert_inputs_to_tensors"):
                _keep_wide_inputs(part, recast)
        for part in recorded:
            _record_calls(part, calls[id(part)])
        states = [(v, tf.zeros(v.shape, v.dtype)) for v in _states(parts)]
        stack.enter_context(keras.StatelessScope(states, initialize_variables=False))
        yield calls


def fixed_batch(model: Any) -> int | None:
    """The only batch size that the model's stateful recurrent layers take, or None.

    A fixed batch in an input's shape binds nobody: Keras itself ignores it when called.
    """
    for variable in _states(components(model)):
        return int(variable.shape[0])
    return None


def _states(parts: list[Any]) -> list[Any]:
    stateful = [p for p in parts if getattr(p, "stateful", False) is True]
    return [
        v
        for part in stateful
        for v in keras.tree.flatten(getattr(part, "states", None) or [])
        if isinstance(v, keras.Variable)
    ]


@contextmanager
def _restored(parts: list[Any]) -> Iterator[None]:
    """Puts every instance attribute back, also those that a layer sets in its own `call`.

    A dropout mask or an attention map kept on a layer would else be a tensor of our graph.
    """
    before = [dict(part.__dict__) for part in parts]
    try:
        yield
    finally:
        for part, attributes in zip(parts, before, strict=True):
            for name in part.__dict__.keys() - attributes.keys():
                del part.__dict__[name]
            part.__dict__.update(attributes)


def _inline_function(part: Any) -> None:
    """Makes a `call` decorated with tf.function run as plain Python.

    Its own cache would keep what we trace, and a graph nested in ours hides its tensors.
    """
    function = inspect.getattr_static(type(part), "call", None)
    plain = getattr(function, "python_function", None)
    if plain is not None and "call" not in part.__dict__:
        convert = tf.autograph.to_graph if getattr(function, "autograph", True) else None
        part.__dict__["call"] = functools.partial(convert(plain) if convert else plain, part)


def _keep_wide_inputs(functional: Any, dtype: str) -> None:
    """Stops a functional graph from casting its float inputs to the dtype of its `Input`."""
    convert = functional._convert_inputs_to_tensors

    def convert_inputs(flat_inputs: list[Any]) -> list[Any]:
        converted = []
        for x, spec in zip(flat_inputs, functional.inputs, strict=False):
            wide = _is_float(x) and keras.backend.is_float_dtype(spec.dtype)
            converted.append(tf.cast(x, dtype) if wide else None)
        if all(x is not None for x in converted):
            return converted
        rest = convert(flat_inputs)
        return [r if x is None else x for x, r in zip(converted, rest, strict=True)]

    functional.__dict__["_convert_inputs_to_tensors"] = convert_inputs


def _is_float(x: Any) -> bool:
    return keras.ops.is_tensor(x) and keras.backend.is_float_dtype(
        keras.backend.standardize_dtype(x.dtype)
    )


def _record_calls(part: Any, calls: list[Call]) -> None:
    call = part.call

    @functools.wraps(call)
    def recording(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        first = args[0] if args else next(iter(kwargs.values()), None)
        calls.append(Call(first, output))
        return output

    part.__dict__["call"] = recording
