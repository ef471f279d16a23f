"""Watching Keras optimizers apply gradients: patches that live while one train function runs.

A patched optimizer does what it would do. Besides, what it applies and what becomes of the weights
is measured in the same graph, and left in a letter box, a variable that the host reads later:
nothing else gets out of a branch or a loop of a graph, or out of a compiled one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_deepdebug import keras_health_graph as graph

_NEEDED = ("apply", "_backend_update_step", "_all_reduce_sum_gradients", "_var_key")
_ROW, _PART = graph.ROW, graph.SUMMARY


def optimizers_of(model: Any) -> list[Any]:
    """The optimizers that apply gradients: of `compile`, and kept as attributes (a GAN's two)."""
    found: dict[int, Any] = {}
    waiting = [getattr(model, "optimizer", None), *model.__dict__.values()]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list | tuple):
            waiting[:0] = value
        elif isinstance(value, dict):
            waiting[:0] = value.values()
        elif isinstance(value, keras.optimizers.Optimizer):
            inner = _inner(value)
            waiting[:0] = inner
            if not inner:
                found.setdefault(id(value), value)
    return list(found.values())


def _inner(optimizer: Any) -> list[Any]:
    """The optimizers that a loss scale or a `MultiOptimizer` passes gradients on to."""
    one = getattr(optimizer, "inner_optimizer", None)
    return [one] if one is not None else list(getattr(optimizer, "_inner_optimizers", ()))


@contextmanager
def instance_attributes(instance: Any, attributes: Mapping[str, Any]) -> Iterator[None]:
    """Sets attributes of one instance, past its own tracking, and puts back what was there."""
    before = {name: instance.__dict__[name] for name in attributes if name in instance.__dict__}
    try:
        instance.__dict__.update(attributes)
        yield
    finally:
        for name in attributes:
            instance.__dict__.pop(name, None)
        instance.__dict__.update(before)


class LetterBox:
    """Rows of float64 written in a graph and read by the host; NaN where nothing was written."""

    def __init__(self, rows: int, columns: int) -> None:
        with tf.init_scope():  # no part of a graph that is being traced
            self._rows = tf.Variable(_nothing([rows, columns]), trainable=False)
        # A variable made in a strategy's scope has a component for each replica.
        self._rows = tf.distribute.get_strategy().experimental_local_results(self._rows)[0]

    def write(self, places: Sequence[int], rows: Any) -> None:
        """Fills the rows at `places`."""
        if list(places) == list(range(self._rows.shape[0])):
            self._rows.assign(rows)
        elif places:
            self._rows.scatter_nd_update([[place] for place in places], rows)

    def empty(self) -> None:
        """Takes out what there is."""
        self._rows.assign(_nothing(self._rows.shape))

    def read(self) -> NDArray[np.float64]:
        """What there is, `[rows, columns]`."""
        return self._rows.numpy()


class Watch:
    """One optimizer, and what it applied last, in rows of its parameters.

    Attributes:
      variables: the parameters that the optimizer moves.
      applied: whether it was ever seen to apply anything.
    """

    def __init__(self, optimizer: Any, histograms: bool = True) -> None:
        missing = [name for name in _NEEDED if not hasattr(optimizer, name)]
        if missing:
            raise RuntimeError(
                "The gradients applied can be seen in optimizers of Keras 3 on TensorFlow. "
                f"Received: Keras {keras.__version__} on {keras.backend.backend()}, where "
                f"{type(optimizer).__name__} lacks {missing}"
            )
        self.optimizer = optimizer
        self.variables: list[Any] = []
        self.applied = False
        self._histograms = histograms
        self._places: dict[Any, int] = {}
        self._boxes: tuple[LetterBox, LetterBox] | None = None
        self._turn = threading.local()  # replicas are traced in turns, each in a thread
        self.prepare()

    def prepare(self) -> bool:
        """Makes room once the optimizer has parameters; whether it did so now."""
        if self._boxes is not None or not self.optimizer.built:
            return False
        self._make_boxes(self.optimizer._trainable_variables)
        return True

    def empty(self) -> None:
        """Forgets what was applied."""
        for box in self._boxes or ():
            box.empty()

    def read(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rows of the gradients (the learning rate last), of the weights and their updates."""
        if self._boxes is None:
            raise RuntimeError("Nothing was applied yet.")
        return self._boxes[0].read(), self._boxes[1].read()

    @contextmanager
    def patched(self) -> Iterator[None]:
        """Inside, the optimizer tells what it does."""
        before = {name: getattr(self.optimizer, name) for name in _NEEDED[:3]}
        ours = {
            "apply": self._telling_apply(before["apply"]),
            "_backend_update_step": self._telling_update(before["_backend_update_step"]),
            "_all_reduce_sum_gradients": self._telling_reduce(before["_all_reduce_sum_gradients"]),
        }
        with instance_attributes(self.optimizer, ours):
            yield

    def _telling_apply(self, apply: Callable[..., Any]) -> Callable[..., Any]:
        """Weights are compared before and after: decay, averaging and constraints count."""

        def telling(grads: Any, trainable_variables: Any = None) -> Any:
            moved = self.variables if trainable_variables is None else list(trainable_variables)
            if not self._is_ready(moved):
                return apply(grads, trainable_variables)
            before = [tf.convert_to_tensor(native(v)) for v in moved]
            result = apply(grads, moved)
            self._tell_weights(moved, before)
            return result

        return telling

    def _telling_update(self, update: Callable[..., Any]) -> Callable[..., Any]:
        """The gradients that come here are unscaled, accumulated and clipped."""

        def telling(grads: Any, trainable_variables: Any, learning_rate: Any) -> Any:
            self._turn.pairs = list(zip(grads, trainable_variables, strict=True))
            result = update(grads, trainable_variables, learning_rate)
            if self._is_ready(trainable_variables):
                self.tell_gradients(self._turn.pairs, learning_rate)
            return result

        return telling

    def _telling_reduce(self, reduce: Callable[..., Any]) -> Callable[..., Any]:
        """What comes out of it is the same on every replica."""

        def telling(grads_and_vars: Any) -> Any:
            self._turn.pairs = list(reduce(grads_and_vars))
            return self._turn.pairs

        return telling

    def tell_gradients(self, pairs: Sequence[tuple[Any, Any]], learning_rate: Any) -> None:
        """Leaves word of gradients and the variables they belong to."""
        known = [(g, self._place(v)) for g, v in pairs if g is not None]
        rate = [tf.cast(keras.ops.convert_to_tensor(learning_rate), tf.float64)]
        rows = [tf.concat([graph.measured(g, self._histograms), rate], 0) for g, _ in known]
        if rows and self._boxes is not None:
            self._boxes[0].write([place for _, place in known], tf.stack(rows))

    def _tell_weights(self, variables: Sequence[Any], before: Sequence[Any]) -> None:
        rows = []
        for variable, old in zip(variables, before, strict=True):
            new = tf.convert_to_tensor(native(variable))
            parts = [graph.measured(new, self._histograms), graph.measured_update(old, new)]
            rows.append(tf.concat(parts, 0))
        if rows and self._boxes is not None:
            self._boxes[1].write([self._place(v) for v in variables], tf.stack(rows))

    def _is_ready(self, variables: Sequence[Any]) -> bool:
        """Whether this replica tells, and there is room for what it has to tell."""
        context = tf.distribute.get_replica_context()
        replica = 0 if context is None else context.replica_id_in_sync_group
        if tf.get_static_value(replica) not in (0, None):
            return False
        if self._boxes is None and tf.distribute.get_strategy().num_replicas_in_sync == 1:
            self._make_boxes(variables)
        self.applied = self._boxes is not None
        return self.applied and all(self.optimizer._var_key(v) in self._places for v in variables)

    def _make_boxes(self, variables: Sequence[Any]) -> None:
        """Boxes for these parameters."""
        self.variables = list(variables)
        self._places = {self.optimizer._var_key(v): i for i, v in enumerate(self.variables)}
        rows = len(self.variables)
        self._boxes = LetterBox(rows, _ROW + 1), LetterBox(rows, _ROW + _PART)

    def _place(self, variable: Any) -> int:
        return self._places[self.optimizer._var_key(variable)]


@contextmanager
def watching(watches: Sequence[Watch]) -> Iterator[None]:
    """Every watched optimizer is patched inside."""
    with ExitStack() as stack:
        for watch in watches:
            stack.enter_context(watch.patched())
        yield


def native(variable: Any) -> Any:
    """The TensorFlow variable of a Keras variable."""
    return variable.value if isinstance(variable, keras.Variable) else variable


def _nothing(shape: Any) -> Any:
    return tf.fill(shape, tf.constant(np.nan, tf.float64))
