"""Fit: the losses of training and validation, read together, are not those of a net that learns.

What it means
-------------
Overfitting: the loss on data not trained on has been rising since some step, beyond its own noise,
while the training loss went on falling. Underfitting: both have come to rest far above zero, close
together. Cut short: the loss was still falling fast at the last step. Nothing carries over: the
training loss is low, the validation loss was never below a constant guess's. Validation easier: its
loss is less than half of that of training, without dropout and long after the training came to
rest. Both low, and close: nothing is reported.

Why it matters
--------------
What is learnt after the validation loss was lowest is of the training examples alone. A net that
fits neither set has not the capacity, the inputs or the steps to do better. A validation that is at
chance or better than training may not measure what you think it does: a fault of data or code.

Causes
------
- Overfitting: few examples, many weights, many epochs, no regularisation.
- Underfitting: too few units, too strong a regularisation, inputs that do not tell the labels.
- Cut short: too few epochs, a learning rate that is too low or falls too early.
- Nothing carries over: labels of one of the two in another order than their inputs or numbered
  otherwise, inputs prepared differently, a label among the training inputs alone; or a net that
  knows its examples by heart, from inputs that do not tell the labels.
- Validation easier: training examples in validation, easier ones, a label among its inputs; or
  augmentation, which training alone pays for.

What to try
-----------
- Overfitting: early stopping at the lowest validation loss; weight decay, dropout, augmentation,
  more data.
- Underfitting: fit one small batch first; more units; less regularisation; other features.
- Cut short: train on.
- The last two: feed some training examples through the validation's code; the loss must be that of
  training. Look for the same users in both.

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
    easier: float = 0.5,
) -> Iterator[Finding | NotApplicable]:
    """Finds over- and underfitting, a training cut short, and a validation that can't be right.

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
      easier: below this share of the training loss that of validation is too low (ours).
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
        found = (
            _nothing_carries_over(run, harm, validation, skill)
            or _easier(run, harm, validation, easier, gap)
            or _overfit(run, validation, gap, (rise, evaluations, given_back, noise))
        )
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


def _nothing_carries_over(
    run: Run, harm: Impact, validation: Curve, skill: float
) -> Finding | None:
    """A validation at chance from its first evaluation, beside a training that learned.

    A sum over batches, where training reports a mean, would lie above a guess's loss as well: it
    falls as the net learns, or lies far above.
    """
    values = smoothed(validation.values, 3)
    least = float(values.min())
    if not (harm.state == "learning" and harm.skill >= skill and least >= 0.98 * harm.trivial):
        return None
    if least < 0.7 * values[0] or values[0] > 10 * harm.trivial:
        return None
    return Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.ERROR,
        layer=None,
        first_step=int(validation.steps[0]),
        message=f"Nothing carries over: the validation loss was never below {least:.3g}; a "
        f"constant guess has {harm.trivial:.3g}, and training fell to {harm.recent:.3g}.",
        evidence=(
            Evidence(
                "least validation loss against a constant guess's",
                least / harm.trivial,
                0.98,
                "x",
                len(values),
                "ours",
                step=int(validation.steps[-1]),
                picture=pictures.line(validation.steps, validation.values, "validation loss"),
            ),
        ),
        fixes=(
            _COMPARE,
            Fix(
                "Check that both sets have inputs and labels in one order, and the same codes",
                "shuffled or renumbered labels look like this",
                weight=0.5,
            ),
            Fix(
                "Give the net less to learn by heart: fewer units, more examples, weight decay",
                "if the code is right, it knows its examples and nothing else",
                weight=0.4,
            ),
        ),
    )


_COMPARE = Fix(
    "Feed training examples through the validation's code",
    "the loss must be that of training; if not, the two prepare data or labels differently",
    weight=0.7,
)


def _easier(run: Run, harm: Impact, validation: Curve, easier: float, gap: float) -> Finding | None:
    """A validation that stays far below a training which has come to rest.

    Dropout raises the training loss alone, and a mean over an epoch lags behind one taken at its
    end while the loss still falls. Augmentation does too, and can't be seen here: an INFO.
    """
    if run.setup is None or run.setup.dropout or not harm.trivial > 0:
        return None
    late = slice(len(validation.steps) // 2, None)
    train, values = _train_at(run, validation.steps)[late], validation.values[late]
    rests = bool(np.ptp(train) <= gap * train.max())
    if not (rests and (values < easier * train).all()):
        return None
    if (train - values).min() < 0.1 * harm.trivial:
        return None  # next to what there was to learn, both are low
    return Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.INFO,
        layer=None,
        first_step=int(validation.steps[late][0]),
        message=f"Validation easier: its loss rests at {np.median(values):.3g}, without dropout; "
        f"that of training rests at {np.median(train):.3g}.",
        evidence=(
            Evidence(
                "validation loss against that of training",
                float(np.median(values / train)),
                easier,
                "x",
                len(values),
                "ours",
                step=int(validation.steps[-1]),
                picture=pictures.line(validation.steps, validation.values, "validation loss"),
            ),
        ),
        fixes=(
            _COMPARE,
            Fix(
                "Look for training examples, or their users, in the validation set",
                "what is known already is easy",
                weight=0.5,
            ),
        ),
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
