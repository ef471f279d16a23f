"""Predictions: one row each, with label, baseline, group, time, columns, some input series."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.analysis import Analysis

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
# The code of a missing category.
MISSING = 0xFFFFFFFF


@dataclasses.dataclass(frozen=True, eq=False)
class Column:
    """A column of metadata.

    Attributes:
      values: float32 `[N]` (NaN: missing), or uint32 codes `[N]` into `names` (`MISSING`: missing).
      names: of the categories, or None for numbers.
    """

    name: str
    values: NDArray[np.float32] | NDArray[np.uint32]
    names: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Scores:
    """What one model predicted.

    Attributes:
      prediction: float32 `[N]`: probability of class 1 (binary), predicted class (multiclass) or
        value (regression); NaN: none.
      probability: float32 `[N]`, multiclass only: the probability given to the row's label.
    """

    prediction: NDArray[np.float32]
    probability: NDArray[np.float32] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Kept:
    """The rows whose input series are kept.

    Attributes:
      rows: uint32 `[K]`, which rows.
      reasons: why, one a row: "win", "loss", "random", or "chosen" (named by the caller).
      input: float32 `[K, T, C]`; NaN where masked.
      timestamps: float64 `[K, T]`, or None.
      channels: names, or None.
    """

    rows: NDArray[np.uint32]
    reasons: tuple[str, ...]
    input: NDArray[np.float32]
    timestamps: NDArray[np.float64] | None = None
    channels: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Predictions:
    """A table of predictions.

    Attributes:
      task: of the table.
      label: float32 `[N]`: 0 or 1, class index, or value; NaN: missing.
      model, baseline: what they predicted; `baseline` may be None.
      classes: names of the classes, or None.
      group: who the rows are of (users), or None.
      time: float64 `[N]`, or None.
      columns: metadata.
      kept: the rows whose input series are kept, or None.
      analysis: what the table says, or None where it was not analysed.
    """

    task: Task
    label: NDArray[np.float32]
    model: Scores
    baseline: Scores | None = None
    classes: tuple[str, ...] | None = None
    group: Column | None = None
    time: NDArray[np.float64] | None = None
    columns: tuple[Column, ...] = ()
    kept: Kept | None = None
    analysis: Analysis | None = None

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.label)
