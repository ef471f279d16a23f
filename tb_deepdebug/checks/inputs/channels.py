"""Numbers of every channel over all batches, and a histogram that follows them over time."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

BINS = 64
MOST_COLUMNS = 128  # of the histogram over time; neighbours are added where there are more batches
MOST_FOLLOWED = 8  # channels with a histogram
_ROWS_A_BATCH = 4096  # cells of a channel that enter the histogram, evenly spread


@dataclasses.dataclass(eq=False)
class Channels:
    """Moments of one input's channels (the last axis); of all cells where it has none.

    Attributes:
      count, nan, infinite: cells, `[C]` each; the rest is over the finite ones.
      low, high, mean, m2: least, greatest, mean and summed squares around it (Chan et al. 1983).
      first_nonfinite: the first batch with a NaN or an infinity, or None.
    """

    count: NDArray[np.int64]
    nan: NDArray[np.int64]
    infinite: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]
    m2: NDArray[np.float64]
    first_nonfinite: int | None = None

    @classmethod
    def of(cls, channels: int) -> Channels:
        """None seen yet."""
        count, nan, infinite = np.zeros((3, channels), np.int64)
        mean, m2 = np.zeros((2, channels))
        low, high = np.full(channels, np.inf), np.full(channels, -np.inf)
        return cls(count, nan, infinite, low, high, mean, m2)

    @property
    def finite(self) -> NDArray[np.int64]:
        """How many finite cells each channel has."""
        return self.count - self.nan - self.infinite

    @property
    def std(self) -> NDArray[np.float64]:
        """Standard deviation of each channel; NaN where there is no finite cell."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sqrt(self.m2 / np.where(self.finite > 0, self.finite, np.nan))

    @property
    def is_constant(self) -> NDArray[np.bool_]:
        """Channels that have one and the same value in every finite cell."""
        return (self.finite > 0) & (self.low == self.high)

    def add(self, columns: NDArray[np.floating], batch: int) -> None:
        """Takes in the cells `[C, n]` of a batch."""
        n = columns.shape[1]
        total = columns.sum(axis=1, dtype=np.float64)
        if np.isfinite(total).all():
            counts = np.full(len(columns), n, np.int64)
            low = columns.min(axis=1, initial=np.inf)
            high = columns.max(axis=1, initial=-np.inf)
            mean = total / max(n, 1)
            near = mean.astype(columns.dtype)
            deviation = columns - near[:, None]
            m2 = np.array([np.dot(one, one) for one in deviation], np.float64)
            # What rounding the mean to the cells' precision took away.
            m2 = np.maximum(m2 - n * (near - mean) ** 2, 0)
        else:
            finite = np.isfinite(columns)
            counts = finite.sum(axis=1)
            bad = n - counts
            nan = np.isnan(columns).sum(axis=1)
            self.nan = self.nan + nan
            self.infinite = self.infinite + bad - nan
            self.count = self.count + bad
            if bad.any() and self.first_nonfinite is None:
                self.first_nonfinite = batch
            known = np.where(finite, columns, 0).astype(np.float64)
            low = np.where(finite, columns, np.inf).min(axis=1, initial=np.inf)
            high = np.where(finite, columns, -np.inf).max(axis=1, initial=-np.inf)
            mean = known.sum(axis=1) / np.maximum(counts, 1)
            m2 = (np.where(finite, known - mean[:, None], 0) ** 2).sum(axis=1)
        self._merge(counts, low, high, mean, m2)

    def _merge(
        self,
        counts: NDArray[np.int64],
        low: NDArray[np.floating],
        high: NDArray[np.floating],
        mean: NDArray[np.float64],
        m2: NDArray[np.float64],
    ) -> None:
        before = self.finite
        total = np.maximum(before + counts, 1)
        shift = np.where(counts > 0, mean - self.mean, 0)
        self.mean = self.mean + shift * counts / total
        self.m2 = self.m2 + m2 + shift**2 * before * counts / total
        self.low = np.minimum(self.low, low)
        self.high = np.maximum(self.high, high)
        self.count = self.count + counts


class Course:
    """Histograms of the first channels, batch after batch, on edges that the first batch sets.

    Values beyond the edges are counted in the outermost bins.
    """

    def __init__(self, columns: NDArray[np.floating]) -> None:
        self.edges: list[NDArray[np.float64]] = [_edges(one) for one in columns[:MOST_FOLLOWED]]
        self.columns: list[NDArray[np.float64]] = []  # each [channels, BINS]
        self.batches_a_column = 1
        self._open: NDArray[np.float64] | None = None
        self._in_open = 0

    def add(self, columns: NDArray[np.floating]) -> None:
        """Takes in the cells `[C, n]` of a batch, at most some 4,096 evenly spread ones."""
        some = columns[:, :: max(1, columns.shape[1] // _ROWS_A_BATCH)]
        counts = np.stack([_counts(some[i], edges) for i, edges in enumerate(self.edges)])
        self._open = counts if self._open is None else self._open + counts
        self._in_open += 1
        if self._in_open < self.batches_a_column:
            return
        self.columns.append(self._open)
        self._open, self._in_open = None, 0
        if len(self.columns) >= MOST_COLUMNS:
            self.columns = [
                a + b for a, b in zip(self.columns[::2], self.columns[1::2], strict=True)
            ]
            self.batches_a_column *= 2

    def over_time(self, channel: int) -> NDArray[np.float64]:
        """Counts `[BINS, columns]` of a channel."""
        if not self.columns and self._open is None:
            return np.zeros((BINS, 0))
        columns = self.columns if self._open is None else [*self.columns, self._open]
        return np.stack([column[channel] for column in columns], axis=1)


def _edges(cells: NDArray[np.floating]) -> NDArray[np.float64]:
    """Equal bins over the middle 99 % of the finite cells and a quarter beyond."""
    known = cells[np.isfinite(cells)]
    if not known.size:
        return np.linspace(-1, 1, BINS + 1)
    low, high = (float(edge) for edge in np.percentile(known.astype(np.float64), [0.5, 99.5]))
    spread = (high - low) / 4 or max(abs(low) / 4, 0.5)
    low, high = max(low - spread, -1e300), min(high + spread, 1e300)
    return np.linspace(low, high, BINS + 1)


def _counts(cells: NDArray[np.floating], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.clip(cells[np.isfinite(cells)].astype(np.float64), edges[0], edges[-1])
    return np.histogram(known, edges)[0].astype(np.float64)
