"""Shallow trees that look for rows where a value is high: conditions, and nothing tested yet."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.columns import factorised, missing
from tb_deepdebug.analysis.strata import MOST_CATEGORIES, too_many
from tb_deepdebug.records.analysis import Condition

DEPTH = 2
LEAST_SHARE = 0.05  # of the rows, in a leaf
# Trees see at most so many rows, and pairs of at most so many columns: it bounds their time.
MOST_ROWS = 30_000
MOST_PAIRED = 12

Conditions = tuple[Condition, ...]


def candidates(value: NDArray[np.float64], columns: dict[str, NDArray[Any]]) -> list[Conditions]:
    """Nodes above the mean of trees of one column and of each pair, each but once.

    Needs scikit-learn (ImportError without it).
    """
    features = {name: _features(name, column) for name, column in columns.items()}
    features = {name: found for name, found in features.items() if found}
    alone = [(name,) for name in features]
    pairs = itertools.combinations(list(features)[:MOST_PAIRED], 2)
    found: dict[frozenset[Condition], Conditions] = {}
    for names in [*alone, *pairs]:
        for conditions in _nodes(value, [one for name in names for one in features[name]]):
            found.setdefault(frozenset(conditions), conditions)
    return list(found.values())


class _Feature:
    """A column of numbers, or whether a column holds a category."""

    def __init__(self, column: str, values: NDArray[np.float64], category: str | None) -> None:
        self.column, self.values, self.category = column, values, category

    def split(self, threshold: float, above: bool) -> Condition:
        """The condition of one side of a tree's split."""
        if self.category is None:
            cut = _between(self.values, threshold)
            return Condition(self.column, ">" if above else "<=", cut)
        return Condition(self.column, "==" if above else "!=", self.category)


def _features(name: str, column: NDArray[Any]) -> list[_Feature]:
    """What a tree may split by; NaN where the column is missing."""
    if column.dtype != object:
        return [_Feature(name, column, None)] if len(np.unique(column)) > 1 else []
    lacking = missing(column)
    names, codes = factorised(column[~lacking])
    counts = np.bincount(codes, minlength=len(names))
    if len(names) < 2 or too_many(len(names), int(counts.sum())):
        return []
    common = [names[k] for k in np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]]
    values = [np.where(lacking, np.nan, column == one).astype(np.float64) for one in common]
    return [_Feature(name, one, told) for told, one in zip(common, values, strict=True)]


def _nodes(value: NDArray[np.float64], features: Sequence[_Feature]) -> Iterator[Conditions]:
    from sklearn.tree import DecisionTreeRegressor

    table = np.stack([feature.values for feature in features], axis=1)
    known = np.isfinite(table).all(axis=1)
    if known.sum() < 2 / LEAST_SHARE:
        return
    tree = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=LEAST_SHARE, random_state=0)
    tree = tree.fit(table[known], value[known]).tree_
    stack: list[tuple[int, Conditions]] = [(0, ())]
    while stack:
        node, conditions = stack.pop()
        if tree.value[node, 0, 0] > tree.value[0, 0, 0]:
            yield _simplest(conditions)
        if tree.children_left[node] >= 0:
            feature, threshold = features[tree.feature[node]], tree.threshold[node]
            stack.append((tree.children_left[node], (*conditions, feature.split(threshold, False))))
            stack.append((tree.children_right[node], (*conditions, feature.split(threshold, True))))


def _simplest(conditions: Conditions) -> Conditions:
    """Without those that follow from the others, in the order of columns."""
    kept: dict[tuple[str, str], Condition] = {}
    for one in conditions:
        key = (one.column, one.operator if one.operator != "!=" else f"!={one.value}")
        other = kept.get(key)
        if other is None or _narrower(one, other):
            kept[key] = one
    settled = {one.column for one in kept.values() if one.operator == "=="}
    left = [one for one in kept.values() if one.operator != "!=" or one.column not in settled]
    return tuple(sorted(left, key=lambda one: (one.column, one.operator, str(one.value))))


def _narrower(one: Condition, other: Condition) -> bool:
    if isinstance(one.value, str) or isinstance(other.value, str):
        return False
    return one.value > other.value if one.operator == ">" else one.value < other.value


def _between(values: NDArray[np.float64], threshold: float) -> float:
    """The number of the fewest digits that cuts values where `threshold` does."""
    lower = float(values[values <= threshold].max(initial=-np.inf))
    upper = float(values[values > threshold].min(initial=np.inf))
    for digits in range(1, 9):
        rounded = float(f"{threshold:.{digits}g}")
        if lower <= float(np.float32(rounded)) < upper:
            return rounded
    return lower
