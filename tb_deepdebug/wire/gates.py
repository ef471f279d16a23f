"""Gates -> planes and series."""

from __future__ import annotations

from typing import Any

from tb_deepdebug.records.gates import LEFT, RIGHT, Gates
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series


def fields(record: Gates) -> dict[str, Any]:
    """The header's fields."""
    return {"gates": record.names, "shape": record.shape, "thresholds": [LEFT, RIGHT]}


def planes(record: Gates) -> list[Plane]:
    """The frame's planes."""
    return [
        Plane("left", record.left, record.names),
        Plane("right", record.right, record.names),
        Plane("count", record.count),
    ]


def series(record: Gates) -> Series:
    """The series scalars and vectors."""
    examples, timesteps, units = record.shape
    cells = max(record.count.sum(), 1)
    return Series(
        {
            "examples": examples,
            "timesteps": timesteps,
            "units": units,
            "gates": len(record.names),
            "nonfinite": record.nonfinite,
        },
        {
            "left_share": record.left.sum(axis=1) / cells,
            "right_share": record.right.sum(axis=1) / cells,
            "unit_left": record.left_share.ravel(),
            "unit_right": record.right_share.ravel(),
        },
    )


def standard(record: Gates) -> dict[str, float]:
    """Nothing: a gate's saturation has no single headline."""
    return {}
