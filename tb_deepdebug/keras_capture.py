"""One traced forward pass of a Keras model that returns the values at every tap."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug import keras_trace
from tb_deepdebug.keras_inputs import Inputs
from tb_deepdebug.keras_program import as_fed
from tb_deepdebug.keras_taps import Taken, Taps
from tb_deepdebug.probe import Graph, Note, Tap


@dataclass(frozen=True)
class Source:
    """Where a tap's mask comes from: the place in the fetched masks, or None."""

    tap: Tap
    mask: int | None
    backwards: bool


@dataclass(frozen=True)
class Capture:
    """A traced forward pass. It reads the model's variables as it runs, so it sees training.

    Attributes:
        run: flat inputs -> (values of every tap, masks). Bound to one batch size.
        input_mask: place of the mask that the model makes of its input, or None.
        shapes: the output's shape by the identity of the layer; of the model under its own.
    """

    run: Callable[..., tuple[list[Any], list[Any]]]
    sources: list[Source]
    input_mask: int | None
    graph: Graph
    notes: list[Note]
    shapes: dict[int, tuple[int | None, ...]]


def trace_capture(
    model: Any, inputs: Inputs, batch: int, dtype: str, selected: Callable[[Any], bool], gates: bool
) -> Capture:
    """The program that captures `batch` examples; `dtype` is that of the floats fed."""
    seen: dict[str, Any] = {}

    def answer(fed: list[Any]) -> tuple[list[Any], list[Any]]:
        taps = Taps(model, selected, gates)
        with keras_trace.tracing(model, None, []), taps.recording(fed, inputs.names):
            outputs = model(inputs.packed(fed), training=False)
        first = keras.tree.flatten(outputs)[0]
        taken, masks = list(taps.taken.values()), taps.masks
        names = list(masks)
        seen["sources"] = [
            Source(t.tap, _mask_of(t, masks, names), t.backwards) for t in taken
        ]
        seen["input_mask"] = _input_mask(masks, names, inputs)
        seen["graph"] = taps.ancestry.graph(model.name, _records(taken))
        seen["notes"], seen["shapes"] = list(taps.notes.values()), taps.shapes
        seen["shapes"][id(model)] = tuple(first.shape)
        return [t.tensor for t in taken], [tf.cast(masks[name], tf.bool) for name in names]

    specs = [
        tf.TensorSpec([batch, *a.shape[1:]], as_fed(a[:0], dtype).dtype) for a in inputs.arrays
    ]
    # Only the concrete function is kept: the Python one holds the model, which must be free to die.
    run = tf.function(answer, autograph=False).get_concrete_function(specs)
    return Capture(run=run, **seen)


def fetched(program: Capture, fed: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The values and masks of one chunk as NumPy arrays."""
    values, masks = program.run([tf.constant(a) for a in fed])
    return [v.numpy() for v in values], [m.numpy() for m in masks]


def _mask_of(taken: Taken, masks: dict[str, Any], names: list[str]) -> int | None:
    shape = taken.tensor.shape
    for name in taken.masked_like:
        mask = masks.get(name)
        if mask is not None and shape.rank > 2 and mask.shape[1] == shape[1]:
            return names.index(name)
    return None


def _input_mask(masks: dict[str, Any], names: list[str], inputs: Inputs) -> int | None:
    lengths = {a.shape[1] for a in inputs.arrays if a.ndim > 1}
    return next((i for i, name in enumerate(names) if masks[name].shape[1] in lengths), None)


def _records(taken: list[Taken]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for one in taken:
        found.setdefault(one.tap.layer, {})[one.tap.name] = None
    return {layer: tuple(names) for layer, names in found.items()}
