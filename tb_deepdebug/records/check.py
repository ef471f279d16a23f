"""A check: what was verified before or beside a training, its verdict, numbers and pictures."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Verdict = Literal["pass", "partial", "fail", "unknown", "running"]
VERDICTS: tuple[Verdict, ...] = ("pass", "partial", "fail", "unknown", "running")
PictureKind = Literal["lines", "bars", "intervals", "heat"]
PICTURES: tuple[PictureKind, ...] = ("lines", "bars", "intervals", "heat")


@dataclasses.dataclass(frozen=True)
class Number:
    """A number of a check, with its interval where it has one (NaN: none).

    Attributes:
      name: in words, as it is shown: "skill", "R2 on held-out users".
      unit: behind the number: "%", "steps"; empty where it has none.
    """

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    unit: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Line:
    """One row of a picture: float64 arrays of one length.

    Attributes:
      name: for the legend.
      x, y: the points; of bars `x` are the left edges, with the last right edge at their end (so
        `x` is one longer than `y`); of intervals `x` is the value and `y` the place in the list.
      low, high: the interval around `y` (around `x` in "intervals"), or None.
      labels: what each point is called ("intervals": one a row), or None.
    """

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    labels: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Picture:
    """What a check shows.

    Attributes:
      kind: "lines" (a learning curve, a batch as the net sees it), "bars" (a histogram),
        "intervals" (values with their intervals, one under the other: a ladder, gains) or "heat"
        (a histogram over time: `grid`).
      title, x_label, y_label: words.
      references: named levels: of y in "lines" and "bars", of x in "intervals".
      grid: "heat" only: float32 `[rows, columns]`, the first row at the bottom.
      extent: "heat" only: (left, right, bottom, top).
    """

    kind: PictureKind
    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...] = ()
    references: tuple[tuple[str, float], ...] = ()
    log_x: bool = False
    log_y: bool = False
    grid: NDArray[np.float32] | None = None
    extent: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.kind not in PICTURES:
            raise ValueError(f"`kind` must be one of {PICTURES}. Received: {self.kind!r}")


@dataclasses.dataclass(frozen=True)
class Item:
    """One thing that a check looked at.

    Attributes:
      name: in words: "constant channels".
      sentence: what was found.
      next: what to do about it; empty where there is nothing to do.
      picture: the index in the check's pictures that shows it, or None.
    """

    name: str
    verdict: Verdict
    sentence: str
    next: str = ""
    picture: int | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Check:
    """The result of one check.

    Attributes:
      check: which one: "synthetic_task", "memory_ladder", "pretrain", "overfit_small", "baseline",
        "inputs".
      verdict: over all; "running" while it is not over.
      sentence: the result in one sentence, with its numbers.
      next: the next thing to do.
      numbers, items, pictures: as above.
      settings: what it was run with, as shown: (("steps", "2000"), ...).
    """

    check: str
    verdict: Verdict
    sentence: str
    next: str = ""
    numbers: tuple[Number, ...] = ()
    items: tuple[Item, ...] = ()
    pictures: tuple[Picture, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for verdict in (self.verdict, *(one.verdict for one in self.items)):
            if verdict not in VERDICTS:
                raise ValueError(f"`verdict` must be one of {VERDICTS}. Received: {verdict!r}")

    def __str__(self) -> str:
        lines = [f"{self.verdict.upper()} {self.check}: {self.sentence}"]
        lines += [f"  {one.verdict.upper():8} {one.name}: {one.sentence}" for one in self.items]
        if self.next:
            lines.append(f"  next: {self.next}")
        return "\n".join(lines)

    def __getitem__(self, name: str) -> Number:
        """The number of that name. Raises KeyError, with the names there are."""
        for one in self.numbers:
            if one.name == name:
                return one
        raise KeyError(f"numbers are {[one.name for one in self.numbers]}. Received: {name!r}")
