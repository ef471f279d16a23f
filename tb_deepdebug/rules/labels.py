"""Labels: not finite, all the same, of unequal classes, or without an output that stands for them.

What it means
-------------
The labels of the probe hold NaN, are one single value, name classes that the output has no unit
for, belong nearly all to one class, or (of a regression) are numbers far from the size of 1.

Why it matters
--------------
Nothing can be learnt from one value. A class without a unit ends in an error, in NaN or, on some
devices, in a silent zero. Of very unequal classes the constant guess is already right nearly
always, and nets stop there. Large labels make large first losses and gradients.

Causes
------
- Missing labels; a parser that gives the default for what it does not know.
- Classes counted from 1; a class that was added after the net was built.
- A data set that is sorted by class, of which the probe is the beginning.

What to try
-----------
- Look at some labels by hand, beside their inputs.
- Count classes from 0; one output unit a class.
- Weigh or resample rare classes; standardise the labels of a regression.

When it is harmless
-------------------
Unequal classes that the net tells apart, and large labels that it fits, are INFOs. Labels that the
loss leaves out (an ignored class, masked timesteps) do not count.

References
----------
- Amazon SageMaker Debugger, rule ClassImbalance: 10 to 1.
- Nikanjam et al., TheDeepChecker, arXiv:2204.00694: perplexity of the labels.
- Karpathy 2019, "A Recipe for Training Neural Networks": become one with the data.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import pictures
from tb_deepdebug.findings.certainty import weigh_certain
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import LabelFacts, Setup

NAME = "labels"


def find(
    run: Run,
    *,
    imbalance: float = 10.0,
    large: float = 10.0,
    huge: float = 1000.0,
    least: int = 32,
    wild: float = 8.0,
) -> Iterator[Finding | NotApplicable]:
    """Finds labels that can't be learnt, or only with difficulty.

    Args:
      imbalance: the largest class so many times the least (SageMaker Debugger: 10).
      large, huge: a mean or standard deviation of a regression's labels of this magnitude is a
        WARNING, an ERROR (ours; 0 and 1 are meant).
      least: fewer labels than these say nothing by being alike (ours).
      wild: so many standard deviations from the mean a regression's label is an outlier (ours).
    """
    setup = run.setup
    if setup is None or setup.labels is None:
        yield NotApplicable("the labels are not recorded")
        return
    labels, harm = setup.labels, impact(run)
    if labels.nonfinite:
        yield _nonfinite(run, setup, labels, harm)
    if labels.count < least:
        yield NotApplicable(f"{labels.count} labels say nothing of how they are distributed")
    elif labels.std == 0:
        yield _single(run, labels, harm)
    elif _is_classes(setup):
        yield from _unequal(run, labels, harm, imbalance, least)
    yield from _without_unit(run, setup, labels, harm)
    if setup.loss is not None and setup.loss.family == "regression":
        outliers = list(_wild(run, labels, harm, wild))
        yield from outliers or _unscaled(run, labels, harm, large, huge)
    yield from _not_shared(run, setup, harm)


def _nonfinite(run: Run, setup: Setup, labels: LabelFacts, harm: Impact) -> Finding:
    handled = setup.loss is not None and math.isfinite(setup.loss.first) and not harm.is_harmed
    share = labels.nonfinite / max(labels.count, 1)
    return _finding(
        run,
        Severity.INFO if handled else Severity.CRITICAL,
        f"{labels.nonfinite} of {labels.count} labels are not finite.",
        Evidence("labels that are not finite", 100 * share, 0.0, "%", labels.count, "ours", step=0),
        Fix("Drop or mask examples without a label", "one makes the whole batch's loss NaN"),
        share,
    )


def _single(run: Run, labels: LabelFacts, harm: Impact) -> Finding:
    return _finding(
        run,
        weigh_certain(Severity.ERROR, harm),
        f"All {labels.count} labels of the probe are {labels.mean:.4g}.",
        Evidence("spread of the labels", 0.0, 0.0, "", labels.count, "ours", step=0),
        Fix(
            "Shuffle the data before it is split, and look at how labels are read",
            "a net can only learn to give the one value, and all that is measured is of it",
            weight=0.8,
        ),
        1.0,
    )


def _is_classes(setup: Setup) -> bool:
    return (
        setup.labels is not None
        and len(setup.labels.class_counts) > 1
        and setup.loss is not None
        and setup.loss.family in ("categorical", "binary")
    )


def _unequal(
    run: Run, labels: LabelFacts, harm: Impact, imbalance: float, least: int
) -> Iterator[Finding]:
    """The largest class against the least one that is there at all."""
    counts = np.array([count for count in labels.class_counts if count > 0])
    ratio = counts.max() / counts.min()
    if ratio < imbalance or labels.count < least:
        return
    share = float(counts.max() / counts.sum())
    guesses = harm.state == "stuck" and harm.trivial > 0
    yield _finding(
        run,
        weigh(Severity.WARNING, harm),
        f"The most frequent class has {ratio:.3g} times the labels of the rarest"
        + (", and the net has learnt no more than their shares." if guesses else "."),
        Evidence(
            "largest to least class",
            float(ratio),
            imbalance,
            "x",
            labels.count,
            "SageMaker Debugger, ClassImbalance",
            step=0,
            picture=pictures.by_layer(labels.class_counts, "labels by class"),
        ),
        Fix(
            "Weigh the rare classes' examples by the inverse of their share",
            f"guessing the largest class is right in {100 * share:.0f} % already",
        ),
    )


def _without_unit(run: Run, setup: Setup, labels: LabelFacts, harm: Impact) -> Iterator[Finding]:
    """Labels that number a class, of which the output has none."""
    width = setup.output.shape[-1] if setup.output is not None and setup.output.shape else None
    categorical = setup.loss is not None and setup.loss.family == "categorical"
    if not categorical or not labels.integral or labels.row_sums_to_one or not width or width < 2:
        return
    if labels.min >= 0 and labels.max < width:
        return
    from_one = labels.min == 1 and labels.max == width
    # A loss that is finite on a label below 0 leaves it out.
    base = Severity.CRITICAL if labels.max >= width else Severity.ERROR
    yield _finding(
        run,
        weigh_certain(base, harm) if labels.max >= width else weigh(base, harm),
        f"The labels are {labels.min:.0f} to {labels.max:.0f}, the output's {width} units stand "
        f"for 0 to {width - 1}.",
        Evidence(
            "largest label",
            labels.max,
            float(width - 1),
            n=labels.count,
            source="the output's shape",
            step=0,
        ),
        Fix(
            "Count the classes from 0" if from_one else f"Use {labels.max + 1:.0f} output units",
            "no unit stands for the largest label",
            layer=_output(run),
            argument=None if from_one else "units",
            value=None if from_one else f"{labels.max + 1:.0f}",
            weight=1.0,
        ),
    )


def _unscaled(
    run: Run, labels: LabelFacts, harm: Impact, large: float, huge: float
) -> Iterator[Finding]:
    size = max(abs(labels.mean), labels.std)
    if not size > large:
        return
    yield _finding(
        run,
        weigh(Severity.ERROR if size > huge else Severity.WARNING, harm),
        f"The labels have mean {labels.mean:.3g} and standard deviation {labels.std:.3g}.",
        Evidence("mean or standard deviation", size, large, n=labels.count, source="ours", step=0),
        Fix(
            "Standardise the labels, and scale the predictions back",
            "outputs begin near 0, and gradients grow with the distance from there",
            weight=0.8,
        ),
    )


def _wild(run: Run, labels: LabelFacts, harm: Impact, wild: float) -> Iterator[Finding]:
    """Single labels that rule the squared error, and so the variance it is held against."""
    far = labels.max if labels.max - labels.mean > labels.mean - labels.min else labels.min
    score = abs(far - labels.mean) / labels.std if labels.std > 0 else 0.0
    if not score > wild:
        return
    rose = harm.is_harmed or harm.recent > 2 * harm.first
    yield _finding(
        run,
        Severity.ERROR if rose else weigh(Severity.WARNING, harm),
        f"A label is {far:.4g}, {score:.3g} standard deviations from their mean.",
        Evidence(
            "standard deviations from the mean", score, wild, "", labels.count, "ours", step=0
        ),
        Fix(
            "Look at the largest labels; clip them, or take the Huber loss",
            "a squared error is of little else",
            argument="loss",
            value="huber",
            weight=0.8,
        ),
    )


def _not_shared(run: Run, setup: Setup, harm: Impact) -> Iterator[Finding]:
    """What was learnt of the training labels never helped with those of validation."""
    curve, comparable = run.validation, setup.loss is not None and not setup.loss.weighted
    values = curve.values[np.isfinite(curve.values)] if curve is not None else np.zeros(0)
    if not (comparable and harm.trivial > 0 and harm.skill > 0.5) or len(values) < 5:
        return
    alike = harm.trivial / 3 < values[0] < harm.trivial * 30  # it is the same loss
    best = float(np.median(np.sort(values)[:3]))
    if not alike or best < 0.95 * harm.trivial:
        return
    found = _finding(
        run,
        Severity.ERROR,
        f"The validation loss was never below that of a constant guess ({harm.trivial:.3g}), while "
        f"that of training fell to {harm.recent:.3g}: their labels do not agree.",
        Evidence(
            "least validation loss",
            best,
            harm.trivial,
            n=len(values),
            source="ours",
            picture=None if curve is None else pictures.line(curve.steps, curve.values, "loss"),
        ),
        Fix(
            "Compare some labels of training and of validation beside their inputs",
            "what the net learnt of the ones says nothing of the others",
            weight=0.9,
        ),
    )
    # When it began can't be told: it shows once training has learnt what is not shared.
    yield dataclasses.replace(found, first_step=None)


def _output(run: Run) -> str | None:
    return next((one.name for one in reversed(run.layers) if one.role == "output"), None)


def _finding(
    run: Run,
    severity: Severity,
    message: str,
    evidence: Evidence,
    fix: Fix,
    share: float | None = None,
) -> Finding:
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=None,
        first_step=0,
        message=message,
        evidence=(evidence,),
        fixes=(fix,),
        share=share,
    )
