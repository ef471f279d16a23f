"""Metadata as it comes -> columns of numbers or of categories; groups and times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import to_numpy

# A frame has at most 63 planes, and a column of categories takes two.
MOST_COLUMNS = 24


def columns(given: Any, rows: int) -> dict[str, NDArray[Any]]:
    """Each column as float64 (NaN: missing) or an object array of str (None: missing).

    Args:
      given: a mapping or a DataFrame; numbers stay numbers, strings, booleans and categories become
        categories.

    Raises:
      TypeError, ValueError: wrong arguments; the message gives the rule and what came.
    """
    if given is None:
        return {}
    found = {name: column(name, values, rows) for name, values in _pairs(given)}
    if len(found) > MOST_COLUMNS:
        raise ValueError(
            f"`columns` must be at most {MOST_COLUMNS}: choose those that may matter. "
            f"Received: {len(found)}"
        )
    return found


def _pairs(given: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(given, Mapping):
        items = list(given.items())
    elif hasattr(given, "columns") and hasattr(given, "__getitem__"):
        items = [(name, given[name]) for name in given.columns]
    else:
        raise TypeError(
            "`columns` must be a mapping of names to values or a DataFrame. "
            f"Received: {type(given).__name__}"
        )
    for name, values in items:
        if not isinstance(name, str) or not name:
            raise TypeError(f"A column's name must be a string, not empty. Received: {name!r}")
        yield name, values


def column(name: str, values: Any, rows: int) -> NDArray[Any]:
    """One column, checked."""
    array = plain(values, f"Column {name!r}")
    if array.shape != (rows,):
        raise ValueError(
            f"Column {name!r} must have shape ({rows},), one value a prediction. "
            f"Received: shape={array.shape}"
        )
    if array.dtype.kind in "iuf":
        return _numbers(array)
    if array.dtype.kind == "b":
        return np.where(array, "true", "false").astype(object)
    if array.dtype.kind == "U":
        return array.astype(object)
    if array.dtype.kind == "O":
        return _objects(name, array)
    raise TypeError(
        f"Column {name!r} must hold numbers, strings or booleans (dates: as `times`, or as days "
        f"since one of them). Received: dtype={array.dtype}"
    )


def plain(values: Any, name: str) -> NDArray[Any]:
    """As NumPy, tensors and lists too; bytes, as TensorFlow's strings are, as text."""
    named = isinstance(values, list | tuple) and any(isinstance(one, str | bytes) for one in values)
    try:  # of names as objects, or NumPy makes NaN the name "nan"
        array = np.array(values, object) if named else to_numpy(values)
    except ValueError:  # rows of several lengths
        raise ValueError(f"{name} must be an array. Received: {_start(values)}") from None
    if array.dtype.kind not in "SO":
        return array
    told = [one.decode(errors="replace") if isinstance(one, bytes) else one for one in array.flat]
    found = np.empty(len(told), object)
    found[:] = told
    return found.reshape(array.shape)


def _start(values: Any) -> str:
    told = repr(values)
    return told if len(told) <= 80 else f"{told[:80]}..."


def factorised(values: Iterable[str]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The different names, sorted, and the place of each value among them.

    Of Python's own strings: NumPy's would take as much memory for each as for the longest, and end
    at a NUL.
    """
    given = list(values)
    names = tuple(sorted(set(given)))
    places = {name: place for place, name in enumerate(names)}
    return names, np.fromiter((places[one] for one in given), np.intp, len(given))


def missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a checked column has no value."""
    nothing: Any = None
    found = np.equal(values, nothing) if values.dtype == object else np.isnan(values)
    return np.asarray(found, bool)


def _numbers(array: NDArray[Any]) -> NDArray[np.float64]:
    """As stored: float32. What is not finite is missing."""
    with np.errstate(over="ignore"):
        stored = array.astype(np.float32).astype(np.float64)
    return np.where(np.isfinite(stored), stored, np.nan)


def _objects(name: str, array: NDArray[Any]) -> NDArray[Any]:
    lacking = np.array([is_missing(value) for value in array], bool)
    kinds = {type(value) for value in array[~lacking]}
    if all(issubclass(kind, bool | np.bool_) for kind in kinds):
        told = {True: "true", False: "false"}
        return _filled(lacking, [told[bool(value)] for value in array[~lacking]])
    if all(issubclass(kind, int | float | np.integer | np.floating) for kind in kinds):
        numbers = np.full(len(array), np.nan)
        numbers[~lacking] = array[~lacking].astype(np.float64)
        return _numbers(numbers)
    if all(issubclass(kind, str) for kind in kinds):
        return _filled(lacking, [str(value) for value in array[~lacking]])
    names = sorted(kind.__name__ for kind in kinds)
    raise TypeError(
        f"Column {name!r} must hold numbers, strings or booleans, of one kind. "
        f"Received: {', '.join(names)}"
    )


def _filled(lacking: NDArray[np.bool_], values: Sequence[str]) -> NDArray[Any]:
    found = np.full(len(lacking), None, object)
    found[~lacking] = values
    return found


def is_missing(value: Any) -> bool:
    """None, NaN, and pandas' own NA and NaT, which are known by name: pandas may not be there."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def groups(given: Any, rows: int) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """The group of each row as a code, and the groups' names. Raises TypeError, ValueError."""
    if given is None:
        return None, ()
    array = plain(given, "`groups`")
    if array.shape != (rows,):
        raise ValueError(
            f"`groups` must have shape ({rows},), one a prediction. Received: shape={array.shape}"
        )
    if array.dtype.kind == "O":
        lacking = sum(is_missing(value) for value in array)
    else:
        lacking = int(np.isnan(array).sum()) if array.dtype.kind == "f" else 0
    if lacking:
        raise ValueError(f"`groups` must be known of every row. Received: {lacking} missing")
    if array.dtype.kind == "O":
        known, places = factorised(map(str, array))
        return places.astype(np.int64), known
    names, codes = np.unique(array, return_inverse=True)
    return codes.astype(np.int64), tuple(_name(value) for value in names)


def _name(value: Any) -> str:
    whole = isinstance(value, np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


def times(given: Any, rows: int) -> NDArray[np.float64] | None:
    """Seconds, of numbers or of datetime64. Raises TypeError, ValueError."""
    if given is None:
        return None
    array = plain(given, "`times`")
    if array.shape != (rows,):
        raise ValueError(
            f"`times` must have shape ({rows},), one a prediction. Received: shape={array.shape}"
        )
    if array.dtype.kind == "M":
        seconds = array.astype("datetime64[ns]").astype(np.int64) / 1e9
        return np.where(np.isnat(array), np.nan, seconds)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"`times` must be numbers or datetime64. Received: dtype={array.dtype}")
    return array.astype(np.float64)
