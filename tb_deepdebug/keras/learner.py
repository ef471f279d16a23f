"""A trainable copy of a Keras model, on the TensorFlow backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_deepdebug.checks import rows as input_rows
from tb_deepdebug.checks.learner import Move, Plan, Weight, seeded
from tb_deepdebug.keras.learner_copy import copied, made_plain, prepared
from tb_deepdebug.keras.learner_head import Head

_AT_ONCE = 256  # examples predicted at once


def learner(model: Any, x: Any, plan: Plan, *, built: bool) -> KerasLearner:
    """See `tb_deepdebug.checks.learner.learner`.

    Args:
      built: the model is fresh from a builder, and trained itself.
    """
    return KerasLearner(model, x, plan, built=built)


class KerasLearner:
    """A copy of a model, its head, its optimizer and its compiled steps.

    Attributes:
      notes: what should be known of the copy.
    """

    def __init__(self, model: Any, x: Any, plan: Plan, *, built: bool) -> None:
        few = _fed(input_rows.taken(x, np.arange(min(2, input_rows.count(x)))))
        self._plan = plan
        notes: list[str] = []
        with seeded(plan.seed):
            if built:
                self._model = prepared(model, few, notes)
            else:
                self._model = copied(model, few, plan.fresh, notes)
            if plan.plain:
                notes += made_plain(self._model)
            self._head = Head(self._model, few, plan)
            unused = self._head.old if self._head.replaces else frozenset()
            own = [v for v in self._model.trainable_variables if id(v) not in unused]
            self._trained = own + self._head.new
            self._optimizer = _optimizer(plan, self._trained)
        self.notes = tuple(notes + self._head.notes)
        self._programs: dict[tuple[Any, bool], Any] = {}

    @property
    def parameters(self) -> int:
        """How many it trains."""
        return sum(int(np.prod(v.shape)) for v in self._trained)

    def slow_down(self, factor: float) -> None:
        """Divides the learning rate by so much from the next step on."""
        self._optimizer.learning_rate = float(self._optimizer.learning_rate) / factor

    def step(self, x: Any, y: NDArray[np.float64], mask: NDArray[np.bool_] | None) -> float:
        """One step of the optimizer on a batch; the loss before it, without any penalty."""
        targets = np.asarray(y, np.float32)
        if self._plan.loss != "categorical" and targets.ndim == 1:
            targets = targets[:, None]
        return float(self._program(x, mask, targets)(_fed(x), targets, *_given(mask)))

    def predict(self, x: Any, mask: NDArray[np.bool_] | None) -> NDArray[np.float64]:
        """Raw outputs `[batch, outputs]` (logits for binary and categorical), in inference mode."""
        program, found = self._program(x, mask, None), []
        every = np.arange(input_rows.count(x))
        for some in np.array_split(every, -(-len(every) // _AT_ONCE)):
            masked = None if mask is None else mask[some]
            found.append(program(_fed(input_rows.taken(x, some)), *_given(masked)).numpy())
        return np.concatenate(found).reshape(len(every), -1).astype(np.float64)

    def weights(self) -> list[Weight]:
        """What it has learned, the model's layers only: a new head is not among them."""
        return weights(self._model, self._head.old)

    def load(self, weights: Sequence[Weight]) -> None:
        """Takes over the weights of another copy of the same model, but for those of its head."""
        for variable, weight in zip(self._model.weights, weights, strict=True):
            if not weight.head:
                variable.assign(weight.value)

    def _program(self, x: Any, mask: Any, targets: Any) -> Any:
        """The compiled step or prediction: traced once with a mask and once without."""
        key = (None if targets is None else targets.shape[1:], mask is not None)
        if key not in self._programs:
            signature = [keras.tree.map_structure(_spec, _fed(x))]
            signature += [] if targets is None else [_spec(targets)]
            signature += [] if mask is None else [_spec(np.asarray(mask, bool))]
            self._programs[key] = tf.function(
                self._predicted if targets is None else self._train,
                input_signature=signature,
                autograph=False,
            )
        return self._programs[key]

    def _forward(self, x: Any, mask: Any, training: bool) -> Any:
        output = self._model(x, training=training)
        if self._head.replaces:
            return self._head.outputs(mask, self._plan.reads)
        return self._head.own(keras.tree.flatten(output)[0], mask, self._plan.reads)

    def _predicted(self, x: Any, mask: Any = None) -> Any:
        return self._forward(x, mask, training=False)

    def _train(self, x: Any, y: Any, mask: Any = None) -> Any:
        trained = [v.value for v in self._trained]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(trained)
            loss = _loss(self._plan.loss, self._forward(x, mask, training=True), y)
            penalties = [] if self._plan.plain else self._model.losses
            total = tf.add_n([loss, *(tf.cast(one, tf.float32) for one in penalties)])
        gradients = tape.gradient(total, trained, unconnected_gradients="zero")
        gradients = [tf.convert_to_tensor(g) for g in gradients]
        if self._plan.clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self._plan.clip_norm)
        self._optimizer.apply(gradients, self._trained)
        return loss


def weights(model: Any, head: frozenset[int] = frozenset()) -> list[Weight]:
    """The weights of a model, in its own order.

    Args:
      head: the ids of the variables that belong to its last layer.
    """
    return [
        Weight(v.path, keras.ops.convert_to_numpy(v).copy(), id(v) in head) for v in model.weights
    ]


def take_over(model: Any, learned: Sequence[Weight], few: Any) -> list[Move]:
    """Moves weights into a model, which is built if it is not; what became of each of its own.

    Raises:
      ValueError: the model has other weights than the copy.
    """
    model(keras.tree.map_structure(tf.convert_to_tensor, _fed(few)), training=False)
    if len(model.weights) != len(learned):
        raise ValueError(
            "The model must have as many arrays of weights as what was trained, "
            f"{len(learned)}. Received: {len(model.weights)}"
        )
    moves = []
    for variable, weight in zip(model.weights, learned, strict=True):
        move = Move.of(variable.path, tuple(variable.shape), weight)
        if not move.reason:
            variable.assign(weight.value)
        moves.append(move)
    return moves


def _loss(kind: str, outputs: Any, y: Any) -> Any:
    """The mean over the targets that are not NaN; 0 where all are."""
    known = tf.math.is_finite(y)
    there = tf.where(known, y, tf.zeros_like(y))
    if kind != "categorical" and outputs.shape.rank == 3:  # of every step
        outputs = tf.reshape(outputs, [-1, outputs.shape[1] * outputs.shape[2]])
    if kind == "categorical":
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(there, tf.int32), outputs)
    elif y.shape[1:] != outputs.shape[1:]:
        raise ValueError(_unfit(y, outputs))
    elif kind == "binary":
        losses = tf.nn.sigmoid_cross_entropy_with_logits(there, outputs)
    else:
        losses = tf.square(outputs - there)
    shares = tf.cast(known, tf.float32)
    return tf.reduce_sum(losses * shares) / tf.maximum(tf.reduce_sum(shares), 1.0)


def _unfit(y: Any, outputs: Any) -> str:
    return f"`y` must have the model's {outputs.shape[1]} outputs. Received: shape={y.shape}"


def _optimizer(plan: Plan, variables: list[Any]) -> Any:
    kind = keras.optimizers.Adam if plan.optimizer == "adam" else keras.optimizers.SGD
    optimizer = kind(plan.learning_rate, name="deepdebug")
    optimizer.build(variables)
    return optimizer


def _fed(x: Any) -> Any:
    """Arrays as the model is given them: floats no wider than its own."""
    return input_rows.mapped(x, lambda one: _narrowed(np.asarray(one)))


def _narrowed(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array


def _spec(array: NDArray[Any]) -> tf.TensorSpec:
    return tf.TensorSpec([None, *array.shape[1:]], array.dtype)


def _given(mask: Any) -> list[NDArray[np.bool_]]:
    return [] if mask is None else [np.asarray(mask, bool)]
