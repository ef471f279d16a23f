"""Training health -> planes, series and the standard scalars."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.health import OBJECTIVES, OUTPUT_MEASURES, SOURCES, Health
from tb_deepdebug.stats.parameters import HEALTH_BINS, MEASURES
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series

HISTORY_ROWS = (
    "gradient_norm_max",
    "gradient_norm_max_step",
    "first_nonfinite_step",
    "steps",
    "untrained_norm",
    "untrained_max",
)


def fields(record: Health) -> dict[str, Any]:
    """The header's fields."""
    known, outputs = record.parameters, record.outputs
    return {
        "parameters": known.names,
        "layers": known.layers,
        "sizes": tuple(math.prod(shape) for shape in known.shapes),
        "shapes": known.shapes,
        "source": known.source,
        "objective": None if outputs is None else outputs.objective,
        "outputs": () if outputs is None else outputs.layers,
        "bins": {
            "mantissa_bits": HEALTH_BINS.mantissa_bits,
            "min_exponent": HEALTH_BINS.min_exponent,
            "max_exponent": HEALTH_BINS.max_exponent,
            "first": known.used_bins.start - HEALTH_BINS.size,
        },
    }


def planes(record: Health) -> list[Plane]:
    """The frame's planes; histograms are cut to the bins in use.

    Written at every step, they are packed only where it saves much for the time it takes.
    """
    known, outputs = record.parameters, record.outputs
    found: list[Plane] = []
    if known.names:
        found.append(Plane("parameters", known.rows, MEASURES, packing="none"))
    if known.names and record.history is not None:
        history = np.stack([getattr(record.history, row) for row in HISTORY_ROWS])
        found.append(Plane("history", history, HISTORY_ROWS, packing="none"))
    if outputs is not None:
        rows = np.stack([getattr(outputs, row) for row in OUTPUT_MEASURES])
        found.append(Plane("outputs", rows.astype(np.float64), OUTPUT_MEASURES))
    for name in ("weight_counts", "gradient_counts"):
        counts = getattr(known, name)
        if counts is not None:
            found.append(Plane(name, _narrow(counts[:, known.used_bins]), packing="runs"))
    return found


def _narrow(counts: NDArray[np.int64]) -> NDArray[Any]:
    return counts.astype(np.uint32 if counts.max(initial=0) < 2**32 else np.float64)


def series(record: Health) -> Series:
    """The series scalars and vectors."""
    known, outputs = record.parameters, record.outputs
    return Series(
        {
            "parameters": len(known.names),
            "layers": 0 if outputs is None else len(outputs.layers),
            "loss": known.loss,
            "learning_rate": known.learning_rate,
            **known.whole,
            "nonfinite_weights": _total(known.row("weight_nonfinite")),
            "nonfinite_gradients": _total(known.row("gradient_nonfinite")),
            "source": SOURCES.index(known.source),
            "objective": 0 if outputs is None else 1 + OBJECTIVES.index(outputs.objective),
        },
        {
            "gradient_norm": known.row("gradient_norm"),
            "update_ratio": known.row("update_ratio"),
            "weight_norm": known.row("weight_norm"),
            "output_rms": np.empty(0) if outputs is None else outputs.rms,
            "weight_max": known.row("weight_max"),
            "gradient_nonfinite": known.row("gradient_nonfinite"),
            "weight_nonfinite": known.row("weight_nonfinite"),
        },
    )


def _total(counts: NDArray[np.float64]) -> float:
    known = counts[~np.isnan(counts)]
    return float(known.sum()) if known.size else math.nan


def standard(record: Health) -> dict[str, float]:
    """Headline numbers for the Scalars tab: those that are known."""
    known = record.parameters
    numbers = {
        "gradient_norm": known.whole["gradient_norm"],
        "update_ratio": known.whole["update_ratio"],
        "learning_rate": known.learning_rate,
        "loss": known.loss,
    }
    return {name: number for name, number in numbers.items() if not math.isnan(number)}
