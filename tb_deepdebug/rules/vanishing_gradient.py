"""Vanishing gradient: what the first layers are told is too little to learn from, or nothing.

What it means
-------------
The gradient of the loss by a layer's kernel, as root mean square over its entries, shrinks layer by
layer on its way from the output to the input: by more than 0.4 decades a layer, and more than a
thousandfold in all. Or it is exactly zero: no path leads back to the layer.

Why it matters
--------------
The first layers keep their random weights, and all that follows has only what they pass on.

Causes
------
- Saturated sigmoid or tanh units: each layer multiplies the gradient by a slope below 1/4.
- Kernels initialised too small for the depth.
- A layer all of whose units are dead, or an operation without a gradient, for one that is zero.
- Recurrent layers over many timesteps.

What to try
-----------
- ReLU or GELU in place of sigmoid and tanh; He or Glorot initialisation.
- Residual connections; batch or layer normalisation.
- For a gradient of exactly zero: find the layer that blocks it, which is the one named.

When it is harmless
-------------------
A net that has learnt has small gradients everywhere: then this is not reported, or an INFO. Frozen
layers and embeddings are left out.

References
----------
- Hochreiter 1991; Bengio, Simard & Frasconi 1994, IEEE Trans. Neural Networks 5(2).
- Glorot & Bengio 2010, AISTATS: gradients over depth.
- Zhang et al. 2021, "AutoTrainer", ICSE: first over last layer below 1e-3, the first below 1e-4.
- Amazon SageMaker Debugger, rule VanishingGradient: mean below 1e-7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tb_deepdebug.findings import guards, optimizer_steps, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.robust import centre, slope
from tb_deepdebug.findings.view import Floats, Parameters, Run

NAME = "vanishing-gradient"


def find(
    run: Run,
    *,
    decades: float = -0.4,
    ratio: float = 1e-3,
    small: float = 1e-4,
    nothing: float = 1e-7,
    long: float = 0.25,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds gradients that vanish towards the input, or do not reach a layer.

    Args:
      decades: log10 by which the gradient changes a layer towards the input, at least; ours.
      ratio, small: first over last layer, and the first itself over the loss (AutoTrainer).
      nothing: RMS over the loss of all layers alike, which is too small to learn from (SageMaker
        Debugger).
      long: share of the recorded steps at which it held a net back that has learnt a part only,
        where it does not hold any more; ours.
      persistence: recorded steps in a row, else up to the last.
    """
    told = optimizer_steps.taken(run)
    if told is None or not np.isfinite(told.vector("gradient_norm")).any():
        yield NotApplicable("no gradient of a parameter is recorded")
        return
    harm = impact(run)
    blocked = _blocked(run, told, persistence)
    if blocked is not None:
        yield _no_gradient(run, told, *blocked, harm)
        return
    names, sizes = optimizer_steps.layer_gradients(run, told)
    if not names:
        yield NotApplicable("no gradient of a kernel is recorded")
        return
    profile = _profile(run, told, names, sizes)
    with np.errstate(invalid="ignore", divide="ignore"):
        fades = (profile.slope <= decades) & (profile.first < ratio * profile.last)
        fades &= profile.first < small * profile.loss
        faint = np.fmax.reduce(sizes, axis=1) < nothing * profile.loss
    fades &= len(names) >= 3
    start = guards.warm_up(run)
    since = guards.onset(told.steps, fades, persistence=persistence, start=start)
    if since is None and harm.state in ("poor", "stuck") and fades.mean() >= long:
        since = guards.first_lasting(told.steps, fades, persistence=persistence)
    if since is not None:
        yield _fading(run, told, names, sizes, profile, since, harm)
        return
    since = guards.onset(told.steps, faint, persistence=persistence, start=start)
    if since is not None and harm.state != "learning":  # what has learnt has small gradients
        yield _faint(run, told, names, sizes, since, harm)


class _Profile(NamedTuple):
    """Over the recorded steps `[S]`: slope in log10 a layer towards the input, and gradients."""

    slope: Floats
    first: Floats
    last: Floats
    loss: Floats


def _profile(run: Run, told: Parameters, names: tuple[str, ...], sizes: Floats) -> _Profile:
    """How the gradient falls from the last layers to the first ones."""
    among = set(names)
    depth = np.array([float(len(run.upstream(name) & among)) for name in names])
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(sizes > 0, np.log10(sizes), np.nan)
    steepness = np.array([-slope(depth, row) for row in logs])
    first, last = sizes[:, depth == depth.min()], sizes[:, depth == depth.max()]
    return _Profile(
        steepness,
        np.array([centre(row[row > 0]) for row in first]),
        np.array([centre(row[row > 0]) for row in last]),
        _scale(told),
    )


def _scale(told: Parameters) -> Floats:
    """The loss at the steps, as far as it is below 1: gradients are in proportion to it."""
    loss = np.abs(told.number("loss"))
    return np.where(np.isfinite(loss) & (loss > 0), np.minimum(loss, 1.0), 1.0)


def _blocked(
    run: Run, told: Parameters, persistence: int
) -> tuple[tuple[str, ...], guards.Onset] | None:
    """Layers, the last one first, that no gradient reaches although others get some, and since."""
    norms = told.vector("gradient_norm")
    frozen = set(run.setup.frozen) if run.setup is not None else set()
    mine = np.array([name not in frozen for name in told.names]) & np.isfinite(norms[-1])
    if not (norms[-1][mine] > 0).any():
        return None
    found: dict[str, guards.Onset] = {}
    for layer in dict.fromkeys(np.array(told.layers, object)[mine].tolist()):
        own = mine & np.array([name == layer for name in told.layers])
        since = guards.onset(
            told.steps,
            (norms[:, own] == 0).all(axis=1),
            persistence=persistence,
            start=guards.warm_up(run),
        )
        if since is not None:
            found[layer] = since
    if not found:
        return None
    order = sorted(found, key=lambda name: -run.place.get(name, -1))
    return tuple(order), found[order[0]]


def _no_gradient(
    run: Run, told: Parameters, layers: tuple[str, ...], since: guards.Onset, harm: Impact
) -> Finding:
    layer, many = layers[0], len(set(told.layers))
    others = len(layers) - 1
    before = f" and {others} layer{'s' * (others > 1)} before it" if others else ""
    zero = told.vector("gradient_norm") == 0
    share = np.array([row.mean() for row in zero])
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.ERROR, harm),
        layer=layer,
        first_step=since.step,
        message=f"No gradient reaches {layer}{before}: it is exactly zero.",
        evidence=(
            Evidence(
                "layers that no gradient reaches",
                float(len(layers)),
                0.0,
                n=many,
                source="ours",
                kind="health",
                name="training",
                step=int(told.steps[-1]),
                picture=pictures.line(
                    told.steps, share, "share of parameters without any gradient"
                ),
            ),
        ),
        fixes=(
            Fix(
                f"Look at the units of {layer} and after it: something there has no slope",
                "a layer of dead or saturated units, or an operation without a gradient, blocks it",
                layer=layer,
                weight=0.5,
            ),
        ),
        layers=layers,
        share=len(layers) / many,
    )


def _fading(
    run: Run,
    told: Parameters,
    names: tuple[str, ...],
    sizes: Floats,
    profile: _Profile,
    since: guards.Onset,
    harm: Impact,
) -> Finding:
    at = since.place + since.looks - 1
    fall, layer = float(profile.first[at] / profile.last[at]), names[0]
    weak = [n for n, g in zip(names, sizes[at], strict=True) if g < 1e-3 * profile.last[at]]
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.ERROR, harm),
        layer=layer,
        first_step=since.step,
        message=(
            f"The gradient falls to {fall:.1g} of itself on its way from "
            f"{names[-1]} to {layer}, {-profile.slope[at]:.2g} decades a layer."
        ),
        evidence=(
            Evidence(
                "gradient of the first layer over that of the last",
                fall,
                1e-3,
                n=since.looks,
                source="AutoTrainer",
                kind="health",
                name="training",
                step=int(told.steps[at]),
                picture=pictures.by_layer(sizes[at].tolist(), "gradient by layer", log=True),
            ),
            Evidence("decades a layer towards the input", float(profile.slope[at]), -0.4, "log10"),
        ),
        fixes=_fixes(run, layer),
        layers=(layer, *[name for name in weak if name != layer]),
        share=len(weak) / len(names),
    )


def _fixes(run: Run, layer: str) -> tuple[Fix, ...]:
    squashing = [one.name for one in run.layers if one.activation in ("sigmoid", "tanh")]
    found = []
    if squashing:
        found.append(
            Fix(
                f"Use ReLU in {squashing[0]} and the other {_squashing(run)} layers",
                "its slope is 1 where a squashing function's is small",
                layer=squashing[0],
                argument="activation",
                value="relu",
                weight=0.7,
            )
        )
    return (
        *found,
        Fix(
            "Add residual connections or batch normalisation between the layers",
            "a gradient then has a path that does not shrink it",
            layer=layer,
            weight=0.5,
        ),
        Fix(
            f"Initialise {layer} and the layers after it for their activation",
            "kernels too small for their width shrink the gradient layer by layer",
            layer=layer,
            argument="kernel_initializer",
            value="glorot_uniform" if squashing else "he_normal",
            weight=0.4,
        ),
    )


def _squashing(run: Run) -> str:
    """The squashing activations of a net, in words."""
    known = [one.activation for one in run.layers if one.activation in ("sigmoid", "tanh")]
    return " and ".join(sorted(set(filter(None, known))))


def _faint(
    run: Run,
    told: Parameters,
    names: tuple[str, ...],
    sizes: Floats,
    since: guards.Onset,
    harm: Impact,
) -> Finding:
    largest = float(np.nanmax(sizes[-1]))
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.ERROR, harm),
        layer=None,
        first_step=since.step,
        message=f"No layer's gradient is larger than {largest:.1g}: none of them can learn.",
        evidence=(
            Evidence(
                "largest gradient of a layer's kernel, root mean square",
                largest,
                1e-7,
                n=since.looks,
                source="SageMaker Debugger, VanishingGradient",
                kind="health",
                name="training",
                step=int(told.steps[-1]),
                picture=pictures.by_layer(sizes[-1].tolist(), "gradient by layer", log=True),
            ),
        ),
        fixes=(
            Fix(
                "Look at the output layer and the loss: they saturate",
                "a gradient that is small already at the output begins there",
                weight=0.5,
            ),
        ),
        layers=names,
    )
