"""Nonlinearities called by hand inside a layer's `call`, seen while one graph is traced.

A function is found by its place in a module, so that whoever looks it up there as it is called
(`tf.nn.relu(x)`, `keras.ops.silu(x)`, `keras.activations.mish(x)`) is seen. One that was bound
before (`from tf.nn import relu`), and arithmetic (`tf.maximum(x, 0)`), are not.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import keras
import tensorflow as tf

_NAMES = (
    "celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu "
    "log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus "
    "softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold"
)
_SAME = {"swish": "silu", "linear": None}  # one name for one function; identity is none

Wrap = Callable[[Callable[..., Any], str], Callable[..., Any]]


def activation_name(function: Any) -> str | None:
    """The name of an activation function; None for none, and for the identity."""
    if function is None:
        return None
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "name", None) or getattr(function, "__name__", None)
    name = name if isinstance(name, str) and name.isidentifier() else "activation"
    return _SAME.get(name, name)


class Patches:
    """Every nonlinearity of Keras and TensorFlow, replaced for as long as `applied` is entered.

    The replacement is seen by the whole process, so `wrap` must let other threads through.
    """

    def __init__(self, wrap: Wrap) -> None:
        self._originals = [
            (module, name, getattr(module, name))
            for module in _modules()
            for name in _NAMES.split()
            if name in vars(module)
        ]
        self._replacements = [
            (module, name, wrap(function, _SAME.get(name) or name))
            for module, name, function in self._originals
        ]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The functions are replaced."""
        try:
            _set(self._replacements)
            yield
        finally:
            _set(self._originals)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """The functions are what they were: some code (cuDNN's) asks for their identity."""
        try:
            _set(self._originals)
            yield
        finally:
            _set(self._replacements)


def _set(functions: list[tuple[ModuleType, str, Callable[..., Any]]]) -> None:
    for module, name, function in functions:
        setattr(module, name, function)


def _modules() -> list[ModuleType]:
    """Where nonlinearities are looked up, by a user's code and by Keras's own."""
    from keras.src import activations, backend  # what `keras.ops` calls has no public name

    found = [keras.activations, activations, backend.nn, backend.numpy, tf, tf.nn, tf.math]
    return list({id(module): module for module in found}.values())
