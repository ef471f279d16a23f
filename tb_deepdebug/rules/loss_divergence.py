"""Loss divergence: the loss rose far above its best, and stays there.

What it means
-------------
The training loss, smoothed over five points, is at least twice the lowest it has been, at the last
points that are recorded, and no better than a guess that knows no input, or than it was at first.

Why it matters
--------------
What the net had learnt is lost; steps that follow start from worse than nothing.

Causes
------
- A learning rate too high for the loss surface, or one that rose in a schedule.
- A gradient that exploded in one step; a batch with wild values.
- A loss that is not bounded below by the task: the wrong sign, the wrong output activation.

What to try
-----------
- Go back to the last good checkpoint with a learning rate three to ten times lower.
- Clip gradients by their norm, warm the learning rate up.

When it is harmless
-------------------
A loss that rises from 0.001 to 0.003 is noise; curricula, adversarial nets and reinforcement
learning change the task while they learn. A loss that is lower than a guess's is not reported.

References
----------
- Braiek & Khomh 2023, "Testing Feedforward Neural Networks Training Programs" (TheDeepChecker),
  TOSEM 32(4): a loss of twice its minimum is diverging.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, smoothed
from tb_deepdebug.findings.optimizer_steps import lower_rate
from tb_deepdebug.findings.view import Curve, Run

NAME = "loss-divergence"


def find(
    run: Run, *, times: float = 2.0, persistence: int = 5, least: int = 10
) -> Iterator[Finding | NotApplicable]:
    """Finds a loss that left its best for good.

    Args:
      times: its best, from which the loss has diverged (TheDeepChecker).
      persistence: of the last points, that must all be so high.
      least: points of the loss, of which fewer tell nothing.
    """
    curve = run.loss
    finite = np.isfinite(curve.values) if curve is not None else np.zeros(0, bool)
    if curve is None or finite.sum() < least:
        yield NotApplicable(f"fewer than {least} points of the loss are recorded")
        return
    steps, values = curve.steps[finite], smoothed(curve.values[finite])
    best = float(values.min())
    harm = impact(run)
    if harm.state == "worse" and harm.recent < 0:
        yield _bottomless(run, curve, harm)
        return
    if best <= 0:
        yield NotApplicable("the loss is not positive, so that no multiple of it means anything")
        return
    # A loss that is not finite any more rose first: that it did is told, the rest is another rule.
    rose = values[-1] > 0.9 * max(values[0], best * times) if harm.state == "broken" else False
    beyond = harm.recent > times * harm.first and harm.recent > times * best
    if harm.state != "worse" and not rose and not beyond:
        return
    lowest = int(values.argmin())
    high = (values >= times * best) & (np.arange(len(values)) >= lowest)
    since = guards.onset(steps, high, persistence=persistence)
    if since is None:
        return
    last = float(values[-1])
    yield Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.ERROR,
        layer=None,
        first_step=since.step,
        message=f"The loss rose from {best:.3g} at step {steps[lowest]} to {last:.3g}.",
        evidence=(
            Evidence(
                "loss over its best",
                last / best,
                times,
                "x",
                n=len(values),
                source="TheDeepChecker",
                kind="scalar",
                name=curve.tag,
                step=int(steps[-1]),
                picture=pictures.line(curve.steps, curve.values, "loss", log=True),
            ),
        ),
        fixes=(
            lower_rate(run, weight=0.7, reason="steps too large for the loss surface climb it"),
            Fix(
                "Clip gradients by their norm",
                "one large gradient can't throw the weights far",
                argument="clipnorm",
                value="1.0",
                weight=0.5,
            ),
        ),
    )


def _bottomless(run: Run, curve: Curve, harm: Impact) -> Finding:
    """A loss that falls below zero without bound: something is rewarded that should cost."""
    below = curve.values < 0
    since = guards.onset(curve.steps, below)
    return Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.CRITICAL,
        layer=None,
        first_step=int(curve.steps[-1]) if since is None else since.step,
        message=f"The loss falls without bound: it is {harm.recent:.3g}, where 0 is perfect.",
        evidence=(
            Evidence(
                "loss",
                harm.recent,
                0.0,
                n=len(curve.values),
                source="ours",
                kind="scalar",
                name=curve.tag,
                step=int(curve.steps[-1]),
                picture=pictures.line(curve.steps, curve.values, "loss"),
            ),
        ),
        fixes=(
            Fix(
                "Look at the sign of the loss",
                "an optimizer minimises: what it is given falls for ever only if it rewards errors",
                argument="loss",
                weight=0.8,
            ),
            Fix(
                "See that the loss is given what it takes: probabilities, or logarithms of them",
                "a likelihood of raw outputs has no bound",
                argument="loss",
                weight=0.5,
            ),
        ),
    )
