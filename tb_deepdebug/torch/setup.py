"""What a PyTorch model, its probe and its optimizer tell of a training's setup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.records.setup import (
    InputFacts,
    LabelFacts,
    OptimizerFacts,
    OutputFacts,
)
from tb_deepdebug.records.setup_facts import input_facts, label_facts, output_facts
from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch.facts import Fact
from tb_deepdebug.torch.inputs import Inputs
from tb_deepdebug.torch.modules import flat, watched
from tb_deepdebug.torch.passes import floats
from tb_deepdebug.torch.trace import Trace

Mask = Callable[[int], NDArray[np.bool_] | None]  # of so many timesteps


def inputs_of(model: nn.Module, inputs: Inputs, mask: Mask) -> Iterator[InputFacts]:
    """Facts of every tensor that the model is called with."""
    embeds = any(isinstance(module, nn.Embedding | nn.EmbeddingBag) for module in model.modules())
    for name, tensor in inputs.tensors().items():
        if name not in inputs.axes:
            continue
        kind = "numbers"
        if tensor.dtype == torch.bool:
            kind = "mask"
        elif not tensor.is_floating_point():
            kind = "tokens" if embeds and tensor.dim() > 1 else "numbers"
        arranged = tensor
        if kind == "numbers" and tensor.dim() > 1:
            arranged = torch_axes.units_last(tensor, inputs.axes[name], inputs.batch)
        valid = mask(arranged.shape[1]) if arranged.dim() > 2 or kind == "tokens" else None
        found = input_facts(name, _array(arranged), valid, kind)
        if found is not None:
            yield found


def labels_of(labels: Any, ignored: int | None, mask: Mask) -> LabelFacts | None:
    """Facts of the (first) labels; None where there are none."""
    first = next(flat(labels), None)
    if isinstance(first, torch.Tensor):
        first = _array(first)
    shape = np.shape(first) if first is not None else ()
    return label_facts(first, ignored=ignored, mask=mask(shape[1]) if len(shape) > 1 else None)


def output_of(trace: Trace, output: Any, examples: int) -> OutputFacts | None:
    """Facts of the first tensor of floats that a watched pass returned."""
    found = floats(output)
    if not found:
        return None
    fact = trace.fact(found[0])
    arranged = found[0]
    if fact is not None:
        arranged = torch_axes.units_last(found[0], fact.axes, examples)
    return output_facts(_array(arranged), None if fact is None else _activation(trace, fact))


def optimizer_of(optimizer: Any) -> OptimizerFacts | None:
    """Facts of the (first) optimizer, those of its first group of parameters."""
    first = next((one for one in flat(optimizer) if isinstance(one, torch.optim.Optimizer)), None)
    if first is None:
        return None
    group = first.param_groups[0]
    return OptimizerFacts(
        name=type(first).__name__.lower(),
        learning_rate=float(group.get("lr", float("nan"))),
        momentum=_used(group.get("momentum")),
        weight_decay=_used(group.get("weight_decay")),
    )


def frozen_in(model: nn.Module) -> tuple[str, ...]:
    """Names of the parameters that no gradient is taken of, as "encoder/conv1/weight"."""
    return tuple(
        "/".join(part for part in name.split(".") if part != "_orig_mod")
        for name, parameter in model.named_parameters()
        if not parameter.requires_grad
    )


def dropout_in(model: nn.Module) -> tuple[tuple[str, float], ...]:
    """Layers that drop something in training, each with its rate."""
    found = []
    for path, module in watched(model):
        is_dropout = isinstance(module, nn.modules.dropout._DropoutNd)
        rate = module.p if is_dropout else getattr(module, "dropout", None)
        if isinstance(rate, float | int) and not isinstance(rate, bool) and rate > 0:
            found.append((path, float(rate)))
    return tuple(found)


def _activation(trace: Trace, fact: Fact) -> str | None:
    """The name of the function that an output ends in, "linear" for none; None if not known."""
    nodes = [trace.seen.nodes[i] for i in fact.sources]
    place = fact.place
    if place is not None:
        name = place.activation or trace.seen.nodes[place.node].activation
        return name or ("linear" if place.absorbs else None)
    if fact.squash is not None and len(nodes) == 1:
        return nodes[0].activation
    return None


def _used(number: Any) -> float | None:
    return float(number) if isinstance(number, float | int) and number else None


def _array(tensor: torch.Tensor) -> NDArray[Any]:
    narrow = tensor.dtype in (torch.bfloat16, torch.float16)
    return tensor.detach().to("cpu", torch.float32 if narrow else tensor.dtype).numpy()
