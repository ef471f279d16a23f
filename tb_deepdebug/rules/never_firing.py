"""Never-firing units: rectified units that are exactly zero for every input.

What it means
-------------
A unit of a ReLU layer whose pre-activation is negative in every valid cell of the probe batch gives
exactly zero, and gets no gradient: as it stands, no example of the probe can wake it.

Why it matters
--------------
A layer of which every unit is dead passes nothing on: what follows is a function of its biases, and
what precedes gets no gradient. A layer of which some units are dead has only lost width.

Causes
------
- A step so large that it pushed biases far below zero: a high learning rate, a gradient spike.
- An ill initialised bias or a kernel too large for the layer.
- Inputs that are far from zero mean.

What to try
-----------
- A lower learning rate, warm-up, or gradient clipping.
- LeakyReLU, ELU or GELU, which let a gradient through below zero.
- He initialisation, zero biases, batch or layer normalisation before the ReLU.

When it is harmless
-------------------
Layers wider than the task needs have many units that never fire while the net learns perfectly;
rare features fire on examples that the probe does not hold. Then it is an INFO.

References
----------
- Lu, Shin, Su & Karniadakis 2019, "Dying ReLU and Initialization", arXiv:1903.06733.
- Amazon SageMaker Debugger, rule DeadRelu: alarm at more than 50 % of a layer.
- keras-contrib, DeadReluDetector: a warning at 10 %.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, paths, remedies
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.grading import graded, share_over_training
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.view import Floats, Layer, LayerRecord, Run

NAME = "never-firing"

# Of a few cells a healthy unit may well fire in none: below so many only a whole layer counts.
_FEWEST_CELLS = 30


def find(
    run: Run,
    *,
    noted: float = 0.1,
    warned: float = 0.4,
    alarming: float = 0.5,
    persistence: int = guards.PERSISTENCE,
    least_cells: int = guards.LEAST_CELLS,
) -> Iterator[Finding | NotApplicable]:
    """Finds layers of which a share of the units never fires.

    Args:
      noted: share of a layer's units from which it is an INFO (keras-contrib).
      warned: from which it is a WARNING (ours, below SageMaker Debugger's).
      alarming: from which it is an ERROR (SageMaker Debugger, TheDeepChecker); all of them, where
        no path leads around the layer, are CRITICAL.
      persistence: looks in a row that must agree.
      least_cells: valid cells a unit below which less than `alarming` proves nothing.
    """
    rectified = [layer for layer in run.hidden() if layer.is_relu]
    if not rectified:
        yield NotApplicable("no layer with a ReLU is recorded")
        return
    levels = ((noted, Severity.INFO), (warned, Severity.WARNING), (alarming, Severity.ERROR))
    harm = impact(run)
    for layer in rectified:
        record = layer.activations
        assert record is not None
        dead = record.number("dead") / np.maximum(record.number("units"), 1)
        since = guards.onset(
            record.steps, dead >= noted, persistence=persistence, start=guards.warm_up(run)
        )
        if since is None:
            continue
        share, cells = float(dead[-1]), record.sample()
        if cells < (_FEWEST_CELLS if share >= alarming else least_cells):
            bound = f"{100 * guards.rate_bound(cells):.2g} %"
            reason = f"{cells} cells a unit bound the rate of firing at {bound} only"
            yield NotApplicable(reason, layer.name)
            continue
        level, base = graded(share, levels) or (noted, Severity.INFO)
        whole = share == 1
        blocked = whole and paths.is_bottleneck(run, layer.name)
        severity = weigh(Severity.CRITICAL if blocked else base, harm, blocked=blocked)
        first = _since(record, dead, level)
        yield _finding(run, layer, record, dead, first, severity, blocked)


def _since(record: LayerRecord, dead: Floats, level: float) -> int:
    """The step at which the share of dead units passed `level`, to stay.

    The accumulators saw every look, the series only those that TensorBoard kept. Units that came
    back in between can't be placed by their first death: then it is the step of the series.
    """
    below = np.flatnonzero(~(dead >= level))
    seen = int(record.steps[int(below[-1]) + 1 if len(below) else 0])
    history, now = record.history, record.last_units
    if "first_dead_step" not in history or now is None:
        return seen
    stayed = now.dead & (history["revived"] == 0)
    deaths = np.sort(history["first_dead_step"][stayed])
    needed = max(1, int(np.ceil(level * record.units - 1e-9)))
    return int(deaths[needed - 1]) if len(deaths) >= needed else seen


def _finding(
    run: Run,
    layer: Layer,
    record: LayerRecord,
    dead: Floats,
    first: int,
    severity: Severity,
    blocked: bool,
) -> Finding:
    units, share, cells = record.units, float(dead[-1]), record.sample()
    born = first == 0
    which = f"All {units} units" if share == 1 else f"{round(share * units)} of {units} units"
    since = "since initialisation" if born else f"since step {first}"
    bound = f"{100 * guards.rate_bound(cells):.2g} %"
    ends = " No path leads around the layer." if blocked else ""
    evidence = share_over_training(
        "units that never fired",
        record,
        dead,
        threshold=0.5,
        source="SageMaker Debugger, DeadRelu",
    )
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=layer.name,
        first_step=first,
        message=(
            f"{which} of {layer.name} are dead {since}: none of them fired in {cells:,} cells, so "
            f"that at most {bound} of the data wakes one.{ends}"
        ),
        evidence=(evidence, *_shifted(layer)),
        fixes=_fixes(run, layer.name, born),
        layers=(layer.name,),
        share=share,
    )


def _shifted(layer: Layer) -> Iterator[Evidence]:
    """How far below zero the pre-activations lie."""
    record = layer.preactivations
    if record is None or record.last_units is None:
        return
    yield Evidence(
        what="greatest pre-activation of any unit",
        value=float(np.nanmax(record.last_units.rows["max"], initial=-np.inf)),
        threshold=0.0,
        n=record.sample(),
        kind="preactivations",
        name=record.name,
        step=int(record.steps[-1]),
    )


def _fixes(run: Run, layer: str, born: bool) -> tuple[Fix, ...]:
    lets = "it lets a gradient through below zero, so that dead units can come back"
    if born:
        began = "the units were dead before the first step, so the initial weights are to blame"
        centred = "normalised pre-activations are above zero for half of the examples"
        return remedies.ranked(
            remedies.initialise(layer, "he_normal", began, 0.8),
            remedies.normalise_before(layer, centred, 0.6),
            remedies.use_activation(layer, "leaky_relu", lets, 0.5),
        )
    died = "the units fired before training pushed them below zero: steps were too large"
    return remedies.ranked(
        remedies.lower_learning_rate(run, died, 0.8),
        remedies.use_activation(layer, "leaky_relu", lets, 0.6),
        remedies.clip_gradients("one large gradient is enough to kill a unit for good", 0.5),
    )
