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

from tb_deepdebug.keras import health_graph as graph

_NEEDED = ("apply", "_backend_update_step", "_all_reduce_sum_gradients", "_var_key")
_NEEDED_TO_SKIP = ("apply", "initial_scale", "_stateful_handle_non_finite_grads")
_ROW, _PART = graph.ROW, graph.SUMMARY


def optimizers_of(model: Any) -> tuple[list[Any], list[Any]]:
    """The optimizers of `compile` and kept as attributes (a GAN's two).

    Returns:
      Those that apply gradients, and the loss scales that may skip a step of theirs.

    Raises:
      RuntimeError: this Keras is made otherwise.
    """
    found: dict[int, Any] = {}
    scales: dict[int, Any] = {}
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
            if isinstance(value, keras.optimizers.LossScaleOptimizer):
                _check(value, _NEEDED_TO_SKIP)
                scales.setdefault(id(value), value)
    return list(found.values()), list(scales.values())


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
            self._nothing = graph.unmeasured(rows, columns)
            box = tf.Variable(self._nothing, trainable=False)
        # A variable made in a strategy's scope has a component for each replica.
        self._rows = tf.distribute.get_strategy().experimental_local_results(box)[0]

    def write(self, places: Sequence[int], rows: Any) -> None:
        """Fills the rows at `places`."""
        if list(places) == list(range(self._rows.shape[0])):
            self._rows.assign(rows)
        else:
            self._rows.scatter_nd_update([[place] for place in places], rows)

    def empty(self) -> None:
        """Takes out what there is."""
        self._rows.assign(self._nothing)

    def read(self) -> NDArray[np.float64]:
        """What there is, `[rows, columns]`."""
        return self._rows.numpy()


class Watch:
    """One optimizer, and what it applied last, in rows of its parameters.

    Attributes:
      variables: the parameters that the optimizer moves.
      applied: whether it was ever seen to apply anything.
      failure: why something could not be told. Training goes on without.
    """

    def __init__(self, optimizer: Any, cells: int | None) -> None:
        _check(optimizer, _NEEDED)
        self.optimizer = optimizer
        self.variables: list[Any] = []
        self.applied = False
        self.failure: Exception | None = None
        self._cells = cells
        self._places: dict[Any, int] = {}
        self._boxes: tuple[LetterBox, LetterBox] | None = None
        self._turn = threading.local()  # replicas are traced in turns, each in a thread

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
            before = self._safely(self._weights_before, moved)
            result = apply(grads, moved)
            if before is not None:
                self._safely(self._tell_weights, moved, before)
            return result

        return telling

    def _telling_update(self, update: Callable[..., Any]) -> Callable[..., Any]:
        """The gradients that come here are unscaled, accumulated and clipped."""

        def telling(grads: Any, trainable_variables: Any, learning_rate: Any) -> Any:
            self._turn.pairs = list(zip(grads, trainable_variables, strict=True))
            result = update(grads, trainable_variables, learning_rate)
            self._safely(self._tell_gradients, self._turn.pairs, learning_rate)
            return result

        return telling

    def _telling_reduce(self, reduce: Callable[..., Any]) -> Callable[..., Any]:
        """What comes out of it is the same on every replica."""

        def telling(grads_and_vars: Any) -> Any:
            self._turn.pairs = list(reduce(grads_and_vars))
            return self._turn.pairs

        return telling

    def tell_skipped(self, pairs: Sequence[tuple[Any, Any]]) -> None:
        """Leaves word of gradients that were not applied, since they are not finite."""
        mine = [(g, v) for g, v in pairs if self.optimizer._var_key(v) in self._places]
        self._safely(self._tell_gradients, mine, self.optimizer.learning_rate)
        before = self._safely(self._weights_before, [v for _, v in mine])
        if before is not None:
            self._safely(self._tell_weights, [v for _, v in mine], before)

    def _safely(self, tell: Callable[..., Any], *arguments: Any) -> Any:
        """What fails here must not stop the training that it happens in."""
        try:
            return tell(*arguments)
        except Exception as failure:
            self.failure = failure
            return None

    def _tell_gradients(self, pairs: Sequence[tuple[Any, Any]], learning_rate: Any) -> None:
        known = [(g, v) for g, v in pairs if g is not None]
        if not self._is_ready([v for _, v in known]):
            return
        rate = tf.cast(keras.ops.convert_to_tensor(learning_rate), tf.float64)
        rows = graph.rows([g for g, _ in known], self._cells)
        rates = tf.fill([len(known), 1], rate)
        self._write(0, [v for _, v in known], tf.concat([rows, rates], axis=1))

    def _weights_before(self, variables: Sequence[Any]) -> list[Any] | None:
        if not self._is_ready(variables):
            return None
        return [tf.convert_to_tensor(native(v)) for v in variables]

    def _tell_weights(self, variables: Sequence[Any], before: Sequence[Any]) -> None:
        after = [tf.convert_to_tensor(native(v)) for v in variables]
        rows = graph.rows(after, self._cells, zeros=False)
        self._write(1, variables, tf.concat([rows, graph.updates(before, after)], axis=1))

    def _write(self, box: int, variables: Sequence[Any], rows: Any) -> None:
        if self._boxes is not None:
            places = [self._places[self.optimizer._var_key(v)] for v in variables]
            self._boxes[box].write(places, rows)

    def _is_ready(self, variables: Sequence[Any]) -> bool:
        """Whether this replica tells, and there is room for what it has to tell."""
        if not variables or not _is_first_replica():
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


@contextmanager
def watching(watches: Sequence[Watch], scales: Sequence[Any]) -> Iterator[None]:
    """Inside, the watched optimizers tell what they do, and loss scales what they skip."""
    with ExitStack() as stack:
        for watch in watches:
            stack.enter_context(watch.patched())
        for scale in scales:
            stack.enter_context(_telling_skips(scale, watches))
        yield


@contextmanager
def _telling_skips(scale: Any, watches: Sequence[Watch]) -> Iterator[None]:
    apply, skip = scale.apply, scale._stateful_handle_non_finite_grads
    seen: list[tuple[Any, Any]] = []

    def telling_apply(grads: Any, trainable_variables: Any = None) -> Any:
        moved = scale._trainable_variables if trainable_variables is None else trainable_variables
        grads, moved = list(grads), list(moved)
        if _is_first_replica():
            seen[:] = zip(grads, moved, strict=True)
        return apply(grads, moved)

    def telling_skip() -> Any:
        factor = tf.convert_to_tensor(native(scale.dynamic_scale))
        unscaled = [(None if g is None else _divided(g, factor), v) for g, v in seen]
        for watch in watches:
            watch.tell_skipped(unscaled)
        return skip()

    ours = {"apply": telling_apply, "_stateful_handle_non_finite_grads": telling_skip}
    with instance_attributes(scale, ours):
        yield


def _check(optimizer: Any, needed: Sequence[str]) -> None:
    missing = [name for name in needed if not hasattr(optimizer, name)]
    if missing:
        raise RuntimeError(
            "The gradients applied can be seen in optimizers of Keras 3 on TensorFlow. "
            f"Received: Keras {keras.__version__} on {keras.backend.backend()}, where "
            f"{type(optimizer).__name__} lacks {missing}"
        )


def _divided(gradient: Any, factor: Any) -> Any:
    dense = tf.convert_to_tensor(gradient)
    return dense / tf.cast(factor, dense.dtype)


def _is_first_replica() -> bool:
    context = tf.distribute.get_replica_context()
    replica = 0 if context is None else context.replica_id_in_sync_group
    return tf.get_static_value(replica) in (0, None)


def native(variable: Any) -> Any:
    """The TensorFlow variable of a Keras variable."""
    return variable.value if isinstance(variable, keras.Variable) else variable
