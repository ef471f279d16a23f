"""Training and inference differ: the net computes something else when it is used.

What it means
-------------
The loss in inference mode is lastingly far above that in training mode, and batch normalisation's
outputs on the probe batch, in inference mode, have not the spread that they have in training: its
moving averages are not those of the data.

Why it matters
--------------
The net learns and its training loss says so; whoever uses it gets something else.

Causes
------
- Moving averages that never moved: a momentum too high for so few steps, layers called with the
  wrong mode in training.
- Batches that are small or unlike one another, so that averages jump.
- Training and inference fed with data prepared differently.

What to try
-----------
- A lower momentum of the moving averages (0.9 where it is 0.99), or more steps.
- `model.train()` before training and `model.eval()` before use; `training=` handed on to sublayers.
- Layer or group normalisation, which know no modes.

When it is harmless
-------------------
With dropout the loss in training is the higher one. A gap between training and unseen data is
overfitting: it is reported only where normalisation layers show a reason. Averages that are still
catching up in the first steps are not reported.

References
----------
- Ioffe & Szegedy 2015, "Batch Normalization", arXiv:1502.03167.
- Wu & Johnson 2021, "Rethinking 'Batch' in BatchNorm", arXiv:2105.07576.
- Braiek & Khomh 2023 (TheDeepChecker): activations of both modes are compared.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, smoothed
from tb_deepdebug.findings.view import Curve, Floats, Layer, Run

NAME = "train-eval"
PROBE_LOSS = "deepdebug/probe/loss"


def find(
    run: Run,
    *,
    gap: float = 0.5,
    off: float = 3.0,
    catching_up: float = 0.95,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds nets whose normalisation layers do something else in inference.

    Args:
      gap: relative difference of the losses, lasting; ours.
      off: spread of the outputs over their gain, or its inverse, that is not a batch's; ours.
      catching_up: share of it (of its logarithm) that is left over the last half, below which the
        averages are still catching up.
      persistence: looks in a row, up to the last.
    """
    layers = [layer for layer in run.layers if _is_batch_norm(layer)]
    if not layers:
        yield NotApplicable("no batch normalisation is recorded")
        return
    used = run.scalars.get(PROBE_LOSS, run.validation)
    if used is None or run.loss is None:
        yield NotApplicable("the loss is not recorded both in training and in inference")
        return
    ratio = _ratio(run.loss, used)
    since = guards.onset(
        used.steps, ratio > 1 + gap, persistence=persistence, start=guards.warm_up(run)
    )
    if since is None:
        return
    at_fault: list[tuple[Layer, Floats]] = []
    for layer in layers:
        misfit = _misfit(run, layer)
        if misfit is None:
            yield NotApplicable("its gain is not recorded", layer.name)
        elif _lasts(misfit, np.log(off), catching_up, persistence):
            at_fault.append((layer, misfit))
    if at_fault:
        yield _finding(run, used, ratio, since, at_fault, off)


def _is_batch_norm(layer: Layer) -> bool:
    kind = "" if layer.node is None else layer.node.kind.lower()
    return layer.activations is not None and "batch" in kind and "norm" in kind


def _ratio(training: Curve, used: Curve) -> Floats:
    """The loss in inference over the training loss about the same step, `[S]` of the former."""
    known = np.isfinite(training.values)
    if not known.any():
        return np.full(len(used.steps), np.nan)
    steps, values = training.steps[known], smoothed(training.values[known])
    return used.values / np.maximum(np.interp(used.steps, steps, values), 1e-12)


def _misfit(run: Run, layer: Layer) -> Floats | None:
    """|log| of the outputs' spread over the layer's gain, over its looks `[S]`; None if not known.

    In training the outputs of each unit have the standard deviation gamma, by construction.
    """
    told, record = run.parameters, layer.activations
    if told is None or record is None or not len(told.steps):
        return None
    gains = [i for i in told.of(layer.name) if told.names[i].endswith(("gamma", "weight"))]
    if not gains:
        return None
    norm, place = told.vector("weight_norm")[:, gains[0]], gains[0]
    gain = np.interp(record.steps, told.steps, norm) / np.sqrt(told.sizes[place])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(np.log(record.number("std") / gain))


def _lasts(misfit: Floats, bound: float, catching_up: float, persistence: int) -> bool:
    """Whether a layer is off at the last looks, and does not become better."""
    last = misfit[-persistence:]
    if len(misfit) < persistence or not (last > bound).all():
        return False
    middle = misfit[len(misfit) // 2]
    return bool(misfit[-1] >= catching_up * middle)


def _finding(
    run: Run,
    used: Curve,
    ratio: Floats,
    since: guards.Onset,
    at_fault: list[tuple[Layer, Floats]],
    off: float,
) -> Finding:
    layer, misfit = at_fault[0]
    record = layer.activations
    assert record is not None
    harm = impact(run)
    return Finding(
        run=run.name,
        rule=NAME,
        severity=_severity(used, harm),
        layer=layer.name,
        first_step=since.step,
        message=(
            f"In inference the loss is {ratio[-1]:.2g} x that in training: the moving averages of "
            f"{layer.name} are not those of the data."
        ),
        evidence=(
            Evidence(
                "loss in inference over loss in training",
                float(ratio[-1]),
                1.5,
                "x",
                n=since.looks,
                source="ours",
                kind="scalar",
                name=used.tag,
                step=int(used.steps[-1]),
                picture=pictures.line(used.steps, used.values, "loss in inference", log=True),
            ),
            Evidence(
                f"spread of {layer.name} in inference against its gain",
                float(np.exp(misfit[-1])),
                off,
                "x",
                n=record.sample(),
                source="ours",
                kind="activations",
                name=record.name,
                step=int(record.steps[-1]),
            ),
        ),
        fixes=(
            Fix(
                f"Lower the momentum of {layer.name}'s moving averages",
                "they follow the data sooner",
                layer=layer.name,
                argument="momentum",
                value="0.9",
                weight=0.6,
            ),
            Fix(
                "See that the model trains in training mode and is used in inference mode",
                "in the wrong mode the averages never move",
                weight=0.5,
            ),
        ),
        layers=tuple(one.name for one, _ in at_fault),
        share=None,
    )


def _severity(used: Curve, harm: Impact) -> Severity:
    """What the loss in inference is worth: not learnt, or only worse than it could be."""
    bound = harm.trivial if harm.trivial > 0 else harm.first
    if harm.is_harmed or not bound > 0:
        return Severity.WARNING
    share = used.values[-1] / bound
    return Severity.ERROR if share >= 0.9 else Severity.WARNING if share >= 0.3 else Severity.INFO
