"""Units constant over the batch: whatever the input, the same value.

What it means
-------------
Over all examples and steps of the probe batch a unit's variance is no more than rounding: 1e-8 of
its squared mean. It works as one more bias.

Why it matters
--------------
Nothing of the input passes it. A layer of such units cuts the net in two.

Causes
------
- Zero or constant weights, or weights that decayed to zero.
- Saturation: every example lies at the same bound of a tanh or a sigmoid.
- A dead layer in front: what follows is a function of biases.

What to try
-----------
- A random initialiser (Glorot, He) in place of a constant one.
- Standardised inputs, smaller steps.
- Less weight decay.

When it is harmless
-------------------
A normalisation layer whose scale begins at zero, and the zero-initialised end of a residual branch,
are constant before training moves them. Where the training learns, it is an INFO.

References
----------
- Amazon SageMaker Debugger, rule TensorVariance; the bound of 1e-8 is ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, paths, remedies
from tb_deepdebug.findings.finding import Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.grading import graded, share_over_training
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.view import Layer, LayerRecord, Run

NAME = "constant-over-batch"

_LEAST_CELLS = 30


def find(
    run: Run,
    *,
    variance: float = 1e-8,
    share: float = 0.5,
    alarming: float = 0.9,
    scale: float = 1e-3,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds layers most of whose units give one value for every input.

    Args:
      variance: of a unit, in squared means, at most; ours.
      share: of the units, from which it is a WARNING; ours.
      alarming: from which it is an ERROR; all of them, with no way around, are CRITICAL; ours.
      scale: largest weight of a normalisation layer below which it is still at its zero start.
      persistence: looks in a row that must agree, where the series has every unit.
    """
    hidden = list(run.hidden())
    if not hidden:
        yield NotApplicable("no hidden layer is recorded")
        return
    levels = ((share, Severity.WARNING), (alarming, Severity.ERROR))
    harm = impact(run)
    for layer in hidden:
        record = layer.activations
        assert record is not None
        if layer.role == "normalisation" and _at_zero(run, layer.name, scale):
            continue
        if record.sample() < _LEAST_CELLS:
            yield NotApplicable(f"{record.sample()} cells a unit are too few", layer.name)
            continue
        still = _constant(layer, record, variance).mean(axis=1)
        steps = record.steps[-len(still) :]
        since = guards.onset(
            steps, still >= share, persistence=persistence, start=guards.warm_up(run)
        )
        level = graded(float(still[-1]), levels) if len(still) else None
        if since is None or level is None:
            continue
        blocked = still[-1] == 1 and paths.is_bottleneck(run, layer.name)
        base = Severity.CRITICAL if blocked else level[1]
        ends = "; no path leads around it" if blocked else ""
        yield Finding(
            run=run.name,
            rule=NAME,
            severity=weigh(base, harm, blocked=blocked),
            layer=layer.name,
            first_step=since.step,
            message=(
                f"{round(float(still[-1]) * record.units)} of {record.units} units of "
                f"{layer.name} give one value whatever the input{ends}."
            ),
            evidence=(
                share_over_training(
                    "units that are constant over the batch",
                    record,
                    still,
                    threshold=share,
                    source="ours",
                ),
            ),
            fixes=_fixes(run, layer, since.step == 0),
            layers=(layer.name,),
            share=float(still[-1]),
        )


def _constant(layer: Layer, record: LayerRecord, variance: float) -> np.ndarray:
    """Which units are constant `[S, U]`; dead ReLUs are the business of never-firing.

    In the series from the range, which bounds the deviation; at the last step from the variance.
    """
    least, most = record.vectors.get("unit_min"), record.vectors.get("unit_max")
    now = record.last_units
    last = np.zeros((0, max(record.units, 1)), bool)
    if now is not None:
        rows = now.rows
        flat = rows["variance"] <= variance * rows["mean"] ** 2 + 1e-30
        last = (flat & (now.nonfinite == 0) & ~(now.dead & layer.is_relu))[None]
    if least is None or most is None or not np.isfinite(least[-1]).all():
        return last
    bound = 2 * np.sqrt(variance) * np.maximum(np.abs(least), np.abs(most))
    dead = (least == 0) & (most == 0) & layer.is_relu
    series = (most - least <= bound) & ~dead
    return np.concatenate([series[:-1], last]) if len(last) else series


def _at_zero(run: Run, layer: str, scale: float) -> bool:
    """Whether all weights of a layer are about zero: a scale that starts there."""
    if run.parameters is None:
        return False
    places = run.parameters.of(layer)
    largest = run.parameters.vector("weight_max")
    found = [
        i for i in places if run.parameters.names[i].rsplit("/")[-1] in ("gamma", "weight", "scale")
    ]
    return bool(found) and bool(len(largest)) and bool((largest[-1, found] < scale).all())


def _fixes(run: Run, layer: Layer, born: bool) -> tuple[Fix, ...]:
    kernel = "he_normal" if layer.is_relu else "glorot_uniform"
    began = "the units were constant before the first step: their weights let no input in"
    return remedies.ranked(
        remedies.initialise(layer.name, kernel, began, 0.8 if born else 0.3),
        remedies.scale_inputs("inputs too large hold every example at the same bound", 0.5),
        remedies.lower_learning_rate(
            run, "the units let the input pass before training", 0.3 if born else 0.7
        ),
    )
