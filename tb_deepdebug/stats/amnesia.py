"""How far back an output looks: the numbers of one input-gradient profile."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

_NEAR_SHARE = 0.01
_NEAR_LEAST = 2
_FAR_SHARE = 0.1


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


def amnesia(log10_profile: NDArray[np.float64], output_step: int) -> Amnesia:
    """Measures a profile `[T]` of log10 G; NaN where G is unknown.

    Works on logarithms throughout: a ratio of 1e-300 is as good as one of 1e-3.
    """
    known = np.isfinite(log10_profile)
    lag = np.abs(np.arange(len(log10_profile)) - output_step)[known]
    if len(lag) < 2 or lag.max() == 0:
        return Amnesia()
    order = np.argsort(lag, kind="stable")
    lag = lag[order]
    logs: NDArray[np.float64] = log10_profile[known][order]
    reach = int(lag[-1])
    near = _log_mean(logs[lag <= max(_NEAR_LEAST, _NEAR_SHARE * reach)], logs[:1])
    far = logs[lag > (1 - _FAR_SHARE) * reach]
    ceiling = _ceiling(lag, logs)
    drop = max(0.0, np.floor(near - far.max() + 1e-9))
    weights = 10.0 ** (logs - logs.max())
    share = weights / weights.sum()
    within = np.cumsum(share)
    held = share[share > 0]
    return Amnesia(
        log10_amnesia_ratio=_log_mean(logs[lag > reach / 2], logs[-1:]) - _log_mean(logs, logs),
        log10_near=near,
        log10_far=_log_mean(far, logs[-1:]),
        reach=float(reach),
        drop_decades=float(drop),
        drop_lag=_stays_below(ceiling, lag, near - drop) if drop else np.nan,
        lag_10=_stays_below(ceiling, lag, near - 1),
        lag_1e3=_stays_below(ceiling, lag, near - 3),
        lag_1e6=_stays_below(ceiling, lag, near - 6),
        horizon90=float(lag[min(int(np.searchsorted(within, 0.9 - 1e-12)), len(lag) - 1)]),
        effective_steps=float(np.exp(-(held * np.log(held)).sum())),
    )


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
