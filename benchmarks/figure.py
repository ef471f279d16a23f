"""A figure beside its target, and the table of all figures."""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.measure import Quartiles, number


@dataclass(frozen=True)
class Figure:
    """What was measured, with the target that the design sets it."""

    what: str
    value: Quartiles
    # Printed behind the numbers: "ms", "x" and the like.
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    # The same ratio of an arm to itself: what chance alone makes of it.
    same: Quartiles | None = None
    # What else a reader must know: absolute times, what was compared.
    note: str = ""

    @property
    def target(self) -> str:
        if self.at_most is not None:
            return f"at most {_with_unit(f'{self.at_most:g}', self.unit)}"
        if self.at_least is not None:
            return f"at least {_with_unit(f'{self.at_least:g}', self.unit)}"
        return ""

    @property
    def verdict(self) -> str:
        """By the median; empty where there is no target."""
        if self.at_most is not None:
            return _verdict(self.value.median / self.at_most - 1)
        if self.at_least is not None:
            return _verdict(1 - self.value.median / self.at_least)
        return ""

    def __str__(self) -> str:
        parts = [f"{self.what}: {_with_unit(str(self.value), self.unit)}"]
        parts += [f"A/A {self.same}"] if self.same else []
        parts += [f"target {self.target}: {self.verdict}"] if self.target else []
        parts += [self.note] if self.note else []
        return "; ".join(parts)


def table(figures: Iterable[Figure]) -> str:
    """All figures as Markdown."""
    rows = ["| what | measured | A/A | target | verdict |", "| --- | --- | --- | --- | --- |"]
    for figure in figures:
        value = _with_unit(str(figure.value), figure.unit)
        same = str(figure.same) if figure.same else ""
        cells = [figure.what, value, same, figure.target, figure.verdict]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}".rstrip()


def _verdict(excess: float) -> str:
    return "holds" if excess <= 0 else f"short by {number(100 * excess)} %"
