"""Training health -> planes, series and the standard scalars."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.health import OBJECTIVES, OUTPUT_MEASURES, SOURCES, Health
from tb_deepdebug.stats.log_bins import used
from tb_deepdebug.stats.parameters import HEALTH_BINS, MEASURES
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series

HISTORY_ROWS = (
    "gradient_norm_max",
    "gradient_norm_max_step",
    "first_nonfinite_step",
    "steps",
)
_STANDARD = ("gradient_norm", "update_ratio", "learning_rate", "loss")


def fields(record: Health) -> dict[str, Any]:
    """The header's fields."""
    known, outputs = record.parameters, record.outputs
    return {
        "parameters": known.names,
        "layers": known.layers,
        "sizes": [math.prod(shape) for shape in known.shapes],
        "shapes": known.shapes,
        "source": known.source,
        "objective": None if outputs is None else outputs.objective,
        "outputs": () if outputs is None else outputs.layers,
        "bins": {
            "mantissa_bits": HEALTH_BINS.mantissa_bits,
            "min_exponent": HEALTH_BINS.min_exponent,
            "max_exponent": HEALTH_BINS.max_exponent,
            "first": _span(record).start - HEALTH_BINS.size,
        },
    }


def _span(record: Health) -> slice:
    """The bins that any histogram uses."""
    known = record.parameters
    spans = [used(c) for c in (known.weight_counts, known.gradient_counts) if c is not None]
    spans = [span for span in spans if span.stop > span.start]
    if not spans:
        return slice(0, 0)
    return slice(min(span.start for span in spans), max(span.stop for span in spans))


def planes(record: Health) -> list[Plane]:
    """The frame's planes; histograms are cut to the bins in use."""
    known, outputs, found = record.parameters, record.outputs, []
    if known.names:
        history = np.stack([getattr(record.history, row) for row in HISTORY_ROWS])
        found = [
            Plane("parameters", np.stack([record.row(name) for name in MEASURES]), MEASURES),
            Plane("history", history, HISTORY_ROWS),
        ]
    if outputs is not None:
        rows = np.stack([getattr(outputs, row) for row in OUTPUT_MEASURES])
        found.append(Plane("outputs", rows.astype(np.float64), OUTPUT_MEASURES))
    for name in ("weight_counts", "gradient_counts"):
        counts = getattr(known, name)
        if counts is not None:
            found.append(Plane(name, _narrow(counts[:, _span(record)])))
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
            **_whole(record),
            "nonfinite_weights": _total(record.row("weight_nonfinite")),
            "nonfinite_gradients": _total(record.row("gradient_nonfinite")),
            "source": SOURCES.index(known.source),
            "objective": 0 if outputs is None else 1 + OBJECTIVES.index(outputs.objective),
        },
        {
            "gradient_norm": record.row("gradient_norm"),
            "update_ratio": record.row("update_ratio"),
            "weight_norm": record.row("weight_norm"),
            "output_rms": np.empty(0) if outputs is None else outputs.rms,
            "weight_max": record.row("weight_max"),
            "gradient_nonfinite": record.row("gradient_nonfinite"),
            "weight_nonfinite": record.row("weight_nonfinite"),
        },
    )


def _whole(record: Health) -> dict[str, float]:
    """Norms over all parameters together; the ratio is over those whose update is known."""
    update, weight = record.row("update_norm"), record.row("weight_norm")
    moved = _norm(weight[~np.isnan(update)])
    return {
        "gradient_norm": _norm(record.row("gradient_norm")),
        "weight_norm": _norm(weight),
        "update_ratio": _norm(update) / moved if moved > 0 else math.nan,
    }


def _norm(norms: NDArray[np.float64]) -> float:
    """The L2 norm of parts with these norms; NaN where none is known."""
    known = norms[~np.isnan(norms)]
    largest = float(known.max(initial=0))
    if not known.size or not 0 < largest < math.inf:
        return largest if known.size else math.nan
    return largest * math.sqrt(float(((known / largest) ** 2).sum()))


def _total(counts: NDArray[np.float64]) -> float:
    known = counts[~np.isnan(counts)]
    return float(known.sum()) if known.size else math.nan


def standard(record: Health) -> dict[str, float]:
    """Headline numbers for the Scalars tab: those that are known."""
    scalars = series(record).scalars
    return {name: scalars[name] for name in _STANDARD if not math.isnan(scalars[name])}
