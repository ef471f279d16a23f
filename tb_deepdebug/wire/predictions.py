"""A table of predictions -> header, one plane a column, series and standard scalars."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tb_deepdebug.records.predictions import Column, Predictions
from tb_deepdebug.wire.plain import text
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series

# Those with a curve in the Scalars tab and over the steps of the panel, as far as they are defined.
CURVES = ("auroc", "average_precision", "brier", "log_loss", "accuracy", "mae", "rmse", "r2")


def fields(record: Predictions) -> dict[str, Any]:
    """The header's fields."""
    kept = record.kept
    return {
        "task": record.task,
        "rows": record.rows,
        "classes": record.classes,
        "group": None if record.group is None else record.group.name,
        "columns": [_told(column) for column in record.columns],
        "kept": None
        if kept is None
        else {
            "reasons": list(kept.reasons),
            "channels": kept.channels,
            "timesteps": kept.input.shape[1],
        },
        "analysed": record.analysis is not None,
    }


def _told(column: Column) -> dict[str, Any]:
    return {"name": column.name, "kind": "number" if column.names is None else "category"}


def planes(record: Predictions) -> list[Plane]:
    """The columns; names of categories and the analysis are JSON as bytes."""
    found = [Plane("label", record.label), Plane("prediction", record.model.prediction)]
    if record.model.probability is not None:
        found.append(Plane("probability", record.model.probability))
    if record.baseline is not None:
        found.append(Plane("baseline", record.baseline.prediction))
        if record.baseline.probability is not None:
            found.append(Plane("baseline_probability", record.baseline.probability))
    if record.group is not None:
        found += _column("group", record.group)
    if record.time is not None:
        found.append(Plane("time", record.time))
    for i, column in enumerate(record.columns):
        found += _column(f"column/{i}", column)
    if record.kept is not None:
        found.append(Plane("kept/rows", record.kept.rows))
        found.append(Plane("kept/input", record.kept.input.transpose(0, 2, 1)))
        if record.kept.timestamps is not None:
            found.append(Plane("kept/timestamps", record.kept.timestamps))
    if record.analysis is not None:
        found.append(Plane("analysis", text(record.analysis)))
    return found


def _column(name: str, column: Column) -> list[Plane]:
    values = Plane(name, column.values)
    if column.names is None:
        return [values]
    return [values, Plane(f"{name}/names", text(column.names))]


def series(record: Predictions) -> Series:
    """The series scalars; NaN for a metric that is not defined."""
    metrics = None if record.analysis is None else record.analysis.metrics
    curves: dict[str, float] = {}
    for name in CURVES:
        for whose in ("model", "baseline"):
            estimates = metrics and getattr(metrics, whose)
            found = estimates.get(name) if estimates else None
            curves[name if whose == "model" else f"baseline_{name}"] = (
                math.nan if found is None else found.value
            )
    labelled = int(np.isfinite(record.label).sum())
    groups = 0 if record.group is None else len(record.group.names or ())
    return Series({"rows": record.rows, "labelled": labelled, "groups": groups, **curves}, {})


def standard(record: Predictions) -> dict[str, float]:
    """The metrics that are defined, for the Scalars tab."""
    if record.analysis is None:
        return {}
    found = record.analysis.metrics.model
    values = {name: found[name].value for name in CURVES if name in found}
    return {name: value for name, value in values.items() if math.isfinite(value)}
