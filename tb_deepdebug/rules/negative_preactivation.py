"""Negative pre-activations: rectified units about to die.

What it means
-------------
A unit of a ReLU layer whose pre-activation lies below zero by two standard deviations (mean + 2 std
< 0, which leaves 2.3 % of a normal distribution above zero) still fires, and rarely.

Why it matters
--------------
It is seen before units die. While their share grows, the layer is on its way to being dead.

Causes
------
- Biases that fall step by step: a high learning rate, much momentum.
- Inputs of the layer that are all of one sign, against weights of the other.

What to try
-----------
- A lower learning rate now, before the units are gone.
- Batch or layer normalisation before the ReLU.

When it is harmless
-------------------
A layer whose units stand for rare features looks alike, and stays as it is. Then, and where the
training learns, it is an INFO.

References
----------
- Lu, Shin, Su & Karniadakis 2019, "Dying ReLU and Initialization", arXiv:1903.06733.
- The bound of two standard deviations is ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, remedies
from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.grading import share_over_training
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.view import Layer, Run

NAME = "negative-preactivation"


def find(
    run: Run,
    *,
    deviations: float = 2.0,
    share: float = 0.4,
    growth: float = 0.1,
    mostly: float = 0.977,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds ReLU layers many of whose living units are far below zero.

    Args:
      deviations: standard deviations that a unit's mean lies below zero; ours.
      share: of the units, dead ones left out; ours.
      growth: of the share since the first look, from which it is a WARNING; ours.
      mostly: share of negative cells that stands for `deviations` in the series (normal cells).
      persistence: looks in a row that must agree, where the series has every unit.
    """
    told = [
        layer
        for layer in run.hidden()
        if layer.is_relu
        and layer.preactivations is not None
        and layer.preactivations.last_units is not None
    ]
    if not told:
        yield NotApplicable("no pre-activation of a ReLU layer is recorded")
        return
    harm = impact(run)
    for layer in told:
        record = layer.preactivations
        assert record is not None
        if record.sample() < 30:
            yield NotApplicable(f"{record.sample()} cells a unit are too few", layer.name)
            continue
        now = _sinking(layer, deviations)
        negative = record.vectors.get("unit_negative_fraction", np.zeros((0, 1)))
        over = ((negative >= mostly) & (negative < 1)).mean(axis=1)
        over = np.append(over[:-1], now) if len(over) == len(record.steps) else np.full(1, now)
        steps = record.steps[-len(over) :]
        since = guards.onset(
            steps, over >= share, persistence=persistence, start=guards.warm_up(run)
        )
        if since is None:
            continue
        grows = now - float(over[0]) >= growth
        base = Severity.WARNING if grows else Severity.INFO
        yield Finding(
            run=run.name,
            rule=NAME,
            severity=weigh(base, harm),
            layer=layer.name,
            first_step=since.step,
            message=(
                f"{round(now * record.units)} of {record.units} units of {layer.name} still fire, "
                f"with their mean {deviations:g} standard deviations below zero"
                + (f"; at first {round(float(over[0]) * record.units)}." if grows else ".")
            ),
            evidence=(
                share_over_training(
                    "living units with mean + 2 std < 0",
                    record,
                    over,
                    threshold=share,
                    source="ours",
                    kind="preactivations",
                ),
            ),
            fixes=remedies.ranked(
                remedies.lower_learning_rate(run, "smaller steps stop the drift below zero", 0.7),
                remedies.normalise_before(
                    layer.name, "it puts the pre-activations back around zero", 0.6
                ),
                remedies.use_activation(layer.name, "leaky_relu", "it learns below zero", 0.5),
            ),
            layers=(layer.name,),
            share=now,
        )


def _sinking(layer: Layer, deviations: float) -> float:
    """Share of units that lie below zero by so many standard deviations and are not dead."""
    record = layer.preactivations
    assert record is not None and record.last_units is not None
    rows = record.last_units.rows
    low = rows["mean"] + deviations * np.sqrt(rows["variance"]) < 0
    return float((low & (rows["max"] > 0)).mean())
