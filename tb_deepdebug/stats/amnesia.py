"""How far back an output looks: the numbers of one input-gradient profile."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

_NEAR_SHARE = 0.01
_NEAR_LEAST = 2
_FAR_SHARE = 0.1

# A line through fewer lags says nothing of an exponential.
_LEAST_LAGS = 10
# Below this, in decades, a profile is flat: what is left is rounding.
_FLAT = 1e-9

# The numbers that are also measured on resampled profiles, in this order.
BANDED = ("log10_amnesia_ratio", "horizon90", "effective_steps", "mean_lag", "half_life")


@dataclasses.dataclass(frozen=True)
class Amnesia:
    """Numbers of a profile G over the lags |t - output_step|; NaN where there is no profile.

    Attributes:
      log10_amnesia_ratio: log10(mean G over the far half of the lags / mean G); flat: 0.
      log10_near: log10 of the mean of G over the nearest 1 % of lags (at least lags 0 to 2).
      log10_far: log10 of the mean of G over the farthest 10 % of lags.
      reach: the longest lag.
      drop_decades: whole decades under near below which G stays over the farthest 10 %.
      drop_lag: the shortest lag from which it stays so; NaN where `drop_decades` is 0.
      lag_10, lag_1e3, lag_1e6: the shortest lag from which G stays below near / 10, 1e3, 1e6.
      horizon90: the lag within which 90 % of the sum of G lies; flat: 0.9 of the reach.
      effective_steps: exp(entropy of G / sum G); flat: the number of timesteps.
      mean_lag: the mean of the lags, weighted by G.
      half_life: ln 2 / -slope of the least-squares line through ln G over the lags; infinite where
        it does not fall, NaN with fewer than 10 lags.
      half_life_r2: how much of the variance of ln G that line explains, 0 to 1. An exponential has
        1, and of nothing else is half_life a description. NaN where G is flat.
    """

    log10_amnesia_ratio: float = np.nan
    log10_near: float = np.nan
    log10_far: float = np.nan
    reach: float = np.nan
    drop_decades: float = np.nan
    drop_lag: float = np.nan
    lag_10: float = np.nan
    lag_1e3: float = np.nan
    lag_1e6: float = np.nan
    horizon90: float = np.nan
    effective_steps: float = np.nan
    mean_lag: float = np.nan
    half_life: float = np.nan
    half_life_r2: float = np.nan


def amnesia(
    log10_profile: NDArray[np.float64],
    output_step: int,
    bounds: NDArray[np.bool_] | None = None,
) -> Amnesia:
    """Measures a profile `[T]` of log10 G; NaN where G is unknown.

    Works on logarithms throughout: a ratio of 1e-300 is as good as one of 1e-3. Where `bounds` is
    set, log10 G is no magnitude but a bound from above (underflow): half_life leaves it out.
    """
    lags = _lags(log10_profile, output_step, bounds)
    if lags is None:
        return Amnesia()
    lag = lags.lag
    logs: NDArray[np.float64] = log10_profile[lags.order]
    reach = int(lag[-1])
    near = _log_mean(logs[lag <= max(_NEAR_LEAST, _NEAR_SHARE * reach)], logs[:1])
    far = logs[lag > (1 - _FAR_SHARE) * reach]
    ceiling = _ceiling(lag, logs)
    drop = max(0.0, np.floor(near - far.max() + 1e-9))
    banded = _banded(lags, logs[:, None])
    return Amnesia(
        **{name: float(value) for name, value in zip(BANDED, banded[:, 0], strict=True)},
        half_life_r2=_r2(lag[lags.fitted], logs[lags.fitted]),
        log10_near=near,
        log10_far=_log_mean(far, logs[-1:]),
        reach=float(reach),
        drop_decades=float(drop),
        drop_lag=_stays_below(ceiling, lag, near - drop) if drop else np.nan,
        lag_10=_stays_below(ceiling, lag, near - 1),
        lag_1e3=_stays_below(ceiling, lag, near - 3),
        lag_1e6=_stays_below(ceiling, lag, near - 6),
    )


def banded(
    log10_profile: NDArray[np.float64],
    resampled: NDArray[np.floating],
    output_step: int,
    bounds: NDArray[np.bool_] | None = None,
) -> NDArray[np.floating]:
    """The numbers named in `BANDED` of each resampled profile `[T, R]`, `[5, R]`.

    The timesteps that count are those of the profile itself; NaN where a resample has none there.
    """
    lags = _lags(log10_profile, output_step, bounds)
    if lags is None:
        return np.full((len(BANDED), resampled.shape[1]), np.nan)
    return _banded(lags, resampled[lags.order])


@dataclasses.dataclass(frozen=True, eq=False)
class _Lags:
    """The known timesteps by growing lag: their places, their lags, and which a line may fit."""

    order: NDArray[np.intp]
    lag: NDArray[np.intp]
    fitted: NDArray[np.bool_]


def _lags(
    log10_profile: NDArray[np.float64], output_step: int, bounds: NDArray[np.bool_] | None
) -> _Lags | None:
    """None where there are no two lags to compare."""
    known = np.flatnonzero(np.isfinite(log10_profile))
    lag = np.abs(known - output_step)
    if len(lag) < 2 or lag.max() == 0:
        return None
    by_lag = np.argsort(lag, kind="stable")
    order = known[by_lag]
    fitted = np.ones(len(order), bool) if bounds is None else ~bounds[order]
    return _Lags(order, lag[by_lag], fitted)


def _banded(lags: _Lags, logs: NDArray[np.floating]) -> NDArray[np.floating]:
    """The numbers of `BANDED` of log10 profiles `[lags, R]` by growing lag, `[5, R]`."""
    lag = lags.lag.astype(logs.dtype)
    beyond_half = int(np.searchsorted(lags.lag, lags.lag[-1] / 2, side="right"))
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may know nothing
        whole, far = _weigh(logs), _weigh(logs[beyond_half:])
        entropy = np.log(whole.total) - np.einsum("tr,tr->r", whole.weights, whole.ln) / whole.total
        numbers = (
            far.log10_mean() - whole.log10_mean(),
            _horizons(lags.lag, whole),
            np.exp(entropy),
            lag @ whole.weights / whole.total,
            _half_lives(lags, logs),
        )
        return np.where(whole.count > 0, np.stack(numbers), np.nan)


@dataclasses.dataclass(frozen=True, eq=False)
class _Weights:
    """G relative to its largest value, as `weights` = exp(`ln`), both `[lags, R]`; the rest `[R]`.

    What is unknown weighs 0 and does not count.
    """

    ln: NDArray[np.floating]
    weights: NDArray[np.floating]
    total: NDArray[np.floating]
    count: NDArray[np.floating]
    log10_largest: NDArray[np.floating]

    def log10_mean(self) -> NDArray[np.floating]:
        """log10 of the mean of G, without leaving the logarithms' range."""
        return self.log10_largest + np.log10(self.total / self.count)


def _weigh(logs: NDArray[np.floating]) -> _Weights:
    largest = np.fmax.reduce(logs, axis=0)
    ln = (logs - largest) * logs.dtype.type(np.log(10))
    unknown = np.isnan(ln)
    count = np.full(len(largest), len(logs), logs.dtype)
    if unknown.any():
        count -= unknown.sum(axis=0).astype(logs.dtype)
        ln[unknown] = -1e4  # whose exponential is 0, and which is finite beside that 0
    weights = np.exp(ln)
    return _Weights(ln, weights, weights.sum(axis=0), count, largest)


_BLOCK = 64


def _horizons(lag: NDArray[np.intp], whole: _Weights) -> NDArray[np.floating]:
    """The lag within which 90 % of the sum of G lies.

    Sums of blocks tell the block in which it is, which alone is summed step by step.
    """
    wanted = 0.9 * whole.total * (1 - 1e-12)
    sums = np.add.reduceat(whole.weights, np.arange(0, len(lag), _BLOCK), axis=0)
    until = np.cumsum(sums, axis=0)
    block = np.minimum(np.count_nonzero(until < wanted, axis=0), len(sums) - 1)
    columns = np.arange(len(wanted))
    before = (until - sums)[block, columns]
    inside = np.minimum(block * _BLOCK + np.arange(_BLOCK)[:, None], len(lag) - 1)
    within = before + np.cumsum(whole.weights[inside, columns], axis=0)
    steps = block * _BLOCK + np.count_nonzero(within < wanted, axis=0)
    return lag[np.minimum(steps, len(lag) - 1)].astype(float)


def _half_lives(lags: _Lags, logs: NDArray[np.floating]) -> NDArray[np.floating]:
    """ln 2 / -slope of the line through ln G over the lags."""
    lag, fitted = lags.lag, lags.fitted
    if not fitted.all():
        lag, logs = lag[fitted], logs[fitted]
    if len(np.unique(lag)) < _LEAST_LAGS:
        return np.full(logs.shape[1], np.nan)
    x = (lag - lag.mean()).astype(logs.dtype)
    known = ~np.isnan(logs)
    if known.all():
        slope = x @ logs / (x @ x)
    else:
        y, one = np.where(known, logs, 0), known.astype(logs.dtype)
        n, sx, sy = one.sum(axis=0), x @ one, y.sum(axis=0)
        slope = (n * (x @ y) - sx * sy) / (n * (x**2 @ one) - sx**2)
    falls = slope * (lag[-1] - lag[0]) < -_FLAT
    return np.where(falls, -np.log10(2) / slope, np.where(np.isnan(slope), np.nan, np.inf))


def _r2(lag: NDArray[np.intp], logs: NDArray[np.float64]) -> float:
    """The squared correlation of log G and lag."""
    if len(np.unique(lag)) < _LEAST_LAGS or np.ptp(logs) < _FLAT:
        return np.nan
    x, y = lag - lag.mean(), logs - logs.mean()
    return float((x @ y) ** 2 / ((x @ x) * (y @ y)))


def _log_mean(logs: NDArray[np.float64], fallback: NDArray[np.float64]) -> float:
    """log10 of the mean of 10**logs, without leaving the logarithms' range."""
    logs = logs if len(logs) else fallback
    largest = logs.max()
    return float(largest + np.log10(np.mean(10.0 ** (logs - largest))))


def _ceiling(lag: NDArray[np.intp], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest value at this lag or any longer one: G as seen from the far end."""
    return np.maximum.accumulate(logs[::-1])[::-1]


def _stays_below(ceiling: NDArray[np.float64], lag: NDArray[np.intp], level: float) -> float:
    below = ceiling <= level + 1e-9
    if not below[-1]:
        return np.nan
    first = int(np.argmax(below))
    # A lag has two sides; both must be below.
    if first and lag[first - 1] == lag[first]:
        later = np.flatnonzero(lag > lag[first])
        if not len(later):
            return np.nan
        first = int(later[0])
    return float(lag[first])
