"""Where every stratum contradicts the whole: Simpson's paradox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tb_deepdebug.records.analysis import Metrics, Reversal, Stratum
from tb_deepdebug.records.estimate import Estimate


def reversals(whole: Metrics, by_column: Mapping[str, Sequence[Stratum]]) -> tuple[Reversal, ...]:
    """Columns all of whose strata have a difference model - baseline of the other sign.

    Small strata are left out; at least two must remain. A reversal is told only where the interval
    of the whole leaves out zero and that of at least one stratum does so on the other side. (A mean
    over rows, such as the Brier score, lies between those of its strata and can't be reversed;
    AUROC, average precision and R2 can.)
    """
    return tuple(_found(whole, by_column))


def _found(whole: Metrics, by_column: Mapping[str, Sequence[Stratum]]) -> Iterator[Reversal]:
    for metric, pooled in (whole.difference or {}).items():
        sign = _side(pooled)
        if not sign:
            continue
        for column, strata in by_column.items():
            large = [one for one in strata if not one.small and one.metrics.difference]
            parts = {one.text: (one.metrics.difference or {})[metric] for one in large}
            opposite = all(part.value * sign < 0 for part in parts.values())
            if len(parts) > 1 and opposite and any(_side(part) == -sign for part in parts.values()):
                told = tuple((text, part.value) for text, part in parts.items())
                yield Reversal(metric, column, pooled.value, told)


def _side(estimate: Estimate) -> int:
    """1 or -1 where the whole interval lies on one side of zero, else 0."""
    return int(estimate.low > 0) - int(estimate.high < 0)
