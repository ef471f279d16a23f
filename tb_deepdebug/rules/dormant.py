"""Dormant units: next to nothing beside the other units of their layer.

What it means
-------------
The root mean square of a unit's activation is at most 2.5 % of the layer's mean: it is not dead,
and what it says is drowned out by its neighbours.

Why it matters
--------------
Dormant units rarely come back: the layer has lost them. Their number grows where the target keeps
changing, as in reinforcement learning.

Causes
------
- Many steps on one task, or on data replayed too often, before the data changed.
- Strong weight decay or L1 penalties; a high learning rate.

What to try
-----------
- Initialise dormant units anew from time to time (ReDo).
- Layer normalisation; less weight decay; fewer updates of the same data.

When it is harmless
-------------------
Sparse codes, layers wider than the task needs, units of different scale that the next layer
rescales: where the training learns, it is an INFO. Units that never fire are left to that rule.

References
----------
- Sokar, Agarwal, Castro & Evci 2023, "The Dormant Neuron Phenomenon in Deep Reinforcement
  Learning", arXiv:2302.12902: score and threshold (of mean magnitudes; here of root mean squares).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import remedies
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Picture, Severity
from tb_deepdebug.findings.grading import graded
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.pictures import bars
from tb_deepdebug.findings.view import Floats, Run, UnitsAt

NAME = "dormant"

_LEAST_UNITS, _LEAST_CELLS = 8, 30
_GIANTS = 0.05  # share of the largest units that must not make the others look small
# Where there is no activation function, the next layer scales as it likes.
_ROLES = ("hidden", "recurrent")


def find(
    run: Run,
    *,
    threshold: float = 0.025,
    warned: float = 0.25,
    alarming: float = 0.5,
    living: float = 0.1,
) -> Iterator[Finding | NotApplicable]:
    """Finds layers with many dormant units at the last look.

    Args:
      threshold: of a unit's share of the layer's mean magnitude (ReDo: 0.025).
      warned: share of the units, dead ones included, from which it is a WARNING; ours.
      alarming: from which it is an ERROR; ours.
      living: share of units that are dormant and not dead, below which there is nothing to add to
        never-firing; ours.
    """
    judged = [
        (layer, layer.activations.last_units)
        for layer in run.hidden()
        if layer.role in _ROLES
        and (layer.role == "recurrent" or layer.activation not in (None, "linear"))
        and layer.activations is not None
        and layer.activations.last_units is not None
    ]
    if not judged:
        yield NotApplicable("no layer with an activation function is recorded")
        return
    levels = ((warned, Severity.WARNING), (alarming, Severity.ERROR))
    harm = impact(run)
    for layer, now in judged:
        record = layer.activations
        assert record is not None
        if record.units < _LEAST_UNITS or record.sample() < _LEAST_CELLS:
            yield NotApplicable(
                f"{record.units} units of {record.sample()} cells are too few", layer.name
            )
            continue
        score = scores(now)
        dormant = score <= threshold
        level = graded(float(dormant.mean()), levels)
        alive = dormant & ~now.dead
        if level is None or alive.mean() < living or record.steps[-1] == 0:
            continue
        born = record.first is not None and graded(
            float((scores(record.first) <= threshold).mean()), levels
        )
        yield Finding(
            run=run.name,
            rule=NAME,
            severity=weigh(level[1], harm),
            layer=layer.name,
            first_step=0 if born and record.first is not None and record.first.step == 0 else None,
            message=(
                f"{int(alive.sum())} of {record.units} units of {layer.name} are dormant, at most "
                f"{100 * threshold:g} % of the layer's mean; {int(now.dead.sum())} more are dead."
            ),
            evidence=(
                Evidence(
                    what=f"units of at most {100 * threshold:g} % of the layer's magnitude",
                    value=float(dormant.mean()),
                    threshold=level[0],
                    n=record.sample(),
                    source="Sokar et al. 2023 (ReDo): 0.025",
                    kind="activations",
                    name=record.name,
                    step=int(record.steps[-1]),
                    picture=_histogram(score),
                ),
            ),
            fixes=_fixes(run, layer.name),
            layers=(layer.name,),
            share=float(dormant.mean()),
        )


def scores(now: UnitsAt) -> Floats:
    """A unit's root mean square over the layer's mean, the largest 5 % of units left out."""
    rows = now.rows
    size = np.nan_to_num(np.sqrt(rows["mean"] ** 2 + rows["variance"]))
    kept = np.sort(size)[: max(1, len(size) - int(np.ceil(_GIANTS * len(size))))]
    normal = min(float(size.mean()), float(kept.mean()))
    return size / normal if normal > 0 else np.ones(len(size))


def _histogram(score: Floats) -> Picture:
    counts, edges = np.histogram(np.log10(np.maximum(score, 1e-4)), bins=24)
    return bars(edges, counts, "units by log10 of their share")


def _fixes(run: Run, layer: str) -> tuple[Fix, ...]:
    again = "dormant units seldom come back by themselves"
    return remedies.ranked(
        remedies.normalise_before(layer, "it keeps the units of one scale", 0.6),
        Fix(f"Initialise the dormant units of {layer} anew (ReDo)", again, layer, weight=0.5),
        remedies.lower_learning_rate(run, "smaller steps push fewer units aside", 0.4),
    )
