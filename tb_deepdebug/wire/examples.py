"""Chosen examples -> header, input, gradients and one picture a layer, series."""

from __future__ import annotations

from typing import Any

from tb_deepdebug.records.examples import Examples
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series


def fields(record: Examples) -> dict[str, Any]:
    """The header's fields."""
    return {
        "channels": record.channels,
        "timesteps": record.input.shape[1],
        "layers": [
            {
                "name": layer.name,
                "axis": layer.axis,
                "units": layer.picture.codes.shape[1],
                "cells": layer.picture.codes.shape[2],
                "values": f"{i}/values",
                "scale": f"{i}/scale",
            }
            for i, layer in enumerate(record.layers)
        ],
    }


def planes(record: Examples) -> list[Plane]:
    """Small ones first; a reader picks the layer that it shows."""
    found = [
        Plane("rows", record.rows),
        Plane("output_steps", record.output_steps),
        Plane("input", record.input.transpose(0, 2, 1)),
    ]
    if record.gradient is not None:
        found.append(Plane("gradient", record.gradient.transpose(0, 2, 1)))
    if record.timestamps is not None:
        found.append(Plane("timestamps", record.timestamps))
    for i, layer in enumerate(record.layers):
        found.append(Plane(f"{i}/scale", layer.picture.scale, ("low", "high")))
        found.append(Plane(f"{i}/values", layer.picture.codes))
    return found


def series(record: Examples) -> Series:
    """The series scalars."""
    return Series({"examples": len(record.rows), "layers": len(record.layers)}, {})


def standard(record: Examples) -> dict[str, float]:
    """Nothing."""
    return {}
