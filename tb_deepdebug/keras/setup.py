"""What a Keras model, its probe and its optimizer tell of a training's setup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from tb_deepdebug.keras import tf_graph
from tb_deepdebug.keras.graph import Ancestry
from tb_deepdebug.keras.inputs import Inputs
from tb_deepdebug.keras.parameters import frozen_variables, parameter_names
from tb_deepdebug.keras.parts import components, part_paths
from tb_deepdebug.records.setup import InputFacts, LabelFacts, OptimizerFacts
from tb_deepdebug.records.setup_facts import input_facts, label_facts

_L = keras.layers
_DROPOUT = (
    *(_L.Dropout, _L.AlphaDropout, _L.GaussianDropout),
    *(_L.SpatialDropout1D, _L.SpatialDropout2D, _L.SpatialDropout3D),
)
_SQUASHES = {"Sigmoid": "sigmoid", "Softmax": "softmax", "LogSoftmax": "log_softmax"}
_LINEAR = ("Dense", "EinsumDense", "Conv", "DepthwiseConv", "SeparableConv")


def inputs_of(model: Any, inputs: Inputs, mask: np.ndarray | None) -> Iterator[InputFacts]:
    """Facts of every array that the model is called with."""
    embeds = any(isinstance(part, _L.Embedding) for part in components(model))
    for name, array in zip(inputs.names, inputs.arrays, strict=True):
        kind = "numbers"
        if array.dtype == bool:
            kind = "mask"
        elif embeds and array.dtype.kind in "iu" and array.ndim > 1:
            kind = "tokens"
        found = input_facts(name, array, mask, kind)
        if found is not None:
            yield found


def labels_of(labels: Any, ignored: int | None, mask: np.ndarray | None) -> LabelFacts | None:
    """Facts of the (first) labels; None where there are none."""
    first = next(iter(keras.tree.flatten(labels)), None)
    return None if first is None else label_facts(first, ignored=ignored, mask=mask)


def output_activation(output: Any, ancestry: Ancestry) -> str | None:
    """The function that an output of a traced graph ends in, "linear" for none; None: not known."""
    ends = {_SQUASHES.get(tensor.op.type) for tensor, _ in tf_graph.logits_behind(output)}
    if len(ends) == 1 and None not in ends:
        return ends.pop()
    node = ancestry.owner(output)
    if node is None:
        return None
    return node.activation or ("linear" if node.kind.startswith(_LINEAR) else None)


def optimizer_of(model: Any) -> OptimizerFacts | None:
    """Facts of the optimizer that a model is compiled with."""
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # below a loss scale
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        return None
    return OptimizerFacts(
        name=type(optimizer).__name__.lower(),
        learning_rate=float(keras.ops.convert_to_numpy(optimizer.learning_rate)),
        momentum=_used(getattr(optimizer, "momentum", None)),
        weight_decay=_used(getattr(optimizer, "weight_decay", None)),
        clip_norm=_used(optimizer.clipnorm) or _used(optimizer.global_clipnorm),
        clip_value=_used(optimizer.clipvalue),
    )


def frozen_in(model: Any) -> tuple[str, ...]:
    """Names of the parameters that are not trained, as of training health."""
    return parameter_names(model, frozen_variables(model))[0]


def dropout_in(model: Any) -> tuple[tuple[str, float], ...]:
    """Layers that drop something in training, each with its rate."""
    found = []
    for path, part in part_paths(model):
        rates = [part.rate] if isinstance(part, _DROPOUT) else []
        if isinstance(part, _L.RNN):
            rates = [getattr(part, name, 0) for name in ("dropout", "recurrent_dropout")]
        if isinstance(part, _L.MultiHeadAttention):
            rates = [getattr(part, "_dropout", 0)]
        rate = max((float(r) for r in rates if isinstance(r, float | int)), default=0.0)
        if rate > 0:
            found.append((path, rate))
    return tuple(found)


def _used(number: Any) -> float | None:
    return float(number) if isinstance(number, float | int) and number else None
