"""Tasks on one's own series: x `[N, T]`, mask `[N, T]`, timestamps `[N, T]` or None -> `[N]`.

Padding counts for nothing, wherever it is: "first", "last" and "tenth" are of the valid steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.task import Floats, Task, register

DAY = 86_400.0  # seconds
NIGHT = (22, 6)  # hours of the day between which it is night
EVENT_QUANTILE = 0.95  # of the valid values of all rows: above it is an event
FEWEST_STEPS = 2  # valid ones of which a standard deviation is told

Valid = NDArray[np.bool_]


@register("last_value", distance=0)
def last_value(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
    """the last value"""
    return _at(x, mask, _ranks(mask) == mask.sum(axis=1, keepdims=True) - 1)


@register("mean", distance=1.0)
def mean(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
    """the mean of all values"""
    return _mean(x, mask)


@register("mean_first_tenth", distance=1.0)
def mean_first_tenth(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
    """the mean of the first tenth"""
    tenth = np.ceil(mask.sum(axis=1, keepdims=True) / 10)
    return _mean(x, mask & (_ranks(mask) < tenth))


@register("first_minus_last", distance=1.0)
def first_minus_last(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
    """the first value minus the last"""
    return _at(x, mask, _ranks(mask) == 0) - last_value(x, mask, timestamps)


@register("day_minus_night", distance=1.0, needs_timestamps=True)
def day_minus_night(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
    """the standard deviation of the day minus that of the night"""
    assert timestamps is not None
    hour = timestamps % DAY / 3600
    night = (hour >= NIGHT[0]) | (hour < NIGHT[1])
    return _std(x, mask & ~night) - _std(x, mask & night)


@register("argmax_time", distance=1.0)
def argmax_time(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
    """when the highest value was, from the first one on"""
    highest = np.where(mask, x, -np.inf).argmax(axis=1)
    clock = _clock(mask, timestamps)
    return np.where(mask.any(axis=1), clock[np.arange(len(x)), highest], np.nan)


@register("event_count", distance=1.0)
def event_count(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
    """the number of events, values above the 95 % quantile"""
    counts = _events(x, mask).sum(axis=1).astype(np.float64)
    return np.where(mask.any(axis=1), counts, np.nan)


@register("time_since_last_event", distance=0.5)
def time_since_last_event(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
    """the time since the last event, a value above the 95 % quantile"""
    events, clock = _events(x, mask), _clock(mask, timestamps)
    latest = np.where(events, clock, -np.inf).max(axis=1, initial=-np.inf)
    end = np.where(mask, clock, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(events.any(axis=1), end - np.where(events.any(axis=1), latest, 0), np.nan)


def steps_back(lag: int) -> Task:
    """What the series was so many valid steps before its last one.

    The mean of `2 (lag // 8) + 1` values around that step: a net that sees so far sees more than
    half of them, one that sees one step less does not, so a skill of 0.5 tells the two apart.
    """
    half = lag // 8

    def target(x: Floats, mask: Valid, timestamps: Floats | None) -> Floats:
        count = mask.sum(axis=1, keepdims=True)
        back = count - 1 - _ranks(mask)
        around = mask & (np.abs(back - lag) <= half)
        return np.where(count[:, 0] > lag + half, _mean(x, around), np.nan)

    words = "the last value" if lag == 0 else f"the value {lag} steps before the last"
    return Task(f"steps_back_{lag}", words, target, lag)


def _ranks(mask: Valid) -> NDArray[np.int64]:
    """How many valid steps there were before each; -1 at padding, which belongs to none."""
    return np.where(mask, np.cumsum(mask, axis=1) - 1, -1)


def _clock(mask: Valid, timestamps: Floats | None) -> Floats:
    """Seconds since the first valid step, or valid steps for want of timestamps."""
    if timestamps is None:
        return _ranks(mask).astype(np.float64)
    first = np.where(mask, timestamps, np.inf).min(axis=1, keepdims=True)
    return timestamps - np.where(np.isfinite(first), first, 0)


def _events(x: Floats, mask: Valid) -> Valid:
    if not mask.any():
        return mask
    return mask & (x > np.nanquantile(x[mask], EVENT_QUANTILE))


def _at(x: Floats, mask: Valid, where: Valid) -> Floats:
    """The value at the one valid step of each row that is meant."""
    return _mean(x, mask & where)


def _mean(x: Floats, where: Valid) -> Floats:
    count = where.sum(axis=1)
    total = np.where(where, x, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _std(x: Floats, where: Valid) -> Floats:
    """With ddof 0."""
    spread = _mean((x - _mean(x, where)[:, None]) ** 2, where)
    return np.where(where.sum(axis=1) >= FEWEST_STEPS, np.sqrt(spread), np.nan)
