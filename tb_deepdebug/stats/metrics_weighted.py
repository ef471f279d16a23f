"""The metrics of one set of predictions, to be weighed by unit: what a bootstrap asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.stats import metrics
from tb_deepdebug.stats.metrics_ranking import (
    Ranking,
    auroc,
    average_precision,
    macro_auroc,
    ranking,
)

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Units = NDArray[np.intp]
Task = Literal["binary", "multiclass", "regression"]

NAMES: dict[Task, tuple[str, ...]] = {
    "binary": ("auroc", "average_precision", "brier", "log_loss", "accuracy"),
    "multiclass": ("auroc", "log_loss", "accuracy"),
    "regression": ("mae", "rmse", "r2"),
}
# Of these less is better.
LOSSES = frozenset({"brier", "log_loss", "mae", "rmse"})


@dataclasses.dataclass(frozen=True, eq=False)
class Weighted:
    """The metrics of `NAMES[task]` over G units.

    Attributes:
      task: which metrics.
      sums: `[G, K]`, what the metrics that are means need, summed over the rows of each unit; its
        first column is the number of rows.
      rankings: one for a binary task, one a class for a multiclass task.
    """

    task: Task
    sums: Floats
    rankings: tuple[Ranking, ...]

    @property
    def units(self) -> int:
        """G."""
        return len(self.sums)

    def measure(self, counts: Counts) -> Floats:
        """The metrics, `[B, M]`, where unit g counts `counts[b, g]` times; NaN where undefined."""
        totals = counts.astype(np.float64) @ self.sums
        with np.errstate(divide="ignore", invalid="ignore"):
            means = totals / totals[:, :1]
        if self.task == "regression":
            return _errors(means)
        ranked = np.array([self._ranked(weight) for weight in counts])
        return np.concatenate([ranked, means[:, 1:]], axis=1)

    def influence(self) -> Floats:
        """What one more of each unit adds to each metric, `[G, M]`: the derivative at all 1."""
        total = self.sums.sum(axis=0)
        if total[0] == 0:
            return np.full((self.units, len(NAMES[self.task])), np.nan)
        means = total / total[0]
        on_means = (self.sums - means * self.sums[:, :1]) / total[0]
        if self.task == "regression":
            return _on_errors(means, on_means)
        ranked = [one.influence(self.units) for one in self.rankings]
        if self.task == "multiclass":
            known = [part[:, :1] for part in ranked if np.isfinite(part).all()]
            ranked = [np.mean(known, axis=0) if known else np.full((self.units, 1), np.nan)]
        return np.concatenate([*ranked, on_means[:, 1:]], axis=1)

    def _ranked(self, weight: Counts) -> tuple[float, ...]:
        pairs = [one.measure(weight) for one in self.rankings]
        if self.task == "binary":
            return pairs[0]
        known = [area for area, _ in pairs if area == area]
        return (sum(known) / len(known) if known else np.nan,)


def _errors(means: Floats) -> Floats:
    """MAE, RMSE and R2 from the means of 1, |e|, e^2, y, y^2 (y less its mean over all rows)."""
    _, absolute, squared, label, label_squared = means.T
    variance = label_squared - label**2
    # What is left of a constant label after rounding is no variance.
    known = variance > 1e-12 * label_squared
    explained = np.divide(squared, variance, out=np.full_like(squared, np.nan), where=known)
    return np.stack([absolute, np.sqrt(squared), 1 - explained], axis=1)


def _on_errors(means: Floats, on_means: Floats) -> Floats:
    """The influence on MAE, RMSE and R2 from that on the means that `_errors` takes."""
    _, absolute, squared, label, label_squared = on_means.T
    with np.errstate(divide="ignore", invalid="ignore"):
        rmse, variance = np.sqrt(means[2]), means[4] - means[3] ** 2
        on_variance = label_squared - 2 * means[3] * label
        on_r2 = (means[2] * on_variance / variance - squared) / variance
        return np.stack([absolute, squared / (2 * rmse), on_r2], axis=1)


def weighted(task: Task, label: Floats, prediction: Floats, unit: Units, units: int) -> Weighted:
    """Gathers rows `[N]` by unit; predictions are `[N]`, or `[N, C]` of a multiclass task."""
    if task == "regression":
        error, centred = label - prediction, label - label.mean() if len(label) else label
        parts = [np.abs(error), error**2, centred, centred**2]
        return Weighted(task, _by_unit(parts, unit, units), ())
    right = (label == metrics.decided(prediction)).astype(np.float64)
    if task == "multiclass":
        ranks = [ranking(prediction[:, k], label == k, unit) for k in range(prediction.shape[1])]
        parts = [metrics.class_log_losses(label, prediction), right]
        return Weighted(task, _by_unit(parts, unit, units), tuple(ranks))
    losses = [(label - prediction) ** 2, metrics.log_losses(label, prediction)]
    ranked = (ranking(prediction, label == 1, unit),)
    return Weighted(task, _by_unit([*losses, right], unit, units), ranked)


def _by_unit(parts: list[Floats], unit: Units, units: int) -> Floats:
    """Sums `[G, 1 + K]` of 1 and the parts over the rows of each unit."""
    counted = [np.ones(len(unit)), *parts]
    return np.stack([np.bincount(unit, part, minlength=units) for part in counted], axis=1)


_POINTS: dict[Task, tuple[Callable[[Floats, Floats], float], ...]] = {
    "binary": (auroc, average_precision, metrics.brier, metrics.log_loss, metrics.hit_rate),
    "multiclass": (macro_auroc, metrics.class_log_loss, metrics.hit_rate),
    "regression": (metrics.mae, metrics.rmse, metrics.r2),
}


def points(task: Task, label: Floats, prediction: Floats) -> dict[str, float]:
    """The metrics of all rows, each computed on its own to the last digit."""
    found = (point(label, prediction) for point in _POINTS[task])
    return dict(zip(NAMES[task], found, strict=True))
