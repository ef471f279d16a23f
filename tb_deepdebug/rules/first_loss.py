"""First loss: before training the loss is not what a net that knows nothing would have.

What it means
-------------
A net with small random weights spreads its belief evenly: the cross-entropy of C classes begins
near ln C, a binary one near ln 2, a squared error near the mean square of the labels.

Why it matters
--------------
A net that begins far worse is sure of what it can't know. The first steps then undo the
initialisation, with large gradients that can kill units or saturate gates. A net that begins far
better has seen the data before, or sees the labels.

Causes
------
- Kernels or biases too large, inputs not scaled, no normalisation in a deep net.
- Regression on labels far from zero.
- A loss that is summed where it should be averaged, or fed what it does not take.

What to try
-----------
- Scale the inputs; He or Glorot initialisation; a smaller (or zero) kernel in the output layer.
- Standardise the labels of a regression, or begin the output's bias at their mean.

When it is harmless
-------------------
Most nets recover within a few steps; where the training learns, this is an INFO. Weighted and
custom losses have no such start and are left out.

References
----------
- Karpathy 2019, "A Recipe for Training Neural Networks": verify the loss at init.
- Nikanjam et al., TheDeepChecker, arXiv:2204.00694: deviation from -ln(1 / C) of 100 % and more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import impact, trivial_loss, weigh
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import Setup

NAME = "first-loss"
_SQUARED = ("mse", "mean_squared_error", "mse_loss")


def find(
    run: Run, *, above: float = 2.0, far: float = 10.0, below: float = 0.5
) -> Iterator[Finding | NotApplicable]:
    """Finds a first loss far from that of a net that knows nothing.

    Args:
      above: a loss so many times the expected one is a WARNING (TheDeepChecker: 2).
      far: and so many times an ERROR (ours).
      below: a loss below this share of the best constant guess is an INFO (ours).
    """
    setup = run.setup
    if setup is None or setup.loss is None or not math.isfinite(setup.loss.first):
        yield NotApplicable("the loss before training is not recorded")
        return
    expected = _expected(setup)
    if setup.loss.weighted:  # weights of classes rarely make ten times of it, a sum does
        above, below = far, 0.0
    if not expected > 0:
        yield NotApplicable(f"what a net that knows nothing has by {setup.loss.name} is not known")
        return
    first, trivial = setup.loss.first, trivial_loss(setup)
    harm = impact(run)
    layer = _output(run)
    if first > above * expected:
        base = Severity.ERROR if first > far * expected else Severity.WARNING
        yield _finding(
            run,
            weigh(base, harm),
            layer,
            f"The loss begins at {first:.3g}, {first / expected:.3g} times that of a net that "
            f"knows nothing.",
            (first, above * expected, "TheDeepChecker, arXiv:2204.00694"),
            _fixes(setup, layer),
        )
    elif first < below * min(trivial if trivial > 0 else expected, expected):
        yield _finding(
            run,
            Severity.INFO,
            layer,
            f"The loss begins at {first:.3g}, below the {trivial:.3g} of the best constant guess: "
            f"the weights were trained before, or the inputs hold the labels.",
            (first, below * expected, "ours"),
            (),
        )


def _expected(setup: Setup) -> float:
    """The loss of even belief: ln C, ln 2, or the mean square of the labels; NaN if not known.

    Label smoothing leaves it as it is: even belief is as far from every smoothed label.
    """
    assert setup.loss is not None
    labels, output, loss = setup.labels, setup.output, setup.loss
    if loss.family == "categorical":
        width = output.shape[-1] if output is not None and output.shape else None
        classes = width or (len(labels.class_counts) if labels is not None else 0)
        return math.log(classes) if classes and classes > 1 else math.nan
    if loss.family == "binary":
        return math.log(2)
    if loss.family == "regression" and loss.name in _SQUARED and labels is not None:
        return labels.mean**2 + labels.std**2
    return math.nan


def _output(run: Run) -> str | None:
    return next((one.name for one in reversed(run.layers) if one.role == "output"), None)


def _finding(
    run: Run,
    severity: Severity,
    layer: str | None,
    message: str,
    measured: tuple[float, float, str],
    fixes: tuple[Fix, ...],
) -> Finding:
    value, threshold, source = measured
    evidence = Evidence(
        "loss before training",
        value,
        threshold,
        n=run.setup.labels.count if run.setup is not None and run.setup.labels else None,
        source=source,
        step=0,
    )
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=layer,
        first_step=0,
        message=message,
        evidence=(evidence,),
        fixes=fixes,
        layers=(layer,) if layer else (),
    )


def _fixes(setup: Setup, layer: str | None) -> tuple[Fix, ...]:
    assert setup.loss is not None
    where = layer or "the output layer"
    smaller = Fix(
        f"Begin {where} with a smaller kernel",
        "its outputs are far larger than a net that knows nothing should give",
        layer=layer,
        argument="kernel_initializer",
        value="zeros" if layer else None,
        weight=0.5,
    )
    scale = Fix("Scale the inputs to mean 0 and standard deviation 1", "what they give is large")
    return (smaller, scale)
