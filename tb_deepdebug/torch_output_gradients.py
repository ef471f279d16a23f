"""The gradient with respect to the output of every layer, on the probe batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from tb_deepdebug.probe import OutputGradients
from tb_deepdebug.torch_gradients import differentiable
from tb_deepdebug.torch_pass import Passes, first_float, rows_that_fit
from tb_deepdebug.torch_quiet import undisturbed
from tb_deepdebug.torch_trace import Place, Trace, flat

_MOST_CELLS = 1 << 26  # of layer outputs, whose gradients are held at a time

Loss = Callable[[Any, Any], torch.Tensor]


def output_gradients(
    passes: Passes, wanted: Callable[[Trace, Place], bool], labels: Any, loss: Loss | None
) -> OutputGradients:
    """d loss / d output of each layer, or, without labels, that of the sum of the outputs.

    An output that ends in a sigmoid or softmax is taken before it: the sum of a softmax is 1
    whatever the weights. Of a large probe the first examples are taken.

    Args:
      wanted: which places are of interest.
      labels: of the probe, or None.
      loss: a function of the model's output and the labels.

    Raises:
      ValueError: nothing that can be differentiated comes out of the model.
    """
    known = passes.known
    places = [p for p in known.trace.places if p.after and p.gate is None]
    cells = sum(v.tensor.numel() for p in places for v in p.after)
    rows = np.asarray(rows_that_fit(cells, _MOST_CELLS, passes.inputs.batch))
    squash = known.output.squash if known.output is not None and loss is None else None
    with undisturbed(passes.model), differentiable():
        trace = Trace(
            passes.model,
            keep=lambda tensor: tensor,
            looped=passes.looped,
            gates=False,
            bypass=squash,
            replace={m: _tracked for m in passes.model.modules() if isinstance(m, nn.Embedding)},
            apart=known.trace.in_place,
        )
        args, kwargs = passes.inputs.rows(rows)
        args, kwargs = [_leaf(a) for a in args], {k: _leaf(a) for k, a in kwargs.items()}
        passes.inputs.feed(trace, args, kwargs)
        with trace.watching():
            output = passes.model(*args, **kwargs)
        objective = _objective(output, labels, loss, rows)
        found = [p for p in trace.places if p.gate is None and p.after and wanted(trace, p)]
        return _measured(found, objective, "output" if loss is None else "loss")


def _objective(output: Any, labels: Any, loss: Loss | None, rows: Any) -> torch.Tensor:
    if loss is not None:
        return loss(output, _picked(labels, rows)).sum()
    first = first_float(output)
    if first is None:
        raise ValueError("The model must return floats. Received: none")
    return first.sum()


def _measured(places: Sequence[Place], objective: torch.Tensor, name: Any) -> OutputGradients:
    reached = [p for p in places if all(v.tensor.requires_grad for v in p.after)]
    values = [v.tensor for p in reached for v in p.after]
    found = iter(torch.autograd.grad(objective, values, allow_unused=True))
    columns = []
    for place in reached:
        parts = [(next(found), v.tensor) for v in place.after]
        columns.append(_sizes([torch.zeros_like(t) if g is None else g for g, t in parts]))
    table = np.array(columns, np.float64).reshape(-1, 4).T
    return OutputGradients(name, tuple(p.name for p in reached), *table)


def _sizes(gradients: Sequence[torch.Tensor]) -> list[float]:
    """rms and largest magnitude of the finite cells, share of zeros, count of the others."""
    cells = torch.cat([g.detach().reshape(-1) for g in gradients])
    finite = cells[torch.isfinite(cells)]
    lost = cells.numel() - finite.numel()
    zeros = float((cells == 0).sum()) / max(cells.numel(), 1)
    if not finite.numel():
        return [float("nan"), float("nan"), zeros, lost]
    largest = float(finite.abs().max())
    scaled = finite.double() / (largest or 1.0)
    return [largest * float(scaled.square().mean().sqrt()), largest, zeros, lost]


def _tracked(output: torch.Tensor) -> torch.Tensor:
    return output if output.requires_grad else output.detach().requires_grad_()


def _leaf(one: Any) -> Any:
    floats = isinstance(one, torch.Tensor) and one.is_floating_point()
    return one.detach().clone().requires_grad_() if floats else one


def _picked(labels: Any, rows: Any) -> Any:
    """The labels of some examples, of an array or of nested ones."""
    if isinstance(labels, dict):
        return {name: _picked(one, rows) for name, one in labels.items()}
    if isinstance(labels, tuple | list) and any(isinstance(x, torch.Tensor) for x in flat(labels)):
        return type(labels)(_picked(one, rows) for one in labels)
    tensor = labels if isinstance(labels, torch.Tensor) else torch.as_tensor(np.asarray(labels))
    return tensor[torch.as_tensor(rows, device=tensor.device)]
