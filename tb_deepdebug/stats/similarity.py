"""An order of units that puts alike ones side by side.

Distance is 1 - |r|, r the correlation over the picture's cells; clusters are joined by average
linkage (UPGMA, Sokal & Michener 1958) with the nearest-neighbour chain (Murtagh 1983), which needs
O(U^2) memory and time. The absolute value matters more than the algorithm: a unit and its mirror
image tell the same story.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Units correlated beyond this do one another's work (our choice; no published threshold is known).
CLONE_CORRELATION = 0.99


class Similarity(NamedTuple):
    """How units resemble each other.

    Attributes:
      order: `[units]`, the units from top to bottom; those without variance last, by index.
      sign: `[units]`, by unit: -1 where it runs, neighbour by neighbour, against the uppermost.
      clone: `[units]`, by unit: the first unit of its group of clones, itself where it has none.
        Pairs with |r| > `CLONE_CORRELATION` hold a group together; its ends may be less alike.
    """

    order: NDArray[np.uint32]
    sign: NDArray[np.float32]
    clone: NDArray[np.uint32]


def similarity(cells: NDArray[np.floating]) -> Similarity:
    """Order, signs and clones of units from `[units, cells]`; NaN cells are missing data."""
    unit = _standardise(np.asarray(cells, np.float64))
    moving = np.flatnonzero((unit != 0).any(axis=1))
    still = np.setdiff1d(np.arange(len(unit)), moving)
    sign = np.ones(len(unit), np.float32)
    clone = np.arange(len(unit), dtype=np.uint32)
    if len(moving) < 2:
        return Similarity(np.concatenate([moving, still]).astype(np.uint32), sign, clone)
    r = np.clip(unit[moving] @ unit[moving].T, -1, 1)
    leaves = average_linkage_leaves(1 - np.abs(r))
    running = 1.0
    for above, below in itertools.pairwise(leaves):
        running = -running if r[above, below] < 0 else running
        sign[moving[below]] = running
    clone[moving] = moving[first_linked(np.abs(r) > CLONE_CORRELATION)]
    return Similarity(np.concatenate([moving[leaves], still]).astype(np.uint32), sign, clone)


def first_linked(linked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The first member of each one's group, `[n]`, from who is linked to whom, `[n, n]`."""
    first = np.full(len(linked), -1)
    for one in range(len(linked)):
        reached = np.array([one] if first[one] < 0 else [], np.intp)
        while len(reached):
            first[reached] = one
            reached = np.flatnonzero(linked[reached].any(axis=0) & (first < 0))
    return first


def _standardise(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of unit length around their mean; missing cells sit on the mean. Still rows are 0."""
    finite = np.isfinite(cells)
    count = np.maximum(finite.sum(axis=1, keepdims=True), 1)
    kept = np.where(finite, cells, 0)
    largest = np.maximum(np.abs(kept).max(axis=1, keepdims=True, initial=0), 1e-300)
    kept = kept / largest
    centred = np.where(finite, kept - kept.sum(axis=1, keepdims=True) / count, 0)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.where(length > 1e-9, centred / np.maximum(length, 1e-300), 0)


def average_linkage_leaves(distance: NDArray[np.float64]) -> list[int]:
    """Leaves of the average-linkage tree of `[n, n]` distances, left to right.

    When two clusters join, they are turned so that their nearest ends meet.
    """
    original, d = distance, distance.copy()
    np.fill_diagonal(d, np.inf)
    size = np.ones(len(d))
    leaves: dict[int, list[int]] = {i: [i] for i in range(len(d))}
    chain: list[int] = []
    while len(leaves) > 1:
        if not chain:
            chain.append(next(iter(leaves)))
        a = chain[-1]
        b = int(d[a].argmin())
        if len(chain) > 1 and d[a, chain[-2]] <= d[a, b]:
            b = chain[-2]
        if len(chain) == 1 or b != chain[-2]:
            chain.append(b)
            continue
        del chain[-2:]
        keep, gone = min(a, b), max(a, b)
        leaves[keep] = _join(leaves[keep], leaves.pop(gone), original)
        _update(d, size, keep, gone)
    return next(iter(leaves.values()))


def _update(d: NDArray[np.float64], size: NDArray[np.float64], keep: int, gone: int) -> None:
    """Folds cluster `gone` into `keep`: the mean distance, weighted by size (Lance-Williams)."""
    total = size[keep] + size[gone]
    joined = (d[keep] * size[keep] + d[gone] * size[gone]) / total
    d[keep], d[:, keep] = joined, joined
    d[gone], d[:, gone] = np.inf, np.inf
    d[keep, keep] = np.inf
    size[keep] = total


def _join(left: list[int], right: list[int], distance: NDArray[np.float64]) -> list[int]:
    ways = [
        (left, right),
        (left, right[::-1]),
        (left[::-1], right),
        (left[::-1], right[::-1]),
    ]
    first, second = min(ways, key=lambda way: distance[way[0][-1], way[1][0]])
    return first + second
