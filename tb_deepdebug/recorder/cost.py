"""What a recorder costs the training: the time of its own, and what it adds to training steps."""

from __future__ import annotations

import statistics
import time
from collections import deque

_KEPT = 64  # step times; the first of a kind is its tracing
_FEWEST = 3


class StepTimes:
    """How long training steps take, those that are watched and those that are not."""

    def __init__(self) -> None:
        self._seconds: dict[bool, deque[float]] = {
            watched: deque(maxlen=_KEPT) for watched in (False, True)
        }
        self._began: float | None = None
        self._seen = {False: 0, True: 0}

    def begin(self) -> None:
        """A training step begins."""
        self._began = time.perf_counter()

    def end(self, watched: bool) -> None:
        """It has ended."""
        if self._began is None:
            return
        took, self._began = time.perf_counter() - self._began, None
        self._seen[watched] += 1
        if self._seen[watched] > 1:
            self._seconds[watched].append(took)

    @property
    def added(self) -> float:
        """Seconds that watching has added to steps so far; 0 where every step is watched, since
        there is nothing to compare with.
        """
        plain, watched = self._seconds[False], self._seconds[True]
        if len(plain) < _FEWEST or len(watched) < _FEWEST:
            return 0.0
        more = statistics.median(watched) - statistics.median(plain)
        return max(0.0, more) * self._seen[True]
