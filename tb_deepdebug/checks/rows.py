"""Rows of a model's input: of an array, or of a list, tuple or dict of arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def leaves(x: Any) -> Iterator[Any]:
    """The arrays in an input, in order."""
    if isinstance(x, Mapping):
        for one in x.values():
            yield from leaves(one)
    elif _is_structure(x):
        for one in x:
            yield from leaves(one)
    else:
        yield x


def mapped(x: Any, function: Callable[[Any], Any]) -> Any:
    """The same structure with every array replaced."""
    if isinstance(x, Mapping):
        return {key: mapped(one, function) for key, one in x.items()}
    if _is_structure(x):
        return type(x)([mapped(one, function) for one in x])
    return function(x)


def concrete(x: Any) -> Any:
    """The input with NumPy arrays: lists of numbers and tensors in main memory become arrays.

    Raises:
      ValueError: there is nothing in it, or the arrays differ in their number of rows.
    """
    arrays = mapped(x, lambda one: np.asarray(one.cpu() if hasattr(one, "cpu") else one))
    shapes = [one.shape for one in leaves(arrays)]
    if len({shape[:1] for shape in shapes}) != 1 or () in shapes or 0 in shapes[0][:1]:
        raise ValueError(
            f"`x` must hold arrays with the examples first, as many in each. Received: {shapes}"
        )
    return arrays


def count(x: Any) -> int:
    """How many rows there are."""
    return len(next(leaves(x)))


def taken(x: Any, rows: NDArray[np.integer]) -> Any:
    """Some of the rows."""
    return mapped(x, lambda one: one[rows])


def _is_structure(x: Any) -> bool:
    """Whether it is a list or tuple of inputs, rather than one input written as a list."""
    if not isinstance(x, list | tuple):
        return False
    return bool(x) and all(hasattr(one, "shape") or _is_structure(one) for one in x)
