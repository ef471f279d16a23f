"""A change to one layer, made to the tensors that pass while one graph is traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tb_deepdebug.change import Change


def moved(change: Change, tensor: Any, channels_first: bool) -> Any:
    """`scale * tensor + shift`, a shift a unit along the axis of the units.

    Raises:
      ValueError: there are not as many units as there are shifts.
    """
    shift = np.asarray(change.shift)
    if shift.ndim:
        axis = 1 if channels_first else tensor.shape.rank - 1
        if tensor.shape[axis] != len(shift):
            raise ValueError(
                f"`shift` must have one number a unit. Received: {len(shift)} for an output of "
                f"shape {tuple(tensor.shape)}"
            )
        shift = shift.reshape([-1 if i == axis else 1 for i in range(tensor.shape.rank)])
    return tensor * tf.cast(change.scale, tensor.dtype) + tf.cast(shift, tensor.dtype)


def changed(
    change: Change,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    channels_first: bool,
) -> tuple[Any, Any]:
    """What goes into an activation function, and what comes out, with the change made."""
    name = None if args else next(iter(kwargs))
    before = args[0] if name is None else kwargs[name]
    if change.moves:
        before = moved(change, before, channels_first)
    if change.slope is not None:
        return before, tf.raw_ops.LeakyRelu(features=before, alpha=change.slope)
    if name is None:
        return before, function(before, *args[1:], **kwargs)
    return before, function(**kwargs | {name: before})
