"""Output and loss: an output activation that the loss, or the labels' range, does not go with.

What it means
-------------
The loss is fed what it does not take (probabilities for raw outputs, raw outputs for
probabilities), the output can't say what it should (a softmax over one unit is always 1), or the
labels lie where the output's activation never goes.

Why it matters
--------------
Softmax twice leaves a floor under the loss and small gradients; a loss that takes logarithms of
raw outputs clips them and passes nothing back; a label out of range is an error that no training
can reduce. Such nets often learn a little, so that the mistake goes unseen.

Causes
------
- PyTorch's CrossEntropyLoss and `from_logits=True` hold the softmax already.
- Keras's losses take probabilities unless told otherwise.
- A ReLU, sigmoid or tanh that was left in front of a regression on standardised labels.

What to try
-----------
- One squashing function, in the net or in the loss; in the loss it is more accurate.
- No activation in the output layer of a regression; sigmoid for labels 0 and 1.

When it is harmless
-------------------
Losses of one's own may mean it so: those are left out. A log-softmax goes through a second one
unchanged. Labels that leave an activation's range now and then cost little: an INFO.

References
----------
- Zhang et al. 2018, "An Empirical Study on TensorFlow Program Bugs".
- Nikanjam et al., NeuraLint, arXiv:2105.08095: the last layer's activation and the loss.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

from tb_deepdebug.findings.certainty import weigh_certain
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.view import Layer, Run
from tb_deepdebug.records.setup import LabelFacts, LossFacts, OutputFacts, Setup

NAME = "output-loss"
# What an activation can give; what is not here is unbounded.
_RANGE = {
    "relu": (0.0, float("inf")),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, float("inf")),
    "exponential": (0.0, float("inf")),
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
_ROUNDING = 1e-3
_SOURCE = "Nikanjam et al., NeuraLint, arXiv:2105.08095"


@dataclasses.dataclass(frozen=True)
class _Mismatch:
    """One way in which output, loss and labels do not go together.

    Attributes:
      certain: no healthy net has it; else its severity follows what becomes of the training.
      value, threshold: of `what`.
      activation: the output's remedy, or None where `fix` says it all.
    """

    base: Severity
    certain: bool
    message: str
    what: str
    value: float
    threshold: float
    fix: str
    reason: str
    activation: str | None = None


def find(run: Run, *, beyond: float = 0.9) -> Iterator[Finding | NotApplicable]:
    """Finds outputs that the loss, or the labels, do not go with.

    Args:
      beyond: labels leave an activation's range for certain where so many of their standard
        deviations around the mean do (ours: about a fifth of normally distributed labels).
    """
    setup = run.setup
    if setup is None or setup.loss is None or setup.output is None:
        yield NotApplicable("the loss, or the output before training, is not recorded")
        return
    if setup.loss.family == "other":
        yield NotApplicable(f"what {setup.loss.name} takes is not known")
        return
    head = next((one for one in reversed(run.layers) if one.role == "output"), None)
    output = _over_training(_named(setup.output, head), head)
    harm = impact(run)
    for found in _mismatches(run, harm, setup, setup.loss, output, beyond):
        weight = weigh_certain if found.certain else weigh
        yield _finding(run, head, found, weight(found.base, harm), setup)


def _named(output: OutputFacts, head: Layer | None) -> OutputFacts:
    """With the output layer's activation, where the model's own end is not known."""
    known = output.activation or (None if head is None else head.activation)
    low, high = _RANGE.get(known or "", (float("-inf"), float("inf")))
    fits = low - _ROUNDING <= output.min and output.max <= high + _ROUNDING
    return dataclasses.replace(output, activation=known) if fits else output


def _over_training(output: OutputFacts, head: Layer | None) -> OutputFacts:
    """The output's range before training, widened by that of its layer ever since.

    Only where the layer's activations are what the model returns: they have no bends between.
    """
    record = None if head is None else head.activations
    if record is None or not len(record.steps) or head is None or head.activation is not None:
        return output
    if output.activation not in (None, "linear"):
        return output
    low, high = record.last("min"), record.last("max")
    # fmin and the like would do; NaN where nothing is known compares as false
    return dataclasses.replace(
        output,
        min=low if low < output.min else output.min,
        max=high if high > output.max else output.max,
    )


def _mismatches(
    run: Run, harm: Impact, setup: Setup, loss: LossFacts, output: OutputFacts, beyond: float
) -> Iterator[_Mismatch]:
    """The gravest first; of those that say the same only one."""
    width = output.shape[-1] if output.shape else None
    if output.activation == "softmax" and width == 1:
        yield _Mismatch(
            Severity.CRITICAL,
            True,
            "A softmax over one unit is 1 for every input.",
            *("units of the softmax", 1.0, 2.0),
            *("Use sigmoid in {layer}", "one unit can say yes and no with it", "sigmoid"),
        )
    elif loss.family == "categorical":
        yield from _categorical(loss, output, width)
    elif loss.family == "binary":
        yield from _binary(loss, output)
    if setup.labels is not None:
        yield from _labels(loss, output, setup.labels, beyond)
        if harm.state != "learning":  # whoever squeezes the outputs first learns
            yield from _broadcast(run, loss, output, setup.labels)


def _categorical(loss: LossFacts, output: OutputFacts, width: int | None) -> Iterator[_Mismatch]:
    squashed = output.activation in ("softmax", "sigmoid", "hard_sigmoid")
    rows = output.row_sums_to_one or output.activation == "softmax"
    if width == 1:
        yield _Mismatch(
            Severity.CRITICAL,
            True,
            "A loss over classes reads one unit, whose share is 1 for every input.",
            *("output units", 1.0, 2.0),
            *("Use one output unit a class in {layer}", "or a binary loss with one unit"),
        )
    elif loss.name == "nll_loss":
        if rows or output.max > _ROUNDING:
            yield _Mismatch(
                Severity.ERROR,
                True,
                f"nll_loss takes logarithms of probabilities; the output reaches {output.max:.3g}.",
                *("largest output", output.max, 0.0),
                *("Use log_softmax in {layer}", "it gives what the loss takes", "log_softmax"),
            )
    elif loss.from_logits and (squashed or rows):
        name = output.activation or "softmax"
        yield _Mismatch(
            Severity.ERROR,
            True,
            f"{loss.name} takes raw outputs and holds a softmax; it is fed those of {name}.",
            *("largest output", output.max, 1.0),
            *("Remove the {name} from {layer}".replace("{name}", name), "the loss has its own"),
            "linear",
        )
    elif loss.from_logits is False and not rows:
        yield from _no_probabilities(loss, output, "softmax")
    if loss.from_logits and output.activation in ("relu", "relu6", "tanh", "softsign"):
        yield _bounded(output)


def _binary(loss: LossFacts, output: OutputFacts) -> Iterator[_Mismatch]:
    if loss.from_logits and output.activation in ("sigmoid", "softmax", "hard_sigmoid"):
        yield _Mismatch(
            Severity.ERROR,
            True,
            f"{loss.name} takes raw outputs and holds a sigmoid; it is fed those of "
            f"{output.activation}.",
            *("largest output", output.max, 1.0),
            *(f"Remove the {output.activation} from {{layer}}", "the loss has its own", "linear"),
        )
    elif loss.from_logits is False:
        yield from _no_probabilities(loss, output, "sigmoid")
    if loss.from_logits and output.activation in ("relu", "relu6", "tanh", "softsign"):
        yield _bounded(output)


def _no_probabilities(loss: LossFacts, output: OutputFacts, wanted: str) -> Iterator[_Mismatch]:
    """Outputs of a loss that takes probabilities."""
    outside = output.min < -_ROUNDING or output.max > 1 + _ROUNDING
    if outside:
        far = output.min if output.min < -_ROUNDING else output.max
        yield _Mismatch(
            Severity.CRITICAL,
            True,
            f"{loss.name} takes probabilities; the outputs are {output.min:.3g} to "
            f"{output.max:.3g}.",
            *("output", far, 0.0 if far < 0 else 1.0),
            *(f"Use {wanted} in {{layer}}, or from_logits=True", "beyond 0 and 1 it is clipped"),
            wanted,
        )
    elif wanted == "softmax" and output.activation in ("sigmoid", "hard_sigmoid"):
        yield _Mismatch(
            Severity.ERROR,
            False,
            f"{loss.name} takes shares of classes; sigmoids do not sum to one.",
            *("output", output.max, 1.0),
            *("Use softmax in {layer}", "its outputs are shares of one", "softmax"),
        )


def _bounded(output: OutputFacts) -> _Mismatch:
    low, high = _RANGE[output.activation or ""]
    return _Mismatch(
        Severity.ERROR,
        False,
        f"The loss takes raw outputs of any sign and size; {output.activation} gives {low:g} to "
        f"{high:g}.",
        *("least output", output.min, low),
        *(f"Remove the {output.activation} from {{layer}}", "raw outputs need both signs"),
        "linear",
    )


def _labels(
    loss: LossFacts, output: OutputFacts, labels: LabelFacts, beyond: float
) -> Iterator[_Mismatch]:
    """Labels where neither the loss nor the output goes."""
    if loss.family == "binary" and (labels.min < -_ROUNDING or labels.max > 1 + _ROUNDING):
        far = labels.min if labels.min < -_ROUNDING else labels.max
        yield _Mismatch(
            Severity.CRITICAL,
            True,
            f"{loss.name} takes labels from 0 to 1; these are {labels.min:.3g} to "
            f"{labels.max:.3g}.",
            *("label", far, 0.0 if far < 0 else 1.0),
            *("Bring the labels to 0 and 1", "beyond, the loss has no least value"),
        )
    sparse = loss.name.startswith("sparse")
    if loss.family == "categorical" and sparse and labels.count and not labels.integral:
        yield _Mismatch(
            Severity.ERROR,
            labels.nonfinite == 0,
            f"{loss.name} takes whole numbers; labels lie between.",
            *("standard deviation of the labels", labels.std, 0.0),
            *("Round the labels to classes, or use a regression", "fractions are cut off"),
        )
    if loss.family == "regression":
        yield from _unreachable(output, labels, beyond)
        yield from _regressed_classes(loss, output, labels)


def _unreachable(output: OutputFacts, labels: LabelFacts, beyond: float) -> Iterator[_Mismatch]:
    low, high = _RANGE.get(output.activation or "", (float("-inf"), float("inf")))
    below, above = low - labels.min, labels.max - high
    if max(below, above) <= 0.05 * labels.std or output.activation == "softmax":
        return
    far = labels.mean - beyond * labels.std < low or labels.mean + beyond * labels.std > high
    yield _Mismatch(
        Severity.ERROR if far else Severity.WARNING,
        far,
        f"The labels are {labels.min:.3g} to {labels.max:.3g}; {output.activation} gives "
        f"{low:g} to {high:g} only.",
        *("least label", labels.min, low) if below > above else ("largest label", labels.max, high),
        *(f"Remove the {output.activation} from {{layer}}", "it can't reach the labels", "linear"),
    )


def _regressed_classes(
    loss: LossFacts, output: OutputFacts, labels: LabelFacts
) -> Iterator[_Mismatch]:
    """A squared error on classes: it works, with small gradients where the net is wrong."""
    if labels.row_sums_to_one and output.row_sums_to_one:
        yield _Mismatch(
            Severity.INFO,
            False,
            f"{loss.name} is taken between shares of classes.",
            *("classes", float(len(labels.class_counts)), 2.0),
            *("Use a cross-entropy", "its gradient does not fade where the net is sure and wrong"),
        )


def _broadcast(
    run: Run, loss: LossFacts, output: OutputFacts, labels: LabelFacts
) -> Iterator[_Mismatch]:
    """`[N, 1]` against `[N]` makes `[N, N]` in PyTorch: each output is held against every label.

    Then all outputs draw to the labels' mean: where they spread, the shapes were taken care of.
    """
    head = next((one for one in reversed(run.layers) if one.role == "output"), None)
    spread = math.nan if head is None or head.activations is None else head.activations.last("std")
    if spread > 0.5 * labels.std:
        return
    torch = run.graph is not None and run.graph.framework == "torch"
    if torch and loss.family == "regression" and {output.shape, labels.shape} == {(), (1,)}:
        yield _Mismatch(
            Severity.WARNING,
            False,
            f"The outputs are [N, 1] and the labels [N]: {loss.name} may hold each output against "
            "every label.",
            *("further axes of the outputs", 1.0, 0.0),
            *("Squeeze the outputs' last axis", "shapes of loss and labels must agree"),
        )


def _finding(
    run: Run, head: Layer | None, found: _Mismatch, severity: Severity, setup: Setup
) -> Finding:
    layer = None if head is None else head.name
    evidence = Evidence(
        found.what,
        found.value,
        found.threshold,
        n=None if setup.labels is None else setup.labels.count,
        source=_SOURCE,
        kind="activations" if head is not None and head.activations is not None else None,
        name=head.activations.name if head is not None and head.activations is not None else None,
        step=0,
    )
    fix = Fix(
        found.fix.replace("{layer}", layer or "the output layer"),
        found.reason,
        layer=layer,
        argument="activation" if found.activation else None,
        value=found.activation,
        weight=1.0 if found.certain else 0.6,
    )
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=layer,
        first_step=0,
        message=found.message,
        evidence=(evidence,),
        fixes=(fix,),
        layers=(layer,) if layer else (),
    )
