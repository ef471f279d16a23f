"""Series vectors of many steps -> one array a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.preactivations import SERIES_BINS
from tb_deepdebug.wire.series import Series

Arrays = dict[str, NDArray[np.float64]]


def timeline(kind: str, values: Sequence[Series]) -> tuple[Arrays, Arrays]:
    """Numbers `[S]` and vectors `[S, N]` over the steps.

    A vector that has no or another length at some step is NaN there; one that is empty at all of
    them is left out. The counts of pre-activations, which the wire cuts to the bins in use, are put
    back into all of `SERIES_BINS`.
    """
    numbers = _numbers([value.scalars for value in values])
    vectors: Arrays = {}
    for name in dict.fromkeys(name for value in values for name in value.vectors):
        column = [value.vectors.get(name) for value in values]
        if kind == "preactivations" and name == "counts":
            found = _whole(column, numbers.get("first", np.full(len(values), np.nan)))
        else:
            found = _stacked(column)
        if found is not None:
            vectors[name] = found
    return numbers, vectors


def _numbers(rows: Sequence[Mapping[str, float]]) -> Arrays:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if all(len(row) == len(names) for row in rows):  # as nearly always: all at once
        table = np.array([list(row.values()) for row in rows]).reshape(len(rows), len(names))
        if all(list(row) == names for row in rows):
            return dict(zip(names, np.ascontiguousarray(table.T), strict=True))
    return {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}


def _stacked(column: Sequence[NDArray[np.floating] | None]) -> NDArray[np.float64] | None:
    """Vectors of the length that the last one has."""
    width = next((len(v) for v in reversed(column) if v is not None and len(v)), 0)
    if not width:
        return None
    if all(vector is not None and len(vector) == width for vector in column):
        return np.array(column, np.float64)
    stacked = np.full((len(column), width), np.nan)
    for row, vector in zip(stacked, column, strict=True):
        if vector is not None and len(vector) == width:
            row[:] = vector
    return stacked


def _whole(
    column: Sequence[NDArray[np.floating] | None], first: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    width = 2 * SERIES_BINS.size + 1
    whole = np.zeros((len(column), width))
    for row, vector, start in zip(whole, column, first, strict=True):
        begin = start + SERIES_BINS.size if np.isfinite(start) else -1.0
        if vector is None or begin < 0 or begin + len(vector) > width:
            row[:] = np.nan
        else:
            row[int(begin) : int(begin) + len(vector)] = vector
    return whole if len(column) else None
