"""How sure a share is."""

from __future__ import annotations

import dataclasses
import math

_Z = 1.959963984540054  # of 95 %


@dataclasses.dataclass(frozen=True)
class Share:
    """So many of so many, with Wilson's 95 % interval (Wilson 1927)."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share itself; NaN of none."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, 95 %; all of 0 to 1 where there are none."""
        if not self.of:
            return 0.0, 1.0
        n, p, z2 = self.of, self.value, _Z**2
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.of:
            return "–"
        low, high = self.interval
        return (
            f"{100 * self.value:.1f} % [{100 * low:.1f}, {100 * high:.1f}] ({self.hits}/{self.of})"
        )


def share(hits: list[bool]) -> Share:
    """Of a list of yes and no."""
    return Share(sum(hits), len(hits))
