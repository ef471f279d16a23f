"""What training steps take, and their figure: recorded steps beside plain ones."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.figure import Figure
from benchmarks.measure import number, quartiles, ratio


class Spent(NamedTuple):
    """What a step took: seconds of the clock and of the process, and bytes written."""

    wall: float
    processor: float
    size: float


class Meter:
    """Tells what was spent since it was made."""

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._size = folder, size_of(folder)
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def read(self, steps: int = 1) -> Spent:
        """Of each of so many steps."""
        wall, processor = time.perf_counter() - self._wall, time.process_time() - self._processor
        size = size_of(self._folder) - self._size
        return Spent(wall / steps, processor / steps, size / steps)


def spent(action: Callable[[], object], folder: Path | None = None) -> Spent:
    """What one call took."""
    meter = Meter(folder)
    action()
    return meter.read()


def size_of(folder: Path | None) -> int:
    """Bytes of all files below; of no folder, none."""
    if folder is None:
        return 0
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def step_figure(
    what: str,
    taken: Mapping[str, Sequence[Spent]],
    arm: str,
    *,
    at_most: float | None = None,
    every: int = 1,
) -> Figure:
    """A step of one arm against one of "plain"; one step in `every` is recorded."""
    wall = {name: [one.wall for one in some] for name, some in taken.items()}
    processor = {name: [one.processor for one in some] for name, some in taken.items()}
    size = every * sum(one.size for one in taken[arm]) / len(taken[arm])
    return Figure(
        f"{what}: step / plain step",
        ratio(wall[arm], wall["plain"]),
        at_most=at_most,
        same=ratio(wall["plain again"], wall["plain"]),
        note=f"CPU {ratio(processor[arm], processor['plain'])}, "
        f"A/A {ratio(processor['plain again'], processor['plain'])}; "
        f"plain {milliseconds(wall['plain'])}, {number(size / 1e3)} kB a recorded step",
    )


def milliseconds(values: Sequence[float]) -> str:
    """Quartiles of some seconds."""
    return f"{quartiles([1e3 * value for value in values])} ms"
