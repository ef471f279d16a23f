"""Abnormal weights: weights or biases of a size that no longer fits the net.

What it means
-------------
A kernel's norm is ten times, or a tenth, of what it was before training; or its entries are all
almost zero; or a bias is several times the spread of the pre-activations that it is added to.

Why it matters
--------------
Large weights make a net that answers wildly to small changes, and saturate what follows. A bias
beyond the spread of its pre-activations decides alone: the units of a ReLU are then always on or
always dead.

Causes
------
- A learning rate too high, which random-walks the weights away from zero.
- A weight decay too strong, or none.
- Biases initialised far from zero.

What to try
-----------
- A lower learning rate; weight decay, decoupled from the gradient (AdamW).
- Biases initialised at zero; normalisation before the activation.

When it is harmless
-------------------
Weights in front of a normalisation layer have no scale of their own. A bias of an output layer is
the log odds of its class. Pruned weights are zero on purpose. A net that learns is an INFO at most.

References
----------
- Braiek & Khomh 2023 (TheDeepChecker): dead weights, diverging weights.
- Zhang et al. 2021, "AutoTrainer", ICSE: weights above 5.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, optimizer_steps, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.view import Floats, LayerRecord, Parameters, Run

NAME = "abnormal-weights"
LEAST_ENTRIES = 16  # of fewer, the norm is a matter of luck


def find(
    run: Run,
    *,
    grown: float = 10.0,
    shrunk: float = 0.1,
    dead: float = 1e-5,
    beyond: float = 3.0,
    large: float = 1.0,
) -> Iterator[Finding | NotApplicable]:
    """Finds kernels and biases of an odd size.

    Args:
      grown, shrunk: a kernel's norm over what it was before training; ours.
      dead: root mean square of a kernel that is as good as zero (TheDeepChecker).
      beyond: RMS of a bias over the standard deviation of its layer's pre-activations; ours.
      large: below this a bias is not reported, however small the spread.
    """
    told = run.parameters
    if told is None or not len(told.steps):
        yield NotApplicable("no weight is recorded")
        return
    harm = impact(run)
    yield from _kernels(run, told, harm, grown, shrunk, dead)
    yield from _biases(run, told, harm, beyond, large)


def _kernels(
    run: Run, told: Parameters, harm: Impact, grown: float, shrunk: float, dead: float
) -> Iterator[Finding]:
    norm, began = _norms(told), told.first.get("weight_norm", np.full(len(told.names), np.nan))
    chosen = optimizer_steps.kernels(run, told) & (told.sizes >= LEAST_ENTRIES)
    chosen &= began / np.sqrt(told.sizes) >= optimizer_steps.LEAST_RMS
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(chosen, norm / began, np.nan)
        rms = np.where(chosen, norm / np.sqrt(told.sizes), np.nan)
        cases = (
            (times > grown, grown, "grew to {:.2g} x its norm before training"),
            ((times < shrunk) & ~(rms < dead), shrunk, "shrank to {:.2g} x its norm"),
            (rms < dead, dead, "has entries of almost zero: it is {:.2g} x what it was"),
        )
    for hit, bound, words in cases:
        since = _since(told.steps, hit)
        if since is None:
            continue
        places = np.flatnonzero(hit[-1])
        odd = np.abs(np.log(np.maximum(times[-1][places], 1e-30)))
        worst = int(places[np.argmax(odd)])
        message = f"{told.names[worst]} {words.format(times[-1, worst])}{_others(len(places))}."
        yield _finding(
            run, told, places, worst, since, harm, message, (float(times[-1, worst]), bound)
        )


def _biases(
    run: Run, told: Parameters, harm: Impact, beyond: float, large: float
) -> Iterator[Finding]:
    norm = _norms(told)
    for place, (layer, shape) in enumerate(zip(told.layers, told.shapes, strict=True)):
        found = run.by_name.get(layer)
        if found is None or found.role != "hidden" or found.preactivations is None:
            continue
        if len(shape) != 1 or "bias" not in told.names[place].rpartition("/")[2]:
            continue
        rms = norm[:, place] / np.sqrt(told.sizes[place])
        wide = _spread(found.preactivations, told.steps)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = rms / wide
            since = _since(told.steps, ((ratio > beyond) & (rms > large))[:, None])
        if since is None:
            continue
        message = (
            f"{told.names[place]} is {ratio[-1]:.2g} x the spread of the pre-activations: "
            f"it decides alone."
        )
        yield _finding(
            run, told, np.array([place]), place, since, harm, message, (float(ratio[-1]), beyond)
        )


def _norms(told: Parameters) -> Floats:
    """Norms of the weights `[S, P]`, of the last step where no others are kept."""
    norm = told.vector("weight_norm")
    if np.isnan(norm).all() and "weight_norm" in told.latest and len(norm):
        norm = norm.copy()
        norm[-1] = told.latest["weight_norm"]
    return norm


def _spread(record: LayerRecord, steps: np.ndarray) -> Floats:
    """Standard deviation of a layer's pre-activations at the last look up to each step."""
    at = np.searchsorted(record.steps, steps, side="right") - 1
    return record.number("std")[np.maximum(at, 0)]


def _since(steps: np.ndarray, hit: np.ndarray) -> guards.Onset | None:
    """Since when any parameter is at fault without a break, over `[S, P]`."""
    return guards.onset(steps, np.any(hit, axis=1))


def _others(count: int) -> str:
    return "" if count == 1 else f", as did {count - 1} more"


def _finding(
    run: Run,
    told: Parameters,
    places: np.ndarray,
    worst: int,
    since: guards.Onset,
    harm: Impact,
    message: str,
    against: tuple[float, float],
) -> Finding:
    value, bound = against
    layer = told.layers[worst]
    kernel = len(told.shapes[worst]) >= 2
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.WARNING, harm),
        layer=layer,
        first_step=since.step,
        message=message,
        evidence=(
            Evidence(
                "norm over that before training" if kernel else "bias over spread",
                value,
                bound,
                "x",
                n=int(told.sizes[worst]),
                source="ours",
                kind="health",
                name="training",
                step=int(told.steps[-1]),
                picture=pictures.line(
                    told.steps, _norms(told)[:, worst], f"norm of {told.names[worst]}", log=True
                ),
            ),
        ),
        fixes=_of_kernel(run, layer, value) if kernel else _of_bias(layer),
        layers=tuple(dict.fromkeys([layer, *(told.layers[p] for p in places)])),
        share=len(places) / len(told.names),
    )


def _of_kernel(run: Run, layer: str, times: float) -> tuple[Fix, ...]:
    if times < 1:
        return (
            Fix(
                "Lower the weight decay",
                "it pulls weights to zero that the loss does not hold",
                layer=layer,
                argument="weight_decay",
                weight=0.5,
            ),
        )
    return (
        optimizer_steps.lower_rate(run, weight=0.6, reason="large steps walk weights off"),
        Fix(
            f"Add weight decay to {layer}",
            "it holds weights near zero",
            layer=layer,
            argument="weight_decay",
            value="0.01",
            weight=0.4,
        ),
    )


def _of_bias(layer: str) -> tuple[Fix, ...]:
    return (
        Fix(
            f"Initialise the bias of {layer} at zero",
            "its inputs then decide what its units do",
            layer=layer,
            argument="bias_initializer",
            value="zeros",
            weight=0.6,
        ),
        Fix(
            f"Normalise before the activation of {layer}",
            "it takes the common part of the pre-activations out",
            layer=layer,
            weight=0.4,
        ),
    )
