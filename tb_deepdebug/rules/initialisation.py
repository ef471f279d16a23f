"""Initialisation: kernels and biases that no usual initialiser would have given.

What it means
-------------
Before the first step, a kernel's entries are all the same, or their spread is far from what He,
Glorot, LeCun or the framework's own initialiser give a layer of that shape, or biases are so large
that they drown what the layer computes.

Why it matters
--------------
Units that begin alike get alike gradients and stay alike: a layer of them is one unit wide. A
spread too large saturates or explodes with depth, one too small lets signal and gradient vanish. A
bias far below zero begins a ReLU layer dead.

Causes
------
- `initializer="zeros"` or a constant where random numbers were meant.
- A standard deviation given by hand that does not know the layer's width.
- A bias initialised by hand, or loaded from elsewhere.

What to try
-----------
- He initialisation before ReLU and its kin, Glorot before tanh and sigmoid, LeCun before SELU.
- Zero biases; 1 for the forget gate of an LSTM; the log odds of the classes for the output.

When it is harmless
-------------------
The last kernel of a residual branch, the output layer and low-rank adapters may begin at zero. A
layer that normalises its inputs, or whose output is normalised, forgives any scale. Weights that
come from an earlier training follow no initialiser; such runs, and frozen layers, are left out.

References
----------
- Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
- He et al. 2015, "Delving Deep into Rectifiers", arXiv:1502.01852.
- Nikanjam et al., TheDeepChecker, arXiv:2204.00694: tests of the initial variance by activation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import kernels
from tb_deepdebug.findings.certainty import weigh_certain
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, trivial_loss, weigh
from tb_deepdebug.findings.kernels import Kernel
from tb_deepdebug.findings.view import Parameters, Run, UnitsAt

NAME = "initialisation"
_INITIALISERS = {"relu": "he_normal", "leaky_relu": "he_normal", "selu": "lecun_normal"}


def find(
    run: Run, *, ratio: float = 2.0, far: float = 10.0, bias: float = 3.0, trained: float = 0.7
) -> Iterator[Finding | NotApplicable]:
    """Finds layers that began alike, too large, too small, or with large biases.

    Args:
      ratio: how far, as a factor, a standard deviation may lie outside of those of the usual
        initialisers: 2, a factor of 4 in variance (ours; TheDeepChecker tests for equality).
      far: beyond this factor it is an ERROR (ours).
      bias: a layer's biases are large from so many standard deviations of its pre-activations on,
        and from 1 on (ours).
      trained: a first loss below this share of the best constant guess is that of weights that were
        trained before (ours).
    """
    parameters = run.parameters
    if parameters is None or not parameters.first:
        yield NotApplicable("the weights before training are not recorded")
        return
    if not _begins_untrained(run, parameters):
        yield NotApplicable("the training was resumed: its first weights are not recorded")
        return
    started = run.setup.loss.first if run.setup is not None and run.setup.loss else math.nan
    if started < trained * trivial_loss(run.setup):
        yield NotApplicable("the weights were trained before: the first loss is below a guess's")
        return
    harm = impact(run)
    frozen = set(run.setup.frozen) if run.setup is not None else set()
    for kernel in kernels.kernels(run, parameters):
        if kernel.name in frozen or kernel.layer in frozen:
            continue
        if kernel.is_constant and math.prod(kernel.shape) > 1:
            yield from _alike(run, parameters, kernel, harm)
        else:
            yield from _scaled(run, kernel, harm, ratio, far)
    yield from _biased(run, parameters, harm, bias)


def _begins_untrained(run: Run, parameters: Parameters) -> bool:
    if np.isfinite(parameters.history.get("untrained_norm", np.zeros(0))).any():
        return True
    recorded = [steps for steps in (parameters.steps, run.steps) if len(steps)]
    return any(int(steps[0]) == 0 for steps in recorded)


# -- units alike ----------------------------------------------------------------------------


def _alike(run: Run, parameters: Parameters, kernel: Kernel, harm: Impact) -> Iterator[Finding]:
    """A kernel of one magnitude, unless it has one unit or ends the net or a branch."""
    if _units(kernel) < 2 or _ends(run, kernel.layer) or _in_branch(run, kernel.layer):
        return
    if kernel.rms > 0 and _signs_differ(run, kernel.layer):
        return
    if kernel.rms == 0 and kernels.is_recurrent(kernel.name):
        return  # its units differ by what they read
    latest = parameters.latest.get("weight_norm")
    unmoved = latest is not None and kernel.rms == 0 and latest[kernel.place] == 0
    blocked = unmoved or _units_alike(run, kernel.layer, at_end=True) is True
    # Some nets begin layers at zero on purpose, none at another number.
    weight = weigh if kernel.rms == 0 else weigh_certain
    yield Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.CRITICAL if blocked else weight(Severity.CRITICAL, harm),
        layer=kernel.layer,
        first_step=0,
        message=f"Every entry of {kernel.name} begins at {kernel.rms:.3g}"
        + (", and its units still compute the same" if blocked else "")
        + ".",
        evidence=(
            Evidence(
                "spread of the kernel's entries before training",
                0.0,
                kernel.low,
                n=math.prod(kernel.shape),
                source="Glorot & Bengio 2010; He et al. 2015",
                kind="health",
                name="training",
                step=0,
            ),
        ),
        fixes=(_initialise(run, kernel.layer, 0.9),),
        layers=(kernel.layer,),
        share=1.0,
    )


def _units(kernel: Kernel) -> int:
    return kernel.shape[0 if "weight" in kernels.leaf(kernel.name) else -1]


def _units_alike(run: Run, layer: str, *, at_end: bool) -> bool | None:
    """Whether all units of a layer had the same statistics; None where it is not recorded."""
    told = run.by_name.get(layer)
    record = told.activations if told is not None else None
    rows = None if record is None else record.last_units if at_end else record.first
    return None if rows is None else _alike_in(rows, ("mean", "variance", "max"))


def _signs_differ(run: Run, layer: str) -> bool:
    """Whether a kernel of one magnitude has entries of both signs: its units then vary unlike.

    Their means may differ by their biases alone.
    """
    told = run.by_name.get(layer)
    record = told.preactivations if told is not None else None
    return (
        record is not None
        and record.first is not None
        and (_alike_in(record.first, ("variance",)) is False)
    )


def _alike_in(units: UnitsAt, names: tuple[str, ...]) -> bool | None:
    """Whether rows are the same for all units; None of a single unit."""
    if len(units.rows["mean"]) < 2:
        return None
    rows = [units.rows[name] for name in names]
    return all(bool(np.ptp(row) <= 1e-3 * np.abs(row).max()) for row in rows)


def _ends(run: Run, layer: str) -> bool:
    """Whether nothing that learns follows."""
    nodes = run.graph.nodes if run.graph is not None else ()
    after = run.downstream(layer)
    return not any(node.parameters for node in nodes if node.name in after)


def _in_branch(run: Run, layer: str) -> bool:
    """Whether the layer's output is joined by one that does not come from it: a residual sum."""
    if run.graph is None:
        return False
    names = [node.name for node in run.graph.nodes]
    mine = {layer, *run.downstream(layer)}
    parents: dict[str, list[str]] = {}
    for a, b in run.graph.edges:
        parents.setdefault(names[b], []).append(names[a])
    return any(
        node in mine and any(p in mine for p in above) and any(p not in mine for p in above)
        for node, above in parents.items()
    )


# -- scale ----------------------------------------------------------------------------------


def _scaled(run: Run, kernel: Kernel, harm: Impact, ratio: float, far: float) -> Iterator[Finding]:
    """A spread that no usual initialiser gives, unless a normalisation follows and forgives it."""
    out = max(kernel.low / max(kernel.rms, 1e-300), kernel.rms / kernel.high)
    if out <= ratio or _normalised(run, kernel.layer):
        return
    small = kernel.rms < kernel.low
    if small and (_ends(run, kernel.layer) or _in_branch(run, kernel.layer)):
        return  # a small output, or residual branch, is how some nets are meant to begin
    bound = kernel.low if small else kernel.high
    base = Severity.ERROR if out > far else Severity.WARNING
    yield Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(base, harm),
        layer=kernel.layer,
        first_step=0,
        message=f"{kernel.name} begins {out:.3g} times {'smaller' if small else 'larger'} than any "
        f"usual initialiser makes it.",
        evidence=(
            Evidence(
                "root mean square of the kernel before training",
                kernel.rms,
                bound,
                n=math.prod(kernel.shape),
                source="He et al. 2015; Glorot & Bengio 2010",
                kind="health",
                name="training",
                step=0,
            ),
        ),
        fixes=(_initialise(run, kernel.layer, 0.8),),
        layers=(kernel.layer,),
    )


def _normalised(run: Run, layer: str) -> bool:
    """Whether all that reads the layer normalises it."""
    if run.graph is None or layer not in run.by_name:
        return False
    names = [node.name for node in run.graph.nodes]
    readers = [names[b] for a, b in run.graph.edges if names[a] == layer]
    return bool(readers) and all(
        name in run.by_name and run.by_name[name].role == "normalisation" for name in readers
    )


def _initialise(run: Run, layer: str, weight: float) -> Fix:
    activation = run.by_name[layer].activation if layer in run.by_name else None
    value = _INITIALISERS.get(activation or "", "glorot_uniform")
    return Fix(
        f"Initialise {layer} with {value}",
        "it gives every unit entries of its own, as large as the layer's width asks for",
        layer=layer,
        argument="kernel_initializer",
        value=value,
        weight=weight,
    )


# -- biases ---------------------------------------------------------------------------------


def _biased(run: Run, parameters: Parameters, harm: Impact, bias: float) -> Iterator[Finding]:
    """Biases of hidden layers beside which the rest of the pre-activation is small."""
    norms = parameters.first.get("weight_norm")
    for place, (name, layer) in enumerate(zip(parameters.names, parameters.layers, strict=True)):
        told = run.by_name.get(layer)
        plain = "bias" in kernels.leaf(name) and len(parameters.shapes[place]) == 1
        if norms is None or told is None or not plain or told.role in ("normalisation", "output"):
            continue
        if _ends(run, layer):
            continue
        rms = float(norms[place]) / math.sqrt(max(parameters.sizes[place], 1))
        record = told.preactivations
        spread = float(record.number("std")[0]) if record is not None and len(record.steps) else 0.0
        if not rms >= max(1.0, bias * (spread if math.isfinite(spread) else 0.0)):
            continue
        if told.role == "recurrent" and rms <= 1:
            continue
        yield Finding(
            run=run.name,
            rule=NAME,
            severity=weigh(Severity.ERROR, harm),
            layer=layer,
            first_step=0,
            message=f"{name} begins at {rms:.3g} in the root mean square, far from 0.",
            evidence=(
                Evidence(
                    "root mean square of the bias before training",
                    rms,
                    max(1.0, bias * spread),
                    n=int(parameters.sizes[place]),
                    source="ours",
                    kind="health",
                    name="training",
                    step=0,
                ),
            ),
            fixes=(
                Fix(
                    f"Initialise the bias of {layer} with zeros",
                    "what the layer computes is small beside it",
                    layer=layer,
                    argument="bias_initializer",
                    value="zeros",
                    weight=0.9,
                ),
            ),
            layers=(layer,),
        )
