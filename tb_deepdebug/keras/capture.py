"""One traced forward pass of a Keras model that returns the values at every tap."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug.change import Change
from tb_deepdebug.keras import trace as keras_trace
from tb_deepdebug.keras.harvest import Harvest
from tb_deepdebug.keras.inputs import Inputs
from tb_deepdebug.keras.program import as_fed
from tb_deepdebug.keras.setup import output_activation
from tb_deepdebug.keras.taken import Taken
from tb_deepdebug.keras.taps import Taps
from tb_deepdebug.probe import Graph, Note, Tap


@dataclass(frozen=True)
class Wanted:
    """What is asked of a model.

    Attributes:
        dtype: of the floats fed.
        selected: whether a layer's taps are wanted.
        gates: whether the gates of recurrent layers are wanted.
        change: made to what passes through one layer, or None.
    """

    model: Any
    inputs: Inputs
    dtype: str
    selected: Callable[[Any], bool]
    gates: bool
    change: Change | None = None

    def specs(self, batch: int) -> list[tf.TensorSpec]:
        """Those of the arrays fed."""
        fed = [as_fed(a[:0], self.dtype) for a in self.inputs.arrays]
        return [tf.TensorSpec([batch, *a.shape[1:]], a.dtype) for a in fed]

    def fed(self, rows: np.ndarray) -> list[np.ndarray]:
        """The arrays of these examples, as they are fed."""
        return [as_fed(a[rows], self.dtype) for a in self.inputs.arrays]


@dataclass(frozen=True)
class Source:
    """A fetched tap: `mask` is the place of its mask among the fetched ones, or None."""

    tap: Tap
    mask: int | None
    backwards: bool


@dataclass(frozen=True)
class Capture:
    """A traced forward pass. It reads the model's variables as it runs, so it sees training.

    Attributes:
        run: flat inputs -> (values of every tap, masks). Bound to one batch size.
        input_mask: the place of the mask that the model makes of its input, or None.
        shapes: the output's shape by the identity of the layer.
        outputs: the tensor specs of what the model returns.
        returned: places of its flat outputs' masks, or None each; their values follow the taps'.
            Empty where they are not asked for, or have no axis of examples.
        activation: the name of the function that the first output ends in, if known.
    """

    run: Any  # a concrete function
    sources: list[Source]
    input_mask: int | None
    graph: Graph
    notes: list[Note]
    shapes: dict[int, tuple[int | None, ...]]
    outputs: Any
    returned: list[int | None]
    activation: str | None

    @property
    def cells(self) -> int:
        """Of one example, at all taps together."""
        shapes = [v.shape[1:] for v in self.run.structured_outputs[0]]
        return sum(math.prod(n or 1 for n in shape) for shape in shapes) or 1


def trace_capture(wanted: Wanted, batch: int, *, returned: bool = True) -> Capture:
    """The program that captures `batch` examples, computing as the model does.

    Args:
        returned: whether the model's outputs are fetched too.
    """
    seen: dict[str, Any] = {}

    def answer(fed: list[Any]) -> tuple[list[Any], list[Any]]:
        model, inputs = wanted.model, wanted.inputs
        with keras_trace.tracing(model, None, []):
            harvest, outputs = looked_into(wanted, fed)
        taken = list(harvest.taken.values())
        seen["sources"], seen["input_mask"] = sources_of(harvest, taken, inputs)
        seen["graph"] = harvest.ancestry.graph(model.name, _records(taken))
        seen["notes"], seen["shapes"] = list(harvest.notes.values()), harvest.shapes
        seen["outputs"] = keras.tree.map_structure(tf.TensorSpec.from_tensor, outputs)
        flat = keras.tree.flatten(outputs)
        seen["activation"] = output_activation(flat[0], harvest.ancestry)
        if not returned or any(not t.shape.rank or t.shape[0] != batch for t in flat):
            flat = []
        names = list(harvest.masks)
        seen["returned"] = [names.index(t.name) if t.name in names else None for t in flat]
        values = [tf.cast(t.arranged(), tf.float32) for t in taken]
        values += [tf.cast(t, tf.float32) if t.dtype.is_floating else t for t in flat]
        return values, [tf.cast(mask, tf.bool) for mask in harvest.masks.values()]

    # Only the concrete function is kept: the Python one holds the model, which must be free to die.
    run = tf.function(answer, autograph=False).get_concrete_function(wanted.specs(batch))
    return Capture(run=run, **seen)


def looked_into(wanted: Wanted, fed: list[Any]) -> tuple[Harvest, Any]:
    """Calls the model on tensors of a graph under trace: what was seen, and its outputs."""
    model, inputs = wanted.model, wanted.inputs
    taps = Taps(model, fed, inputs.names, wanted.selected, wanted.gates, wanted.change)
    with taps.recording():
        outputs = model(inputs.packed(fed), training=False)
    return taps.harvest, outputs


def sources_of(
    harvest: Harvest, taken: list[Taken], inputs: Inputs
) -> tuple[list[Source], int | None]:
    """The taps with the places of their masks, and the place of the input's mask."""
    masks, names = harvest.masks, list(harvest.masks)
    lengths = {a.shape[1] for a in inputs.arrays if a.ndim > 1}
    made = (i for i, mask in enumerate(masks.values()) if mask.shape[1] in lengths)
    sources = [Source(t.tap, _mask_of(t, masks, names), t.backwards) for t in taken]
    return sources, next(made, None)


def _mask_of(taken: Taken, masks: dict[str, Any], names: list[str]) -> int | None:
    shape = taken.origins[0].shape
    length = len(taken.origins) if taken.stacked else shape[1] if len(shape) > 2 else None
    for name in taken.masked_like:
        if name in masks and masks[name].shape[1] == length and length is not None:
            return names.index(name)
    return None


def _records(taken: list[Taken]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for one in taken:
        found.setdefault(one.tap.layer, {})[one.tap.name] = None
    return {layer: tuple(names) for layer, names in found.items()}
