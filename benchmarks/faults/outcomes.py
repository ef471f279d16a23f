"""What a fault did, by its outcome beside that of healthy runs on the same base."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from benchmarks.faults.healthy import PLAIN
from benchmarks.faults.training import Outcome

POINTS = 0.05  # of accuracy that a fault must cost
SPREADS = 3.0  # and so many of the healthy runs' robust standard deviations (1.4826 x MAD)
FACTOR = 2.0  # of the squared error of numbers, relative to their variance


def healthy_level(outcomes: Iterable[Outcome], base: str) -> tuple[float, float]:
    """Median of the metric of the plain runs of a base, and its robust standard deviation."""
    found = [
        o.metric for o in outcomes if (o.kind, o.name, o.base) == ("healthy", PLAIN.name, base)
    ]
    if not found:
        raise ValueError(f"Base {base!r} must have a finished plain run. Received: none")
    middle = float(np.median(found))
    return middle, 1.4826 * float(np.median(np.abs(np.array(found) - middle)))


def is_harmful(outcome: Outcome, level: tuple[float, float]) -> bool:
    """Whether a run ended worse than healthy ones by the margins above.

    Classes: an accuracy below the median by 5 points and by 3 spreads. Numbers: a squared error
    (1 - R2, in variances) of more than twice the healthy one. Losses that are not finite: always.
    """
    median, spread = level
    if not math.isfinite(outcome.metric):
        return True
    if outcome.task == "numbers":
        return 1 - outcome.metric > FACTOR * (1 - median)
    return outcome.metric < median - max(POINTS, SPREADS * spread)
