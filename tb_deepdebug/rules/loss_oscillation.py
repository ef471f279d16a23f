"""Loss oscillation: the loss leaps up and down and gets nowhere.

What it means
-------------
Over the last half of the recorded points the training loss swings, from its 10th to its 90th
percentile, by more than half of its median, from one point to the next, and up to where it began.

Why it matters
--------------
Steps overshoot: each one undoes what the last one did.

Causes
------
- A learning rate too high.
- Batches too small, or unlike one another: data that is not shuffled.

What to try
-----------
- A learning rate three to ten times lower; a schedule that lowers it.
- A larger batch; shuffled data.

When it is harmless
-------------------
The loss of small batches is noisy, and one of almost zero has relative noise of any size: swings
that stay far below where the loss began are not reported, and a net that learns is an INFO.

References
----------
- Zhang et al. 2021, "AutoTrainer", ICSE: oscillating loss, swings of the accuracy of 0.03 in 20 %
  of the epochs.
- Braiek & Khomh 2023 (TheDeepChecker): fluctuating loss.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.optimizer_steps import lower_rate
from tb_deepdebug.findings.view import Floats, Run

NAME = "loss-oscillation"


def find(
    run: Run, *, swing: float = 0.5, turns: float = 0.4, least: int = 20
) -> Iterator[Finding | NotApplicable]:
    """Finds a loss that swings and does not learn.

    Args:
      swing: from the 10th to the 90th percentile, over the median; ours.
      turns: share of the points that must be the ends of a swing; two thirds are in pure noise.
      least: points of the loss, of which fewer tell nothing.
    """
    curve = run.loss
    finite = np.isfinite(curve.values) if curve is not None else np.zeros(0, bool)
    if curve is None or finite.sum() < least:
        yield NotApplicable(f"fewer than {least} points of the loss are recorded")
        return
    harm = impact(run)
    steps, values = curve.steps[finite], curve.values[finite]
    half = values[len(values) // 2 :]
    bound = harm.trivial if harm.trivial > 0 else harm.first
    nowhere = harm.is_harmed or np.percentile(half, 90) >= 0.9 * bound
    if harm.state == "broken" or not nowhere:
        return
    size, often = swings(half), turning(half)
    if not (size > swing and often > turns):
        return
    yield Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.WARNING, harm),
        layer=None,
        first_step=int(steps[_since(values, swing)]),
        message=f"The loss swings by {size:.2g} times its median and gets nowhere.",
        evidence=(
            Evidence(
                "swing of the loss over its median",
                size,
                swing,
                "x",
                n=len(half),
                source="ours, after AutoTrainer",
                kind="scalar",
                name=curve.tag,
                step=int(steps[-1]),
                picture=pictures.line(curve.steps, curve.values, "loss"),
            ),
        ),
        fixes=(
            lower_rate(run, weight=0.7, reason="steps overshoot: each undoes the last"),
            Fix("Use larger batches, shuffled", "they swing less from one to the next", weight=0.3),
        ),
    )


def swings(values: Floats) -> float:
    """From the 10th to the 90th percentile, over the median, without a straight trend."""
    middle = float(np.median(values))
    at = np.arange(len(values))
    low, high = np.percentile(values - np.polyval(np.polyfit(at, values, 1), at), (10, 90))
    return float(high - low) / abs(middle) if middle else 0.0


def turning(values: Floats) -> float:
    """The share of the points that are higher, or lower, than both of their neighbours."""
    up = np.diff(values)
    return float((up[1:] * up[:-1] < 0).mean()) if len(values) > 2 else 0.0


def _since(values: Floats, swing: float, window: int = 10) -> int:
    """The first of the points from which every window swings."""
    place = len(values) // 2
    while place >= window and swings(values[place - window : place]) > swing:
        place -= window
    return place
