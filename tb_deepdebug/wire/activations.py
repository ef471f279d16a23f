"""Activations -> planes, series and the standard scalar."""

from __future__ import annotations

from typing import Any

import numpy as np

from tb_deepdebug.records.activations import Activations
from tb_deepdebug.stats.units import UnitStats
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series

UNIT_ROWS = (
    "count",
    "nan",
    "negative_infinity",
    "positive_infinity",
    "zero",
    "negative",
    "min",
    "max",
    "mean",
    "variance",
    "constant",
)


HISTORY_ROWS = (
    "steps",
    "steps_dead",
    "first_dead_step",
    "last_dead_step",
    "revived",
    "min",
    "max",
)


def unit_plane(stats: UnitStats) -> Plane:
    """Unit statistics as float64 `[11, U]`."""
    rows = [stats.constant_share if row == "constant" else getattr(stats, row) for row in UNIT_ROWS]
    return Plane("units", np.stack(rows), UNIT_ROWS)


def fields(record: Activations) -> dict[str, Any]:
    """The header's fields."""
    return {
        "shape": list(record.shape),
        "axis": record.axis,
        "space": list(record.shape[1:3]) if record.axis == "space" else None,
        "examples": record.picture.codes.shape[0],
        "cells": record.picture.codes.shape[2],
        "stride": record.stride,
        "dtype": record.dtype,
        "channels": record.channels,
        "input_channels": record.input_channels,
        "quantisation": "error at most (high - low) / 500 of the unit's scale, up to rounding",
    }


def planes(record: Activations) -> list[Plane]:
    """The frame's planes, small and early ones first."""
    found = [unit_plane(record.stats), Plane("scale", record.picture.scale, ("low", "high"))]
    if record.overview is not None:
        found.append(Plane("overview", record.overview))
    if record.input is not None:
        found.append(Plane("input", record.input.transpose(0, 2, 1)))
    if record.timestamps is not None:
        found.append(Plane("timestamps", record.timestamps))
    if record.history is not None:
        rows = np.stack([getattr(record.history, row) for row in HISTORY_ROWS])
        found.append(Plane("history", rows, HISTORY_ROWS))
    return [*found, Plane("values", record.picture.codes)]


def series(record: Activations) -> Series:
    """The series scalars and vectors."""
    stats = record.stats
    count = stats.count.sum()
    whole = layer_moments(stats)
    return Series(
        {
            "examples": record.shape[0],
            "timesteps": 1 if record.axis == "example" else record.picture.codes.shape[2],
            "units": record.shape[-1],
            "count": count,
            "nonfinite": stats.nonfinite.sum(),
            "dead": int(stats.is_dead.sum()),
            "constant": int(stats.is_constant.sum()),
            "nonfinite_units": int(stats.is_nonfinite.sum()),
            "zero_fraction": stats.zero.sum() / count if count else np.nan,
            "negative_fraction": stats.negative.sum() / count if count else np.nan,
            **whole,
            **_followed(record),
        },
        {
            "unit_zero_fraction": stats.zero / np.maximum(stats.count, 1),
            "unit_min": stats.min,
            "unit_max": stats.max,
            "unit_constant": stats.constant_share,
        },
    )


def _followed(record: Activations) -> dict[str, float]:
    """How many units were ever dead, how many of them came back; nothing without a history."""
    if record.history is None:
        return {}
    return {
        "ever_dead": int((record.history.steps_dead > 0).sum()),
        "revived_units": int((record.history.revived > 0).sum()),
    }


def layer_moments(stats: UnitStats) -> dict[str, float]:
    """min, max, mean and standard deviation over all finite cells of a layer."""
    count = stats.count.sum()
    if not count:
        return {"min": np.nan, "max": np.nan, "mean": np.nan, "std": np.nan}
    with np.errstate(over="ignore", invalid="ignore"):
        means = np.nan_to_num(stats.mean)
        mean = (means * (stats.count / count)).sum()
        m2 = stats.m2.sum() + (stats.count * (means - mean) ** 2).sum()
        std = np.sqrt(m2 / count)
    return {"min": np.nanmin(stats.min), "max": np.nanmax(stats.max), "mean": mean, "std": std}


def standard(record: Activations) -> dict[str, float]:
    """Headline numbers for the Scalars tab."""
    return {"dead_fraction": float(record.stats.is_dead.mean())}
