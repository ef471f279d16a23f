"""The health of a Keras model in a hand-written loop: of gradients given, or of a probe batch."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug.keras import health_graph as graph
from tb_deepdebug.keras import trace as keras_trace
from tb_deepdebug.keras.health import packed
from tb_deepdebug.keras.health_updates import native
from tb_deepdebug.keras.parameters import parameter_names
from tb_deepdebug.keras.parts import fingerprint, same_fingerprint
from tb_deepdebug.probe import ParameterHealth

# The last pass of each model: a graph, which holds the model's variables and nothing else of it.
_PASSES: weakref.WeakKeyDictionary[Any, tuple[list[Any], Any]] = weakref.WeakKeyDictionary()


def given_health(
    model: Any,
    gradients: Any,
    *,
    before: Sequence[Any] | None = None,
    loss: float | None = None,
    cells: int | None = graph.CELLS,
) -> ParameterHealth:
    """Health after an update that used these gradients.

    Args:
      gradients: one a trainable variable of the model, in their order, None where there is none;
        or by the variables' names or paths.
      before: the trainable variables' values before the update; without them updates are not
        measured.
      loss: of the update.
      cells: as of `FitHealth`.

    Raises:
      ValueError: they are not those of the model's trainable variables.
    """
    variables = list(model.trainable_variables)
    given = _aligned(gradients, variables, model)
    weights = [tf.convert_to_tensor(native(v)) for v in variables]
    rows = _graph_rows(given, weights, list(before or ()), cells)
    return packed(
        "given",
        model,
        variables,
        tuple(part.numpy() for part in rows),
        histograms=cells != 0,
        loss=float("nan") if loss is None else float(loss),
        learning_rate=learning_rate(model),
    )


def probe_health(
    model: Any,
    x: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    loss: Callable[[Any, Any], Any] | None = None,
    cells: int | None = graph.CELLS,
) -> ParameterHealth:
    """Health from one backward pass of the loss on a probe batch, in inference mode, in float32.

    It is traced at the first call for a model, a loss and a shape of batch. No update is measured.

    Args:
      x, y, sample_weight: the probe batch, as `fit` takes them.
      loss: (labels, outputs) -> scalar; by default the compiled loss with its regularizers.
      cells: as of `FitHealth`.

    Raises:
      ValueError: no loss is known.
    """
    if loss is None and not getattr(model, "compiled", False):
        raise ValueError("`loss` must be given for a model that was not compiled.")
    batch = [None if a is None else _as_tensors(a) for a in (x, y, sample_weight)]
    value, *rows = (part.numpy() for part in _pass(model, loss, cells, batch)(*batch))
    return packed(
        "probe",
        model,
        list(model.trainable_variables),
        tuple(rows),
        histograms=cells != 0,
        loss=float(value),
        learning_rate=learning_rate(model),
    )


def _as_tensors(arrays: Any) -> Any:
    return tf.nest.map_structure(tf.convert_to_tensor, arrays)


def _pass(model: Any, loss: Any, cells: int | None, batch: list[Any]) -> Any:
    """(x, y, sample_weight) -> loss, rows of gradients, weights and updates; traced if need be."""
    specs = tf.nest.map_structure(
        lambda t: None if t is None else tf.TensorSpec(t.shape, t.dtype), batch
    )
    trained = tuple(map(id, model.trainable_variables))
    key = [*fingerprint(model), (trained, id(loss or model.loss), cells, repr(specs))]
    traced, function = _PASSES.get(model, ([], None))
    if function is None or not same_fingerprint(traced, key):
        trace = functools.partial(_trace, model, loss, cells)
        function = tf.function(trace, autograph=False).get_concrete_function(*specs)
        _PASSES[model] = (key, function)
    return function


def _trace(model: Any, loss: Any, cells: int | None, x: Any, y: Any, sample_weight: Any) -> Any:
    variables = [native(v) for v in model.trainable_variables]
    wide = any(v.dtype == tf.float64 for v in variables)
    tape = tf.GradientTape()
    with keras_trace.tracing(model, "float64" if wide else "float32", []), tape:
        outputs = model(x, training=False)
        if loss is None:
            value = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=sample_weight)
        else:
            value = loss(y, outputs)
    gradients = tape.gradient(value, variables)
    weights = [tf.convert_to_tensor(v) for v in variables]
    return value, *_rows(gradients, weights, (), cells)


def learning_rate(model: Any) -> float:
    """Of the compiled optimizer, now; NaN where there is none, or several."""
    try:
        return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
    except AttributeError:
        return float("nan")


def _rows(
    gradients: Sequence[Any], weights: Sequence[Any], before: Sequence[Any], cells: int | None
) -> tuple[Any, Any, Any]:
    """Rows of the gradients, the weights and the updates; None: not measured."""
    known = [i for i, g in enumerate(gradients) if g is not None]
    found = graph.unmeasured(len(gradients), graph.ROW)
    if known:
        measured = graph.rows([gradients[i] for i in known], cells)
        found = tf.tensor_scatter_nd_update(found, [[i] for i in known], measured)
    moved = graph.unmeasured(len(weights), graph.SUMMARY)
    if before:
        moved = graph.updates(before, weights)
    return found, graph.rows(weights, cells, zeros=False), moved


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
