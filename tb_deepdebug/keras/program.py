"""One question to a Keras model, traced to a TensorFlow graph that answers it with gradients."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug.keras import tf_graph
from tb_deepdebug.keras import trace as keras_trace
from tb_deepdebug.keras.inputs import Inputs
from tb_deepdebug.keras.parts import components, find_part, part_names
from tb_deepdebug.keras.trace import Call


@dataclass(frozen=True)
class Question:
    """d which value of `model` / d what.

    Attributes:
        layer: the layer whose output is looked at, its name or path, or the key of an output;
            None for the only output.
        source: positions of the candidate inputs, or the layer to whose output to differentiate.
        stepwise: whether the output has a time axis, from which a step is chosen.
    """

    model: Any
    inputs: Inputs
    layer: Any
    source: Any
    stepwise: bool

    @property
    def by_input(self) -> bool:
        return isinstance(self.source, list)


@dataclass(frozen=True)
class Program:
    """A traced gradient. It reads the model's variables as it runs, so it sees later training.

    Attributes:
        run: (flat inputs, steps [batch], output index, scale) -> gradient [batch, time, channels]
            times the scale, and the shape of the output.
        output_shape: the output's static shape, None where only a run can tell.
        narrowing: casts to a float narrower than the program's that remain on the way.
    """

    run: Callable[..., Any]
    output_shape: tuple[int | None, ...]
    narrowing: list[str]


def trace_program(question: Question, dtype: str, batch: int | None) -> Program:
    """The program that computes in `dtype`, for any batch size or only the one given."""
    model, inputs = question.model, question.inputs
    tapped = find_part(model, question.layer)
    watched = _embeddings(model) if question.by_input else [question.source]
    recorded = watched if tapped is None else [*watched, tapped]
    seen: dict[str, Any] = {}

    def answer(fed: list[Any], steps: Any, index: Any, scale: Any) -> tuple[Any, Any]:
        with keras_trace.tracing(model, dtype, recorded) as calls:
            outputs = model(inputs.packed(fed), training=False)
        output = _chosen_output(question, outputs, tapped, calls)
        source = _chosen_source(question, fed, calls)
        selected = _selected(output, steps, index, question.stepwise)
        pairs = tf_graph.logits_behind(output)
        seen["shape"] = tuple(output.shape)
        seen["narrowing"] = tf_graph.narrowing_casts([logit for _, logit in pairs], dtype)
        return _gradient(selected, pairs, source, tf.cast(scale, dtype)), tf.shape(output)

    specs = [
        tf.TensorSpec([batch, *a.shape[1:]], as_fed(a[:0], dtype).dtype) for a in inputs.arrays
    ]
    steps, index = tf.TensorSpec([batch], tf.int32), tf.TensorSpec([], tf.int32)
    # Only the concrete function is kept: the Python one holds the model, which must be free to die.
    run = tf.function(answer, autograph=False).get_concrete_function(
        specs, steps, index, tf.TensorSpec([], tf.float64)
    )
    if dtype == "float32" and seen["narrowing"]:
        warnings.warn(
            "The model casts to half precision in its own code, which can't be undone: small "
            f"gradients read as a plateau or 0. Casts: {seen['narrowing'][:4]}",
            RuntimeWarning,
            stacklevel=2,
        )
    return Program(run, seen["shape"], seen["narrowing"])


def as_fed(array: np.ndarray, dtype: str) -> np.ndarray:
    """Floats in the dtype computed in; ids and flags as they are."""
    return array.astype(dtype) if array.dtype.kind == "f" else array


def _embeddings(model: Any) -> list[Any]:
    return [part for part in components(model) if isinstance(part, keras.layers.Embedding)]


def _selected(output: Any, steps: Any, index: Any, stepwise: bool) -> Any:
    """The chosen value of each example, [batch]."""
    batch = tf.range(tf.shape(output)[0])
    units = tf.fill(tf.shape(batch), index)
    rank = output.shape.rank
    places = {(True, 3): [batch, steps, units], (True, 2): [batch, steps]}
    places |= {(False, 2): [batch, units], (False, 1): [batch]}
    if (stepwise, rank) not in places:
        shapes = "[batch, time, units] or [batch, time]" if stepwise else "[batch, units]"
        hint = "output_step=None" if stepwise else "output_step, an integer or 'last',"
        raise ValueError(
            f"With{'' if stepwise else 'out'} `output_step` the output must be {shapes}: pass "
            f"{hint} or another layer=. Received: an output of shape {tuple(output.shape)}"
        )
    return tf.gather_nd(output, tf.stack(places[stepwise, rank], axis=1))


def _gradient(selected: Any, pairs: list[tuple[Any, Any]], source: Any, scale: Any) -> Any:
    """d sum(scale * the logit of `selected`) / d `source`.

    What lies between the squashed values and `selected` only moves values about, so the gradient
    of the one is where the logits' own gradient starts.
    """
    squashed = [value for value, _ in pairs]
    seeds = tf.gradients(selected, squashed, tf.fill(tf.shape(selected), scale))
    started = [(z, seed) for (_, z), seed in zip(pairs, seeds, strict=True) if seed is not None]
    logits, seeds = [z for z, _ in started], [seed for _, seed in started]
    found = tf.gradients(logits, source, seeds)[0]
    if found is None:
        raise ValueError(
            "The output must depend on what it is differentiated by. Received: "
            f"{selected.name} and {source.name}, which no path connects"
        )
    return tf.convert_to_tensor(found)


def _chosen_output(
    question: Question, outputs: Any, tapped: Any, calls: dict[int, list[Call]]
) -> Any:
    layer, names = question.layer, part_names(question.model)
    if isinstance(layer, str) and isinstance(outputs, dict) and layer in outputs:
        output = outputs[layer]
    elif tapped is not None:
        output = _only_output(tapped, calls)
    elif layer is not None:
        raise ValueError(f"`layer` must be one of {names}. Received: layer={layer!r}")
    else:
        flat = keras.tree.flatten(outputs)
        if len(flat) != 1:
            keys = list(outputs) if isinstance(outputs, dict) else names
            raise ValueError(f"The model has {len(flat)} outputs: pass layer=, one of {keys}")
        output = flat[0]
    if not output.dtype.is_floating:
        raise ValueError(f"The output must be floating. Received: dtype={output.dtype.name}")
    if tf_graph.hidden_in_function(output):
        warnings.warn(
            f"{output.name} comes out of a tf.function, where a sigmoid or softmax can't be "
            "seen: if it ends in one, the gradients are those of the probability. Pass layer=, "
            "the layer before it.",
            RuntimeWarning,
            stacklevel=2,
        )
    return output


def _chosen_source(question: Question, fed: list[Any], calls: dict[int, list[Call]]) -> Any:
    if not question.by_input:
        source = _only_output(question.source, calls)
        if source.shape.rank != 3:
            raise ValueError(
                "The output of `wrt` must be [batch, time, channels]. "
                f"Received: shape={tuple(source.shape)} from {question.source.name!r}"
            )
        return source
    if question.source[0] in question.inputs.series():
        return fed[question.source[0]]
    reads = [
        call.output
        for layer in _embeddings(question.model)
        for call in calls[id(layer)]
        if any(tf_graph.comes_from(call.argument, fed[i]) for i in question.source)
    ]
    if len(reads) != 1:
        raise ValueError(
            "`x` must be a float array [batch, time, channels], or ids [batch, time] that exactly "
            "one Embedding reads, to whose output the gradients are then taken. For anything else "
            "pass wrt=, another input or the layer to whose output to take them. "
            f"Received: {question.inputs.described()}, read by {len(reads)} Embeddings"
        )
    return reads[0]


def _only_output(part: Any, calls: dict[int, list[Call]]) -> Any:
    """The (first) tensor that the only call of `part` returned."""
    found = calls[id(part)]
    outputs = [keras.tree.flatten(call.output)[0] for call in found]
    if any(output.graph is not tf.compat.v1.get_default_graph() for output in outputs):
        raise ValueError(
            "The layer must not run inside a loop; choose the layer around it. "
            f"Received: {part.name!r}"
        )
    if len(found) != 1:
        raise ValueError(
            "The layer must be called exactly once in a pass through the model; a layer around "
            f"it may be. Received: {part.name!r}, called {len(found)} times"
        )
    return outputs[0]
