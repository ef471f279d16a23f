"""Revived units: rectified units that were dead and fire again.

What it means
-------------
Units that were exactly zero in every cell at one look were active at a later one. This is told
from accumulators that saw every look, also those that TensorBoard no longer keeps.

Why it matters
--------------
It does no harm: it says that death is not final here, because the inputs of the layer still move,
and that a schedule, a normalisation or a smaller learning rate helped. Units that come and go
point at steps that are too large for them.

Causes
------
- Layers before this one went on learning and moved its inputs above zero again.
- The learning rate fell, or the probe batch is small beside what the units look for.

What to try
-----------
- Nothing, if the training learns.
- A lower learning rate or warm-up, if units come and go all the time.

When it is harmless
-------------------
Always; it is an INFO.

References
----------
- Sokar, Agarwal, Castro & Evci 2023, "The Dormant Neuron Phenomenon in Deep Reinforcement
  Learning", arXiv:2302.12902: units that are dormant now mostly stay so.
"""

from __future__ import annotations

from collections.abc import Iterator

from tb_deepdebug.findings import remedies
from tb_deepdebug.findings.finding import Evidence, Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import LayerRecord, Run

NAME = "revived"


def find(run: Run, *, share: float = 0.25, least: int = 2) -> Iterator[Finding | NotApplicable]:
    """Finds ReLU layers of which units came back.

    Args:
      share: of a layer's units that came back at least once; ours.
      least: so many units at least; ours.
    """
    followed = [
        (layer, layer.activations)
        for layer in run.hidden()
        if layer.is_relu and layer.activations is not None and layer.activations.history
    ]
    if not followed:
        yield NotApplicable("no ReLU layer was followed over training")
        return
    found = []
    for layer, record in followed:
        revived = record.history["revived"]
        if (revived > 0).sum() >= max(least, share * len(revived)):
            found.append((layer.name, record))
    if found:
        yield _finding(run, found, share)


def _finding(run: Run, found: list[tuple[str, LayerRecord]], share: float) -> Finding:
    """One finding of all layers: it does no harm, and must not drown those that do."""
    layer, record = max(found, key=lambda one: float((one[1].history["revived"] > 0).mean()))
    revived = record.history["revived"]
    count, units = int((revived > 0).sum()), len(revived)
    others = f", and units of {len(found) - 1} more layers" if len(found) > 1 else ""
    evidence = Evidence(
        what="units that came back",
        value=count / units,
        threshold=share,
        unit="share",
        n=units,
        source="ours",
        kind="activations",
        name=record.name,
        step=int(record.steps[-1]) if len(record.steps) else None,
    )
    return Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.INFO,
        layer=layer,
        first_step=None,
        message=(
            f"{count} of {units} units of {layer}{others} were dead and fire again: "
            f"{int(revived.sum())} times in {int(record.history['steps'].max())} looks."
        ),
        evidence=(evidence,),
        fixes=remedies.ranked(
            remedies.lower_learning_rate(run, "units that come and go are pushed too far", 0.3),
            remedies.normalise_before(
                layer, "it keeps the units where a ReLU passes half of the inputs", 0.2
            ),
        ),
        layers=(layer, *(name for name, _ in found if name != layer)),
        share=count / units,
    )
