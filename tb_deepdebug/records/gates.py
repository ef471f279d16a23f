"""Gates of a recurrent layer: how often each is shut or wide open.

A sigmoid gate is left-saturated below 0.1 and right-saturated above 0.9 (Karpathy, Johnson & Li
2015, "Visualizing and Understanding Recurrent Networks", section 4.2).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import as_floats, as_mask, describe

LEFT, RIGHT = 0.1, 0.9


@dataclasses.dataclass(frozen=True, eq=False)
class Gates:
    """What is kept of the gates `[batch, time, units]` of one layer.

    Attributes:
      names: of the `G` gates.
      shape: `[batch, time, units]` of each.
      left, right: cells below `LEFT`, above `RIGHT`, float64 `[G, U]`.
      count: float64 `[U]`, the valid cells in which every gate is finite; no others are counted.
      nonfinite: valid cells in which some gate is not, over all units.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    count: NDArray[np.float64]
    nonfinite: int

    def __post_init__(self) -> None:
        expected = (len(self.names), self.shape[-1])
        if self.left.shape != expected or self.right.shape != expected:
            raise ValueError(
                f"`left` and `right` must have shape {expected}. "
                f"Received: {self.left.shape} and {self.right.shape}"
            )

    @property
    def left_share(self) -> NDArray[np.float64]:
        """Share of the cells in which each unit's gate is left-saturated, `[G, U]`."""
        return _share(self.left, self.count)

    @property
    def right_share(self) -> NDArray[np.float64]:
        """Share of the cells in which each unit's gate is right-saturated, `[G, U]`."""
        return _share(self.right, self.count)


def _share(part: NDArray[np.float64], count: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where there are no cells."""
    whole = np.broadcast_to(count, part.shape)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def measure(gates: Mapping[str, Any], *, mask: Any = None) -> Gates:
    """Counts the saturated cells of sigmoid gates.

    Args:
      gates: name -> `[batch, time, units]`, of one shape, between 0 and 1.
      mask: `[batch, time]`, true where valid.

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """
    if not gates:
        raise ValueError("`gates` must be at least one gate by name. Received: none")
    arrays = {str(name): _gate(str(name), gate) for name, gate in gates.items()}
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1:
        raise ValueError(f"`gates` must have one shape. Received: {sorted(shapes)}")
    (shape,) = shapes
    valid = as_mask(mask, shape[:2])
    seen = np.ones(shape, bool) if valid is None else np.broadcast_to(valid[..., None], shape)
    finite = seen & np.logical_and.reduce([np.isfinite(array) for array in arrays.values()])
    return Gates(
        names=tuple(arrays),
        shape=shape,
        left=np.stack([_count(finite & (array < LEFT)) for array in arrays.values()]),
        right=np.stack([_count(finite & (array > RIGHT)) for array in arrays.values()]),
        count=_count(finite),
        nonfinite=int(seen.sum() - finite.sum()),
    )


def _gate(name: str, data: Any) -> NDArray[np.floating]:
    array, dtype = as_floats(data, name)
    if array.ndim != 3 or array.size == 0:
        raise ValueError(
            f"Gate {name!r} must have rank 3, [batch, time, units], and not be empty. "
            f"Received: {describe(array, dtype)}"
        )
    with np.errstate(invalid="ignore"):
        outside = np.isfinite(array) & ((array < 0) | (array > 1))
    if outside.any():
        raise ValueError(
            f"Gate {name!r} must lie between 0 and 1, as a sigmoid does. "
            f"Received: {array[outside].flat[0]}"
        )
    return array


def _count(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.count_nonzero(hits, axis=(0, 1)).astype(np.float64)


def merge(first: Gates, *others: Gates) -> Gates:
    """One record of a batch that was measured in parts.

    Raises:
      ValueError: the parts are not of one layer.
    """
    parts = [first, *others]
    layers = {(part.names, part.shape[1:]) for part in parts}
    if len(layers) > 1:
        raise ValueError(
            "Merged gates must agree in names, timesteps and units. "
            f"Received: {[(part.names, part.shape) for part in parts]}"
        )
    return Gates(
        names=first.names,
        shape=(sum(part.shape[0] for part in parts), *first.shape[1:]),
        left=np.sum([part.left for part in parts], axis=0),
        right=np.sum([part.right for part in parts], axis=0),
        count=np.sum([part.count for part in parts], axis=0),
        nonfinite=sum(part.nonfinite for part in parts),
    )
