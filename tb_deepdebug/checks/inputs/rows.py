"""Simple features of examples, and a random choice of examples that stays the same size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_ROWS = 1000  # a permutation test of so many takes a tenth of a second
MOST_FEATURES = 64


def summaries(array: NDArray[Any]) -> NDArray[np.float64]:
    """Features `[batch, F]` of each example: mean, deviation and last value of every channel.

    Of examples without axes between batch and channels, the channels themselves.
    """
    if array.ndim <= 2:
        return array.reshape(len(array), -1)[:, :MOST_FEATURES].astype(np.float64)
    cells = array.reshape(len(array), -1, array.shape[-1])[..., : MOST_FEATURES // 3]
    if not cells.shape[1]:
        return np.zeros((len(array), 0))
    series = np.ascontiguousarray(cells.transpose(0, 2, 1), np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        parts = [series.mean(axis=2), series.std(axis=2), series[..., -1]]
    return np.concatenate(parts, axis=1)


class Choice:
    """At most 1,000 examples out of a stream, each as likely as any other (Vitter 1985)."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self._rows: dict[int, tuple[NDArray[np.float64], float, Any]] = {}
        self._seen = 0

    def add(
        self,
        arrays: list[NDArray[Any]],
        labels: NDArray[np.float64] | None,
        groups: NDArray[Any] | None,
    ) -> None:
        """Takes in the examples of a batch; only those that are chosen are measured."""
        count = len(arrays[0])
        numbers = np.arange(self._seen, self._seen + count)
        places = np.where(numbers < MOST_ROWS, numbers, self._rng.integers(0, numbers + 1))
        chosen = np.flatnonzero(places < MOST_ROWS)
        self._seen += count
        features = np.concatenate([summaries(array[chosen]) for array in arrays], axis=1)
        for row, i in zip(features, chosen, strict=True):
            label = np.nan if labels is None else float(labels[i])
            group = None if groups is None else groups[i]
            self._rows[int(places[i])] = (row, label, group)

    @property
    def features(self) -> NDArray[np.float64]:
        """`[rows, F]`; only rows as wide as the first."""
        same = [row for row, *_ in self._kept]
        return np.stack(same) if same else np.zeros((0, 0))

    @property
    def labels(self) -> NDArray[np.float64]:
        """`[rows]`, NaN where there is none."""
        return np.array([label for _, label, _ in self._kept], np.float64)

    @property
    def groups(self) -> list[Any]:
        """Who each row is of."""
        return [group for *_, group in self._kept]

    @property
    def _kept(self) -> list[tuple[NDArray[np.float64], float, Any]]:
        rows = list(self._rows.values())
        return [one for one in rows if len(one[0]) == len(rows[0][0])]
