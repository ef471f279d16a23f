"""Variance over depth: the signal grows or fades from layer to layer.

What it means
-------------
The variance over the batch, averaged over a layer's units, changes by a factor at each layer. It is
compared at layers of one kind that nothing leads around, before training and at the last look.

Why it matters
--------------
What fades forwards is lost in rounding and biases; what grows saturates or overflows. Gradients
scale alike on their way back.

Causes
------
- An initialiser that does not suit the activation: PyTorch's default for Linear layers shrinks the
  variance sixfold at each ReLU, Glorot's twofold.
- Weights that grew in training; no normalisation in a deep net.

What to try
-----------
- He initialisation for ReLU, Glorot for tanh.
- Batch or layer normalisation; residual connections.

When it is harmless
-------------------
Nets of a few layers learn all the same, and so do optimizers that scale each step (Adam): then it
is an INFO. Residual nets grow by design and are left out.

References
----------
- He, Zhang, Ren & Sun 2015, "Delving Deep into Rectifiers", arXiv:1502.01852.
- Amazon SageMaker Debugger, rule PoorWeightInitialization: a ratio of 10 between layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tb_deepdebug.findings import guards, paths, remedies
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.pictures import by_layer
from tb_deepdebug.findings.view import Floats, Layer, LayerRecord, Run, UnitsAt

NAME = "variance-growth"


class Trend(NamedTuple):
    """log2 of the variance per layer, its range as a factor, and the variances `[L]`."""

    slope: float
    ratio: float
    variances: Floats


def find(
    run: Run,
    *,
    slope: float = 0.5,
    ratio: float = 10.0,
    later: float = 100.0,
    alarming: float = 1e4,
    least_layers: int = 4,
    deep: int = 5,
) -> Iterator[Finding | NotApplicable]:
    """Finds a signal that grows or fades over depth.

    Args:
      slope: octaves of variance per layer; ours.
      ratio: of the largest to the smallest variance before training (SageMaker Debugger).
      later: of them at the last look; ours.
      alarming: from which it is an ERROR; ours.
      least_layers: fewer tell no trend.
      deep: layers below which it is an INFO: shallow nets learn all the same; ours.
    """
    chain = _chain(run)
    if len(chain) < least_layers:
        yield NotApplicable(f"fewer than {least_layers} layers of one kind follow on one another")
        return
    harm = impact(run)
    for start in (True, False):
        trend = _trend([_units(layer, start) for layer in chain])
        if trend is None or (not start and run.last_step < guards.warm_up(run)):
            continue
        if abs(trend.slope) < slope or trend.ratio < (ratio if start else later):
            continue
        base = Severity.ERROR if trend.ratio >= alarming else Severity.WARNING
        base = base if len(chain) >= deep else Severity.INFO
        yield _finding(run, chain, trend, start, weigh(base, harm), ratio if start else later)
        return


def _chain(run: Run) -> list[Layer]:
    """The most layers of one class that learn and that nothing leads around, in order.

    A normalised net is left out as a whole: what lies behind a normalisation begins anew.
    """
    if any(layer.role == "normalisation" for layer in run.layers):
        return []
    kinds: dict[str, list[Layer]] = {}
    for layer in run.hidden():
        learns = layer.node is not None and layer.node.parameters > 0
        if learns and layer.role == "hidden" and paths.is_bottleneck(run, layer.name):
            kinds.setdefault(layer.node.kind if layer.node else "", []).append(layer)
    return max(kinds.values(), key=len, default=[])


def _record(layer: Layer) -> LayerRecord | None:
    return layer.activations if layer.preactivations is None else layer.preactivations


def _units(layer: Layer, start: bool) -> UnitsAt | None:
    record = _record(layer)
    if record is None:
        return None
    if start:
        return record.first if record.first is not None and record.first.step == 0 else None
    return record.last_units


def _trend(units: list[UnitsAt | None]) -> Trend | None:
    """None where a layer is not known, or its variance is no positive number."""
    known = [one for one in units if one is not None]
    if len(known) < len(units):
        return None
    # Within units: the spread between units is that of the biases, and no signal.
    variances = np.array([float(np.mean(one.rows["variance"])) for one in known])
    if not (np.isfinite(variances).all() and (variances > 0).all()):
        return None
    depth = np.arange(len(variances))
    steepness = float(np.polyfit(depth, np.log2(variances), 1)[0])
    return Trend(steepness, float(variances.max() / variances.min()), variances)


def _finding(
    run: Run, chain: list[Layer], trend: Trend, start: bool, severity: Severity, bound: float
) -> Finding:
    grows, factor = trend.slope > 0, 2 ** abs(trend.slope)
    steps = np.abs(np.diff(np.log2(trend.variances)))
    worst = chain[int(steps.argmax()) + 1].name
    when = "before training" if start else "by now"
    record = _record(chain[-1])
    assert record is not None
    evidence = Evidence(
        what="largest over smallest variance",
        value=trend.ratio,
        threshold=bound,
        unit="x",
        n=len(chain),
        source="SageMaker Debugger, PoorWeightInitialization" if start else "ours",
        kind="activations" if chain[-1].preactivations is None else "preactivations",
        name=record.name,
        step=0 if start else int(record.steps[-1]),
        picture=by_layer(trend.variances.tolist(), "variance by layer", log=True),
    )
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=worst,
        first_step=0 if start else None,
        message=(
            f"The signal's variance {'grows' if grows else 'fades'} {factor:.2g}-fold a layer "
            f"from {chain[0].name} to {chain[-1].name} {when}, {trend.ratio:.2g}-fold in all."
        ),
        evidence=(evidence,),
        fixes=_fixes(run, chain, start, worst),
        layers=(worst, *(layer.name for layer in chain if layer.name != worst)),
    )


def _fixes(run: Run, chain: list[Layer], start: bool, worst: str) -> tuple[Fix, ...]:
    rectified = any(layer.is_relu for layer in run.layers)
    kernel = "he_normal" if rectified else "glorot_uniform"
    keeps = "it keeps the variance from layer to layer"
    around = "the signal and the gradient get around layers that shrink them"
    return remedies.ranked(
        remedies.initialise(worst, kernel, keeps, 0.8 if start else 0.4),
        remedies.normalise_before(worst, "each layer begins at variance 1 again", 0.7),
        Fix("Add residual connections", around, weight=0.4 + 0.1 * (len(chain) > 10)),
        *(
            ()
            if start
            else (remedies.lower_learning_rate(run, "training made the variance grow", 0.6),)
        ),
    )
