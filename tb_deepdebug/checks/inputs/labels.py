"""What the labels of passing batches tell: their order, their link with the inputs."""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.stats import linear_scores
from tb_deepdebug.stats.metrics_ranking import auroc

MOST_CLASSES = 100
MOST_LABELS = 2_000_000


@dataclasses.dataclass(eq=False)
class Labels:
    """The labels of one pass, one float64 array a batch."""

    batches: list[NDArray[np.float64]] = dataclasses.field(default_factory=list)
    count: int = 0

    def add(self, labels: NDArray[np.float64]) -> None:
        """Takes in the next batch's labels; beyond two million they are left out."""
        if self.count < MOST_LABELS:
            self.batches.append(labels)
            self.count += len(labels)

    def together(self) -> NDArray[np.float64]:
        """All of them, in order."""
        return np.concatenate(self.batches) if self.batches else np.zeros(0)


class Order(NamedTuple):
    """How the labels lie in the batches.

    Attributes:
      excess: variance of batch means / that of shuffled labels (1: shuffled).
      p: of so much or more under shuffling.
      one_label: share of batches that hold a single label, of those with at least two.
      one_label_chance: that share for shuffled labels.
    """

    excess: float
    p: float
    one_label: float
    one_label_chance: float


def order(batches: list[NDArray[np.float64]]) -> Order | None:
    """Whether labels are shuffled over batches; None below 4 batches or with a single label.

    Under shuffling, sum over batches of n_b (mean_b - mean)^2 / var is chi-squared with one less
    degrees of freedom than batches; classes are compared each against the rest, and the sum over
    classes has that many times (classes - 1).
    """
    known = [one[np.isfinite(one)] for one in batches]
    known = [one for one in known if len(one) >= 2]
    every = np.concatenate(known) if known else np.zeros(0)
    values = np.unique(every)
    if len(known) < 4 or len(values) < 2:
        return None
    classes = is_classes(every)
    columns = values if classes and len(values) <= MOST_CLASSES else None
    value, freedom = 0.0, 0.0
    for column in [None] if columns is None else columns:
        numbers = every if column is None else (every == column).astype(float)
        spread = float(numbers.var())
        sizes = np.array([len(one) for one in known])
        starts = np.cumsum(sizes) - sizes
        means = np.add.reduceat(numbers, starts) / sizes
        part = float((sizes * (means - numbers.mean()) ** 2).sum() / spread)
        # Classes share one degree of freedom: each counts by its part of the whole.
        weight = 1.0 if columns is None else 1 - float(numbers.mean())
        value += weight * part
        freedom += weight * (len(known) - 1)
    p = linear_scores.chi_squared_beyond(value, freedom)
    single = np.mean([len(np.unique(one)) == 1 for one in known])
    shares = np.array([np.mean(every == v) for v in values]) if classes else np.zeros(0)
    chance = float(np.mean([(shares ** len(one)).sum() for one in known])) if classes else 0.0
    return Order(value / freedom, p, float(single), chance)


def is_classes(labels: NDArray[np.float64]) -> bool:
    """Whether labels are few whole numbers."""
    known = labels[np.isfinite(labels)]
    return bool(known.size and (known == np.round(known)).all()) and (
        len(np.unique(known)) <= max(2, min(MOST_CLASSES, len(known) // 5))
    )


class Link(NamedTuple):
    """How well simple features of an example tell its label, out of fold.

    Attributes:
      score: AUROC (of classes: the mean of each against the rest), or the correlation.
      measure: "AUROC" or "correlation".
      chance: mean score of shuffled labels; `p`, the share of shuffles that score as well.
    """

    score: float
    measure: str
    chance: float
    p: float
    rows: int


def link(
    features: NDArray[np.float64],
    labels: NDArray[np.float64],
    *,
    permutations: int = 200,
    folds: int = 5,
    seed: int = 0,
) -> Link | None:
    """A permutation test of the labels' order (Ojala and Garriga 2010): are they of these inputs?

    None below 40 labelled rows, or with a single label.
    """
    known = np.isfinite(labels) & np.isfinite(features).all(axis=1)
    features, labels = features[known], labels[known]
    values = np.unique(labels)
    if len(labels) < 40 or len(values) < 2:
        return None
    rng = np.random.default_rng(seed)
    classes = is_classes(labels)
    targets = (
        [(labels == v).astype(float) for v in values[-min(len(values), 10) :]]
        if classes
        else [labels]
    )
    if len(targets) == 2:
        targets = targets[1:]
    matrix = linear_scores.out_of_fold(features, rng.permutation(len(labels)) % folds)

    orders = [np.arange(len(labels)), *(rng.permutation(len(labels)) for _ in range(permutations))]
    found = np.zeros(len(orders))
    for target in targets:
        told = np.stack([target[order] for order in orders], axis=1)
        scores = matrix @ told
        pairs = zip(told.T, scores.T, strict=True)
        found += [auroc(a, b) if classes else linear_scores.correlation(a, b) for a, b in pairs]
    found /= len(targets)
    own, chance = float(found[0]), found[1:]
    p = (1 + int((chance >= own).sum())) / (1 + permutations)
    return Link(own, "AUROC" if classes else "correlation", float(chance.mean()), p, len(labels))


class Agreement(NamedTuple):
    """Labels against those of the source, example by example.

    Attributes:
      found: examples that the source has; `asked`, all; `equal`, of the found.
    """

    found: int
    asked: int
    equal: int

    @property
    def share(self) -> float:
        """Of the found, how many have the source's label; NaN of none."""
        return self.equal / self.found if self.found else math.nan


def agreement(
    hashes: NDArray[np.uint64],
    labels: NDArray[np.float64],
    source_hashes: NDArray[np.uint64],
    source_labels: NDArray[np.float64],
) -> Agreement:
    """Joins examples to the source by hash; of several same examples any label will do."""
    known: dict[int, set[float]] = {}
    for key, value in zip(source_hashes.tolist(), source_labels.tolist(), strict=True):
        known.setdefault(key, set()).add(value)
    found = equal = 0
    for key, value in zip(hashes.tolist(), labels.tolist(), strict=True):
        values = known.get(key)
        if values is not None:
            found += 1
            equal += any(abs(value - one) <= 1e-6 * max(1, abs(one)) for one in values)
    return Agreement(found, len(hashes), equal)
