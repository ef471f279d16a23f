"""Not finite: NaN or infinite values, and where they first came up.

What it means
-------------
A value is infinite or not a number. Of all that is recorded, the first step with one is looked up,
and at that step the earliest of: inputs, outputs of a layer (its weights still finite), loss,
gradients, weights.

Why it matters
--------------
One such value spreads to every weight within a step or two. From then on the net computes nothing,
and every other statistic of it means nothing.

Causes
------
- Missing values in the inputs or the labels.
- log(0), 0/0, a square root at zero, an exponential that overflows.
- A training that diverges: a learning rate too high, a gradient that explodes.
- Half precision without loss scaling, or with a scale that is too large.

What to try
-----------
- Clean or mask the inputs.
- Add a small constant inside log, division and square root; compute the loss from logits.
- Lower the learning rate, warm it up, clip gradients by their norm.
- TensorFlow's Debugger V2 and PyTorch's `detect_anomaly` name the operation.

When it is harmless
-------------------
Masks of attention are minus infinity on purpose: where nothing after them is other than finite, it
is an INFO. So is a single step whose gradient overflowed and that dynamic loss scaling skipped: the
weights stay finite.

References
----------
- TensorBoard, Debugger V2: alerts of infinite and NaN tensors.
- Micikevicius et al. 2018, "Mixed Precision Training", arXiv:1710.03740: steps that are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tb_deepdebug.findings import pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.optimizer_steps import intended, lower_rate
from tb_deepdebug.findings.robust import centre
from tb_deepdebug.findings.view import LayerRecord, Parameters, Run, Steps

NAME = "non-finite"
KINDS = ("inputs", "labels", "outputs", "loss", "gradients", "weights", "spread")


class _Sign(NamedTuple):
    """Values that are not finite: since which step, which kind, where, and whether still."""

    step: int
    kind: str
    layer: str | None
    what: str
    last: bool


def find(run: Run) -> Iterator[Finding | NotApplicable]:
    """Finds the first values that are not finite."""
    if not run.layers and run.parameters is None and run.loss is None and run.setup is None:
        yield NotApplicable("nothing is recorded in which to look for them")
        return
    signs = list(_signs(run))
    if not signs:
        return
    first = min(signs, key=lambda one: (one.step, KINDS.index(one.kind)))
    together = [one for one in signs if (one.step, one.kind) == (first.step, first.kind)]
    origin = _origin(run, first.kind, together)
    severity = _severity(run, first, signs)
    yield _finding(run, origin, together, severity)


# -- what is not finite ---------------------------------------------------------------------


def _signs(run: Run) -> Iterator[_Sign]:
    yield from _of_setup(run)
    weights = list(_of_parameters(run))
    yield from weights
    yield from _of_loss(run)
    poisoned = min((one.step for one in weights if one.kind == "weights"), default=None)
    for layer in run.layers:
        for record in (layer.preactivations, layer.activations):
            sign = None if record is None else _of_record(layer.name, record, poisoned)
            if sign is not None:
                yield sign
                break


def _of_setup(run: Run) -> Iterator[_Sign]:
    if run.setup is None:
        return
    for one in run.setup.inputs:
        if one.nonfinite > 0:
            share = f"{100 * one.nonfinite / max(one.count, 1):.2g} % of the input {one.name}"
            yield _Sign(0, "inputs", one.name if one.name in run.by_name else None, share, True)
    labels = run.setup.labels
    if labels is not None and labels.nonfinite > 0:
        yield _Sign(0, "labels", None, f"{labels.nonfinite} of {labels.count} labels", True)


def _of_loss(run: Run) -> Iterator[_Sign]:
    for steps, lost in (_lost_of_curve(run), _lost_of_steps(run)):
        if lost.any():
            yield _Sign(int(steps[np.argmax(lost)]), "loss", None, "the loss", bool(lost[-1]))


def _lost_of_curve(run: Run) -> tuple[Steps, np.ndarray]:
    if run.loss is None:
        return np.zeros(0, np.int64), np.zeros(0, bool)
    return run.loss.steps, ~np.isfinite(run.loss.values) & (run.loss.steps > 0)


def _lost_of_steps(run: Run) -> tuple[Steps, np.ndarray]:
    """Of the optimizer's steps: a loss that was there, and is not since the gradient is lost too.

    One that is only missing was not given.
    """
    told = run.parameters
    if told is None or run.loss is None:
        return np.zeros(0, np.int64), np.zeros(0, bool)
    gradients = np.any(_lost(told, "gradient_nonfinite"), axis=1)
    known = np.isfinite(told.number("loss"))
    return told.steps, ~known & np.logical_or.accumulate(known) & gradients


def _of_record(layer: str, record: LayerRecord, poisoned: int | None) -> _Sign | None:
    """The first look at which a layer had such cells; after its weights had, it is no origin."""
    lost = record.number("nonfinite") > 0
    if not lost.any():
        return None
    step = int(record.steps[np.argmax(lost)])
    kind = "outputs" if poisoned is None or step < poisoned else "spread"
    return _Sign(step, kind, layer, f"outputs of {layer}", bool(lost[-1]))


def _of_parameters(run: Run) -> Iterator[_Sign]:
    told = run.parameters
    if told is None or not told.names:
        return
    in_weights, in_gradients = (_lost(told, f"{what}_nonfinite") for what in ("weight", "gradient"))
    known = told.history.get("first_nonfinite_step", np.full(len(told.names), np.nan))
    for place, (name, layer) in enumerate(zip(told.names, told.layers, strict=True)):
        for kind, lost in (("weights", in_weights), ("gradients", in_gradients)):
            if lost[:, place].any():
                step = int(told.steps[np.argmax(lost[:, place])])
                yield _Sign(step, kind, layer, f"the {kind[:-1]} of {name}", bool(lost[-1, place]))
        # Steps are sampled; the accumulator saw them all, but not which of the two it was.
        seen = (in_weights | in_gradients)[:, place]
        earliest = told.steps[np.argmax(seen)] if seen.any() else np.inf
        if np.isfinite(known[place]) and known[place] < earliest:
            what = f"the gradient of {name}"
            yield _Sign(int(known[place]), "gradients", layer, what, bool(seen.any() and seen[-1]))


def _lost(told: Parameters, name: str) -> np.ndarray:
    """Whether a parameter had such entries, `[S, P]`; of the last step where no other is kept."""
    values = told.vector(name)
    if np.isnan(values).all() and name in told.latest and len(values):
        values = values.copy()
        values[-1] = told.latest[name]
    return np.nan_to_num(values) > 0


# -- where it began -------------------------------------------------------------------------


def _origin(run: Run, kind: str, together: list[_Sign]) -> _Sign:
    """The one to be named: the first layer in the graph's order, of gradients the last.

    Where every parameter has them at once no layer is the origin.
    """
    places = run.place
    ordered = sorted(together, key=lambda one: places.get(one.layer or "", len(places)))
    chosen = ordered[-1] if kind == "gradients" else ordered[0]
    known = set() if run.parameters is None else set(run.parameters.layers)
    if kind in ("gradients", "weights") and 1 < len(known) == len({one.layer for one in together}):
        return chosen._replace(layer=None, what=f"the {kind} of every layer")
    return chosen


def _severity(run: Run, first: _Sign, signs: list[_Sign]) -> Severity:
    """CRITICAL as soon as the net has them for good; an INFO where it does not take harm."""
    at_work = [one for one in signs if one.last and one.kind in ("loss", "weights", "gradients")]
    finite_loss = run.loss is not None and bool(np.isfinite(run.loss.values[-1:]).all())
    if any(one.kind == "weights" for one in at_work):
        return Severity.CRITICAL
    if any(one.kind == "loss" for one in at_work):
        return Severity.CRITICAL if not _weights_move(run) else Severity.WARNING
    if any(one.kind == "gradients" for one in at_work):
        return Severity.WARNING if _skipped(run) < 0.5 else Severity.ERROR
    ends = {layer.name for layer in run.layers if layer.role == "output"}
    out = [one for one in signs if one.last and one.kind in ("outputs", "spread")]
    if any(one.layer in ends for one in out):
        return Severity.INFO if finite_loss and first.kind != "inputs" else Severity.CRITICAL
    if out and not finite_loss:
        return Severity.WARNING
    return Severity.INFO


def _skipped(run: Run) -> float:
    """The share of the last recorded steps whose gradient was not finite."""
    told = run.parameters
    if told is None:
        return 0.0
    lost = np.any(_lost(told, "gradient_nonfinite"), axis=1)[-10:]
    return float(lost.mean()) if len(lost) else 0.0


def _weights_move(run: Run) -> bool:
    """Whether the last recorded step still moved finite weights, whatever the loss says."""
    told = run.parameters
    if told is None:
        return False
    lost = _lost(told, "weight_nonfinite") | _lost(told, "gradient_nonfinite")
    moved = told.vector("update_ratio")[-1:] > 0
    return bool(moved.any() and not lost[-1:].any())


# -- in words -------------------------------------------------------------------------------


def _finding(run: Run, origin: _Sign, together: list[_Sign], severity: Severity) -> Finding:
    layers = tuple(dict.fromkeys(one.layer for one in together if one.layer is not None))
    named = () if origin.layer is None else (origin.layer,)
    grown = _had_grown(run, origin.step)
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=origin.layer,
        first_step=origin.step,
        message=_message(origin, severity, grown),
        evidence=(_evidence(run, origin, len(together)),),
        fixes=_fixes(run, origin, grown),
        layers=(*named, *(layer for layer in layers if layer != origin.layer)),
    )


def _message(origin: _Sign, severity: Severity, grown: str) -> str:
    """What is not finite, what came before it, and what became of it."""
    verb = "is" if origin.what.startswith("the ") and not origin.what.endswith("layer") else "are"
    told = f"{origin.what[0].upper()}{origin.what[1:]} {verb} not finite since step {origin.step}"
    if severity == Severity.INFO:
        if origin.last:
            return f"{told}; it goes no further."
        return f"{told.replace('since', 'at')}; later ones are, and the weights stayed so."
    return f"{told}, before anything else{f': {grown}' if grown else ''}."


def _evidence(run: Run, origin: _Sign, count: int) -> Evidence:
    curve = run.loss
    kind, name = (
        {"outputs": "activations", "spread": "activations", "loss": "scalar"}.get(
            origin.kind, "health"
        ),
        origin.layer,
    )
    if origin.kind == "loss" and curve is not None:
        name = curve.tag
    elif kind == "health":
        name = "training"
    return Evidence(
        f"{origin.kind} with values that are not finite",
        float(count),
        0.0,
        source="TensorBoard Debugger V2",
        kind=kind,
        name=name,
        step=origin.step,
        picture=None
        if curve is None
        else pictures.line(curve.steps, curve.values, "loss", log=bool((curve.values > 0).any())),
    )


def _had_grown(run: Run, step: int) -> str:
    """What shows that the training diverged before it broke, in words; empty if nothing does."""
    if run.loss is not None:
        before = run.loss.values[(run.loss.steps < step) & np.isfinite(run.loss.values)]
        if len(before) > 1 and before[-1] > 2 * max(centre(before), 1e-12):
            return f"the loss had risen to {before[-1]:.3g}"
    told = run.parameters
    if told is None:
        return ""
    largest = np.fmax.reduce(told.vector("weight_max")[told.steps < step], axis=1, initial=np.nan)
    began = told.first.get("weight_max")
    if len(largest) and began is not None and largest[-1] > 10 * np.nanmax(began, initial=1e-3):
        return f"a weight had grown to {largest[-1]:.3g}"
    norm = told.number("gradient_norm")[told.steps < step]
    known = norm[np.isfinite(norm)]
    if len(known) > 1 and known[-1] > 10 * centre(known):
        return f"the gradient had grown to {known[-1]:.3g}"
    return ""


def _fixes(run: Run, origin: _Sign, grown: str) -> tuple[Fix, ...]:
    where = origin.layer
    if origin.kind in ("inputs", "labels"):
        action = f"Replace or mask the values of the {origin.kind} that are not finite"
        return (Fix(action, "they spread to every weight in one step", layer=where, weight=0.95),)
    fast = intended(run) > -1
    rate = lower_rate(run, weight=0.8 if grown or fast else 0.5, reason=grown or "steps too large")
    clip = Fix(
        "Clip gradients by their norm",
        "one large gradient can't throw the weights to infinity",
        argument="clipnorm",
        value="1.0",
        weight=0.6 if origin.kind == "gradients" or grown else 0.4,
    )
    place = where or "the loss"
    constant = Fix(
        f"Add a small constant inside log, division and square root in {place}",
        "at zero they, or their gradients, are infinite",
        layer=where,
        weight=0.7 if origin.kind in ("outputs", "loss") and not grown else 0.3,
    )
    return tuple(sorted((rate, clip, constant), key=lambda fix: -fix.weight))
