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
      y: `[n, outputs]`, or `[n]` class indices (categorical); of every timestep
        `[n, timesteps * outputs]` or `[n, timesteps]`; NaN: missing.
      twins: `[n]`: rows with the same number have the same input, bit for bit.
      timesteps: how many of each row have labels of their own; 1: a row is labelled as a whole.
    """

    x: Any
    mask: NDArray[np.bool_] | None
    y: Floats
    loss: Loss
    twins: NDArray[np.int64]
    timesteps: int = 1

    @property
    def labelled(self) -> int:
        """How many labels there are to be learned."""
        return int(np.isfinite(self.y).sum())

    def score(self, predicted: Floats) -> float:
        """AUROC, accuracy or R2 of raw outputs; of several outputs the worst; NaN: not finite.

        Of every timestep: over all that are labelled, of all rows together.
        """
        if not np.isfinite(predicted).all():
            return float("nan")
        cells = predicted.reshape(len(self.y) * self.timesteps, -1)
        if self.loss == "categorical":
            known = np.isfinite(self.y.ravel())
            label = self.y.ravel()[known]
            return measure("multiclass", label, cells[known])(np.ones(len(label)))
        found = []
        for label, one in zip(self.y.reshape(cells.shape).T, cells.T, strict=True):
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
        wide = self._wide()
        known = np.isfinite(wide)
        number = int(self.twins.max()) + 1
        means = np.zeros((number, wide.shape[1]))
        counts = np.zeros_like(means)
        np.add.at(means, self.twins, np.where(known, wide, 0))
        np.add.at(counts, self.twins, known)
        return self.score((means / np.maximum(counts, 1))[self.twins])

    def _wide(self) -> Floats:
        """The labels as a head would give them: a column for each class."""
        if self.loss != "categorical":
            return self.y
        known = np.isfinite(self.y)
        index = np.where(known, self.y, 0).astype(int)
        each = np.where(known[..., None], np.eye(int(index.max()) + 1)[index], np.nan)
        return each.reshape(len(self.y), -1)

    @property
    def target(self) -> float:
        """The score from which the rows count as learned: AUROC 0.99 where 1 can be reached."""
        chance = CHANCE[self.loss]
        return chance + ENOUGH[self.loss] * (self.reachable - chance)

    def relabelled(self, seed: int) -> Few:
        """The labels dealt out anew; twins get one label, as no function tells them apart.

        Of every timestep: among those that are labelled, of all rows; what is missing stays so.
        """
        random = np.random.default_rng(seed)
        first = np.unique(self.twins, return_index=True)[1]
        if self.timesteps == 1:
            dealt = self.y[random.permutation(len(self.y))]
        else:
            dealt = self.y.copy()
            for one in dealt.reshape(len(dealt) * self.timesteps, -1).T:  # a view of it
                known = np.isfinite(one)
                one[known] = random.permutation(one[known])
        return dataclasses.replace(self, y=dealt[first][self.twins])


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
    shared = np.bincount(same)[same] > 1
    if not shared.any():
        return 0
    wide, same = wide[shared], same[shared]
    low, high = (np.full((int(same.max()) + 1, wide.shape[1]), end) for end in (np.inf, -np.inf))
    np.fmin.at(low, same, wide)
    np.fmax.at(high, same, wide)
    return int(((low < high).sum(1) > 0)[same].sum())
