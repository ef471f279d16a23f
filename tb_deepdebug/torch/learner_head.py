"""The last layer of a PyTorch module, and the new one that stands in for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from tb_deepdebug.checks import rows as input_rows
from tb_deepdebug.checks.learner import Plan
from tb_deepdebug.output_steps import mask_at_output
from tb_deepdebug.torch.modules import is_leaf, tensors

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_LINEAR = (nn.Linear, *_CONVOLUTIONS)
_UNITS_SECOND = (_BatchNorm, _InstanceNorm, nn.GroupNorm)


class Head:
    """Where a module's number comes from: its own last layer, or a new one in its place.

    The last layer is the last one called that has weights. A linear one (`nn.Linear`, or a
    convolution) is replaced by one of its kind with as many units as asked for; the output of any
    other (an LSTM, a normalisation) is what a new `nn.Linear` reads. What the module does with its
    own last layer's output goes on, and is not looked at.

    Attributes:
      replaces: whether there is a new layer.
      old: ids of the parameters of the module's own last layer, where it is a linear one.
      new: parameters of the new layer.
      notes: what should be known of it.

    Args:
      call: calls the module with rows of its input.

    Raises:
      ValueError: no layer has weights.
    """

    def __init__(self, model: nn.Module, call: Callable[[Any], Any], few: Any, plan: Plan) -> None:
        self.replaces = plan.outputs is not None
        self.old: frozenset[int] = frozenset()
        self.new: list[nn.Parameter] = []
        self.notes: list[str] = []
        self._seen: list[torch.Tensor] = []
        model.eval()
        path, last, shape = _last_called(model, call, few)
        self._steps = _timesteps(shape, input_rows.count(few), isinstance(last, _CONVOLUTIONS))
        self._channels = last.out_channels if isinstance(last, _CONVOLUTIONS) else None
        linear = isinstance(last, _LINEAR)
        if linear:
            self.old = frozenset(id(p) for p in last.parameters())
        else:
            self.notes.append(f"read by a new layer: the output of {path}")
        if plan.outputs is None:
            return
        last.register_forward_hook(self._watching(linear), with_kwargs=True)
        self._batch = self._batch_axis(call, few)
        self._convolves = isinstance(last, _CONVOLUTIONS)
        self._units_second = isinstance(last, _UNITS_SECOND)
        features = self._by_batch(self._seen[-1], input_rows.count(few))
        self._layer = _replacement(last, features, plan.outputs)
        self.new = list(self._layer.parameters())
        self._seen.clear()

    def outputs(self, mask: Any, count: int, reads: str) -> torch.Tensor:
        """The new layer's numbers `[batch, outputs]`, for what the module was last called with."""
        features = self._by_batch(self._seen.pop(), count)
        z = self._layer(features.to(next(self._layer.parameters()).dtype))
        return read(z.movedim(1, -1) if self._convolves else z, mask, reads)

    def own(self, output: torch.Tensor, mask: Any, reads: str) -> torch.Tensor:
        """The same of the module's own output; one squeezed to `[batch, time]` is read.

        Of every step: `[batch, time, outputs]`. A convolution's channels are taken for its outputs
        where they still come first.
        """
        if output.dim() == 2 and output.shape[1] == self._steps and self._steps > 1:
            return read(output[:, :, None], mask, reads)
        sizes = tuple(output.shape)
        if len(sizes) > 2 and sizes[1] == self._channels != sizes[-1]:
            return read(output.movedim(1, -1), mask, reads)
        return read(output, mask, reads)

    def _watching(self, linear: bool) -> Callable[..., None]:
        def watch(_: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
            self._seen[:] = [next(tensors((args, kwargs) if linear else output))]

        return watch

    def _batch_axis(self, call: Callable[[Any], Any], few: Any) -> int:
        """The axis of the features that is as long as the batch, found by two batches."""
        shapes = []
        for rows in (max(1, input_rows.count(few) - 1), input_rows.count(few)):
            call(input_rows.taken(few, np.arange(rows)))
            shapes.append(self._seen[-1].shape)
        differ = [a for a, sizes in enumerate(zip(*shapes, strict=True)) if len(set(sizes)) > 1]
        return differ[0] if differ else 0

    def _by_batch(self, features: torch.Tensor, count: int) -> torch.Tensor:
        """With the examples first: `[batch, ...]`, also of rows `[batch * time, units]`."""
        first = features.movedim(self._batch, 0)
        if self._units_second:
            return first.movedim(1, -1)
        if first.shape[0] != count and first.shape[0] % count == 0:
            return first.reshape(count, -1, *first.shape[1:])
        return first


def read(z: torch.Tensor, mask: Any, reads: str) -> torch.Tensor:
    """One row of numbers an example, float `[batch, units]`.

    Args:
      z: `[batch, units]` or `[batch, time, ..., units]`; axes between time and units are averaged.
      mask: bool `[batch, time]` over the input's timesteps, or None.
      reads: "last" or "mean", over the valid timesteps; "every": `[batch, time, units]`.
    """
    z = z.float()
    if z.dim() <= 2:
        return z if z.dim() == 2 else z[:, None]
    if z.dim() > 3:
        z = z.mean(dim=tuple(range(2, z.dim() - 1)))
    if reads == "every":
        return z
    if mask is None:
        return z[:, -1] if reads == "last" else z.mean(dim=1)
    length = z.shape[1]
    valid = torch.as_tensor(mask_at_output(np.asarray(mask, bool), length), device=z.device)
    if reads == "last":
        last = length - 1 - valid.flip(1).int().argmax(dim=1)
        return z[torch.arange(len(z), device=z.device), last]
    shares = valid[:, :, None]
    return torch.where(shares, z, 0.0).sum(dim=1) / shares.sum(dim=1).clamp(min=1)


def _last_called(
    model: nn.Module, call: Callable[[Any], Any], few: Any
) -> tuple[str, nn.Module, tuple[int, ...]]:
    """Path and module of the last layer with weights that a call runs; the shape it is given."""
    called: list[tuple[str, nn.Module, tuple[int, ...]]] = []

    def noting(path: str) -> Callable[..., None]:
        def note(module: nn.Module, args: Any, kwargs: Any, _: Any) -> None:
            called.append((path, module, tuple(next(tensors((args, kwargs))).shape)))

        return note

    handles = [
        module.register_forward_hook(noting(path), with_kwargs=True)
        for path, module in model.named_modules()
        if is_leaf(module) and next(module.parameters(), None) is not None
    ]
    try:
        call(few)
    finally:
        for handle in handles:
            handle.remove()
    if not called:
        raise ValueError(
            "A module needs a layer with weights that its forward calls. Received: "
            f"{type(model).__name__}, none of whose {sum(1 for _ in model.modules())} modules is "
            "one"
        )
    return called[-1]


def _timesteps(shape: tuple[int, ...], count: int, convolves: bool) -> int:
    """The length of the series that the last layer is given, 0 where it is given none."""
    if len(shape) != 3:
        return 0
    if convolves:
        return shape[2]
    return shape[1] if shape[0] == count else shape[0]


def _replacement(last: nn.Module, features: torch.Tensor, outputs: int) -> nn.Module:
    if not isinstance(last, _CONVOLUTIONS):
        return nn.Linear(features.shape[-1], outputs).to(features.device)
    return type(last)(
        last.in_channels,
        outputs,
        last.kernel_size,
        stride=last.stride,
        padding=last.padding,
        dilation=last.dilation,
        padding_mode=last.padding_mode,
    ).to(features.device)
