"""Input gradients of many examples -> one curve over time, with a band and the kinds of nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

VALUE, UNDERFLOWED, UNREACHABLE, MASKED, NONFINITE = range(5)

# A zero next to magnitudes within this factor of the smallest normal number is taken for underflow;
# far above it, it is a true zero (a dead path, a step outside of the receptive field).
UNDERFLOW_REACH = 1e6

BOOTSTRAP_REPLICATES = 200
BOOTSTRAP_LEAST_EXAMPLES = 5
CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Magnitudes:
    """`|g|` per example and row, where row 0 is the channels combined (L2) and row 1 + c channel c.

    Attributes:
      values: `[examples, 1 + C, T]` float64, at least 0, may be NaN or infinite.
      valid: `[examples, T]`.
      floor: the smallest normal number of the gradients' dtype.
    """

    values: NDArray[np.float64]
    valid: NDArray[np.bool_]
    floor: float


def magnitudes(
    gradients: NDArray[np.floating], valid: NDArray[np.bool_], floor: float
) -> Magnitudes:
    """Magnitudes of gradients `[examples, T, C]`; the norm neither overflows nor underflows."""
    channels = np.abs(gradients.astype(np.float64)).transpose(0, 2, 1)
    largest = channels.max(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        norm = largest * np.sqrt(((channels / largest) ** 2).sum(axis=1, keepdims=True))
    plain = (largest > 0) & np.isfinite(largest)
    combined = np.where(plain, norm, largest)
    return Magnitudes(np.concatenate([combined, channels], axis=1), valid, floor)


def states(m: Magnitudes, output_step: int) -> NDArray[np.uint8]:
    """What stands at each place, `[1 + C, T]`: one of VALUE to NONFINITE."""
    valid = m.valid[:, None, :]
    finite = valid & np.isfinite(m.values)
    positive = finite & (m.values > 0)
    result = np.full(m.values.shape[1:], VALUE, np.uint8)
    smallest = np.where(positive, m.values, np.inf).min(axis=0)
    nothing = np.asarray(finite.any(axis=0) & ~positive.any(axis=0), bool)
    near_floor: NDArray[np.bool_] = np.less(smallest, m.floor * UNDERFLOW_REACH)
    some_zero = (finite & (m.values == 0)).any(axis=0)
    result[some_zero & near_floor] = UNDERFLOWED
    result[nothing] = UNREACHABLE
    for row in range(len(result)):
        beside = _towards_output(~nothing[row] & np.isfinite(smallest[row]), output_step)
        from_underflow = nothing[row] & (beside >= 0) & near_floor[row][beside]
        result[row, from_underflow] = UNDERFLOWED
    result[np.broadcast_to(~finite.any(axis=0), result.shape)] = NONFINITE
    result[:, ~m.valid.any(axis=0)] = MASKED
    return result


def _towards_output(seen: NDArray[np.bool_], output_step: int) -> NDArray[np.intp]:
    """For each t the nearest seen step on the way to the output step, `[T]`; -1 where none is."""
    place = np.where(seen, np.arange(len(seen)), -1)
    before = np.maximum.accumulate(place)  # for t after the output step: look back
    after = np.where(seen, np.arange(len(seen)), len(seen))
    after = np.minimum.accumulate(after[::-1])[::-1]
    after = np.where(after == len(seen), -1, after)
    return np.where(np.arange(len(seen)) <= output_step, after, before)


@dataclasses.dataclass(frozen=True)
class _Logs:
    """Logs of the cells that count: `logs` is 0 where `weight` is 0; both `[examples, rows, T]`."""

    logs: NDArray[np.float64]
    weight: NDArray[np.float64]


def _logs(m: Magnitudes, state: NDArray[np.uint8]) -> _Logs:
    counted = m.valid[:, None, :] & np.isfinite(m.values)
    # A true zero says "no path for this example": its log is no magnitude. It is counted instead.
    counted &= (m.values > 0) | (state == UNDERFLOWED)
    counted &= (state == VALUE) | (state == UNDERFLOWED)
    logs = np.log10(np.maximum(m.values, m.floor), where=counted, out=np.zeros(m.values.shape))
    return _Logs(logs, counted.astype(np.float64))


def log_mean(m: Magnitudes, state: NDArray[np.uint8]) -> NDArray[np.float64]:
    """log10 of the geometric mean over examples, `[1 + C, T]`; NaN where nothing counts."""
    cells = _logs(m, state)
    return _mean(cells.logs.sum(axis=0), cells.weight.sum(axis=0))


def bootstrap_band(m: Magnitudes, state: NDArray[np.uint8], seed: int = 0) -> NDArray[np.float64]:
    """The band of `bootstrap`."""
    return bootstrap(m, state, seed).band


@dataclasses.dataclass(frozen=True, eq=False)
class Bootstrap:
    """Log-means of resampled examples.

    Attributes:
      band: `[2, 1 + C, T]`, the percentiles: low, high.
      combined: float32 `[T, replicates]`, the resampled log-means of row 0, which other numbers can
        be measured on; None with fewer than `BOOTSTRAP_LEAST_EXAMPLES` examples.
    """

    band: NDArray[np.float64]
    combined: NDArray[np.float32] | None


def bootstrap(m: Magnitudes, state: NDArray[np.uint8], seed: int = 0) -> Bootstrap:
    """Percentile bootstrap of `log_mean` over examples.

    Examples are drawn whole, so that a curve's timesteps stay together (Efron & Tibshirani 1993).
    NaN with fewer than `BOOTSTRAP_LEAST_EXAMPLES` examples, where a band would feign knowledge.
    The seed is fixed: the same data give the same bytes.
    """
    examples, rows, steps = m.values.shape
    if examples < BOOTSTRAP_LEAST_EXAMPLES:
        return Bootstrap(np.full((2, rows, steps), np.nan), None)
    cells = _logs(m, state)
    draws = (
        np.random.default_rng(seed)
        .multinomial(examples, np.full(examples, 1 / examples), BOOTSTRAP_REPLICATES)
        .astype(np.float32)
    )
    band = np.empty((2, rows, steps))
    combined = None
    # One row at a time bounds the memory, [T, replicates]; float32 is what is stored.
    for row in range(rows):
        logs = cells.logs[:, row].T.astype(np.float32)
        weight = cells.weight[:, row].T.astype(np.float32)
        total = logs @ draws.T
        means = total / examples if weight.all() else _mean(total, weight @ draws.T)
        band[:, row] = percentiles(means)
        combined = means.astype(np.float32, copy=False) if row == 0 else combined
    few = cells.weight.sum(axis=0) < BOOTSTRAP_LEAST_EXAMPLES
    return Bootstrap(np.where(few, np.nan, band), combined)


def percentiles(means: NDArray[np.floating]) -> NDArray[np.float64]:
    """The band's edges over axis 1, `[2, T]`; replicates that are NaN are left out."""
    tail = round((1 - CONFIDENCE) / 2 * means.shape[1])
    ascending = np.sort(means, axis=1)  # NaN last
    known = means.shape[1] - np.isnan(ascending).sum(axis=1)
    high = np.take_along_axis(ascending, np.maximum(known - 1 - tail, 0)[:, None], axis=1)[:, 0]
    return np.where(known > tail, [ascending[:, tail], high], np.nan)


def mean(m: Magnitudes) -> NDArray[np.float64]:
    """log10 of the arithmetic mean of |g| over examples, zeros included, `[1 + C, T]`."""
    largest, scaled = _scaled(m)
    return _log10(_masked_mean(scaled, _finite(m))) + _log10(largest)


def rms(m: Magnitudes) -> NDArray[np.float64]:
    """log10 of the root mean square of g over examples, `[1 + C, T]`."""
    largest, scaled = _scaled(m)
    return _log10(_masked_mean(scaled**2, _finite(m))) / 2 + _log10(largest)


def _scaled(m: Magnitudes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The largest finite magnitude `[1 + C, T]` and all relative to it, so that sums stay finite.

    Cells that are not finite are 0.
    """
    kept = np.where(_finite(m), m.values, 0)
    largest = kept.max(axis=0)
    return largest, np.divide(kept, largest, out=np.zeros(kept.shape), where=largest > 0)


def signed_mean(
    gradients: NDArray[np.floating], m: Magnitudes
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """log10 |mean g| and the cancellation ratio |mean g| / mean |g| in [0, 1], each `[1 + C, T]`.

    Row 0 is the L2 norm over channels of the mean gradient, against the mean of the norms: a
    ratio near 0 says that the examples disagree in sign and that a signed mean understates.
    """
    signed = gradients.astype(np.float64).transpose(0, 2, 1)
    finite = _finite(m)
    largest, scaled = _scaled(m)
    with np.errstate(all="ignore"):  # a row whose largest is 0 has no ratio
        channels = np.abs(_masked_mean(signed / largest[1:], finite[:, 1:]))
        # Of the examples that the combined row has: those finite in every channel.
        together = _masked_mean(signed / largest[0], finite[:, :1])
        combined = np.sqrt((together**2).sum(axis=0, keepdims=True))
        rows = np.concatenate([combined, channels])
        ratio = np.minimum(rows / _masked_mean(scaled, finite), 1)
    return _log10(rows) + _log10(largest), ratio


def _finite(m: Magnitudes) -> NDArray[np.bool_]:
    return m.valid[:, None, :] & np.isfinite(m.values)


def _masked_mean(cells: NDArray[np.float64], counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The mean over examples of the cells that count; NaN where none does."""
    total = np.where(counted, cells, 0).sum(axis=0)
    return _mean(total, counted.sum(axis=0).astype(np.float64))


def _mean(total: NDArray[np.floating], count: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)


def _log10(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log10(x, out=np.full(x.shape, np.nan), where=x > 0)
