"""AUROC and average precision, sorted once and then weighed as often as one likes."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclasses.dataclass(frozen=True, eq=False)
class Ranking:
    """The rows of two classes by score: P positives, Q negatives.

    Attributes:
      positives: `[P]`, the unit (a user, say) of each positive, by falling score.
      negatives: `[Q]`, the unit of each negative, by rising score.
      below: `[P]`, how many negatives score lower than each positive.
      up_to: `[P]`, how many score as high or lower; None where that is the same.
      tied: `[P]`, the place of the last positive of the same score; None where that is its own.
    """

    positives: Places
    negatives: Places
    below: Places
    up_to: Places | None
    tied: Places | None

    def measure(self, weight: NDArray[np.int64]) -> tuple[float, float]:
        """AUROC and average precision where each row counts `weight[unit]` times.

        AUROC is the probability that a positive scores higher than a negative, a tie counting one
        half (Mann and Whitney 1947). Average precision is the sum, over the falling thresholds, of
        precision times the step of recall, as scikit-learn's: nothing is interpolated. Both are
        NaN where one class has no weight.
        """
        positive, negatives = weight.take(self.positives), self._negatives_up_to(weight)
        found, all_negatives = np.cumsum(positive), int(negatives[-1])
        if not len(found) or found[-1] == 0 or all_negatives == 0:
            return math.nan, math.nan
        lower = negatives.take(self.below)
        pairs = float(positive @ lower)
        if self.up_to is not None:
            pairs = (pairs + float(positive @ negatives.take(self.up_to))) / 2
        total = float(found[-1])
        hits = found if self.tied is None else found.take(self.tied)
        chosen = hits + (all_negatives - lower)
        precision = positive * (hits / np.maximum(chosen, 1))
        return pairs / (total * all_negatives), float(precision.sum()) / total

    def influence(self, units: int) -> Floats:
        """What one more unit of each weight adds to AUROC and to average precision, `[units, 2]`.

        The derivative at weights of 1. That of AUROC is the sum of DeLong's structural components
        over the rows of a unit (Obuchowski 1997).
        """
        if not len(self.positives) or not len(self.negatives):
            return np.full((units, 2), np.nan)
        area, average = self.measure(np.ones(units, np.int64))
        up_to = self.below if self.up_to is None else self.up_to
        wins = (self.below + up_to) / 2
        # Each negative's wins of the positives: all that no positive from below up to it loses.
        p, q = len(self.positives), len(self.negatives)
        edges = np.bincount(self.below, minlength=q + 1) + np.bincount(up_to, minlength=q + 1)
        above = p - np.cumsum(edges)[:q] / 2
        on_area = np.bincount(self.positives, (wins / q - area) / p, units)
        on_area += np.bincount(self.negatives, (above / p - area) / q, units)
        return np.stack([on_area, self._on_average_precision(average, units)], axis=1)

    def _on_average_precision(self, average: float, units: int) -> Floats:
        p, q = len(self.positives), len(self.negatives)
        place = np.arange(p)
        last = place if self.tied is None else self.tied
        hits, false = last + 1.0, (q - self.below).astype(np.float64)
        chosen = hits + false
        # A row counts in the precision at each positive that scores as high or lower.
        gain = _from_here(false / chosen**2)
        loss = _from_here(hits / chosen**2)
        first = place if self.tied is None else np.searchsorted(last, last, side="left")
        # `below` falls: of the negative at place j, the positives with `below` at most j.
        scoring_lower = np.searchsorted(-self.below, -np.arange(q), side="left")
        on = np.bincount(self.positives, (hits / chosen - average + gain[first]) / p, units)
        return np.asarray(on - np.bincount(self.negatives, loss[scoring_lower] / p, units), float)

    def _negatives_up_to(self, weight: NDArray[np.int64]) -> NDArray[np.int64]:
        """How much the k lowest negatives weigh, for k from 0 to Q."""
        sums = np.zeros(len(self.negatives) + 1, np.int64)
        np.cumsum(weight.take(self.negatives), out=sums[1:])
        return sums


def _from_here(values: Floats) -> Floats:
    """The sum of each and all that follow, and 0 behind the last: `[P + 1]`."""
    return np.append(np.cumsum(values[::-1])[::-1], 0)


def ranking(score: Floats, positive: NDArray[np.bool_], unit: Places) -> Ranking:
    """Sorts rows `[N]` by score."""
    high, low = score[positive], score[~positive]
    falling, rising = np.argsort(-high, kind="stable"), np.argsort(low, kind="stable")
    high, low = high[falling], low[rising]
    below = np.searchsorted(low, high, side="left")
    up_to = np.searchsorted(low, high, side="right")
    tied = len(high) - 1 - np.searchsorted(high[::-1], high, side="left")
    return Ranking(
        unit[positive][falling],
        unit[~positive][rising],
        below,
        None if np.array_equal(below, up_to) else up_to,
        None if np.array_equal(tied, np.arange(len(high))) else tied,
    )


def auroc(label: Floats, score: Floats) -> float:
    """Area under the ROC curve of labels of 0 and 1."""
    return _once(label, score)[0]


def average_precision(label: Floats, score: Floats) -> float:
    """The sum, over the falling thresholds, of precision times the step of recall."""
    return _once(label, score)[1]


def macro_auroc(label: Floats, probability: Floats) -> float:
    """The mean over classes of one class against the rest; classes without either are left out."""
    found = [_once(label == k, probability[:, k])[0] for k in range(probability.shape[1])]
    known = [value for value in found if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _once(label: NDArray, score: Floats) -> tuple[float, float]:
    every = np.zeros(len(score), np.intp)
    return ranking(score, np.asarray(label, bool), every).measure(np.ones(1, np.int64))
