"""The gradient with respect to the output of every layer, on the probe batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.probe import OutputGradients
from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch.facts import Place, Value, stacked
from tb_deepdebug.torch.modules import flat
from tb_deepdebug.torch.passes import Passes, floats
from tb_deepdebug.torch.quiet import undisturbed
from tb_deepdebug.torch.source import differentiable
from tb_deepdebug.torch.trace import Trace

_MOST_CELLS = 1 << 26  # of layer outputs, whose gradients are held at a time

Loss = Callable[[Any, Any], torch.Tensor]
Mask = Callable[[Value, torch.Tensor, Any], NDArray[np.bool_] | None]


@dataclasses.dataclass
class _Sums:
    """What is known of a layer's gradient so far, over its valid cells."""

    squares: float = 0.0
    largest: float = 0.0
    zeros: int = 0
    cells: int = 0
    nonfinite: int = 0

    def add(self, gradient: torch.Tensor, share: float) -> None:
        """More cells `[N]`; in float64, where squares of small numbers don't vanish."""
        finite = gradient[torch.isfinite(gradient)].double() * share
        self.squares += float(finite.square().sum())
        if finite.numel():
            self.largest = max(self.largest, float(finite.abs().max()))
        self.zeros += int((gradient == 0).sum())
        self.cells += gradient.numel()
        self.nonfinite += gradient.numel() - finite.numel()

    def row(self) -> tuple[float, float, float, float]:
        """rms, max, share of zeros, how many are not finite."""
        finite = max(self.cells - self.nonfinite, 1)
        zeros = self.zeros / max(self.cells, 1)
        return (self.squares / finite) ** 0.5, self.largest, zeros, self.nonfinite


@dataclasses.dataclass(frozen=True, eq=False)
class OutputQuestion:
    """Of which layers, and of what.

    Attributes:
      wanted: which places are of interest.
      mask: the mask of a value arranged as its record, of some rows.
      labels: of the probe, or None.
      loss: a function of the model's output and the labels, a mean over the examples.
    """

    wanted: Callable[[Trace, Place], bool]
    mask: Mask
    labels: Any
    loss: Loss | None


def output_gradients(passes: Passes, question: OutputQuestion) -> OutputGradients:
    """d loss / d output of each layer, or, without labels, that of the sum of the outputs.

    An output that ends in a sigmoid or softmax is then taken before it: the sum of a softmax is 1
    whatever the weights.

    Raises:
      ValueError: nothing that can be differentiated comes out of the model.
    """
    batch, sums = passes.inputs.batch, dict[str, _Sums]()
    cells = sum(v.tensor.numel() for p in passes.known.trace.seen.places for v in p.after)
    most = max(1, _MOST_CELLS // max(cells, 1))
    for rows in np.array_split(np.arange(batch), -(-batch // most)):
        share = len(rows) / batch if question.loss is not None else 1.0
        _add(sums, passes, question, rows, share)
    table = np.array([one.row() for one in sums.values()], np.float64).reshape(-1, 4).T
    name: Any = "output" if question.loss is None else "loss"
    return OutputGradients(name, tuple(sums), *table)


def _add(
    sums: dict[str, _Sums], passes: Passes, question: OutputQuestion, rows: Any, share: float
) -> None:
    with undisturbed(passes.model), differentiable():
        trace = _trace(passes, question)
        args, kwargs = passes.inputs.rows(rows)
        args, kwargs = [_leaf(a) for a in args], {k: _leaf(a) for k, a in kwargs.items()}
        passes.inputs.feed(trace, args, kwargs)
        with trace.watching():
            output = passes.model(*args, **kwargs)
        objective = _objective(output, question, rows)
        places = [
            p
            for p in trace.seen.places
            if p.gate is None
            and p.after
            and question.wanted(trace, p)
            and all(v.tensor.requires_grad for v in p.after)
        ]
        values = [v.tensor for p in places for v in p.after]
        found = iter(torch.autograd.grad(objective, values, allow_unused=True))
    for place in places:
        parts = [dataclasses.replace(v, tensor=_or_zero(next(found), v)) for v in place.after]
        value = stacked(parts)
        arranged = torch_axes.units_last(value.tensor, value.axes, len(rows))
        mask = question.mask(value, arranged, rows)
        valid = arranged if mask is None else arranged[torch.as_tensor(mask)]
        sums.setdefault(place.name, _Sums()).add(valid.reshape(-1), share)


def _trace(passes: Passes, question: OutputQuestion) -> Trace:
    known = passes.known
    ends = {fact.squash for _, fact in known.outputs if question.loss is None}
    embeddings = [m for m in passes.model.modules() if isinstance(m, nn.Embedding)]
    return Trace(
        passes.model,
        keep=lambda tensor: tensor,
        looped=passes.looped,
        gates=False,
        bypass=frozenset(end for end in ends if end is not None),
        replace=dict.fromkeys(embeddings, _tracked),
        apart=known.trace.in_place,
        differentiated=True,
        change=passes.change,
    )


def _objective(output: Any, question: OutputQuestion, rows: Any) -> torch.Tensor:
    if question.loss is not None:
        return question.loss(output, picked(question.labels, rows)).sum()
    found = floats(output)
    if not found:
        raise ValueError("The model must return floats. Received: none")
    return torch.stack([one.sum() for one in found]).sum()


def _or_zero(gradient: torch.Tensor | None, value: Value) -> torch.Tensor:
    return torch.zeros_like(value.tensor) if gradient is None else gradient.detach()


def _tracked(output: torch.Tensor) -> torch.Tensor:
    return output if output.requires_grad else output.detach().requires_grad_()


def _leaf(one: Any) -> Any:
    floating = isinstance(one, torch.Tensor) and one.is_floating_point()
    return one.detach().clone().requires_grad_() if floating else one


def picked(labels: Any, rows: Sequence[int] | NDArray[np.int64]) -> Any:
    """The labels of some examples, of an array or of nested ones."""
    if isinstance(labels, dict):
        return {name: picked(one, rows) for name, one in labels.items()}
    if isinstance(labels, tuple | list) and any(isinstance(x, torch.Tensor) for x in flat(labels)):
        return type(labels)(picked(one, rows) for one in labels)
    tensor = labels if isinstance(labels, torch.Tensor) else torch.as_tensor(np.asarray(labels))
    return tensor[torch.as_tensor(rows, device=tensor.device)]
