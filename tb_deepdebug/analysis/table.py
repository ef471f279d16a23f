"""The checked arguments of `summary.predictions` and `analyze_predictions`."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.predictions import Task


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """Columns of one length N.

    Attributes:
      task: of the table.
      label: float64 `[N]`: 0 or 1, class index, or value; NaN: missing.
      prediction, baseline: float64 `[N]` (binary: probability of class 1; regression: value) or
        `[N, C]` (multiclass: probabilities); `baseline` may be None.
      classes: names of the classes, or None.
      group: int64 codes `[N]`, 0 to G - 1, or None; `group_names` and `group_column` tell who.
      time: float64 `[N]`, or None.
      columns: metadata by name: float64 `[N]` (NaN: missing) or an array of str objects (None:
        missing).
    """

    task: Task
    label: NDArray[np.float64]
    prediction: NDArray[np.float64]
    baseline: NDArray[np.float64] | None = None
    classes: tuple[str, ...] | None = None
    group: NDArray[np.int64] | None = None
    group_names: tuple[str, ...] = ()
    group_column: str = "group"
    time: NDArray[np.float64] | None = None
    columns: dict[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
