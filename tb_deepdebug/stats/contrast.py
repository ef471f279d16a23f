"""The mean of some rows less the mean of the others, with units (users) as witnesses."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.stats.bootstrap_interval import interval
from tb_deepdebug.stats.student import tail

Units = NDArray[np.intp]


@dataclasses.dataclass(frozen=True)
class Contrast:
    """A difference of two means over rows, and its standard error over units.

    Attributes:
      rows: how many rows are on either side, inside first.
      units: of how many units they are.
    """

    difference: float
    error: float
    rows: tuple[int, int]
    units: tuple[int, int]

    @property
    def witnesses(self) -> int:
        """The units of the smaller side: they decide how well the difference is known."""
        return min(self.units)

    @property
    def ends(self) -> tuple[float, float]:
        """The 95 % interval; NaN with too few units."""
        return interval("difference", self.difference, self.error, self.witnesses)

    def p_above(self, least: int) -> float:
        """One-sided: how likely so large a difference is by chance. NaN below `least` units."""
        if self.witnesses < least or not math.isfinite(self.difference):
            return math.nan
        if self.error == 0:
            return 0.0 if self.difference > 0 else 1.0
        n = self.witnesses
        return tail(self.difference / (self.error * math.sqrt(n / (n - 1))), n - 1)


def contrast(value: NDArray[np.float64], inside: NDArray[np.bool_], unit: Units) -> Contrast:
    """Compares the rows inside with those outside; a unit may have rows on both sides.

    The standard error is that of the two means' linearised difference, summed by unit first (the
    sandwich of Liang and Zeger 1986 for a regression on `inside`). A unit with more rows than most
    pulls the mean towards itself, and so looks nearer to it than it is: it counts by how far the
    mean moves without it (the jackknife; Bell and McCaffrey 2002), scaled so that units of equal
    size are left as they are.
    """
    influence, means, rows, units = np.zeros(int(unit.max(initial=-1)) + 1), [], [], []
    for side, sign in ((inside, 1), (~inside, -1)):
        own = unit[side]
        count = np.bincount(own, minlength=len(influence))
        rows.append(len(own))
        units.append(int(np.count_nonzero(count)))
        mean = float(value[side].mean()) if len(own) else math.nan
        means.append(mean)
        # Of a single unit the numerator is 0.
        others = np.maximum(len(own) - count, 1) / max(1 - 1 / max(units[-1], 1), 0.5)
        influence = influence + sign * np.bincount(own, value[side] - mean, len(influence)) / others
    error = float(np.sqrt(np.sum(influence**2)))
    return Contrast(means[0] - means[1], error, (rows[0], rows[1]), (units[0], units[1]))
