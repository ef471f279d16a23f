"""Small charts of evidence: a number over training, or a histogram, in at most 64 points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tb_deepdebug.findings.finding import Picture

MOST_POINTS = 64


def line(steps: ArrayLike, values: ArrayLike, y_title: str = "", *, log: bool = False) -> Picture:
    """A number over training steps, thinned to 64 points; the least and greatest ones are kept.

    Args:
      steps, values: `[S]` each; what is not finite becomes NaN.
    """
    x, y = np.asarray(steps, np.float64), np.asarray(values, np.float64)
    y = np.where(np.isfinite(y), y, np.nan)
    kept = thinned(y)
    return Picture("line", _tuple(x[kept]), _tuple(y[kept]), log=log, y_title=y_title)


def bars(edges: ArrayLike, counts: ArrayLike, y_title: str = "", *, log: bool = False) -> Picture:
    """A histogram; neighbouring bars are joined until at most 64 are left.

    Args:
      edges: `[B + 1]`, ascending; counts: `[B]`.
    """
    x, y = np.asarray(edges, np.float64), np.asarray(counts, np.float64)
    together = max(1, -(-len(y) // MOST_POINTS))
    starts = np.arange(0, len(y), together)
    joined = np.add.reduceat(y, starts) if len(y) else y
    ends = x[[*starts, len(y)]] if len(y) else x
    return Picture("bars", _tuple(ends), _tuple(joined), log=log, y_title=y_title)


def by_layer(values: Sequence[float], y_title: str = "", *, log: bool = False) -> Picture:
    """One bar a layer, from the input to the output; of many layers the extreme ones."""
    y = np.asarray(values, np.float64)
    y = np.where(np.isfinite(y), y, np.nan)[thinned(y)]
    return Picture("bars", _tuple(np.arange(len(y) + 1)), _tuple(y), log=log, y_title=y_title)


def thinned(values: NDArray[np.float64], most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Places of at most so many values: the ends, and of each stretch the least and the greatest.

    Ascending; all of them where they are few.
    """
    if len(values) <= most:
        return np.arange(len(values))
    kept = {0, len(values) - 1}
    for part in np.array_split(np.arange(len(values)), (most - 2) // 2):
        known = part[np.isfinite(values[part])]
        pair = (
            (known[values[known].argmin()], known[values[known].argmax()])
            if len(known)
            else part[:1]
        )
        kept.update(int(place) for place in pair)
    return np.array(sorted(kept))


def _tuple(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
