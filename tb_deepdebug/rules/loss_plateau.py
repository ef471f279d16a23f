"""Loss plateau: the loss never fell.

What it means
-------------
The training loss is still where it began or, where the labels are known, not clearly below that of
the best guess that knows no input: the net has learnt nothing of how outputs depend on inputs.

Why it matters
--------------
A net that is stuck from the start stays stuck: more steps of the same don't help.

Causes
------
- No gradient, or one too small, reaches the weights: dead or saturated layers, bad initialisation.
- A learning rate that is far too high (each step undoes the last) or far too low.
- Labels that have nothing to do with the inputs: shuffled, wrongly paired, constant inputs.
- An output activation and a loss that don't fit.

What to try
-----------
- Fit one batch of 16 examples: a net that can't is broken, one that can has bad data or rates.
- Look at the other findings: this one is mostly their consequence.

When it is harmless
-------------------
Some tasks begin with a long plateau and then fall at once. A run that has only begun is not judged.

References
----------
- Amazon SageMaker Debugger, rule LossNotDecreasing.
- Braiek & Khomh 2023 (TheDeepChecker): a fall of less than 5 % over five checks; fit a batch first.
- Karpathy 2019, "A Recipe for Training Neural Networks": an input-independent baseline.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact
from tb_deepdebug.findings.optimizer_steps import (
    GOOD,
    fastest,
    intended,
    lower_rate,
    other_rate,
)
from tb_deepdebug.findings.remedies import held_back
from tb_deepdebug.findings.robust import centre, spread
from tb_deepdebug.findings.view import Curve, Run

NAME = "loss-plateau"


def find(
    run: Run, *, least: int = 10, begun: int = 5, falling: float = 0.05
) -> Iterator[Finding | NotApplicable]:
    """Finds a loss that never fell.

    Args:
      least: points of the loss, of which fewer tell nothing.
      begun: warm-ups of the training after which it is judged.
      falling: share of the loss by which it must still fall over its last half to be called slow
        and not stuck (TheDeepChecker: 5 %).
    """
    curve = run.loss
    if curve is None or np.isfinite(curve.values).sum() < least:
        yield NotApplicable(f"fewer than {least} points of the loss are recorded")
        return
    if run.last_step < begun * guards.warm_up(run):
        yield NotApplicable(f"the training has only begun: it is at step {run.last_step}")
        return
    harm = impact(run)
    if harm.state == "stuck" and not _fell_at_once(run, curve, harm):
        yield _finding(run, curve, harm, _still_falls(curve, falling))


def _fell_at_once(run: Run, curve: Curve, harm: Impact) -> bool:
    """Whether the loss was much higher before its first points, which may be means of epochs."""
    if math.isfinite(harm.trivial):
        return False
    loss = run.setup.loss if run.setup is not None else None
    untrained = math.nan if loss is None else loss.first
    return untrained > harm.recent / 0.9 or bool(curve.values[0] > 1.5 * harm.recent)


def _still_falls(curve: Curve, least: float) -> bool:
    """Whether the last quarter lies below the one before the last by more than the noise."""
    values = curve.values[np.isfinite(curve.values)]
    quarter = max(len(values) // 4, 2)
    before, last = values[-2 * quarter : -quarter], values[-quarter:]
    fall, noise = centre(before) - centre(last), spread(last) / math.sqrt(quarter)
    return fall > max(least * abs(centre(before)), 3 * noise)


def _finding(run: Run, curve: Curve, harm: Impact, falls: bool) -> Finding:
    known = math.isfinite(harm.trivial)
    bound = harm.trivial if known else harm.first
    if falls:
        message = f"The loss falls so slowly that it is still {harm.recent:.3g}."
    elif known:
        message = f"The loss is stuck at {harm.recent:.3g}: a constant guess has {bound:.3g}."
    else:
        message = f"The loss never fell: it began at {bound:.3g} and is {harm.recent:.3g}."
    return Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.WARNING if falls else Severity.ERROR,
        layer=None,
        first_step=int(curve.steps[0]),
        message=message,
        evidence=(
            Evidence(
                "loss over that of a constant guess" if known else "loss over the first one",
                harm.recent / bound if bound else math.nan,
                0.9,
                "x",
                n=len(curve.values),
                source="ours",
                kind="scalar",
                name=curve.tag,
                step=int(curve.steps[-1]),
                picture=pictures.line(curve.steps, curve.values, "loss"),
            ),
        ),
        fixes=_fixes(run),
    )


def _fixes(run: Run) -> tuple[Fix, ...]:
    """Another learning rate where the updates look wrong, and the test that tells most."""
    usual, highest = intended(run), fastest(run)
    one_batch = Fix(
        "Fit one batch of 16 examples until its loss is almost zero",
        "a net that can't is broken; one that can has wrong data or a wrong learning rate",
        weight=0.4,
    )
    labels = Fix(
        "Check that each label belongs to its input: look at ten pairs, and how they are shuffled",
        "a net whose weights move as they should, and which learns nothing, has nothing to learn",
        argument="labels",
        weight=0.5,
    )
    found = [*held_back(run)]
    if usual > GOOD + 2:
        reason = f"weights change by {10**usual:.2g} of themselves a step"
        found.append(lower_rate(run, weight=0.7, reason=reason))
    elif highest < GOOD - 2:
        reason = f"weights change by only {10**highest:.1g} of themselves a step"
        found.append(other_rate(run, highest, weight=0.6, reason=reason))
    elif not found:
        found.append(labels)
    return (*found, one_batch)
