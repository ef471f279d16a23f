"""The gradient of the loss, or of the outputs, with respect to what every layer returned."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug.keras import tf_graph
from tb_deepdebug.keras import trace as keras_trace
from tb_deepdebug.keras.capture import Source, Wanted, looked_into, sources_of
from tb_deepdebug.keras.inputs import Inputs
from tb_deepdebug.keras.taken import Taken

ROWS = ("squares", "max", "zeros", "nonfinite")  # of what the program returns


@dataclass(frozen=True)
class Targets:
    """What the outputs should have been.

    Attributes:
        loss: a function of labels and outputs, or the name of one of Keras's; None for the one
            that the model was compiled with.
        weights: one a example, or None.
    """

    labels: Inputs
    loss: Any
    weights: np.ndarray | None

    @property
    def arrays(self) -> list[np.ndarray]:
        """What is fed besides the inputs."""
        return [*self.labels.arrays, *([] if self.weights is None else [self.weights])]


@dataclass(frozen=True)
class Objective:
    """A traced gradient.

    Attributes:
        run: (flat inputs, flat targets) -> (measures of every tap, masks). Measures are float64
            `[len(ROWS), examples, ...]`, over the units of each cell.
    """

    run: Callable[..., tuple[list[Any], list[Any]]]
    objective: Literal["loss", "output"]
    sources: list[Source]
    units: list[int]
    input_mask: int | None


def trace_objective(wanted: Wanted, batch: int, targets: Targets | None, outputs: Any) -> Objective:
    """The program that differentiates `batch` examples, never in half precision.

    Args:
        targets: None to differentiate the sum of the outputs (of their logits, where a sigmoid
            or softmax ends the model).
        outputs: the tensor specs of what the model returns.
    """
    seen: dict[str, Any] = {}
    compiled = None
    if targets is not None and not targets.loss:
        compiled = fresh_loss(wanted.model, targets, outputs)

    def answer(fed: list[Any], given: list[Any]) -> tuple[list[Any], list[Any]]:
        model, inputs = wanted.model, wanted.inputs
        with keras_trace.tracing(model, wanted.dtype, []):
            harvest, predicted = looked_into(dataclasses.replace(wanted, gates=False), fed)
            if targets is not None:
                model.__dict__["_compile_loss"] = compiled
                loss = _loss(model, inputs.packed(fed), targets, given, predicted)
        started = _summed(predicted) if targets is None else [(loss, None)]
        taken = [t for t in harvest.taken.values() if t.tap.role == "activation"]
        taken, gradients = _gradients(started, taken)
        seen["sources"], seen["input_mask"] = sources_of(harvest, taken, inputs)
        seen["units"] = [int(g.shape[-1]) for g in gradients]
        masks = [tf.cast(mask, tf.bool) for mask in harvest.masks.values()]
        return [_measured(g) for g in gradients], masks

    extra = (
        []
        if targets is None
        else [tf.TensorSpec([batch, *a.shape[1:]], a.dtype) for a in targets.arrays]
    )
    run = tf.function(answer, autograph=False).get_concrete_function(wanted.specs(batch), extra)
    return Objective(run, "output" if targets is None else "loss", **seen)


def checked_targets(model: Any, labels: Any, loss: Any, weights: Any, batch: int) -> Targets | None:
    """What is needed for the loss; None where labels or a loss are missing.

    Raises:
        TypeError, ValueError: when labels or weights do not fit the examples.
    """
    if labels is None:
        return None
    try:
        given = Inputs(None, labels)
    except (TypeError, ValueError) as error:
        raise type(error)(f"`labels`: {error}") from error
    if given.batch != batch:
        raise ValueError(
            f"`labels` must have an entry for each of {batch} examples. Received: {given.batch}"
        )
    if loss is None and not (getattr(model, "compiled", False) and model._compile_loss is not None):
        return None
    each = None if weights is None else np.asarray(weights, np.float32)
    if each is not None and each.shape[:1] != (batch,):
        raise ValueError(
            f"`sample_weight` must have an entry for each of {batch} examples. "
            f"Received: shape={each.shape}"
        )
    return Targets(given, loss, each)


def over_cells(
    value: np.ndarray, units: int, mask: np.ndarray | None, share: float
) -> tuple[float, float, float, float]:
    """rms, max, share of zeros, non-finite count over the valid cells of a layer's gradient.

    Args:
        value: `ROWS` of each cell, over its units.
        share: what the gradients are multiplied by.
    """
    squares, largest, zeros, nonfinite = (v if mask is None else v[mask] for v in value)
    cells = squares.size * units
    finite = max(cells - nonfinite.sum(), 1)
    rms = share * np.sqrt(squares.sum() / finite)
    return rms, share * largest.max(initial=0), zeros.sum() / max(cells, 1), nonfinite.sum()


def _loss(model: Any, x: Any, targets: Targets, given: list[Any], predicted: Any) -> Any:
    """The scalar loss; labels keep the structure in which they came."""
    if targets.loss is None:
        count = len(targets.labels.arrays)
        labels = targets.labels.packed(given[:count])
        weights = given[count] if len(given) > count else None
        told = {"x": x, "y": labels, "y_pred": predicted, "sample_weight": weights}
        if getattr(model, "_compute_loss_has_training_arg", True):
            told["training"] = False
        return tf.reduce_sum(model.compute_loss(**told))
    return labelled_loss(targets, given, predicted)


def labelled_loss(targets: Targets, given: list[Any], predicted: Any) -> Any:
    """The scalar loss of a function that was given, not the compiled one."""
    count = len(targets.labels.arrays)
    labels = targets.labels.packed(given[:count])
    weights = given[count] if len(given) > count else None
    loss = keras.losses.get(targets.loss)
    if isinstance(loss, keras.Loss):
        return tf.reduce_sum(loss(labels, predicted, sample_weight=weights))
    values = loss(labels, predicted)
    if weights is not None and values.shape.rank:
        shape = [-1] + [1] * (values.shape.rank - 1)
        values = values * tf.cast(tf.reshape(weights, shape), values.dtype)
    return tf.reduce_mean(values)


def fresh_loss(model: Any, targets: Targets, outputs: Any) -> Any:
    """The compiled loss anew: the model's own builds itself, and counts, when it is called."""
    own = model._compile_loss
    if own is None:
        return None
    fresh = type(own)(
        own._user_loss, own._user_loss_weights, own.reduction, output_names=own.output_names
    )
    first = targets.labels.packed([tf.constant(a[:1]) for a in targets.labels.arrays])
    predicted = keras.tree.map_structure(
        lambda spec: tf.zeros([1, *(n or 1 for n in spec.shape[1:])], spec.dtype), outputs
    )
    fresh.build(first, predicted)
    return fresh


def _summed(outputs: Any) -> list[tuple[Any, Any]]:
    """Tensors and their seeds: the gradients of the sum of the logits of all float outputs."""
    started: list[tuple[Any, Any]] = []
    for output in keras.tree.flatten(outputs):
        if output.dtype.is_floating:
            pairs = tf_graph.logits_behind(output)
            seeds = tf.gradients(output, [value for value, _ in pairs])
            logits = [logit for _, logit in pairs]
            started += [(z, s) for z, s in zip(logits, seeds, strict=True) if s is not None]
    return started


def _gradients(started: list[tuple[Any, Any]], taken: list[Taken]) -> tuple[list[Taken], list[Any]]:
    """The taps that the objective depends on, and the gradients arranged as their records."""
    flat = [origin for t in taken for origin in t.origins]
    seeds = None if started[0][1] is None else [seed for _, seed in started]
    found = iter(tf.gradients([value for value, _ in started], flat, seeds) if flat else [])
    kept, gradients = [], []
    for t in taken:
        parts = [next(found) for _ in t.origins]
        if all(part is None for part in parts):
            continue
        parts = [
            tf.zeros_like(o) if part is None else tf.convert_to_tensor(part)
            for o, part in zip(t.origins, parts, strict=True)
        ]
        kept.append(t)
        gradients.append(t.arranged(parts))
    return kept, gradients


def _measured(gradient: Any) -> Any:
    """`ROWS` of the units of every cell, float64: squares of small numbers leave float32."""
    g = tf.cast(gradient, tf.float64)
    finite = tf.math.is_finite(g)
    size = tf.where(finite, tf.abs(g), 0.0)
    counted = [tf.cast(flags, tf.float64) for flags in (tf.equal(g, 0), ~finite)]
    rows = [tf.reduce_sum(size**2, -1), tf.reduce_max(size, -1)]
    return tf.stack(rows + [tf.reduce_sum(flags, -1) for flags in counted])
