"""Frozen: a trainable parameter that the optimizer never moves.

What it means
-------------
At every recorded step a parameter's update is exactly zero, or it has no gradient at all, while
others move. Or none of them moves.

Why it matters
--------------
It keeps the weights it began with. If nobody meant it to, a part of the net is random for good.

Causes
------
- The optimizer was made before the layer, or of a list of parameters that lacks it.
- The layer's output does not enter the loss: it is detached, or not used.
- Nobody calls the optimizer's step, or the learning rate is zero.

What to try
-----------
- Give the optimizer all parameters that are to be trained.
- Look for `detach`, `stop_gradient`, `no_grad`, and for outputs that nothing reads.
- Mark what shall not be trained as not trainable.

When it is harmless
-------------------
Parts that were pre-trained and are left as they are: mark them as not trainable, and they are not
reported. A net that learns all the same is an INFO.

References
----------
- Amazon SageMaker Debugger, rule UnchangedTensor: three steps.
- Schoop et al. 2021, "UMLAUT", CHI; Cao et al. 2022, "DeepFD", ICSE: layers left out of training.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, optimizer_steps, pictures
from tb_deepdebug.findings.certainty import weigh_certain
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.robust import centre
from tb_deepdebug.findings.view import Parameters, Run

NAME = "frozen"
RESOLUTION = 1e-6  # of a step over its weight: ten times that of a 32 bit float


def find(run: Run, *, persistence: int = guards.PERSISTENCE) -> Iterator[Finding | NotApplicable]:
    """Finds parameters that do not move.

    Args:
      persistence: recorded steps, the last ones in a row, at which they do not.
    """
    told = optimizer_steps.taken(run)
    if told is None or len(told.steps) < persistence:
        yield NotApplicable(f"fewer than {persistence} steps of the optimizer are recorded")
        return
    still, moves = _still(told), _moves(told)
    if not moves.any() and not np.all(still, axis=0).any():
        yield NotApplicable("no update of a parameter is recorded")
        return
    known = ~(np.isnan(told.vector("gradient_norm")) & np.isnan(told.vector("update_ratio")))
    if (still | ~known)[-persistence:].all() and np.any(still[-persistence:], axis=1).all():
        yield _nothing_moves(run, told, still)
        return
    together = np.any(moves, axis=1)
    # Of a parameter that is zero no share can be told by which it moved.
    missed = ~known & together[:, None] & ~(told.vector("weight_norm") == 0)
    reasons = {
        "no gradient": _lasts(missed, persistence),
        "no update": _lasts(still & _large_enough(told) & together[:, None], persistence),
        "no path": _lasts(still & _lacks_gradient(told) & together[:, None], persistence),
    }
    frozen = set(run.setup.frozen) if run.setup is not None else set()
    mine = np.array([name not in frozen for name in told.names])
    harm = impact(run)
    for reason, hit in reasons.items():
        if (hit & mine).any():
            yield _finding(run, told, reason, np.flatnonzero(hit & mine), harm)


def _still(told: Parameters) -> np.ndarray:
    """Where an update is known to be exactly zero, `[S, P]`.

    Updates that are not recorded are so where the norm and the largest entry of the weight are what
    they were at the step recorded before, to the last bit, though there is a gradient.
    """
    ratio, norm = told.vector("update_ratio"), told.vector("weight_norm")
    largest = told.vector("weight_max")
    same = np.zeros(ratio.shape, bool)
    same[1:] = (norm[1:] == norm[:-1]) & (largest[1:] == largest[:-1])
    same[:1] = same[1:2]
    unknown = np.isnan(ratio).all() and told.source == "given"
    return (ratio == 0) | (same & _has_gradient(told) & unknown)


def _moves(told: Parameters) -> np.ndarray:
    """Where a parameter is seen to move, `[S, P]`."""
    norm = told.vector("weight_norm")
    changed = np.zeros(norm.shape, bool)
    changed[1:] = norm[1:] != norm[:-1]
    with np.errstate(invalid="ignore"):
        return (told.vector("update_ratio") > 0) | changed


def _has_gradient(told: Parameters) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return told.vector("gradient_norm") > 0


def _large_enough(told: Parameters) -> np.ndarray:
    """Where the gradient is so large that the weight would have to move, `[S, P]`.

    Held against what others move by for their gradient: a step below the resolution of a 32 bit
    float changes nothing, and is a gradient that vanished.
    """
    gradient, weight = told.vector("gradient_norm"), told.vector("weight_norm")
    with np.errstate(divide="ignore", invalid="ignore"):
        a_unit = told.vector("update_ratio") * weight / gradient
        usual = np.array([[centre(row[(row > 0) & np.isfinite(row)])] for row in a_unit])
        return (gradient > 0) & ~(usual * gradient / weight < RESOLUTION)


def _lacks_gradient(told: Parameters) -> np.ndarray:
    return np.isnan(told.vector("gradient_norm"))


def _lasts(hit: np.ndarray, persistence: int) -> np.ndarray:
    """What holds at the last recorded steps in a row, `[P]`."""
    return np.all(hit[-persistence:], axis=0)


def _nothing_moves(run: Run, told: Parameters, still: np.ndarray) -> Finding:
    since = guards.onset(told.steps, np.any(still, axis=1))
    rate = told.last("learning_rate")
    begun = since is not None and since.place > 0
    fix = (
        Fix(
            "Give the optimizer a learning rate above zero",
            "it is zero",
            argument="learning_rate",
            value="0.001",
            weight=0.9,
        )
        if rate == 0
        else Fix(
            "Raise the learning rate, or see that the optimizer's step is called",
            "the updates are exactly zero",
            argument="learning_rate",
            weight=0.7,
        )
    )
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.ERROR, impact(run)),
        layer=None,
        first_step=int(told.steps[0]) if since is None else since.step,
        message=f"No parameter moves{' any more' if begun else ''}"
        + (": the learning rate is 0." if rate == 0 else "."),
        evidence=(
            Evidence(
                "parameters that do not move",
                float(len(told.names)),
                0.0,
                n=len(told.steps),
                source="SageMaker Debugger, UnchangedTensor",
                kind="health",
                name="training",
                step=int(told.steps[-1]),
                picture=pictures.line(
                    told.steps, told.number("weight_norm"), "norm of the weights"
                ),
            ),
        ),
        fixes=(fix,),
        layers=tuple(dict.fromkeys(told.layers)),
        share=1.0,
    )


def _severity(base: Severity, harm: Impact, *, certain: bool) -> Severity:
    """Weighed; whole layers that stay random, in a net that learnt a part of it, are no INFO.

    An optimizer that was given only a part of a net may be meant to leave the rest alone; one that
    was given whole layers which nothing ever reaches (`certain`) is a mistake, whatever is learnt.
    """
    if certain and base == Severity.ERROR:
        return weigh_certain(base, harm)
    weighed = weigh(base, harm)
    partly = base == Severity.ERROR and harm.skill < 0.6
    return max(weighed, Severity.WARNING) if partly else weighed


_TOLD = {
    "no gradient": (
        "get no gradient, and the optimizer has not got them",
        "Give the optimizer {names}",
        "the optimizer's steps leave them out, or nothing of the loss depends on them",
    ),
    "no update": (
        "have a gradient and are not moved",
        "See that the optimizer moves {names}",
        "their gradient is there and their update exactly zero",
    ),
    "no path": (
        "have no gradient",
        "Look for what keeps the loss from depending on {names}",
        "the optimizer has them, and no gradient arrives: detached, or not used",
    ),
}


def _finding(run: Run, told: Parameters, reason: str, places: np.ndarray, harm: Impact) -> Finding:
    names = [told.names[p] for p in places]
    layers = sorted(
        dict.fromkeys(told.layers[p] for p in places), key=lambda n: run.place.get(n, 1 << 30)
    )
    said = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    what, action, why = _TOLD[reason]
    weights = told.vector("weight_norm")[:, places[0]]
    there = told.vector("weight_norm")[-1] != 0
    whole = [i for i in range(len(told.names)) if told.layers[i] in layers and there[i]]
    base = Severity.ERROR if len(whole) == len(places) else Severity.WARNING
    return Finding(
        run=run.name,
        rule=NAME,
        severity=_severity(base, harm, certain=reason == "no path"),
        layer=layers[0],
        first_step=int(told.steps[0]),
        message=f"{len(names)} of {len(told.names)} parameters {what}: {said}.",
        evidence=(
            Evidence(
                "parameters that do not move while others do",
                float(len(names)),
                0.0,
                n=len(told.steps),
                source="SageMaker Debugger, UnchangedTensor",
                kind="health",
                name="training",
                step=int(told.steps[-1]),
                picture=pictures.line(told.steps, weights, f"norm of {names[0]}"),
            ),
        ),
        fixes=(
            Fix(action.format(names=said), why, layer=layers[0], weight=0.7),
            Fix(
                f"Mark {layers[0]} as not trainable, if it is meant to be left as it is",
                "then nobody takes it for a mistake",
                layer=layers[0],
                argument="trainable",
                value="false",
                weight=0.2,
            ),
        ),
        layers=tuple(layers),
        share=len(names) / len(told.names),
    )
