"""A change to one layer, made to the tensors that pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from tb_deepdebug.change import Change
from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch.axes import Axes


def moved(change: Change, tensor: torch.Tensor, axes: Axes) -> torch.Tensor:
    """`scale * tensor + shift`, a shift a unit along the axis of the units.

    Raises:
      ValueError: no axis has as many units as there are shifts.
    """
    shift = torch.as_tensor(np.asarray(change.shift), dtype=tensor.dtype, device=tensor.device)
    if shift.dim() == 0:
        return tensor * change.scale + shift
    last = torch_axes.arrangement(axes)[2] if len(axes) == tensor.dim() else tensor.dim() - 1
    if tensor.shape[last] != len(shift):
        raise ValueError(
            f"`shift` must have one number a unit. Received: {len(shift)} for an output of shape "
            f"{tuple(tensor.shape)}"
        )
    form = [1] * tensor.dim()
    form[last] = len(shift)
    return tensor * change.scale + shift.reshape(form)


def changed(
    change: Change,
    func: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    source: torch.Tensor,
    axes: Axes,
) -> tuple[torch.Tensor, torch.Tensor]:
    """What goes into an activation function, and what comes out, with the change made.

    A function that works in place still does: what follows may look at its argument.
    """
    before = moved(change, source, axes) if change.moves else source.clone()
    if change.slope is not None:
        after = torch.nn.functional.leaky_relu(before, change.slope)
    else:
        same = [before.clone() if one is source else one for one in args]
        named = {key: before.clone() if one is source else one for key, one in kwargs.items()}
        after = func(*same, **named)
    return before, source.copy_(after) if _works_in_place(func, args, kwargs) else after


def _works_in_place(func: Callable[..., Any], args: Sequence[Any], kwargs: Any) -> bool:
    """Whether a function writes its result over its argument."""
    name = getattr(func, "__name__", "")
    told = kwargs.get("inplace", args[-1] if len(args) > 1 else False)
    return told is True or (name.endswith("_") and not name.endswith("__"))
