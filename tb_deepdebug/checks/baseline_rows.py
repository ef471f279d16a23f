"""The rows that a prediction is judged on: labelled, predicted, each of one user."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.predictions import TASKS, Task

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """What is left once rows without label or prediction are gone.

    Attributes:
      kept: bool `[N]`, of the rows given.
      label: `[K]`, finite; 0 or 1, class index, or value.
      prediction: `[K]` or `[K, classes]`, finite.
      users: `[K]`, 0 to U - 1.
      grouped: whether users were told.
    """

    task: Task
    kept: NDArray[np.bool_]
    label: Floats
    prediction: Floats
    users: NDArray[np.int64]
    grouped: bool

    @property
    def classes(self) -> int:
        """How many classes there are; 1 for numbers and binary labels."""
        if self.task != "multiclass":
            return 1
        wide = self.prediction.shape[1] if self.prediction.ndim == 2 else 0
        return max(wide, int(self.label.max()) + 1)

    @property
    def number_of_users(self) -> int:
        return int(self.users.max()) + 1 if len(self.users) else 0


def rows(y: Any, predictions: Any, groups: Any, task: Task | None) -> Rows:
    """Checked and aligned.

    Raises:
      ValueError: lengths, shapes or values do not go together.
    """
    label = _flat(np.asarray(y))
    prediction = _flat(np.asarray(predictions))
    _lengths(label, prediction, groups)
    label, prediction = label.astype(np.float64), prediction.astype(np.float64)
    if task is None:
        task = _task(label, prediction)
    elif task not in TASKS:
        raise ValueError(f"`task` must be one of {TASKS}. Received: {task!r}")
    if task == "binary" and prediction.ndim == 2 and prediction.shape[1] == 2:
        prediction = prediction[:, 1]
    if prediction.ndim == 2 and task != "multiclass":
        raise ValueError(
            f"`predictions` of a {task} task must have one number a row. "
            f"Received: shape={prediction.shape}"
        )
    known = np.isfinite(prediction) if prediction.ndim == 1 else np.isfinite(prediction).all(1)
    kept = np.isfinite(label) & known
    _labels(task, label[kept], prediction[kept])
    every = np.arange(len(label)) if groups is None else np.asarray(groups)
    names = every[kept] if every.dtype.kind in "biufUS" else every[kept].astype(str)
    users = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return Rows(task, kept, label[kept], prediction[kept], users, groups is not None)


def _flat(values: NDArray[Any]) -> NDArray[Any]:
    """`[N, 1]` is `[N]`."""
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _lengths(label: NDArray[Any], prediction: NDArray[Any], groups: Any) -> None:
    if label.ndim != 1:
        raise ValueError(
            "`y` must have one label a row, [N] or [N, 1] (of one-hot rows: y.argmax(1)). "
            f"Received: shape={label.shape}"
        )
    if prediction.ndim not in (1, 2) or len(prediction) != len(label):
        raise ValueError(
            f"`predictions` must have a row for each of the {len(label)} labels, [N] or "
            f"[N, classes]. Received: shape={prediction.shape}"
        )
    if label.dtype.kind not in "biuf" or prediction.dtype.kind not in "biuf":
        raise ValueError(
            "`y` and `predictions` must be numbers (labels: 0 and 1, class indices, or values). "
            f"Received: dtypes {label.dtype} and {prediction.dtype}"
        )
    if groups is not None and np.shape(groups) != label.shape:
        raise ValueError(
            f"`groups` must name the user of each row, shape {label.shape}. "
            f"Received: shape={np.shape(groups)}"
        )


def _task(label: Floats, prediction: Floats) -> Task:
    if prediction.ndim == 2 and prediction.shape[1] > 2:
        return "multiclass"
    return "binary" if np.isin(label[np.isfinite(label)], (0, 1)).all() else "regression"


def _labels(task: Task, label: Floats, prediction: Floats) -> None:
    if task == "binary" and not np.isin(label, (0, 1)).all():
        raise ValueError(
            f"`y` of a binary task must be 0 or 1 (NaN: missing). Received: {np.unique(label)[:5]}"
        )
    if task == "multiclass" and len(label):
        whole = bool((label == np.floor(label)).all()) and label.min() >= 0
        if not whole or (prediction.ndim == 2 and label.max() >= prediction.shape[1]):
            raise ValueError(
                "`y` of a multiclass task must be class indices, 0 to classes - 1 (NaN: missing). "
                f"Received: {np.unique(label)[:5]} beside predictions {prediction.shape}"
            )
