"""Tables of predictions without what they say: until `summary.predictions` makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.predictions import Column, Kept, Predictions, Scores, Task

if TYPE_CHECKING:
    from tb_deepdebug.recorder.examples_table import Asked


def tables(
    what: Asked, values: Any, series: NDArray[Any] | None
) -> Iterator[tuple[str, Any, Predictions]]:
    """Name, task and record of each table."""
    if isinstance(values, Mapping):
        for key, one in values.items():
            labels = what.labels[key] if isinstance(what.labels, Mapping) else what.labels
            yield f"{what.name}/{key}", key, _table(what, labels, one, series)
    else:
        yield what.name, None, _table(what, what.labels, values, series)


def _table(
    what: Asked, labels: Any, values: NDArray[Any], series: NDArray[Any] | None
) -> Predictions:
    label = np.asarray(labels, np.float32).reshape(len(values), -1)[:, 0]
    task: Task = "multiclass" if values.ndim == 2 else "binary"
    if task == "binary" and not np.isin(label[np.isfinite(label)], (0, 1)).all():
        task = "regression"
    scores = _scores(label, values)
    miss = np.abs(1 - scores.probability) if scores.probability is not None else None
    loss = np.abs(label - scores.prediction) if miss is None else miss
    columns = what.options.get("columns") or {}
    groups = what.options.get("groups")
    return Predictions(
        task,
        label,
        scores,
        group=None if groups is None else _category("group", groups),
        columns=tuple(
            _category(name, one)
            if np.asarray(one).dtype.kind in "OSU"
            else Column(name, np.asarray(one, np.float32))
            for name, one in columns.items()
        ),
        kept=None if series is None else _kept(what, loss, series),
    )


def _scores(label: NDArray[Any], values: NDArray[Any]) -> Scores:
    if values.ndim == 1:
        return Scores(values.astype(np.float32))
    of_label = values[np.arange(len(label)), np.nan_to_num(label).astype(int)]
    return Scores(values.argmax(axis=1).astype(np.float32), of_label.astype(np.float32))


def _category(name: str, values: Any) -> Column:
    names, codes = np.unique(np.asarray(values).astype(str), return_inverse=True)
    return Column(name, codes.astype(np.uint32), tuple(map(str, names)))


def _kept(what: Asked, loss: NDArray[Any], series: NDArray[Any]) -> Kept:
    order = np.argsort(-np.nan_to_num(loss), kind="stable")
    count = max(1, min(24, len(order)) // 2)
    rows = np.concatenate([order[:count], order[::-1][: min(count, len(order) - count)]])
    reasons = ("loss",) * count + ("win",) * (len(rows) - count)
    drawn = series[rows].astype(np.float32)
    if what.mask is not None:
        drawn[~what.mask[rows]] = np.nan
    stamps = what.timestamps
    if stamps is not None:
        stamps = np.broadcast_to(stamps, series.shape[:2])[rows].astype(np.float64)
    return Kept(rows.astype(np.uint32), reasons, drawn, stamps, what.channels)
