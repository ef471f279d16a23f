"""Tensors taken out of a traced graph: whether they fit a record, and brought to its shape."""

import functools
import math
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from tb_deepdebug.probe import Tap

_MOST_CELLS = 2**26  # of one tap, an example


@dataclass(frozen=True, eq=False)
class Taken:
    """What is to be fetched for one tap.

    Attributes:
        origins: the tensors as the model computed them, a tensor for each timestep of a
            TimeDistributed, else one.
        stacked: whether they are timesteps.
        channels_first: whether the units are on axis 1.
        masked_like: names of tensors whose mask is its own.
        backwards: whether its timesteps run from the last to the first.
    """

    tap: Tap
    origins: tuple[Any, ...]
    stacked: bool = False
    channels_first: bool = False
    masked_like: tuple[str, ...] = ()
    backwards: bool = False

    def arranged(self, tensors: Any = None) -> Any:
        """The origins, or tensors of their shapes such as their gradients, as one record.

        Returns:
            rank 2, 3 or 4 with the examples first and the units last; surplus axes are merged
            into axis 1.
        """
        parts = self.origins if tensors is None else tensors
        tensor = tf.stack(parts, axis=1) if self.stacked else parts[0]
        return merged(units_last(tensor) if self.channels_first else tensor)


def units_last(tensor: Any) -> Any:
    """`[examples, units, ...]` with the units moved to the end."""
    rank = tensor.shape.rank
    return tf.transpose(tensor, [0, *range(2, rank), 1]) if rank > 2 else tensor


def merged(tensor: Any) -> Any:
    """A tensor of any rank as one of rank 2, 3 or 4: `[d, h, w]` becomes `[d * h, w]`."""
    rank = tensor.shape.rank
    if rank == 1:
        return tensor[:, None]
    if rank <= 4:
        return tensor
    sizes = [n if n is not None else tf.shape(tensor)[i] for i, n in enumerate(tensor.shape)]
    first = functools.reduce(lambda a, b: a * b, sizes[1:-2])
    return tf.reshape(tensor, [sizes[0], first, *sizes[-2:]])


def unfit(taken: Taken, batch: int) -> str | None:
    """Why a tensor can't be recorded; None where it can."""
    shape = taken.origins[0].shape
    if not shape.rank or shape[0] not in (None, batch):
        return f"its values {tuple(shape)} do not have the examples on their first axis"
    cells = math.prod(n or 1 for n in shape[1:]) * len(taken.origins)
    return f"{cells:,} values an example are too many" if cells > _MOST_CELLS else None
