"""The temporal Jacobian -> planes and series."""

from __future__ import annotations

from typing import Any

import numpy as np

from tb_deepdebug.records.jacobian import Jacobian
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series


def fields(record: Jacobian) -> dict[str, Any]:
    """The header's fields."""
    return {"shape": record.shape, "dtype": record.dtype, "floor": record.floor}


def planes(record: Jacobian) -> list[Plane]:
    """The frame's planes."""
    return [
        Plane("output_steps", record.output_steps),
        Plane("states", record.states),
        Plane("log_mean", record.log_mean.astype(np.float32)),
        Plane("ratio", record.ratio),
    ]


def series(record: Jacobian) -> Series:
    """The series scalars and vectors."""
    examples, outputs, timesteps, channels = record.shape
    return Series(
        {
            "examples": examples,
            "outputs": outputs,
            "timesteps": timesteps,
            "channels": channels,
            "log10_peak": record.log10_peak,
        },
        {
            "output_steps": record.output_steps.astype(np.float64),
            "log10_amnesia_ratio": record.ratio,
        },
    )


def standard(record: Jacobian) -> dict[str, float]:
    """Nothing: the input gradients beside it have the headline."""
    return {}
