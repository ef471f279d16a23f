"""An analysis in a few lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tb_deepdebug.records.estimate import Estimate

if TYPE_CHECKING:
    from tb_deepdebug.records.analysis import Analysis, Metrics, Pattern, Slice, Stratum

_LESS_IS_BETTER = ("brier", "log_loss", "mae", "rmse")
_MOST = 3


def told(analysis: Analysis) -> str:
    """Metrics with intervals and counts, best and worst strata, slices, patterns, notes."""
    return "\n".join(_lines(analysis))


def _lines(analysis: Analysis) -> Iterator[str]:
    yield f"{analysis.task}: {_counts(analysis.metrics, analysis.unit)}"
    yield from _metrics(analysis.metrics)
    if analysis.group_metrics is not None:
        yield f"one row a group: {_counts(analysis.group_metrics, analysis.unit)}"
        yield from _metrics(analysis.group_metrics)
    yield from _strata(analysis)
    for weak in analysis.slices:
        if weak.confirmed:
            yield f"confirmed weak slice: {_slice(weak)}"
    for pattern in analysis.patterns:
        if pattern.verdict != "none" or pattern.source == "user":
            yield f"{_VERDICTS[pattern.verdict]}: {_pattern(pattern)}"
    for one in analysis.reversals:
        yield f"reversal: {one.metric} {one.pooled:+.3g}, of the other sign in each {one.column}"
    yield from (f"note: {note}" for note in analysis.notes)


def _counts(metrics: Metrics, unit: str) -> str:
    parts = [f"{metrics.rows:,} rows"]
    parts += [f"{metrics.groups:,} groups"] if unit == "group" else []
    parts += [] if metrics.positives is None else [f"{metrics.positives:,} positive"]
    return ", ".join(parts)


def _metrics(metrics: Metrics) -> Iterator[str]:
    for name, value in metrics.model.items():
        line = f"  {name:<18}{_estimate(value)}"
        if metrics.baseline is not None and metrics.difference is not None:
            line += f"  baseline {_estimate(metrics.baseline[name])}"
            line += f"  difference {_estimate(metrics.difference[name])}"
        yield line


def _strata(analysis: Analysis) -> Iterator[str]:
    if not analysis.metrics.model:
        return
    name = next(iter(analysis.metrics.model))
    sign = -1 if name in _LESS_IS_BETTER else 1
    known = [
        one
        for one in analysis.strata
        if not one.small and math.isfinite(one.metrics.model[name].low)
    ]
    # By the nearer end of the interval: the extremes of many strata are mostly noise.
    most = min(_MOST, len(known) // 2)
    for title, toward in (("worst", -sign), ("best", sign)):
        for one in sorted(known, key=lambda one: -_surely(one, name, toward))[:most]:
            yield f"{title} {name}: {_stratum(one, name, analysis.unit)}"


def _surely(one: Stratum, name: str, toward: int) -> float:
    """How far the whole interval lies upwards (1) or downwards (-1)."""
    estimate = one.metrics.model[name]
    return estimate.low if toward > 0 else -estimate.high


def _stratum(one: Stratum, name: str, unit: str) -> str:
    return f"{one.text}: {_estimate(one.metrics.model[name])} ({_counts(one.metrics, unit)})"


def _slice(one: Slice) -> str:
    tested = one.tested
    return f"{one.text}: {one.on} {_estimate(tested.effect, '+')}, q {tested.q:.2g}"


_VERDICTS = {
    "pattern": "pattern among the losses",
    "none": "no pattern",
    "unknown": "too few to tell a pattern",
}


def _pattern(one: Pattern) -> str:
    shares = (f"{side.count:,} of {side.rows:,}" for side in (one.losses, one.wins))
    return "{}: {} losses, {} wins".format(one.text, *shares)


def _estimate(one: Estimate, sign: str = "") -> str:
    if one.value != one.value:
        return "n/a"
    if one.low != one.low:
        return f"{one.value:{sign}.3g}"
    return f"{one.value:{sign}.3g} [{one.low:{sign}.3g}, {one.high:{sign}.3g}]"
