"""A table of predictions as columns of one length: what all of the analysis reads."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.predictions import Task
from tb_deepdebug.stats import metrics

Floats = NDArray[np.float64]


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
    label: Floats
    prediction: Floats
    baseline: Floats | None = None
    classes: tuple[str, ...] | None = None
    group: NDArray[np.int64] | None = None
    group_names: tuple[str, ...] = ()
    group_column: str = "group"
    time: Floats | None = None
    columns: dict[str, NDArray[Any]] = dataclasses.field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.label)

    @cached_property
    def predicted(self) -> NDArray[np.bool_]:
        """Rows with a finite prediction of the model and, where there is one, of the baseline."""
        found = finite(self.prediction)
        return found if self.baseline is None else found & finite(self.baseline)

    @cached_property
    def usable(self) -> NDArray[np.bool_]:
        """Rows with a label and all predictions: those that every metric is of."""
        return self.predicted & np.isfinite(self.label)

    @cached_property
    def unit(self) -> NDArray[np.intp]:
        """Whose each row is: its group, or itself where there are no groups."""
        return np.arange(len(self)) if self.group is None else self.group.astype(np.intp)

    @cached_property
    def loss(self) -> Floats:
        """The model's loss `[N]`: log loss, or |error| of a regression; NaN where not usable."""
        return self._losses(self.prediction)

    @cached_property
    def gain(self) -> Floats | None:
        """By how much the baseline's loss exceeds the model's (the win score), `[N]`."""
        return None if self.baseline is None else self._losses(self.baseline) - self.loss

    def take(self, rows: NDArray[Any]) -> Table:
        """Some rows, by a mask or by places."""
        return dataclasses.replace(
            self,
            label=self.label[rows],
            prediction=self.prediction[rows],
            baseline=None if self.baseline is None else self.baseline[rows],
            group=None if self.group is None else self.group[rows],
            time=None if self.time is None else self.time[rows],
            columns={name: values[rows] for name, values in self.columns.items()},
        )

    def _losses(self, prediction: Floats) -> Floats:
        found = np.full(len(self), np.nan)
        label, prediction = self.label[self.usable], prediction[self.usable]
        if self.task == "regression":
            found[self.usable] = np.abs(label - prediction)
        elif self.task == "binary":
            found[self.usable] = metrics.log_losses(label, prediction)
        else:
            found[self.usable] = metrics.class_log_losses(label, prediction)
        return found


def finite(prediction: Floats) -> NDArray[np.bool_]:
    """The rows all of whose values are, `[N]`, of predictions `[N]` or `[N, C]`."""
    found: NDArray[np.bool_] = np.isfinite(prediction)
    return found if found.ndim == 1 else np.asarray(found.all(axis=1))
