"""Fit: the validation loss rises while that of training falls, neither is low, or time was short.

What it means
-------------
Overfitting: the loss on data not trained on has been rising since some step, beyond its own noise,
while the training loss went on falling. Underfitting: both have come to rest far above zero, close
together. Cut short: the loss was still falling fast at the last step.

Why it matters
--------------
What is learnt after the validation loss was lowest is of the training examples alone. A net that
fits neither set has not the capacity, the inputs or the steps to do better.

Causes
------
- Overfitting: few examples, many weights, many epochs, no regularisation.
- Underfitting: too few units, too strong a regularisation, inputs that do not tell the labels.
- Cut short: too few epochs, a learning rate that is too low or falls too early.

What to try
-----------
- Overfitting: early stopping at the lowest validation loss; weight decay, dropout, augmentation,
  more data.
- Underfitting: fit one small batch first; more units; less regularisation; other features.
- Cut short: train on.

When it is harmless
-------------------
A loss that rises while the share of right answers does not is a net that grows too sure of itself.
Dropout makes the training loss the higher one. A little overfitting (less than a quarter of what
validation had gained) is an INFO. Noise sets a floor under any loss.

References
----------
- Prechelt 1998, "Early Stopping - But When?": generalisation loss.
- Amazon SageMaker Debugger, rule Overfit: (validation - training) / training above 0.1.
- Karpathy 2019, "A Recipe for Training Neural Networks": overfit, then regularise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import pictures, robust
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, smoothed
from tb_deepdebug.findings.view import Curve, Floats, Run

NAME = "fit"


def find(
    run: Run,
    *,
    gap: float = 0.1,
    rise: float = 0.1,
    evaluations: int = 3,
    given_back: float = 0.25,
    noise: float = 3.0,
    skill: float = 0.5,
    falling: float = 0.2,
) -> Iterator[Finding | NotApplicable]:
    """Finds over- and underfitting, and a training that ended too early.

    Args:
      gap: (validation - training) / training above which there may be overfitting (SageMaker: 0.1).
      rise: by what share of its least the validation loss must have risen (ours).
      evaluations: for how many evaluations, to the last one (SageMaker's patience: 1; one epoch is
        too nervous).
      given_back: the share of what the validation loss had gained that its rise must cost to be a
        WARNING; all of it is an ERROR (ours).
      noise: how many times its own scatter the rise must be (ours).
      skill: underfitting is below this share of the best constant guess's loss explained (ours).
      falling: the share of the loss that the last fifth of the training took off, from which it was
        cut short (ours).
    """
    harm = impact(run)
    if run.loss is None or harm.state == "unknown":
        yield NotApplicable("too little of the training loss is recorded")
        return
    if harm.state == "broken":
        yield NotApplicable("the loss is not finite")
        return
    validation = _finite(run.validation)
    if validation is None or len(validation.steps) < evaluations + 2:
        yield NotApplicable("too little of a validation loss is recorded to tell overfitting")
        found = None
    else:
        found = _overfit(run, validation, gap, (rise, evaluations, given_back, noise))
    if found is not None:
        yield found
        return
    yield from _underfit(run, harm, validation, gap, skill)
    yield from _cut_short(run, harm, validation, falling, noise)


def _finite(curve: Curve | None) -> Curve | None:
    """The points of a curve that are numbers."""
    if curve is None:
        return None
    known = np.isfinite(curve.values)
    return Curve(curve.tag, curve.steps[known], curve.values[known], curve.wall_times[known])


def _train_at(run: Run, steps: np.ndarray) -> Floats:
    """The smoothed training loss at the steps of the validation's."""
    assert run.loss is not None
    smooth = smoothed(run.loss.values)
    known = np.isfinite(smooth)
    return np.interp(steps, run.loss.steps[known], smooth[known])


def _overfit(
    run: Run, validation: Curve, gap: float, bounds: tuple[float, int, float, float]
) -> Finding | None:
    rise, evaluations, given_back, noise = bounds
    values, steps = validation.values, validation.steps
    smooth = smoothed(values, 3)
    lowest = int(np.nanargmin(smooth))
    best, recent = float(smooth[lowest]), float(np.median(values[-evaluations:]))
    scatter = robust.spread(np.diff(values)) / np.sqrt(2)
    margin = max(rise * abs(best), noise * scatter)
    later = values[lowest + 1 :]
    train = _train_at(run, steps)
    if len(later) < evaluations or not (later[-evaluations:] > best + margin).all():
        return None
    if not (train[-1] < train[lowest] and recent - train[-1] > gap * abs(train[-1])):
        return None
    gained = float(np.median(values[: max(1, min(3, lowest))])) - best
    lost = (recent - best) / gained if gained > 0 else np.inf
    severity = (
        Severity.ERROR if lost >= 1 else Severity.WARNING if lost >= given_back else Severity.INFO
    )
    since = int(steps[lowest])
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=None,
        first_step=since,
        message=f"Overfitting: the validation loss has risen from {best:.3g} at step {since} to "
        f"{recent:.3g}, while that of training fell to {train[-1]:.3g}.",
        evidence=(
            Evidence(
                "validation loss against its least",
                recent / best if best else float("inf"),
                1 + rise,
                "x",
                len(values),
                "Prechelt 1998",
                step=int(steps[-1]),
                picture=pictures.line(steps, values, "validation loss"),
            ),
            Evidence(
                "validation loss above that of training",
                (recent - float(train[-1])) / abs(float(train[-1])) if train[-1] else float("inf"),
                gap,
                "",
                len(values),
                "SageMaker Debugger, Overfit",
                step=int(steps[-1]),
            ),
        ),
        fixes=_regularise(run, since),
    )


def _regularise(run: Run, since: int) -> tuple[Fix, ...]:
    stop = Fix(
        f"Stop early, and keep the weights of step {since}",
        "the validation loss was lowest there",
        weight=0.8,
    )
    setup = run.setup
    decay = setup.optimizer.weight_decay if setup is not None and setup.optimizer else None
    more = "Raise the weight decay" if decay else "Add weight decay"
    regular = Fix(more, "it keeps the net from fitting single examples", weight=0.5)
    if setup is not None and setup.dropout:
        return (stop, regular)
    drop = Fix("Add dropout before the last layers", "no unit can count on single others")
    return (stop, regular, drop)


def _underfit(
    run: Run, harm: Impact, validation: Curve | None, gap: float, skill: float
) -> Iterator[Finding]:
    """Little of the labels explained, no progress any more, and no gap to close."""
    assert run.loss is not None
    if not harm.skill < skill or harm.state == "worse" or _lately(run.loss)[0] > 0.02:
        return
    seen = validation.values[-3:] if validation is not None else np.zeros(0)
    if len(seen) and np.median(seen) > harm.recent * (1 + gap):
        return
    yield Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.INFO,
        layer=None,
        first_step=None,
        message=f"Underfitting: the loss rests at {harm.recent:.3g}; a constant guess has "
        f"{harm.trivial:.3g}.",
        evidence=(
            Evidence(
                "share of a constant guess's loss that is explained",
                harm.skill,
                skill,
                n=len(run.loss.values),
                source="ours",
                step=run.last_step,
                picture=pictures.line(run.loss.steps, run.loss.values, "loss"),
            ),
        ),
        fixes=(
            Fix(
                "Train on one small batch until its loss is near 0",
                "a net that can't fit even that has a fault; one that can wants capacity",
                weight=0.6,
            ),
            Fix("Use more units, or less regularisation", "neither loss is low", weight=0.4),
        ),
    )


def _lately(curve: Curve) -> tuple[float, float]:
    """What share of a loss the last fifth of the steps took off, and its scatter as a share."""
    steps, values = curve.steps, curve.values
    end = steps[-1] - (steps[-1] - steps[0]) * 0.2
    tail, before = values[steps > end], values[steps <= end]
    width = max(3, len(tail) // 3)
    then, now = robust.centre(before[-width:]), robust.centre(tail[-width:])
    if not then > 0:
        return 0.0, 0.0
    error = robust.spread(np.diff(values[-5 * width :])) / np.sqrt(2 * width)
    return (then - now) / then, error / then


def _cut_short(
    run: Run, harm: Impact, validation: Curve | None, falling: float, noise: float
) -> Iterator[Finding]:
    """A loss that fell to the last, and that of validation with it."""
    assert run.loss is not None
    planned = run.setup.planned_steps if run.setup is not None else None
    if harm.state != "learning" or len(run.loss.values) < 20:
        return
    if planned is not None and run.last_step < 0.95 * planned:
        return  # it is still running, or was stopped by hand
    off, error = _lately(run.loss)
    if off < max(falling, noise * error):
        return
    known = validation is not None and len(validation.steps) > 5
    if validation is not None and known and _lately(validation)[0] < falling / 2:
        return  # more steps would serve the training examples only
    yield Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.INFO,
        layer=None,
        first_step=None,
        message=f"Cut short: the last fifth of the training took {100 * off:.0f} % off the loss.",
        evidence=(
            Evidence(
                "taken off the loss by the last fifth",
                100 * off,
                100 * falling,
                "%",
                len(run.loss.values),
                "ours",
                step=run.last_step,
                picture=pictures.line(run.loss.steps, run.loss.values, "loss", log=True),
            ),
        ),
        fixes=(Fix("Train for more steps", "the loss was still falling", weight=0.6),),
    )
