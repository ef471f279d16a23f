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

from tb_deepdebug.findings import guards
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Picture, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.view import Layer, LayerRecord, Run

NAME = "never-firing"


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
      alarming: from which it is an ERROR (SageMaker Debugger, TheDeepChecker); all of them are
        CRITICAL.
      persistence: looks in a row that must agree.
      least_cells: valid cells a unit below which a few dead units prove nothing.
    """
    rectified = [layer for layer in run.hidden() if layer.is_relu]
    if not rectified:
        yield NotApplicable("no layer with a ReLU is recorded")
        return
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
        if share < 1 and cells < least_cells:
            bound = f"{100 * guards.rate_bound(cells):.2g} %"
            yield NotApplicable(
                f"{cells} cells a unit bound the rate of firing at {bound} only", layer.name
            )
            continue
        base = (
            Severity.CRITICAL
            if share == 1
            else Severity.ERROR
            if share >= alarming
            else Severity.WARNING
            if share >= warned
            else Severity.INFO
        )
        yield _finding(run, layer, record, dead, since, weigh(base, harm), harm)


def _finding(
    run: Run,
    layer: Layer,
    record: LayerRecord,
    dead: np.ndarray,
    since: guards.Onset,
    severity: Severity,
    harm: Impact,
) -> Finding:
    units, share = record.units, float(dead[-1])
    count = round(share * units)
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=layer.name,
        first_step=since.step,
        message=f"{count} of {units} units of {layer.name} are zero for every input.",
        evidence=(
            Evidence(
                what="units that never fired",
                value=share,
                threshold=0.5,
                n=record.sample(),
                source="SageMaker Debugger, DeadRelu",
                kind="activations",
                name=record.name,
                step=int(record.steps[-1]),
                picture=Picture(
                    "line", tuple(record.steps.tolist()), tuple(dead.tolist()), y_title="dead share"
                ),
            ),
        ),
        fixes=(
            Fix(
                f"Use LeakyReLU in {layer.name}",
                "it lets a gradient through below zero, so that dead units can come back",
                layer=layer.name,
                argument="activation",
                value="leaky_relu",
                weight=0.7,
            ),
        ),
        layers=(layer.name,),
        share=share,
    )
