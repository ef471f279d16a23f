"""Resampling whole units (users), so that rows of one user are not taken for many witnesses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

# 32 MB of counts at a time.
_COUNTS_AT_ONCE = 1 << 22


def resampled(
    units: int, resamples: int, seed: int, *measures: Callable[[Counts], NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """What each function makes of the same resamples, `[resamples, ...]` each.

    A resample draws as many units as there are, with replacement (Efron 1979; of clusters: Davison
    and Hinkley 1997, 3.8). A function gets how often each was drawn, `[B, units]`.
    """
    found = [[measure(counts) for measure in measures] for counts in draws(units, resamples, seed)]
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def draws(units: int, resamples: int, seed: int) -> Iterator[Counts]:
    """How often each of `units` is drawn in each resample, some resamples at a time: `[B, units]`.

    The draws of a resample do not depend on how many are made at a time.
    """
    rng = np.random.default_rng(seed)
    together = max(1, _COUNTS_AT_ONCE // max(units, 1))
    for start in range(0, resamples, together):
        rows = min(together, resamples - start)
        yield np.stack([_one(rng, units) for _ in range(rows)])


def _one(rng: np.random.Generator, units: int) -> Counts:
    return np.bincount(rng.integers(0, units, units, np.int32), minlength=units)
