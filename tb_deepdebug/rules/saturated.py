"""Saturated units: tanh or sigmoid units at their bounds, where the gradient vanishes.

What it means
-------------
A unit is saturated where the derivative of its activation function is below 0.01 in more than half
of the cells: |z| > 2.99 of a tanh, |z| > 4.6 of a sigmoid. Of hard tanh and hard sigmoid it is
exactly zero beyond their bounds.

Why it matters
--------------
The gradient is multiplied by that derivative. A layer most of whose units are saturated passes next
to nothing on to what lies before it, and stays as it is.

Causes
------
- Inputs that were not scaled: thousands where ones are expected.
- Initial weights too large for the layer's width.
- A high learning rate that blew the weights up.

What to try
-----------
- Inputs of mean 0 and variance 1.
- Glorot initialisation; batch or layer normalisation before the activation.
- A lower learning rate; ReLU or GELU.

When it is harmless
-------------------
An output layer that is sure of itself (it is not judged), gates that have made up their mind,
codes that became binary by training: where the training learns, it is an INFO.

References
----------
- Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
- Amazon SageMaker Debugger, rule SaturatedActivation: derivatives below 1e-7, the third tier here.
- DeepDiagnosis (ICSE 2022): |z| > 5 for half of the values, about the second tier of a tanh.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, remedies
from tb_deepdebug.findings.chance import normal_beyond, share_beyond
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.pictures import line
from tb_deepdebug.findings.view import Floats, Layer, LayerRecord, Run
from tb_deepdebug.records.preactivations import SERIES_BINS

NAME = "saturated"

# |z| from which the derivative is below 1e-2, 1e-4, 1e-7; hard functions have one bound.
_BOUNDS = {
    "tanh": tuple(math.acosh(tier**-0.5) for tier in (1e-2, 1e-4, 1e-7)),
    "sigmoid": tuple(2 * math.acosh(0.5 * tier**-0.5) for tier in (1e-2, 1e-4, 1e-7)),
    "hard_tanh": (1.0,),
    "hardtanh": (1.0,),
    "hard_sigmoid": (3.0,),
    "hardsigmoid": (3.0,),
}
_TIERS = (Severity.WARNING, Severity.ERROR, Severity.CRITICAL)


def find(
    run: Run,
    *,
    values: float = 0.5,
    share: float = 0.5,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds hidden tanh and sigmoid layers most of whose units are at their bounds.

    Args:
      values: share of a unit's cells beyond the bound, from which it is saturated (DeepDiagnosis).
      share: of the units (SageMaker Debugger: 50 %).
      persistence: looks in a row at which half of the layer's cells must be beyond the bound.
    """
    bounded = [layer for layer in run.hidden() if layer.activation in _BOUNDS]
    if not bounded:
        yield NotApplicable("no hidden layer with a tanh or a sigmoid is recorded")
        return
    harm = impact(run)
    for layer in bounded:
        record = layer.preactivations
        if record is None or record.last_units is None:
            yield NotApplicable("its pre-activations are not recorded", layer.name)
            continue
        bounds = _BOUNDS[layer.activation or ""]
        shares = [_saturated(layer, record, bound, values) for bound in bounds]
        tier = max((i for i, one in enumerate(shares) if one > share), default=None)
        if tier is None:
            continue
        steps, cells = _series(record, bounds[0])
        since = guards.onset(
            steps, cells > values * share, persistence=persistence, start=guards.warm_up(run)
        )
        if since is None:
            continue
        whole = len(bounds) == 1 and shares[0] > 0.9
        base = _TIERS[max(tier, int(whole))]
        yield _finding(run, layer, shares[0], tier, since.step, weigh(base, harm), (steps, cells))


def _saturated(layer: Layer, record: LayerRecord, bound: float, values: float) -> float:
    """Share of units with more than `values` of their cells beyond +-bound.

    Of a unit's cells only the moments are kept: taken as normal, or, where the activations show
    it, as surely at the bounds (Markov's inequality for the derivative).
    """
    assert record.last_units is not None
    rows = record.last_units.rows
    over = normal_beyond(rows["mean"], rows["variance"], bound) > values
    after = layer.activations.last_units if layer.activations is not None else None
    if (
        after is None
        or layer.activation not in ("tanh", "sigmoid")
        or len(over) != len(after.rows["mean"])
    ):
        return float(over.mean())
    mean, square = after.rows["mean"], after.rows["mean"] ** 2 + after.rows["variance"]
    is_tanh = layer.activation == "tanh"
    slope = np.maximum(1 - square if is_tanh else mean - square, 0)
    limit = 1 / math.cosh(bound) ** 2 if is_tanh else 0.25 / math.cosh(bound / 2) ** 2
    # float32 activations at a bound leave a slope of some 1e-7: no proof below that.
    sure = (slope < (1 - values) * limit) & (limit > 1e-6)
    return float((over | sure).mean())


def _series(record: LayerRecord, bound: float) -> tuple[np.ndarray, Floats]:
    """Steps and the share of the layer's cells beyond +-bound there; of one step without series."""
    counts = record.vectors.get("counts")
    if counts is not None and len(counts) == len(record.steps):
        found = [share_beyond(row, SERIES_BINS, _inner(bound)) for row in counts]
        return record.steps, np.nan_to_num(np.array(found))
    assert record.last_units is not None
    rows = record.last_units.rows
    share = float(normal_beyond(rows["mean"], rows["variance"], bound).mean())
    return record.steps[-1:], np.array([share])


def _inner(bound: float) -> float:
    """The edge of the series' bins at or below a bound."""
    edges = SERIES_BINS.edges()
    return float(edges[edges <= bound][-1])


def _finding(
    run: Run,
    layer: Layer,
    share: float,
    tier: int,
    since: int,
    severity: Severity,
    series: tuple[np.ndarray, Floats],
) -> Finding:
    record = layer.preactivations
    assert record is not None
    below = ("0.01", "0.0001", "1e-07")[tier]
    evidence = Evidence(
        what="cells where the derivative is below 0.01",
        value=float(series[1][-1]),
        threshold=0.5,
        n=int(record.sample() * record.units),
        source="share: DeepDiagnosis, SageMaker Debugger; derivative: ours",
        kind="preactivations",
        name=record.name,
        step=int(record.steps[-1]),
        picture=line(*series, "share of cells"),
    )
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=layer.name,
        first_step=since,
        message=(
            f"{round(share * record.units)} of {record.units} {layer.activation} units of "
            f"{layer.name} are saturated: for most of them the derivative is below {below}."
        ),
        evidence=(evidence, _spread(record)),
        fixes=_fixes(run, layer, since == 0),
        layers=(layer.name,),
        share=share,
    )


def _spread(record: LayerRecord) -> Evidence:
    return Evidence(
        what="standard deviation of the pre-activations",
        value=record.last("std"),
        threshold=1.0,
        n=int(record.sample() * record.units),
        source="what Glorot initialisation gives for inputs of variance 1",
        kind="preactivations",
        name=record.name,
        step=int(record.steps[-1]),
    )


def _fixes(run: Run, layer: Layer, born: bool) -> tuple[Fix, ...]:
    above = [run.by_name[name] for name in run.upstream(layer.name) if name in run.by_name]
    first = not any(one.activation for one in above)
    began = "the units were saturated before the first step"
    linear = "normalised pre-activations lie where the function is nearly linear"
    return remedies.ranked(
        remedies.scale_inputs("the layer sees the inputs' scale", 0.85 if born and first else 0.5),
        remedies.initialise(layer.name, "glorot_uniform", began, 0.8 if born else 0.3),
        remedies.normalise_before(layer.name, linear, 0.6),
        remedies.lower_learning_rate(
            run, "the weights grew until the units were at their bounds", 0.3 if born else 0.75
        ),
        remedies.use_activation(layer.name, "relu", "it has no bound above", 0.4),
    )
