"""Input data: values that are not finite, not scaled, constant, or out of a vocabulary.

What it means
-------------
What the net reads holds NaN or infinity, spans hundreds where it should span ones, hangs far from
zero, differs between channels by orders of magnitude, or never changes.

Why it matters
--------------
One value that is not finite poisons everything after it. Inputs of a large scale multiply every
activation and gradient of the first layer: units saturate or die in the first steps. A channel
that is a thousand times larger than the others is the only one that is learnt from at first.

Causes
------
- Missing values, a division by a zero standard deviation, a logarithm of zero.
- Preprocessing that was forgotten, or done twice, or with another data set's statistics.
- A sentinel such as 65535 for "not measured".

What to try
-----------
- Replace or mask what is missing; standardise each channel; a Normalization layer in front.
- Drop channels that never change.

When it is harmless
-------------------
Tokens, masks and one-hot columns have scales of their own; images from 0 to 1 do well. A first
layer that rescales or normalises takes any scale. Where the training learns, scale is an INFO, and
so are values that are not finite if the loss on them is.

References
----------
- LeCun et al. 1998, "Efficient BackProp": inputs of mean 0 and variance 1.
- Amazon SageMaker Debugger, rules CheckInputImages and NLPSequenceRatio.
- UMLAUT, CHI 2021: warns outside of [-1, 1], on nearly every healthy model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.kernels import leaf
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import InputFacts

NAME = "input-data"
_RESCALES = ("rescaling", "normal", "batchnorm", "layernorm", "embed", "discretization", "hashing")
_STANDARDISE = Fix(
    "Scale the inputs to mean 0 and standard deviation 1",
    "every layer's initialisation counts on it",
    weight=0.9,
)


def find(
    run: Run,
    *,
    large: float = 10.0,
    huge: float = 100.0,
    off_centre: float = 3.0,
    channels: float = 100.0,
    padded: float = 0.5,
) -> Iterator[Finding | NotApplicable]:
    """Finds inputs that no net learns from easily, or at all.

    Args:
      large, huge: a standard deviation or a mean of this magnitude is a WARNING, an ERROR (ours;
        1 and 0 are meant).
      off_centre: so many standard deviations between 0 and a mean of magnitude 1 or more (ours).
      channels: so many times between the largest and the least standard deviation of channels of
        which one is large (ours).
      padded: a share of masked cells from which it is an INFO (SageMaker Debugger: 50 %).
    """
    inputs = run.setup.inputs if run.setup is not None else ()
    if not inputs:
        yield NotApplicable("the inputs are not recorded")
        return
    harm = impact(run)
    for one in inputs:
        if one.kind == "mask":
            continue
        yield from _nonfinite(run, one, harm)
        yield from _padding(run, one, padded)
        if one.kind == "tokens":
            yield from _vocabulary(run, one, harm)
        elif one.kind == "numbers" and math.isfinite(one.std):
            yield from _constant(run, one, harm)
            if _rescaled(run):
                yield NotApplicable(f"the first layer scales {one.name}")
            else:
                yield from _scale(run, one, harm, (large, huge, off_centre, channels))


def _nonfinite(run: Run, one: InputFacts, harm: Impact) -> Iterator[Finding]:
    if not one.nonfinite:
        return
    loss = run.setup.loss if run.setup is not None else None
    handled = loss is not None and math.isfinite(loss.first) and not harm.is_harmed
    share = one.nonfinite / max(one.count, 1)
    yield _finding(
        run,
        Severity.INFO if handled else Severity.CRITICAL,
        f"{one.nonfinite} of {one.count} values of {one.name} are not finite.",
        Evidence("values that are not finite", 100 * share, 0.0, "%", one.count, "ours", step=0),
        Fix(
            "Replace or mask what is missing in the inputs",
            "one such value makes every output that depends on it NaN",
            weight=1.0,
        ),
        share,
    )


def _padding(run: Run, one: InputFacts, padded: float) -> Iterator[Finding]:
    share = one.padded / max(one.count, 1)
    if share > padded:
        yield _finding(
            run,
            Severity.INFO,
            f"{100 * share:.0f} % of {one.name} is padding.",
            Evidence(
                "masked cells",
                100 * share,
                100 * padded,
                "%",
                one.count,
                "SageMaker Debugger, NLPSequenceRatio",
                step=0,
            ),
            Fix("Batch sequences of like length together", "padding is computed for nothing"),
            share,
        )


def _vocabulary(run: Run, one: InputFacts, harm: Impact) -> Iterator[Finding]:
    """Token numbers that no row of any embedding stands for."""
    rows = _embedded(run)
    beyond = bool(rows) and one.max >= max(rows)
    if not beyond and not one.min < 0:
        return
    message = (
        f"{one.name} holds the token {one.max:.0f}, of an embedding of {max(rows)} rows."
        if beyond
        else f"{one.name} holds the negative token {one.min:.0f}."
    )
    value, threshold = (one.max, float(max(rows)) - 1) if beyond else (one.min, 0.0)
    base = Severity.CRITICAL if beyond else Severity.ERROR
    yield _finding(
        run,
        weigh(base, harm),
        message,
        Evidence("token", value, threshold, n=one.count, source="the embedding's shape", step=0),
        Fix("Give the embedding a row for every token", "a GPU reads zeros for what it has not"),
    )


def _embedded(run: Run) -> list[int]:
    """How many tokens each embedding knows."""
    if run.parameters is None:
        return []
    of = zip(run.parameters.names, run.parameters.layers, run.parameters.shapes, strict=True)
    kinds = {layer.name: layer.node.kind for layer in run.layers if layer.node is not None}
    return [
        shape[0]
        for name, layer, shape in of
        if len(shape) == 2
        and (leaf(name) == "embeddings" or kinds.get(layer, "").startswith("Embed"))
    ]


def _constant(run: Run, one: InputFacts, harm: Impact) -> Iterator[Finding]:
    of = max((one.shape[-1] if one.shape else None) or 1, one.constant_channels)
    if one.count < 2 or not (one.std == 0 or one.constant_channels):
        return
    every = one.std == 0 or one.constant_channels >= of
    share = 1.0 if every else one.constant_channels / of
    yield _finding(
        run,
        weigh(Severity.CRITICAL if every else Severity.INFO, harm),
        f"{one.name} never changes."
        if every
        else f"{one.constant_channels} of {of} channels of {one.name} never change.",
        Evidence("channels that never change", 100 * share, None, "%", one.count, "ours", step=0),
        Fix("Drop the channels that never change", "nothing can be learnt from them", weight=0.4),
        share,
    )


def _scale(
    run: Run, one: InputFacts, harm: Impact, bounds: tuple[float, float, float, float]
) -> Iterator[Finding]:
    """Of several ways to be ill scaled the first; one remedy is for all."""
    large, huge, off_centre, channels = bounds
    size = max(one.std, abs(one.mean))
    spread = np.array([s for s in one.channel_std if s > 0])
    ratio = float(spread.max() / spread.min()) if len(spread) > 1 else 1.0
    centred = abs(one.mean) / one.std if one.std > 0 else 0.0
    picture = pictures.by_layer(one.channel_std, "std by channel", log=True) if ratio > 10 else None
    what: tuple[str, str, float, float]
    if size > large:
        base = Severity.ERROR if size > huge else Severity.WARNING
        words = f"mean {one.mean:.3g} and standard deviation {one.std:.3g}"
        what = f"{one.name} has {words}.", "standard deviation or mean", size, large
    elif ratio > channels and spread.max() > 1:
        base = Severity.WARNING
        words = f"channels whose standard deviations differ {ratio:.3g} times"
        what = f"{one.name} has {words}.", "largest to least channel", ratio, channels
    elif centred > off_centre and abs(one.mean) >= 1:
        base = Severity.WARNING
        words = f"{centred:.3g} of its standard deviations from 0"
        what = f"The mean of {one.name} is {words}.", "mean to standard deviation", centred, 3.0
    elif 0 < max(abs(one.min), abs(one.max)) < 0.1 / large:
        base = Severity.WARNING
        size = max(abs(one.min), abs(one.max))
        what = f"{one.name} is nowhere larger than {size:.3g}.", "largest value", size, 0.1 / large
    else:
        return
    message, name, value, threshold = what
    evidence = Evidence(
        name, value, threshold, n=one.count, source="LeCun et al. 1998", step=0, picture=picture
    )
    yield _finding(run, weigh(base, harm), message, evidence, _STANDARDISE)


def _rescaled(run: Run) -> bool:
    """Whether a layer that reads the inputs scales them."""
    if run.graph is None:
        return False
    fed = {b for a, b in run.graph.edges if "input" not in run.graph.nodes[a].kind.lower()}
    first = [node for i, node in enumerate(run.graph.nodes) if i not in fed]
    return any(word in node.kind.lower() for node in first for word in _RESCALES)


def _finding(
    run: Run,
    severity: Severity,
    message: str,
    evidence: Evidence,
    fix: Fix,
    share: float | None = None,
) -> Finding:
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=None,
        first_step=0,
        message=message,
        evidence=(evidence,),
        fixes=(fix,),
        share=share,
    )
