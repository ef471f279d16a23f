"""Interleaved measurements, and the quartiles of what they say."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Quartiles:
    """The middle of some measurements, and the range that half of them lie in."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return number(self.median)
        return f"{number(self.median)} [{number(self.low)}, {number(self.high)}]"


def quartiles(values: Sequence[float]) -> Quartiles:
    """Of at least one value; percentiles between two values are interpolated."""
    return Quartiles(*(float(value) for value in np.percentile(values, (25, 50, 75))))


def exactly(value: float) -> Quartiles:
    """Of something that is counted and has no spread."""
    return Quartiles(value, value, value)


def interleave(
    arms: Mapping[str, Callable[[], T]], *, rounds: int, warm_up: int = 1
) -> dict[str, list[T]]:
    """Runs every arm once a round and returns each arm's own measurements, round by round.

    The order turns by one place from round to round, so that no arm always follows the same one.
    The first `warm_up` rounds are thrown away.
    """
    names = list(arms)
    taken: dict[str, list[T]] = {name: [] for name in names}
    for turn in range(warm_up + rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            value = arms[name]()
            if turn >= warm_up:
                taken[name].append(value)
    return taken


def ratio(over: Sequence[float], under: Sequence[float]) -> Quartiles:
    """Of `over / under`, round by round: what slows down a whole round cancels out."""
    return quartiles([a / b for a, b in zip(over, under, strict=True)])


def seconds(action: Callable[[], object]) -> float:
    """The wall time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Yields a function that tells the seconds since the block was entered."""
    start = time.perf_counter()
    yield lambda: time.perf_counter() - start


def number(value: float) -> str:
    """Three significant digits, and all of those before the point; whole numbers as they are."""
    if not np.isfinite(value) or value == int(value):
        return f"{value:,.0f}"
    digits = 2 - int(np.floor(np.log10(abs(value))))
    return f"{value:,.{max(0, digits)}f}"
