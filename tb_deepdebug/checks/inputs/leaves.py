"""A batch as any loop has it, taken apart into named arrays and labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import to_numpy

Unpack = Callable[[Any], tuple[Any, Any]]


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """One batch.

    Attributes:
      inputs: numeric arrays with the examples first and the channels last, by name.
      labels: float64 `[batch]`, the first number of each example's label, or None.
      count: how many examples.
      unread: names of inputs that are no numbers, and why.
    """

    inputs: dict[str, NDArray[Any]]
    labels: NDArray[np.float64] | None
    count: int
    unread: dict[str, str]


def first_two(batch: Any) -> tuple[Any, Any]:
    """The inputs and labels of a batch: `(x, y, ...)`, `(x,)` or x alone."""
    if isinstance(batch, tuple | list) and batch:
        return batch[0], batch[1] if len(batch) > 1 else None
    return batch, None


def taken_apart(x: Any, y: Any, channel_axis: int) -> Batch:
    """The arrays of a batch. Raises ValueError: the inputs are of different lengths."""
    inputs: dict[str, NDArray[Any]] = {}
    unread: dict[str, str] = {}
    for name, leaf in _leaves(x, ""):
        array = _array(leaf)
        if array is None or array.dtype.kind not in "biuf":
            unread[name] = f"of {type(leaf).__name__}" if array is None else f"of {array.dtype}"
        elif array.ndim == 0:
            unread[name] = "a single number, without examples"
        else:
            inputs[name] = array if array.ndim < 3 else np.moveaxis(array, channel_axis, -1)
    counts = {name: len(array) for name, array in inputs.items()}
    if len(set(counts.values())) > 1:
        raise ValueError(f"inputs of a batch must have one length. Received: {counts}")
    count = next(iter(counts.values()), 0)
    return Batch(inputs, _labels(y, count), count, unread)


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping):
        pairs = [(str(name), one) for name, one in tree.items()]
    elif isinstance(tree, tuple | list) and not _is_numbers(tree):
        pairs = [(str(i), one) for i, one in enumerate(tree)]
    else:
        yield path or "x", tree
        return
    for name, one in pairs:
        yield from _leaves(one, f"{path}/{name}" if path else name)


def _is_numbers(values: Any) -> bool:
    """Whether a list is an array itself rather than a list of arrays."""
    return not values or isinstance(values[0], int | float)


def _array(leaf: Any) -> NDArray[Any] | None:
    try:
        array = to_numpy(leaf)
    except Exception:  # ragged and sparse tensors, PIL images: each library has its own
        return None
    if array.dtype.kind == "V" or array.dtype.name.startswith(("bfloat16", "float8")):
        array = array.astype(np.float32)
    return array


def _labels(y: Any, count: int) -> NDArray[np.float64] | None:
    """One number a row: a class, the place of a one-hot row's 1, or the first of several."""
    if y is None:
        return None
    for _, leaf in _leaves(y, ""):
        array = _array(leaf)
        if array is None or array.dtype.kind not in "biuf" or array.ndim == 0:
            continue
        if len(array) != count:
            return None
        if not count:
            return np.zeros(0)
        rows = array.reshape(count, -1).astype(np.float64)
        if rows.shape[1] > 1 and array.ndim == 2 and _one_hot(rows):
            return rows.argmax(axis=1).astype(np.float64)
        return rows[:, 0] if rows.size else None
    return None


def _one_hot(rows: NDArray[np.float64]) -> bool:
    return bool(((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) == 1).all())
