"""Where a number over training leaves those of reference runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from tb_deepdebug.findings import guards, robust
from tb_deepdebug.findings.impact import smoothed
from tb_deepdebug.findings.view import Floats, Steps

_FLOOR = 1e-30  # of what is compared by its logarithm


@dataclasses.dataclass(frozen=True, eq=False)
class Deviation:
    """How a series leaves its references.

    Attributes:
      step: since when.
      value, usual: of the series and of the nearest reference there.
      excess: the largest distance since then, in margins; above 1.
      steps, distances: of the picture: from the references' range, `[S]`; 0 within it.
    """

    step: int
    value: float
    usual: float
    excess: float
    steps: Steps
    distances: Floats


def deviation(
    steps: Steps,
    values: Floats,
    references: Sequence[tuple[Steps, Floats]],
    *,
    log: bool,
    margin: float,
    noise: float,
    persistence: int,
) -> Deviation | None:
    """Since when a series stays outside of all references, at equal steps; None if it does not.

    Args:
      steps, values: `[S]`; NaN is left out.
      references: steps and values of each.
      log: compares decades rather than differences.
      margin: the least distance that counts: decades or differences.
      noise: how many times the references' own scatter from look to look it must be as well.
      persistence: looks in a row that must agree.
    """
    mine = _scaled(values, log)
    band = [_at(steps, s, _scaled(v, log)) for s, v in references if len(s)]
    if not band or not len(steps):
        return None
    low, high = np.fmin.reduce(band), np.fmax.reduce(band)
    known = np.isfinite(mine) & np.isfinite(low)
    if np.count_nonzero(known) < 2:
        return None
    at, smooth, low, high = steps[known], smoothed(mine[known], 3), low[known], high[known]
    scatter = [robust.spread(np.diff(_scaled(v, log))) / np.sqrt(2) for _, v in references]
    width = max(margin, noise * float(np.nanmax([*scatter, 0.0])))
    raw = mine[known]
    distance = _outside(smooth, low, high)
    hit = (np.abs(distance) > width) & (np.abs(_outside(raw, low, high)) > width)
    since = guards.first_lasting(at, hit, persistence=min(persistence, len(at)))
    if since is None:
        return None
    usual = high if distance[since.place] > 0 else low
    return Deviation(
        step=since.step,
        value=_back(raw[since.place], log),
        usual=_back(usual[since.place], log),
        excess=float(np.abs(distance[since.place :]).max() / width),
        steps=at,
        distances=distance,
    )


def _outside(values: Floats, low: Floats, high: Floats) -> Floats:
    """The signed distance from a range; 0 within it."""
    return np.where(values > high, values - high, np.where(values < low, values - low, 0.0))


def _scaled(values: Floats, log: bool) -> Floats:
    return np.log10(np.maximum(values, _FLOOR)) if log else values


def _back(value: float, log: bool) -> float:
    if log:
        return 0.0 if value <= np.log10(_FLOOR) else float(10.0**value)
    return float(value)


def _at(steps: Steps, other: Steps, values: Floats) -> Floats:
    """Values at other steps, on straight lines between known ones; NaN outside of them."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(steps), np.nan)
    x = other[known]
    found = np.interp(steps, x, values[known])
    return np.where((steps >= x[0]) & (steps <= x[-1]), found, np.nan)
