"""Numbers of a parameter, its gradient and its update, and what became of them over training."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.stats.log_bins import LogBins, unit_histograms

MEASURES = (
    "gradient_norm",
    "update_ratio",
    "weight_norm",
    "update_norm",
    "weight_max",
    "gradient_max",
    "weight_nonfinite",
    "gradient_nonfinite",
    "gradient_zero",
)
_GRADIENT_NORM = MEASURES.index("gradient_norm")
_WEIGHT_NORM = MEASURES.index("weight_norm")
_WEIGHT_MAX = MEASURES.index("weight_max")
_NONFINITE = [MEASURES.index("weight_nonfinite"), MEASURES.index("gradient_nonfinite")]

# Gradients of deep nets live far below 2**-24, where histograms of activations end.
HEALTH_BINS = LogBins(mantissa_bits=1, min_exponent=-48, max_exponent=16)


def parameter_measures(
    weight: NDArray[np.floating],
    gradient: NDArray[np.floating] | None = None,
    update: NDArray[np.floating] | None = None,
) -> dict[str, float]:
    """The `MEASURES` of one parameter; NaN where not measured.

    Norms (L2) and largest magnitudes are over the finite entries, and NaN where there are none;
    entries that are not finite are counted. `update` is what the step added to the parameter, and
    `update_ratio` its norm over that of the weight (NaN where that is 0).
    """
    found = dict.fromkeys(MEASURES, float("nan"))
    found["weight_norm"], found["weight_max"], found["weight_nonfinite"] = _size(weight)
    if gradient is not None:
        norm, largest, nonfinite = _size(gradient)
        found |= {"gradient_norm": norm, "gradient_max": largest, "gradient_nonfinite": nonfinite}
        found["gradient_zero"] = float(np.count_nonzero(gradient == 0))
    if update is not None:
        found["update_norm"] = _size(update)[0]
        if found["weight_norm"] > 0:
            found["update_ratio"] = found["update_norm"] / found["weight_norm"]
    return found


def _size(array: NDArray[np.floating]) -> tuple[float, float, float]:
    """L2 norm and largest magnitude of the finite entries, and how many are not finite."""
    finite = array[np.isfinite(array)].astype(np.float64)
    if not finite.size:
        return float("nan"), float("nan"), float(array.size)
    largest = float(np.abs(finite).max())
    scaled = finite / largest if largest > 0 else finite  # squares stay within float64
    norm = largest * float(np.sqrt((scaled**2).sum())) if largest > 0 else 0.0
    return norm, largest, float(array.size - finite.size)


def joint_norm(norms: NDArray[np.float64]) -> float:
    """The L2 norm of all parts together, from the norm of each; NaN where none is known."""
    known = norms[~np.isnan(norms)]
    if not known.size:
        return float("nan")
    largest = float(known.max())
    if not 0 < largest < float("inf"):
        return largest
    scaled = known / largest  # squares stay within float64
    return largest * math.sqrt(float(scaled @ scaled))


def histogram(array: NDArray[np.floating]) -> NDArray[np.int64]:
    """Counts `[bins]` of the finite entries over `HEALTH_BINS`."""
    return unit_histograms(array.reshape(1, -1, 1), HEALTH_BINS)[0]


@dataclasses.dataclass(frozen=True, eq=False)
class HealthHistory:
    """Accumulators over every recorded step, each an array `[P]`.

    Attributes:
      gradient_norm_max: the largest gradient norm; NaN where none was measured.
      gradient_norm_max_step: the first training step that had it.
      first_nonfinite_step: the first step with an entry of the weight or the gradient that is not
        finite; NaN where there was none.
      steps: steps recorded.
      untrained_norm, untrained_max: the weight's norm and largest magnitude at step 0; NaN where
        that was not recorded.
    """

    gradient_norm_max: NDArray[np.float64]
    gradient_norm_max_step: NDArray[np.float64]
    first_nonfinite_step: NDArray[np.float64]
    steps: NDArray[np.float64]
    untrained_norm: NDArray[np.float64]
    untrained_max: NDArray[np.float64]


def begin(parameters: int) -> HealthHistory:
    """A history of no step yet."""
    never = np.full(parameters, np.nan)
    return HealthHistory(never, never, never, np.zeros(parameters), never, never)


def follow(history: HealthHistory, rows: NDArray[np.float64], step: int) -> HealthHistory:
    """The history with the `MEASURES` `[9, P]` of one more training step.

    Raises:
      ValueError: the history is of another number of parameters.
    """
    if len(history.steps) != rows.shape[1]:
        raise ValueError(
            "A history goes on with the same parameters. "
            f"Received: {len(history.steps)} parameters before, {rows.shape[1]} now"
        )
    norm, highest = rows[_GRADIENT_NORM], history.gradient_norm_max
    higher = (norm > highest) | (np.isnan(highest) & ~np.isnan(norm))
    wrong = (rows[_NONFINITE] > 0).any(axis=0)
    first = wrong & np.isnan(history.first_nonfinite_step)
    return HealthHistory(
        gradient_norm_max=np.where(higher, norm, highest),
        gradient_norm_max_step=np.where(higher, step, history.gradient_norm_max_step),
        first_nonfinite_step=np.where(first, step, history.first_nonfinite_step),
        steps=history.steps + 1,
        untrained_norm=rows[_WEIGHT_NORM] if step == 0 else history.untrained_norm,
        untrained_max=rows[_WEIGHT_MAX] if step == 0 else history.untrained_max,
    )
