"""The rows of a table for which conditions hold."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.columns import missing
from tb_deepdebug.analysis.condition import text
from tb_deepdebug.records.analysis import Condition

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(
    conditions: Iterable[Condition], columns: dict[str, NDArray[Any]], rows: int
) -> NDArray[np.bool_]:
    """Where all hold, `[rows]`. Raises ValueError for an unknown column or a value of no kind."""
    found = np.ones(rows, bool)
    for condition in conditions:
        found &= _one(condition, columns)
    return found


def _one(condition: Condition, columns: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    values = columns.get(condition.column)
    if values is None:
        known = ", ".join(columns) or "none"
        raise ValueError(
            f"A condition must be on one of the columns: {known}. Received: {condition.column}"
        )
    numbers, lacking = values.dtype != object, missing(values)
    if condition.operator == "missing":
        return lacking
    if numbers != (not isinstance(condition.value, str)):
        kind, hint = (
            ("numbers", "") if numbers else ("categories", ", quoted where one is a number")
        )
        raise ValueError(
            f"Column {condition.column} holds {kind}{hint}. Received: {text([condition])}"
        )
    # Numbers are stored, and so compared, as float32.
    with np.errstate(over="ignore"):
        value = np.float64(np.float32(condition.value)) if numbers else condition.value
    return _COMPARE[condition.operator](values, value).astype(bool) & ~lacking
