"""What an output is differentiated by, and one pass that does it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.probe import NotApplicable
from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch.axes import Axes
from tb_deepdebug.torch.modules import watched
from tb_deepdebug.torch.passes import Passes, floats
from tb_deepdebug.torch.quiet import undisturbed
from tb_deepdebug.torch.trace import Trace


@dataclasses.dataclass(frozen=True, eq=False)
class Question:
    """What is differentiated, and by what.

    Attributes:
      output_layer: name of the layer whose output it is; None: the model's.
      output_index: the unit of it.
      wrt: the name or the place of an input, the name of a layer, or None.
      channels: names of the input's channels.
    """

    output_layer: str | None = None
    output_index: int = 0
    wrt: str | int | None = None
    channels: tuple[str, ...] | None = None


class Source:
    """One question to one model, with names and axes from the first pass."""

    def __init__(self, passes: Passes, question: Question) -> None:
        self._passes, self._question = passes, question
        self._input, self._layer = self._found()
        self.axes = self._axes_of()
        shape = self._shape()
        if len(shape) not in (2, 3) or (len(shape) == 2 and not has_time(self.axes)):
            raise NotApplicable(
                f"The input must be a series, [batch, time, channels]. Received: shape={shape}"
            )
        between = torch_axes.arrangement(self.axes)[1]
        self.timesteps = int(shape[between[0] if len(shape) == 3 else 1])
        self._output_axes, self._squash, self.name, shape = self._output()
        self.is_flat = len(shape) == 2
        self.output_units = int(shape[-1]) if shape else 1
        self.output_timesteps: int | None = None
        if len(shape) == 3 or (self.is_flat and has_time(self._output_axes)):
            arranged = torch_axes.units_last(torch.empty(shape, device="meta"), self._output_axes)
            self.output_timesteps = int(arranged.shape[1])

    def series(self) -> NDArray[Any] | None:
        """The values of the input, `[batch, time, channels]`; None for a layer."""
        if self._input is None:
            return None
        values = self._passes.inputs.tensors()[self._input]
        arranged = torch_axes.units_last(values, self.axes, self._passes.inputs.batch)
        return arranged.detach().to("cpu", torch.promote_types(values.dtype, torch.float32)).numpy()

    def gradients(
        self, model: nn.Module, rows: Any, steps: Any, dtype: torch.dtype
    ) -> NDArray[np.float64]:
        """`[rows, time, channels]`."""
        with undisturbed(model), differentiable():
            by, output = self._forward(model, rows, dtype)
            chosen = self._chosen(output, steps, len(rows))
            (found,) = torch.autograd.grad(chosen.sum(), by, allow_unused=True)
            found = torch.zeros_like(by) if found is None else found
        arranged = torch_axes.units_last(found, self.axes, len(rows))
        return arranged.double().cpu().numpy()

    def _forward(
        self, model: nn.Module, rows: Any, dtype: torch.dtype
    ) -> tuple[torch.Tensor, torch.Tensor]:
        by: dict[str, torch.Tensor] = {}
        seen: dict[str, Any] = {}
        args, kwargs = self._passes.inputs.rows(rows)
        args = [_as(one, dtype) for one in args]
        kwargs = {name: _as(one, dtype) for name, one in kwargs.items()}

        def taken(output: Any) -> Any:
            if "by" in by or not isinstance(output, torch.Tensor):
                raise ValueError("`wrt` must return one tensor, once. Received: more")
            by["by"] = output.detach().requires_grad_()
            return by["by"]

        def looked_at(_: nn.Module, __: Any, output: Any) -> None:
            seen["output"] = output

        named = dict(watched(model))
        replace: dict[nn.Module, Callable[[Any], Any]] = {}
        if self._layer is not None:
            replace[named[self._layer]] = taken
        if self._question.output_layer is not None:
            handle = named[self._question.output_layer].register_forward_hook(looked_at)
        trace = Trace(
            model,
            keep=_itself,
            gates=False,
            bypass=self._squash,
            replace=replace,
            apart=self._passes.known.trace.in_place,
        )
        if self._input is not None:
            tensor = self._passes.inputs.named(args, kwargs)[self._input].requires_grad_()
            by["by"] = tensor
        self._passes.inputs.feed(trace, args, kwargs)
        try:
            with trace.watching():
                output = model(*args, **kwargs)
        finally:
            if self._question.output_layer is not None:
                handle.remove()
        found = floats(seen.get("output", output))
        if not found or "by" not in by:
            raise ValueError("The model must return floats that depend on the input")
        return by["by"], found[0]

    def _chosen(self, output: torch.Tensor, steps: Any, examples: int) -> torch.Tensor:
        """The unit asked for, at the step asked for, of each example: `[rows]`."""
        axes = self._output_axes
        if steps is not None and output.dim() == 2 and not has_time(axes):
            output, axes = output[..., None], torch_axes.labelled("NTC")
        arranged = torch_axes.units_last(output, axes, examples)
        units, index = arranged.shape[-1], self._question.output_index
        if arranged.dim() > 3 or not -units <= index < units:
            raise ValueError(
                f"`output_index` must lie in [0, {units}), the output's units, and the output be "
                f"a series. Received: output_index={index}, shape={tuple(output.shape)}"
            )
        if steps is None:
            return arranged[:, index] if arranged.dim() == 2 else arranged[:, -1, index]
        rows = torch.arange(examples, device=output.device)
        return arranged[rows, torch.as_tensor(steps, device=output.device), index]

    def _found(self) -> tuple[str | None, str | None]:
        """The input, or else the layer, to differentiate by."""
        inputs = self._passes.inputs.tensors()
        wrt = self._question.wrt
        if isinstance(wrt, int):
            wrt = self._passes.inputs.name(wrt)
        if wrt is not None and wrt not in inputs:
            return None, wrt.replace(".", "/")
        floats = [n for n, t in inputs.items() if t.is_floating_point()]
        if wrt is None and len(floats) > 1:
            ranks = [n for n in floats if inputs[n].dim() == 3]
            floats = ranks if len(ranks) == 1 else floats
        names = [wrt] if wrt in floats else floats if wrt is None else []
        if len(names) == 1:
            return names[0], None
        embeddings = [
            name for name, module in watched(self._passes.model) if type(module) is nn.Embedding
        ]
        if not names and len(embeddings) == 1:
            return None, embeddings[0]
        choices = names or embeddings or list(inputs)
        raise ValueError(f"`wrt` must name one of {choices}. Received: wrt={wrt!r}")

    def _axes_of(self) -> Axes:
        if self._input is not None:
            return self._passes.inputs.axes[self._input]
        return self._value_of(str(self._layer)).axes

    def _shape(self) -> tuple[int, ...]:
        if self._input is not None:
            return tuple(self._passes.inputs.tensors()[self._input].shape)
        return tuple(self._value_of(str(self._layer)).tensor.shape)

    def _value_of(self, layer: str) -> Any:
        nodes = {node.name: node for node in self._passes.known.trace.seen.nodes}
        if layer not in nodes or nodes[layer].output is None:
            raise ValueError(f"A layer must be one of {list(nodes)}. Received: {layer!r}")
        return nodes[layer].output

    def _output(self) -> tuple[Axes, frozenset[int], str, tuple[int, ...]]:
        """Axes of the output, the squashing function it ends in, its name and its shape."""
        known, layer = self._passes.known, self._question.output_layer
        nodes = known.trace.seen.nodes
        if layer is not None:
            node = next((n for n in nodes if n.name == layer and n.output is not None), None)
            if node is None or node.output is None:
                raise ValueError(f"`output_layer` must be a layer that runs. Received: {layer!r}")
            ends = frozenset() if node.squash is None else frozenset([node.squash])
            return node.output.axes, ends, layer, tuple(node.output.tensor.shape)
        if not known.outputs:
            raise ValueError("The model must return floats that depend on the input")
        shape, fact = known.outputs[0]
        sources = [nodes[i].name for i in fact.sources]
        ends = frozenset() if fact.squash is None else frozenset([fact.squash])
        return fact.axes, ends, sources[0] if len(sources) == 1 else "output", shape


@contextlib.contextmanager
def differentiable() -> Iterator[None]:
    """Gradients on, and cuDNN off: in evaluation mode its recurrent layers have none."""
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        yield


def _as(one: Any, dtype: torch.dtype) -> Any:
    floats = isinstance(one, torch.Tensor) and one.is_floating_point()
    return one.detach().to(dtype, copy=True) if floats else one


def has_time(axes: Axes) -> bool:
    """Whether one of the axes is known to be time."""
    return any(axis.label == "T" for axis in axes)


def _itself(tensor: torch.Tensor) -> torch.Tensor:
    return tensor
