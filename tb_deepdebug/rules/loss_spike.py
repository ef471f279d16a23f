"""Loss spike: at one step the loss leapt far above what it had been.

What it means
-------------
One point of the training loss lies more than eight robust standard deviations (median absolute
deviations, over up to 200 points before it) above the median of those points, and the leap is a
good part of all that the loss had to fall.

Why it matters
--------------
A spike is what a step too far looks like. If the loss comes back down nothing is lost; if it does
not, this is where the training broke.

Causes
------
- A batch with wild values or wrong labels.
- A learning rate at the edge of what the loss surface allows; an adaptive optimizer whose second
  moments lag behind.
- A gradient that exploded.

What to try
-----------
- Look at the batch of that step.
- Clip gradients by their norm; a longer warm-up; for Adam a lower second decay rate.

When it is harmless
-------------------
Whenever the loss comes back down, which it mostly does. A loss of almost zero has relative noise of
any size: leaps that are small beside the first loss are not reported.

References
----------
- Chowdhery et al. 2022, "PaLM", arXiv:2204.02311, section 5.1: spikes of the loss in training.
- Godbole et al. 2023, "Deep Learning Tuning Playbook": outliers and gradient clipping.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.robust import against_past
from tb_deepdebug.findings.view import Curve, Floats, Run

NAME = "loss-spike"


def find(
    run: Run, *, deviations: float = 8.0, share: float = 0.5, least: int = 10
) -> Iterator[Finding | NotApplicable]:
    """Finds points of the loss that leapt.

    Args:
      deviations: robust standard deviations above the median of the points before.
      share: of the loss that the run began with, or of the best constant guess's, that a leap must
        have at least; ours.
      least: points before it that a leap is held against.
    """
    curve = run.loss
    if curve is None or np.isfinite(curve.values).sum() <= least:
        yield NotApplicable(f"no more than {least} points of the loss are recorded")
        return
    harm = impact(run)
    middle, wide, _ = against_past(curve.values, least=least)
    scale = np.fmin(harm.first, harm.trivial)  # what the loss had to fall
    leap = curve.values - middle
    with np.errstate(invalid="ignore"):
        high = np.isfinite(leap) & (leap > deviations * wide) & (leap > share * abs(scale))
    high &= curve.steps >= guards.warm_up(run)
    high &= ~np.concatenate([[False], high[:-1]])  # where it stays up it did not spike again
    if high.any():
        yield _finding(run, curve, middle, wide, np.flatnonzero(high), harm, deviations)


def _finding(
    run: Run,
    curve: Curve,
    middle: Floats,
    wide: Floats,
    places: np.ndarray,
    harm: Impact,
    deviations: float,
) -> Finding:
    worst = places[np.argmax(curve.values[places] - middle[places])]
    step, value, usual = int(curve.steps[worst]), curve.values[worst], middle[worst]
    many = "" if len(places) == 1 else f", the largest of {len(places)} spikes"
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.WARNING, harm),
        layer=None,
        first_step=int(curve.steps[places[0]]),
        message=f"The loss leapt from {usual:.3g} to {value:.3g} at step {step}{many}.",
        evidence=(
            Evidence(
                "leap over the spread of the points before",
                float((value - usual) / max(wide[worst], 1e-12)),
                deviations,
                "x",
                n=worst.item(),
                source="ours: median and median absolute deviation",
                kind="scalar",
                name=curve.tag,
                step=step,
                picture=pictures.line(curve.steps, curve.values, "loss", log=True),
            ),
        ),
        fixes=(
            Fix(
                "Clip gradients by their norm",
                "the leap follows one step that went too far",
                argument="clipnorm",
                value="1.0",
                weight=0.6,
            ),
            Fix(f"Look at the batch of step {step}", "wild inputs or labels look so", weight=0.4),
        ),
    )
