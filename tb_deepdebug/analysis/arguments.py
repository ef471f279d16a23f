"""The arguments of `summary.predictions` and `analyze_predictions`, checked, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis import columns as _columns
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.predictions import Task

Floats = NDArray[np.float64]
_SUM_TOLERANCE = 1e-2  # of probabilities in half precision over many classes


def tables(
    labels: Any,
    predictions: Any,
    *,
    baseline: Any = None,
    groups: Any = None,
    times: Any = None,
    columns: Any = None,
    task: Task | None = None,
    classes: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
    group_column: str = "group",
) -> dict[str, Table]:
    """A table for each of `tasks`, or one named "". Raises TypeError, ValueError."""
    if task is not None and task not in get_args(Task):
        raise ValueError(f"`task` must be one of {', '.join(get_args(Task))}. Received: {task!r}")
    arrays = {"labels": floats("labels", labels), "predictions": floats("predictions", predictions)}
    if baseline is not None:
        arrays["baseline"] = floats("baseline", baseline)
    if not isinstance(group_column, str) or not group_column:
        raise TypeError(f"`group_column` must be a name. Received: {group_column!r}")
    rows = arrays["labels"].shape[0] if arrays["labels"].ndim else 0
    if rows == 0:
        raise ValueError(f"`labels` must be one a row. Received: shape={arrays['labels'].shape}")
    group, names = _columns.groups(groups, rows)
    shared: dict[str, Any] = {
        "group": group,
        "group_names": names,
        "group_column": group_column,
        "time": _columns.times(times, rows),
        "columns": _columns.columns(columns, rows),
    }
    if tasks is None:
        return {"": _table(arrays, task, classes, shared)}
    _check_tasks(tasks, arrays)
    return {
        name: _table({key: array[:, k] for key, array in arrays.items()}, task, classes, shared)
        for k, name in enumerate(tasks)
    }


def _check_tasks(tasks: Sequence[str], arrays: dict[str, Floats]) -> None:
    if isinstance(tasks, str) or not all(isinstance(name, str) and name for name in tasks):
        raise TypeError(f"`tasks` must be a list of names. Received: {tasks!r}")
    if not tasks or len(set(tasks)) < len(tasks):
        raise ValueError(f"`tasks` must be different names. Received: {list(tasks)}")
    rows = len(arrays["labels"])
    for name, array in arrays.items():
        if array.shape != (rows, len(tasks)):
            raise ValueError(
                f"`{name}` must have shape ({rows}, {len(tasks)}), a column a task. "
                f"Received: shape={array.shape}"
            )


def _table(
    arrays: dict[str, Floats],
    task: Task | None,
    classes: Sequence[str] | None,
    shared: dict[str, Any],
) -> Table:
    label = _labels(_squeezed(arrays["labels"]), arrays["predictions"])
    prediction = _squeezed(arrays["predictions"])
    kind = task or _inferred(label, prediction)
    models = {"predictions": prediction}
    if "baseline" in arrays:
        models["baseline"] = _squeezed(arrays["baseline"])
    for name, array in models.items():
        _check_model(name, array, label, kind, prediction.shape)
    count = prediction.shape[1] if kind == "multiclass" else 2
    _check_labels(label, kind, count)
    return Table(
        kind,
        label,
        models["predictions"],
        models.get("baseline"),
        _classes(classes, kind, count),
        **shared,
    )


def floats(name: str, given: Any) -> Floats:
    """`given` as float64; None in a list is NaN, what float32 (as it is stored) can't hold inf."""
    if given is None:
        raise TypeError(f"`{name}` must be numbers. Received: None")
    array = _columns.plain(given, f"`{name}`")
    if array.dtype.kind == "O":
        plain = [np.nan if _columns.is_missing(one) else one for one in array.ravel()]
        try:
            array = np.array(plain, np.float64).reshape(array.shape)
        except (TypeError, ValueError):
            raise TypeError(f"`{name}` must be numbers. Received: {array.ravel()[:3]}") from None
    if array.dtype.kind not in "biuf":
        try:
            if array.dtype.kind in "cmM":  # which NumPy would turn into numbers
                raise TypeError
            array = array.astype(np.float32)  # bfloat16 and its kin, which are no kind of float
        except (TypeError, ValueError):
            raise TypeError(f"`{name}` must be numbers. Received: dtype={array.dtype}") from None
    found = array.astype(np.float64)
    with np.errstate(over="ignore"):
        return np.where(np.isinf(found.astype(np.float32)), np.copysign(np.inf, found), found)


def _squeezed(array: Floats) -> Floats:
    """`[N, 1]`, as a net with one output gives, is `[N]`."""
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _labels(label: Floats, predictions: Floats) -> Floats:
    if label.ndim == 1:
        return label
    advice = "or `tasks=[...]`, a name for each column, if they are answers to as many questions"
    if label.ndim == 2 and np.isin(label, (0, 1)).all() and (label.sum(axis=1) == 1).all():
        advice = f"`labels.argmax(axis=1)` if they are one-hot, {advice}"
    raise ValueError(
        f"`labels` must have shape [N]: {advice}. Received: shape={label.shape} "
        f"(predictions: {predictions.shape})"
    )


def _inferred(label: Floats, prediction: Floats) -> Task:
    if prediction.ndim == 2:
        return "multiclass"
    if not np.isin(label[np.isfinite(label)], (0, 1)).all():
        return "regression"
    known = prediction[np.isfinite(prediction)]
    if np.isfinite(label).any() and ((known < 0) | (known > 1)).any():
        raise ValueError(
            "`predictions` for labels of 0 and 1 must be probabilities, in [0, 1]: apply a sigmoid "
            "if they are logits, or pass `task='regression'`. "
            f"Received: {known.min():.4g} to {known.max():.4g}"
        )
    return "binary" if ((known >= 0) & (known <= 1)).all() else "regression"


def _check_model(
    name: str, array: Floats, label: Floats, task: Task, like: tuple[int, ...]
) -> None:
    rank = 2 if task == "multiclass" else 1
    if array.ndim != rank or len(array) != len(label) or array.shape != like:
        asked = f"({len(label)}, {'classes' if like == array.shape else like[-1]})"
        asked = asked if rank == 2 else f"({len(label)},)"
        hint = ""
        if rank == 1 and array.ndim == 2 and array.shape[1] == 2:
            hint = f" (of a softmax over two classes: `{name}[:, 1]`)"
        raise ValueError(
            f"`{name}` of a {task} task must have shape {asked}{hint}. "
            f"Received: shape={array.shape}"
        )
    known = array[np.isfinite(array)]
    if task != "regression" and ((known < 0) | (known > 1)).any():
        squash = "softmax" if task == "multiclass" else "sigmoid"
        raise ValueError(
            f"`{name}` of a {task} task must be probabilities, in [0, 1]: apply a {squash} if they "
            f"are logits. Received: {known.min():.4g} to {known.max():.4g}"
        )
    sums = array[np.isfinite(array).all(axis=-1)].sum(axis=1) if task == "multiclass" else None
    if sums is not None and (np.abs(sums - 1) > _SUM_TOLERANCE).any():
        raise ValueError(
            f"`{name}` of a multiclass task must sum to 1 over the classes (for questions that "
            "don't exclude each other: `tasks=[...]`). "
            f"Received: sums from {sums.min():.4g} to {sums.max():.4g}"
        )


def _check_labels(label: Floats, task: Task, classes: int) -> None:
    if task == "regression":
        return
    known = label[~np.isnan(label)]
    wrong = known[~np.isin(known, np.arange(classes))]
    if len(wrong):
        allowed = "0 or 1" if task == "binary" else f"whole numbers from 0 to {classes - 1}"
        raise ValueError(
            f"`labels` of a {task} task must be {allowed}, or NaN where missing. "
            f"Received: {', '.join(f'{one:g}' for one in np.unique(wrong)[:5])}"
        )


def _classes(given: Sequence[str] | None, task: Task, count: int) -> tuple[str, ...] | None:
    if given is None:
        return None
    if isinstance(given, str) or not all(isinstance(name, str) for name in given):
        raise TypeError(f"`classes` must be a list of names. Received: {given!r}")
    if task == "regression" or len(given) != count:
        asked = "left out of a regression" if task == "regression" else f"{count} names"
        raise ValueError(f"`classes` must be {asked}. Received: {len(given)} names")
    return tuple(given)
