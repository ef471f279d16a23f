"""The door for arrays: any float tensor of rank 2 to 4 becomes cells `[sequences, axis, units]`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, eq=False)
class Cells:
    """A batch, checked and laid out for measuring.

    Attributes:
      values: `[sequences, axis, units]`, float32 or float64. For a batch without an axis of its own
        (rank 2) the examples are the axis of one sequence.
      mask: `[sequences, axis]`, true where valid, or None for all.
      shape: of the batch as given, units last.
      axis: what runs along the second axis: "example", "time" or "space" (rank 2, 3, 4).
      dtype: name of the dtype as given.
    """

    values: NDArray[np.floating]
    mask: NDArray[np.bool_] | None
    shape: tuple[int, ...]
    axis: str
    dtype: str

    @property
    def space(self) -> tuple[int, int] | None:
        """`(height, width)` of rank 4, else None."""
        return (self.shape[1], self.shape[2]) if self.axis == "space" else None


def as_cells(data: Any, mask: Any = None, unit_axis: int = -1) -> Cells:
    """Checks a batch and its mask.

    Args:
      data: `[batch, time, units]`, `[batch, units]` or `[batch, height, width, units]`, or with the
        units at `unit_axis`; any float dtype; NumPy, TensorFlow, torch or anything array-like.
      mask: true or non-zero where valid: `[batch, time]`, `[batch]` or `[batch, height, width]`.
      unit_axis: the axis of the units, never the first of rank 3 or 4.

    Raises:
      TypeError: the dtype is not a float.
      ValueError: wrong rank, an empty batch, a mask of another shape, everything masked.
    """
    array, dtype = as_floats(data, "data")
    if array.ndim not in (2, 3, 4):
        raise ValueError(f"`data` must have rank 2, 3 or 4. Received: {describe(array, dtype)}")
    array = units_last(array, unit_axis, dtype)
    if array.size == 0:
        raise ValueError(f"`data` must not be empty. Received: {describe(array, dtype)}")
    lead, units = array.shape[:-1], array.shape[-1]
    valid = as_mask(mask, lead)
    cells = array[None] if array.ndim == 2 else array.reshape(lead[0], -1, units)
    return Cells(
        values=cells,
        mask=None if valid is None else valid.reshape(cells.shape[:2]),
        shape=array.shape,
        axis={2: "example", 3: "time", 4: "space"}[array.ndim],
        dtype=dtype,
    )


def as_floats(data: Any, argument: str) -> tuple[NDArray[np.floating], str]:
    """`data` as float32 or float64 (float16 and bfloat16 widen exactly), and its dtype's name."""
    array = to_numpy(data)
    name = getattr(data, "dtype", array.dtype)
    name = getattr(name, "name", str(name).removeprefix("torch."))
    if array.dtype in (np.float32, np.float64):
        return array, str(name)
    if array.dtype.kind == "f" or array.dtype.name.startswith(("bfloat16", "float8")):
        return array.astype(np.float64 if array.dtype.itemsize > 4 else np.float32), str(name)
    raise TypeError(
        f"`{argument}` must have a floating-point dtype. Received: {describe(array, str(name))}"
    )


def as_numbers(data: Any, argument: str) -> NDArray[Any]:
    """`data` as real numbers of any kind, half precision widened."""
    array = to_numpy(data)
    if array.dtype.kind in "biu":
        return array
    return as_floats(array, argument)[0]


def to_numpy(data: Any) -> NDArray[Any]:
    """An array-like as NumPy; torch tensors leave their graph and their device first."""
    if hasattr(data, "detach"):
        data = data.detach().cpu()
        if str(data.dtype) == "torch.bfloat16":  # which NumPy does not know
            data = data.float()
    return np.asarray(data)


def units_last(array: NDArray[Any], unit_axis: int, dtype: str) -> NDArray[Any]:
    """Moves the units to the last axis; refuses the batch axis of ranks 3 and 4."""
    if isinstance(unit_axis, bool) or not isinstance(unit_axis, int | np.integer):
        raise TypeError(f"`unit_axis` must be an integer. Received: unit_axis={unit_axis!r}")
    if not -array.ndim <= unit_axis < array.ndim:
        raise ValueError(
            f"`unit_axis` must be an axis of `data`. Received: unit_axis={unit_axis}, "
            f"{describe(array, dtype)}"
        )
    if unit_axis % array.ndim == 0 and array.ndim > 2:
        raise ValueError(
            "`unit_axis` must not be the first axis, which is the batch. "
            f"Received: unit_axis={unit_axis}, {describe(array, dtype)}"
        )
    return np.moveaxis(array, unit_axis, -1)


def as_mask(mask: Any, lead: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """A mask over the axes before the units; None where nothing is masked."""
    if mask is None:
        return None
    valid = to_numpy(mask)
    if valid.shape != lead:
        raise ValueError(
            "`mask` must have the shape of `data` without its units. "
            f"Received: mask shape={valid.shape}, expected {lead}"
        )
    if valid.dtype.kind not in "bifu":
        raise TypeError(f"`mask` must be boolean or numeric. Received: dtype={valid.dtype}")
    valid = valid.astype(bool)
    if not valid.any():
        raise ValueError(f"`mask` must leave at least one cell. Received: all {valid.size} masked")
    return None if valid.all() else valid


def as_names(names: Sequence[str] | None, count: int, argument: str) -> tuple[str, ...] | None:
    """One name for each of `count` things, or None."""
    if names is None:
        return None
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"`{argument}` must be a list of names. Received: {argument}={names!r}")
    given = tuple(str(name) for name in names)
    if len(given) != count:
        raise ValueError(
            f"`{argument}` must be {count} names, one each. Received: {argument}={names!r}"
        )
    return given


def describe(array: NDArray[Any], dtype: str) -> str:
    """What came, for an error."""
    return f"shape={array.shape}, dtype={dtype}"
