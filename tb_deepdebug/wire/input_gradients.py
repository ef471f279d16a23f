"""Input gradients -> planes, series and the standard scalar."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.input_gradients import InputGradients
from tb_deepdebug.stats import curves
from tb_deepdebug.stats.amnesia import BANDED
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import LARGEST, SCALARS, Series

# Timesteps of a curve in the series: as many as fit with every channel, within these bounds.
MOST_STEPS, LEAST_STEPS = 512, 256


def fields(record: InputGradients) -> dict[str, Any]:
    """The header's fields."""
    return {
        "shape": list(record.shape),
        "output_step": record.output_step,
        "aligned": record.aligned,
        "dtype": record.dtype,
        "channels": record.channels,
        "reductions": list(record.curves),
        "confidence": curves.CONFIDENCE,
        "floor": record.floor,
    }


def planes(record: InputGradients) -> list[Plane]:
    """The frame's planes."""
    return [
        Plane("states", record.states),
        Plane("examples", record.examples),
        Plane("zeros", record.zeros),
        Plane("nonfinite", record.nonfinite),
        Plane("log_mean", record.curves["log_mean"].astype(np.float32)),
        Plane("band", record.band.astype(np.float32), ("low", "high")),
        Plane("numbers", _numbers(record), BANDED),
        *(
            Plane(name, curve.astype(np.float32))
            for name, curve in record.curves.items()
            if name != "log_mean"
        ),
    ]


def _numbers(record: InputGradients) -> NDArray[np.float64]:
    """Value, low and high of each number that has a band, `[5, 3]`."""
    values = [getattr(record.numbers, name) for name in BANDED]
    return np.column_stack([values, record.number_bands])


def series(record: InputGradients) -> Series:
    """The series scalars, and the curves at the timesteps kept."""
    examples, timesteps, channels = record.shape
    combined, states = record.curves["log_mean"][0], record.states[0]
    room = LARGEST - 4 - len(SCALARS["input_gradients"])
    t = overview_steps(combined, min(MOST_STEPS, max(LEAST_STEPS, room // (5 + channels) - 1)))
    counts = {
        "underflowed": curves.UNDERFLOWED,
        "unreachable": curves.UNREACHABLE,
        "masked": curves.MASKED,
        "nonfinite": curves.NONFINITE,
    }
    return Series(
        {
            "examples": examples,
            "timesteps": timesteps,
            "channels": channels,
            "output_step": record.output_step,
            **dataclasses.asdict(record.numbers),
            **{name: int((states == state).sum()) for name, state in counts.items()},
            "log10_floor": float(np.log10(record.floor)),
        },
        {
            "t": t.astype(np.float64),
            "combined": combined[t],
            "low": record.band[0, 0, t],
            "high": record.band[1, 0, t],
            "state": states[t].astype(np.float64),
            **{f"channel_{c}": record.curves["log_mean"][1 + c, t] for c in range(channels)},
        },
    )


def overview_steps(curve: NDArray[np.float64], most: int = MOST_STEPS) -> NDArray[np.intp]:
    """At most so many timesteps of a curve `[T]`: the least and the greatest of each bucket.

    Buckets without a value keep their first timestep, so that gaps stay gaps.
    """
    if len(curve) <= most:
        return np.arange(len(curve))
    bounds = np.linspace(0, len(curve), most // 2 + 1).astype(int)
    kept: set[int] = set()
    for start, stop in itertools.pairwise(bounds):
        bucket = curve[start:stop]
        if np.isnan(bucket).all():
            kept.add(int(start))
        else:
            kept |= {int(start + np.nanargmin(bucket)), int(start + np.nanargmax(bucket))}
    return np.array(sorted(kept))


def standard(record: InputGradients) -> dict[str, float]:
    """Headline numbers for the Scalars tab; a ratio below the least float32 is 0 there."""
    return {"amnesia_ratio": float(10.0**record.numbers.log10_amnesia_ratio)}
