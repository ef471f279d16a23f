"""Units constant over time: the same value at every step of a sequence, or all over an image.

What it means
-------------
In at least 95 % of the sequences of the probe batch a unit does not change along the axis, though
what the layer reads does. Padding is no part of it, nor are units that are zero throughout.

Why it matters
--------------
The unit ignores when, or where, something happens: it tells at most which sequence it is.

Causes
------
- Saturated units: weights or inputs too large for a tanh or a sigmoid.
- Gates that are shut or wide open; recurrent weights that hold a state for ever.
- A layer in front of it that is dead or saturated.

What to try
-----------
- Standardised inputs, a smaller initial kernel, layer normalisation.
- Of recurrent layers: a forget bias of 1, an orthogonal recurrent kernel.
- A lower learning rate.

When it is harmless
-------------------
Units that stand for a property of the whole sequence are constant by right; what follows a pooling
or a repeated vector has nothing to follow. Where the training learns, it is an INFO.

References
----------
- The shares of 95 % of sequences and 50 % of units are ours.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, paths, remedies
from tb_deepdebug.findings.finding import Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.grading import graded, share_over_training
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.view import Floats, Layer, LayerRecord, Run

NAME = "constant-over-time"


def find(
    run: Run,
    *,
    sequences: float = 0.95,
    share: float = 0.5,
    alarming: float = 0.9,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds layers whose units do not change along the axis while what they read does.

    Args:
      sequences: share of the sequences in which a unit does not change; ours.
      share: of the units, from which it is a WARNING; ours.
      alarming: from which it is an ERROR; ours.
      persistence: looks in a row that must agree, where the series has every unit.
    """
    moving = [layer for layer in run.hidden() if _has_axis(layer.activations)]
    if not moving:
        yield NotApplicable("no layer with a time or space axis is recorded")
        return
    levels = ((share, Severity.WARNING), (alarming, Severity.ERROR))
    harm = impact(run)
    for layer in moving:
        record = layer.activations
        assert record is not None
        if layer.role in ("pooling", "normalisation"):
            continue
        constant = _constant(record, sequences).mean(axis=1)
        steps = record.steps[-len(constant) :]
        since = guards.onset(
            steps, constant >= share, persistence=persistence, start=guards.warm_up(run)
        )
        level = graded(float(constant[-1]), levels) if len(constant) else None
        if since is None or level is None:
            continue
        if not _reads_what_varies(run, layer, sequences):
            yield NotApplicable("nothing tells whether what it reads varies", layer.name)
            continue
        where = "over time" if record.axis == "time" else "over space"
        yield Finding(
            run=run.name,
            rule=NAME,
            severity=weigh(level[1], harm),
            layer=layer.name,
            first_step=since.step,
            message=(
                f"{round(float(constant[-1]) * record.units)} of {record.units} units of "
                f"{layer.name} do not change {where}, though what they read does."
            ),
            evidence=(
                share_over_training(
                    f"units that are constant {where}",
                    record,
                    constant,
                    threshold=share,
                    source="ours",
                ),
            ),
            fixes=_fixes(run, layer),
            layers=(layer.name,),
            share=float(constant[-1]),
        )


def _has_axis(record: LayerRecord | None) -> bool:
    return record is not None and record.axis in ("time", "space") and record.last("timesteps") > 1


def _constant(record: LayerRecord, sequences: float) -> np.ndarray:
    """Which units are constant and not dead `[S, U]`; of wide layers at the last step only."""
    names = ("unit_constant", "unit_min", "unit_max")
    told = [record.vectors[name] for name in names if name in record.vectors]
    if len(told) == len(names) and all(np.isfinite(vector[-1]).all() for vector in told):
        constant, least, most = told
        return (constant >= sequences) & ~((least == 0) & (most == 0))
    if record.last_units is None:
        return np.zeros((0, max(record.units, 1)), bool)
    rows = record.last_units.rows
    return ((rows["constant"] >= sequences) & ~record.last_units.dead)[None]


def _reads_what_varies(run: Run, layer: Layer, sequences: float) -> bool:
    """Whether a layer that it reads, the nearest recorded one on each way, changes along the axis.

    What is right after the input counts as reading what varies, unless the input is constant.
    """
    waiting, seen = list(paths.before(run, layer.name)), set()
    while waiting:
        name = waiting.pop()
        one = run.by_name.get(name)
        if name in seen or one is None:
            continue
        seen.add(name)
        if one.role == "input":
            facts = run.setup.inputs if run.setup is not None else ()
            return all(not fact.std <= 0 for fact in facts)
        if one.activations is None:
            kind = "" if one.node is None else one.node.kind.lower()
            if not any(word in kind for word in ("repeat", "reshape", "pool", "broadcast")):
                waiting.extend(paths.before(run, name))
        elif _has_axis(one.activations) and _moves(one.activations, sequences):
            return True
    return False


def _moves(record: LayerRecord, sequences: float) -> bool:
    """Whether most units that are not dead change along the axis."""
    if record.last_units is None:
        return False
    living = ~record.last_units.dead
    still: Floats = record.last_units.rows["constant"][living]
    return bool(len(still)) and float((still >= sequences).mean()) < 0.5


def _fixes(run: Run, layer: Layer) -> tuple[Fix, ...]:
    recurrent = layer.role == "recurrent"
    return remedies.ranked(
        remedies.scale_inputs("inputs too large hold units at their bounds", 0.6),
        remedies.lower_learning_rate(run, "units that were pushed to a bound stay there", 0.5),
        remedies.initialise(layer.name, "orthogonal", "the state neither dies nor stays", 0.6)
        if recurrent
        else remedies.normalise_before(layer.name, "it keeps units where they can move", 0.55),
    )
