"""The few rows that a net should be able to learn by heart, and the labels it is given."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks import rows as inputs
from tb_deepdebug.checks.baseline_scores import measure
from tb_deepdebug.checks.learner import Loss
from tb_deepdebug.records.predictions import Task

Floats = NDArray[np.float64]
TASKS: dict[Loss, Task] = {"binary": "binary", "categorical": "multiclass", "mse": "regression"}
# What a constant scores; from there to the best score that can be reached goes 98 or 99 %.
CHANCE: dict[Loss, float] = {"binary": 0.5, "categorical": 0.0, "mse": 0.0}
ENOUGH: dict[Loss, float] = {"binary": 0.98, "categorical": 1.0, "mse": 0.99}


@dataclasses.dataclass(frozen=True, eq=False)
class Few:
    """Some rows with one labelling.

    Attributes:
      x, mask: their inputs.
      y: `[n, outputs]`, or `[n]` class indices (categorical); NaN: missing.
      twins: `[n]`: rows with the same number have the same input, bit for bit.
    """

    x: Any
    mask: NDArray[np.bool_] | None
    y: Floats
    loss: Loss
    twins: NDArray[np.int64]

    def score(self, predicted: Floats) -> float:
        """AUROC, accuracy or R2 of raw outputs; of several outputs the worst; NaN: not finite."""
        if not np.isfinite(predicted).all():
            return float("nan")
        if self.loss == "categorical":
            return measure("multiclass", self.y, predicted)(np.ones(len(self.y)))
        found = []
        for label, one in zip(self.y.T, predicted.T, strict=True):
            known = np.isfinite(label)
            score = measure(TASKS[self.loss], label[known], one[known])(np.ones(known.sum()))
            if np.isfinite(score):
                found.append(score)
        return min(found, default=float("nan"))

    @property
    def reachable(self) -> float:
        """The best score of any function of the inputs: twins get one prediction.

        It is the mean label of the twins (binary: their share of 1; the AUROC that ranks by it is
        the largest), or their commonest class.
        """
        wide = np.eye(int(self.y.max()) + 1)[self.y.astype(int)] if self.y.ndim == 1 else self.y
        known = np.isfinite(wide)
        number = int(self.twins.max()) + 1
        means = np.zeros((number, wide.shape[1]))
        counts = np.zeros_like(means)
        np.add.at(means, self.twins, np.where(known, wide, 0))
        np.add.at(counts, self.twins, known)
        return self.score((means / np.maximum(counts, 1))[self.twins])

    @property
    def target(self) -> float:
        """The score from which the rows count as learned: AUROC 0.99 where 1 can be reached."""
        chance = CHANCE[self.loss]
        return chance + ENOUGH[self.loss] * (self.reachable - chance)

    def relabelled(self, seed: int) -> Few:
        """The labels dealt out anew; twins get one label, as no function tells them apart."""
        order = np.random.default_rng(seed).permutation(len(self.y))
        first = np.unique(self.twins, return_index=True)[1]
        return dataclasses.replace(self, y=self.y[order][first][self.twins])


def chosen(
    label: Floats, groups: NDArray[Any] | None, examples: int, by_class: bool, seed: int
) -> NDArray[np.int64]:
    """Random rows, at most one of a user; of every class in turn, so that all are there."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(label))
    known = np.isfinite(label) if label.ndim == 1 else np.isfinite(label).sum(1) > 0
    order = order[known[order]]
    of_class = label if label.ndim == 1 else label[:, 0]
    kinds = np.unique(of_class[order][np.isfinite(of_class[order])])
    queues = [list(order[of_class[order] == kind]) for kind in kinds] if by_class else [list(order)]
    users: set[Any] = set()
    picked: list[int] = []
    while any(queues) and len(picked) < examples:
        for queue in queues:
            while queue and len(picked) < examples:
                row = int(queue.pop(0))
                user = row if groups is None else groups[row]
                if user not in users:
                    users.add(user)
                    picked.append(row)
                    break
    return np.array(sorted(picked), np.int64)


def twins(x: Any, mask: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """A number for each row; rows whose inputs are the same, bit for bit, share it."""
    arrays = [*inputs.leaves(x), *([] if mask is None else [mask])]
    digests = []
    for row in range(inputs.count(x)):
        digest = hashlib.blake2b(digest_size=16)
        for one in arrays:
            digest.update(np.ascontiguousarray(one[row]).tobytes())
        digests.append(digest.hexdigest())
    return np.unique(np.array(digests), return_inverse=True)[1].astype(np.int64)


def conflicting(label: Floats, same: NDArray[np.int64]) -> int:
    """How many rows have a twin with another label."""
    wide = label[:, None] if label.ndim == 1 else label
    low, high = (np.full((int(same.max()) + 1, wide.shape[1]), end) for end in (np.inf, -np.inf))
    np.fmin.at(low, same, wide)
    np.fmax.at(high, same, wide)
    return int(((low < high).sum(1) > 0)[same].sum())
