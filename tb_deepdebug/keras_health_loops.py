"""The health of a Keras model in a hand-written loop: of gradients given, or of a probe batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug import keras_health_graph as graph
from tb_deepdebug import keras_trace
from tb_deepdebug.keras_health import packed
from tb_deepdebug.keras_health_updates import native
from tb_deepdebug.keras_parameters import parameter_names
from tb_deepdebug.keras_parts import fingerprint, same_fingerprint
from tb_deepdebug.probe import ParameterHealth


class GivenHealth:
    """Health from gradients that the caller has.

    Args:
      updates: keep a copy of the weights at each call, to tell at the next one how far they moved
        since; else updates are not measured.
    """

    def __init__(self, model: Any, *, updates: bool = False, histograms: bool = True) -> None:
        self._model, self._updates, self._histograms = model, updates, histograms
        self._before: list[Any] = []

    def measure(self, gradients: Any, loss: float = float("nan")) -> ParameterHealth:
        """Health after an update that used these gradients.

        Args:
          gradients: one a trainable variable of the model, in their order, None where there is
            none; or by the variables' names or paths.

        Raises:
          ValueError: they are not those of the model's trainable variables.
        """
        variables = list(self._model.trainable_variables)
        given = _aligned(gradients, variables, self._model)
        weights = [tf.convert_to_tensor(native(v)) for v in variables]
        before = self._before if len(self._before) == len(weights) else [None] * len(weights)
        rows = _graph_rows(given, weights, before, self._histograms)
        if self._updates:
            self._before = weights
        return packed(
            "given",
            self._model,
            variables,
            tuple(part.numpy() for part in rows),
            histograms=self._histograms,
            loss=float(loss),
            learning_rate=learning_rate(self._model),
        )


class ProbeHealth:
    """Health from one backward pass of the loss on a probe batch, in inference mode, in float32.

    No update is measured.

    Args:
      x, y, sample_weight: the probe batch, as `fit` takes them.
      loss: (labels, outputs) -> scalar; by default the compiled loss with its regularizers.

    Raises:
      ValueError: no loss is known.
    """

    def __init__(
        self,
        model: Any,
        x: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        loss: Callable[[Any, Any], Any] | None = None,
        histograms: bool = True,
    ) -> None:
        if loss is None and not getattr(model, "compiled", False):
            raise ValueError("`loss` must be given for a model that was not compiled.")
        self._model, self._loss, self._histograms = model, loss, histograms
        self._batch = tf.nest.map_structure(
            lambda a: None if a is None else tf.convert_to_tensor(a), (x, y, sample_weight)
        )
        self._traced: list[Any] = []
        self._pass: Any = None

    def measure(self) -> ParameterHealth:
        """Health at the weights of now."""
        now = [*fingerprint(self._model), (len(self._model.trainable_variables),)]
        if self._pass is None or not same_fingerprint(self._traced, now):
            self._pass = tf.function(self._trace, autograph=False).get_concrete_function()
            self._traced = now
        loss, *rows = (part.numpy() for part in self._pass())
        return packed(
            "probe",
            self._model,
            list(self._model.trainable_variables),
            tuple(rows),
            histograms=self._histograms,
            loss=float(loss),
            learning_rate=learning_rate(self._model),
        )

    def _trace(self) -> tuple[Any, ...]:
        model, (x, y, sample_weight) = self._model, self._batch
        variables = [native(v) for v in model.trainable_variables]
        wide = any(v.dtype == tf.float64 for v in variables)
        tape = tf.GradientTape()
        with keras_trace.tracing(model, "float64" if wide else "float32", []), tape:
            outputs = model(x, training=False)
            if self._loss is not None:
                loss = self._loss(y, outputs)
            else:
                loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=sample_weight)
        gradients = tape.gradient(loss, variables)
        weights = [tf.convert_to_tensor(v) for v in variables]
        return loss, *_rows(gradients, weights, [None] * len(variables), self._histograms)


def learning_rate(model: Any) -> float:
    """Of the compiled optimizer, now; NaN where there is none, or several."""
    try:
        return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
    except AttributeError:
        return float("nan")


def _rows(gradients: Any, weights: Any, before: Any, histograms: bool) -> tuple[Any, Any, Any]:
    """Rows of the gradients, the weights and the updates."""
    nothing, not_moved = graph.unmeasured(graph.ROW), graph.unmeasured(graph.SUMMARY)
    return (
        tf.stack([nothing if g is None else graph.measured(g, histograms) for g in gradients]),
        tf.stack([graph.measured(w, histograms) for w in weights]),
        tf.stack(
            [
                not_moved if old is None else graph.measured_update(old, new)
                for old, new in zip(before, weights, strict=True)
            ]
        ),
    )


_graph_rows = tf.function(_rows, autograph=False)


def _aligned(gradients: Any, variables: Sequence[Any], model: Any) -> list[Any]:
    """One gradient a variable."""
    if isinstance(gradients, Mapping):
        names, _ = parameter_names(model, variables)
        known = {k: i for i, v in enumerate(variables) for k in (names[i], v.path)}
        unknown = sorted(set(gradients) - set(known))
        if unknown:
            raise ValueError(f"`gradients` must be named out of {list(names)}. Received: {unknown}")
        by_place = {known[name]: g for name, g in gradients.items()}
        gradients = [by_place.get(i) for i in range(len(variables))]
    given = [None if g is None else tf.convert_to_tensor(g) for g in gradients]
    shapes = [None if g is None else tuple(g.shape) for g in given]
    expected = [tuple(v.shape) for v in variables]
    fits = [s is None or s == e for s, e in zip(shapes, expected, strict=False)]
    if len(given) != len(variables) or not all(fits):
        raise ValueError(
            f"`gradients` must be those of the trainable variables, of shapes {expected}. "
            f"Received: {shapes}"
        )
    return given
