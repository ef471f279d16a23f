"""Reference: what differs from a healthy run of the same net, since when, and where first.

What it means
-------------
Numbers of the layers, the gradients, the updates and the loss were compared with those of a run
that is known to be good, at equal training steps. The finding is the first of them that left the
reference for longer than a moment, with those that followed.

Why it matters
--------------
No threshold knows what is usual for one net; a good run does. What differs first, and in which
layer, is where to look; what was set up differently is the first suspect.

Causes
------
- Whatever was changed between the two runs: data, learning rate, initialisation, code.
- Another seed, where the net is unstable.

What to try
-----------
- Undo what was set up differently, one thing at a time.
- Open the first layer that differs at the step where it does.

When it is harmless
-------------------
Runs that differ and end with as low a loss do: an INFO. Several references widen what counts as
usual; one is taken with a margin of a factor of 3, and of its own scatter.

References
----------
- Jiang et al. 2025, TrainCheck, OSDI: invariants learnt from good runs.
- Amazon SageMaker Debugger, rule SimilarAcrossRuns.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from tb_deepdebug.findings import pictures
from tb_deepdebug.findings.deviation import Deviation, deviation
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact
from tb_deepdebug.findings.same_net import differences
from tb_deepdebug.findings.view import Floats, LayerRecord, Run, Steps
from tb_deepdebug.records.setup import Setup

NAME = "reference"
_SHOWN = 6  # numbers that are named as evidence
Series = tuple[Steps, Floats]


@dataclasses.dataclass(frozen=True, eq=False)
class _Compared:
    """One number of both runs.

    Attributes:
      what: in words.
      layer: whose; None for the training.
      order: of what shows at the same step: weights as they begin, what flows forwards, what flows
        back, updates, the loss.
      share: a share (of units, of cells), compared by difference; else by ratio.
    """

    what: str
    layer: str | None
    order: int
    share: bool
    kind: str
    name: str
    mine: Series
    theirs: tuple[Series, ...]


def compare(
    run: Run,
    reference: Run,
    *others: Run,
    ratio: float = 3.0,
    share: float = 0.25,
    noise: float = 4.0,
    persistence: int = 3,
    worse: float = 1.5,
) -> Iterator[Finding | NotApplicable]:
    """What differs from one or more healthy runs, as one finding.

    Args:
      ratio: times a number must be above, or below, all references (ours).
      share: of units or cells, by which a share must differ (ours).
      noise: times the references' scatter from look to look that it must differ as well (ours).
      persistence: looks in a row.
      worse: a loss so many times the references' is harm: a WARNING; an ERROR where the training
        fails altogether.
    """
    references = (reference, *others)
    refused = list(_refused(run, references))
    if refused:
        yield from refused
        return
    margins = {"noise": noise, "persistence": persistence}
    found: list[tuple[_Compared, Deviation]] = []
    compared = list(_compared(run, references))
    if not compared:
        yield NotApplicable(f"nothing was recorded of both {run.name} and {reference.name}")
        return
    for one in compared:
        margin = share if one.share else float(np.log10(ratio))
        left = deviation(*one.mine, one.theirs, log=not one.share, margin=margin, **margins)  # type: ignore[arg-type]
        if left is not None:
            found.append((one, left))
    if found:
        found.sort(key=lambda pair: _order(run, *pair))
        severity = _severity(run, references, worse)
        yield _finding(run, reference, found, severity)


def _refused(run: Run, references: Sequence[Run]) -> Iterator[NotApplicable]:
    for other in references:
        apart = differences(run, other)
        if apart:
            yield NotApplicable(f"{other.name} is another net: {'; '.join(apart)}")
        elif impact(other).is_harmed:
            yield NotApplicable(f"{other.name} is no healthy run: {impact(other).sentence}")


def _order(run: Run, one: _Compared, left: Deviation) -> tuple[bool, int, int, int]:
    """The earliest first; the loss, which is no place to look at, last."""
    place = run.place.get(one.layer or "", len(run.place))
    return (one.layer is None, left.step, one.order, place)


def _severity(run: Run, references: Sequence[Run], worse: float) -> Severity:
    """By the loss, which alone says whether it matters."""
    mine = impact(run)
    if mine.is_harmed:
        return Severity.ERROR
    theirs = [found.recent for found in map(impact, references) if _is_known(found)]
    harmed = _is_known(mine) and theirs and mine.recent > worse * max(theirs)
    return Severity.WARNING if harmed else Severity.INFO


def _is_known(found: Impact) -> bool:
    return found.state != "unknown" and bool(np.isfinite(found.recent))


# -- what is compared -----------------------------------------------------------------------


def _compared(run: Run, references: Sequence[Run]) -> Iterator[_Compared]:
    yield from _layers(run, references)
    yield from _parameters(run, references)
    if run.loss is not None and all(other.loss is not None for other in references):
        theirs = tuple((o.loss.steps, o.loss.values) for o in references if o.loss is not None)
        mine = run.loss.steps, run.loss.values
        yield _Compared("loss", None, 4, False, "health", "training", mine, theirs)


def _layers(run: Run, references: Sequence[Run]) -> Iterator[_Compared]:
    rows = (
        ("share of dead units of", True, _dead),
        ("standard deviation of activations of", False, _std),
        ("share of negative activations of", True, _negative),
    )
    for place, layer in enumerate(run.layers):
        same = [other.layers[place] for other in references]
        mine, theirs = layer.activations, [one.activations for one in same if one.activations]
        if mine is None or len(theirs) < len(same):
            continue
        for what, is_share, number in rows:
            if number is _negative and any(one.activation != layer.activation for one in same):
                continue  # how much is negative is a matter of the function then
            pairs = tuple((record.steps, number(record)) for record in theirs)
            own, words = (mine.steps, number(mine)), f"{what} {layer.name}"
            yield _Compared(words, layer.name, 1, is_share, "activations", mine.name, own, pairs)


def _dead(record: LayerRecord) -> Floats:
    return record.number("dead") / np.maximum(record.number("units"), 1)


def _std(record: LayerRecord) -> Floats:
    return record.number("std")


def _negative(record: LayerRecord) -> Floats:
    return record.number("negative_fraction")


def _parameters(run: Run, references: Sequence[Run]) -> Iterator[_Compared]:
    """Kernels only: biases begin at zero, and their ratios say nothing."""
    mine = run.parameters
    theirs = [other.parameters for other in references if other.parameters is not None]
    if mine is None or len(theirs) < len(references):
        return
    rows = (("weight_norm", "norm of", 3), ("gradient_norm", "gradient norm of", 2))
    for row, words, order in (*rows, ("update_ratio", "update ratio of", 3)):
        for place, shape in enumerate(mine.shapes):
            if len(shape) < 2:
                continue
            own = mine.steps, mine.vector(row)[:, place]
            pairs = tuple((other.steps, other.vector(row)[:, place]) for other in theirs)
            what, layer = f"{words} {mine.names[place]}", mine.layers[place]
            if row == "weight_norm" and len(own[0]) and own[0][0] == 0:
                order = 0 if _begins_apart(own, pairs) else 3
            yield _Compared(what, layer, order, False, "health", "training", own, pairs)


def _begins_apart(mine: Series, theirs: Sequence[Series]) -> bool:
    """Whether a norm differs at step 0 already: how it was initialised differs."""
    first = [values[0] for steps, values in theirs if len(steps) and steps[0] == 0]
    return bool(first) and not min(first) / 3 <= mine[1][0] <= 3 * max(first)


# -- the finding ----------------------------------------------------------------------------


def _finding(
    run: Run, reference: Run, found: list[tuple[_Compared, Deviation]], severity: Severity
) -> Finding:
    one, left = found[0]
    where = f" in {one.layer}" if one.layer else ""
    names = list(dict.fromkeys(c.layer for c, _ in found if c.layer))
    others = f"; {len(found) - 1} more numbers differ" if len(found) > 1 else ""
    apart = [*_activations_apart(run, reference), *_set_up_apart(run.setup, reference.setup)]
    differing = "".join(f" {what} is {mine}, there {theirs}." for what, mine, theirs in apart)
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=one.layer,
        first_step=left.step,
        message=f"Differs from {reference.name} since step {left.step}, first{where}: the "
        f"{one.what} is {left.value:.3g} against {left.usual:.3g}{others}.{differing}",
        evidence=tuple(_evidence(reference, c, d) for c, d in found[:_SHOWN]),
        fixes=tuple(
            Fix(
                f"Set {what} back to {theirs}",
                f"{reference.name} learns with it",
                argument=what,
                value=str(theirs),
                weight=0.7,
            )
            for what, _, theirs in apart
        ),
        layers=tuple(names),
    )


def _evidence(reference: Run, one: _Compared, left: Deviation) -> Evidence:
    unit = "decades from " if not one.share else "away from "
    return Evidence(
        what=one.what,
        value=left.value,
        threshold=left.usual,
        n=len(left.steps),
        source=f"{reference.name}, since step {left.step}",
        kind=one.kind,
        name=one.name,
        step=left.step,
        picture=pictures.line(left.steps, left.distances, unit + reference.name),
    )


def _activations_apart(run: Run, reference: Run) -> list[tuple[str, object, object]]:
    """Each change of activation once, with the layers that have it."""
    layers: dict[tuple[str, str], list[str]] = {}
    for a, b in zip(run.layers, reference.layers, strict=True):
        if a.activation != b.activation:
            change = a.activation or "linear", b.activation or "linear"
            layers.setdefault(change, []).append(a.name)
    return [(f"the activation of {', '.join(names)}", *change) for change, names in layers.items()]


def _set_up_apart(mine: Setup | None, theirs: Setup | None) -> list[tuple[str, object, object]]:
    """What was set up differently: name, here, there."""
    if mine is None or theirs is None:
        return []
    pairs: list[tuple[str, object, object]] = []
    for name in ("batch_size", "dropout", "frozen"):
        pairs.append((name, getattr(mine, name), getattr(theirs, name)))
    if mine.optimizer is not None and theirs.optimizer is not None:
        for field in dataclasses.fields(mine.optimizer):
            name = "optimizer" if field.name == "name" else field.name
            a, b = getattr(mine.optimizer, field.name), getattr(theirs.optimizer, field.name)
            pairs.append((name, a, b))
    if mine.loss is not None and theirs.loss is not None:
        for key in ("name", "from_logits", "label_smoothing"):
            name = "loss" if key == "name" else key
            pairs.append((name, getattr(mine.loss, key), getattr(theirs.loss, key)))
    if mine.output is not None and theirs.output is not None:
        pairs.append(("output activation", mine.output.activation, theirs.output.activation))
    return [(name, a, b) for name, a, b in pairs if a != b]
