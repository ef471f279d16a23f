"""Rarely firing units: rectified units that are zero for almost every input.

What it means
-------------
A unit of a ReLU layer is active in at most 1 % of the valid cells of the probe batch, but in some:
it is not dead, and close to it.

Why it matters
--------------
Such a unit learns from one example in a hundred. Where most of a layer is like that, the layer
tells little of most examples, and one more large step kills it.

Causes
------
- Biases that drift below zero: a high learning rate, momentum, a strong L1 penalty.
- Inputs that changed their scale or their mean between layers.

What to try
-----------
- A lower learning rate, or gradient clipping.
- Batch or layer normalisation before the ReLU.
- LeakyReLU, ELU or GELU, which learn below zero too.

When it is harmless
-------------------
Units that stand for a rare class or a rare feature fire rarely by right, as do those of sparse
codes and of inputs that are mostly zero. Where the training learns, it is an INFO.

References
----------
- Amazon SageMaker Debugger, rule DeadRelu: activity below 1 % in more than 50 % of a layer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, remedies
from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.grading import share_over_training
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.view import Floats, LayerRecord, Run

NAME = "rarely-firing"


def find(
    run: Run,
    *,
    activity: float = 0.01,
    share: float = 0.5,
    alive: float = 0.1,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds ReLU layers most of whose units fire in at most 1 % of the cells.

    Args:
      activity: share of cells that a unit is active in at most (SageMaker Debugger: 1 %).
      share: of a layer's units, the dead ones included (SageMaker Debugger: 50 %).
      alive: share of units that fire rarely and are not dead, below which it is the business of
        never-firing alone; ours.
      persistence: looks in a row that must agree.
    """
    rectified = [layer for layer in run.hidden() if layer.is_relu]
    if not rectified:
        yield NotApplicable("no layer with a ReLU is recorded")
        return
    severity = weigh(Severity.WARNING, impact(run))
    for layer in rectified:
        record = layer.activations
        assert record is not None
        # 3 / n: of fewer cells, none may be active in a unit that is active in 1 % of all.
        if record.sample() * activity < 3:
            reason = f"{record.sample()} cells a unit can't tell 1 % from none"
            yield NotApplicable(reason, layer.name)
            continue
        steps, zero = _zero_fraction(record)
        rare = (zero >= 1 - activity).mean(axis=1)
        living = ((zero >= 1 - activity) & (zero < 1)).mean(axis=1)
        hit = (rare > share) & (living >= alive)
        since = guards.onset(steps, hit, persistence=persistence, start=guards.warm_up(run))
        if since is None:
            continue
        count = round(float(living[-1]) * zero.shape[1])
        yield Finding(
            run=run.name,
            rule=NAME,
            severity=severity,
            layer=layer.name,
            first_step=since.step,
            message=(
                f"{count} of {zero.shape[1]} units of {layer.name} fire, but in at most "
                f"{100 * activity:g} % of {record.sample()} cells; "
                f"{round(float((zero[-1] == 1).sum()))} more never do."
            ),
            evidence=(
                share_over_training(
                    "units active in at most 1 % of the cells",
                    record,
                    rare,
                    threshold=share,
                    source="SageMaker Debugger, DeadRelu",
                ),
            ),
            fixes=remedies.ranked(
                remedies.normalise_before(
                    layer.name, "normalised pre-activations are above zero half of the time", 0.7
                ),
                remedies.lower_learning_rate(run, "smaller steps move fewer units below zero", 0.6),
                remedies.use_activation(
                    layer.name, "leaky_relu", "units learn from every example then", 0.5
                ),
            ),
            layers=(layer.name,),
            share=float(rare[-1]),
        )


def _zero_fraction(record: LayerRecord) -> tuple[np.ndarray, Floats]:
    """Steps `[S]` and the share of cells that are zero `[S, U]`; of wide layers the last only."""
    told = record.vectors.get("unit_zero_fraction")
    if told is not None and len(told) and np.isfinite(told[-1]).all():
        return record.steps, np.nan_to_num(told)
    if record.last_units is None:
        return record.steps[:0], np.zeros((0, max(record.units, 1)))
    rows = record.last_units.rows
    return record.steps[-1:], (rows["zero"] / np.maximum(rows["count"], 1))[None]
