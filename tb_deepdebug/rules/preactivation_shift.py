"""Shifted pre-activations: off centre, off scale, lopsided, heavy-tailed or in two humps.

What it means
-------------
The distribution of a layer's pre-activations lies far from what an activation function bends: its
mean is more than two standard deviations off zero, its standard deviation is outside 0.5 to 2 right
after a normalisation, it is skewed (|skewness| > 2), heavy-tailed (excess kurtosis > 10) or in two
humps (Sarle's bimodality > 0.6; a uniform distribution has 0.556).

Why it matters
--------------
Off centre, a ReLU is either a line or nothing, a tanh or a sigmoid a constant. It is a symptom that
helps to tell why a layer fails; alone it proves nothing.

Causes
------
- Inputs that are not centred; biases that drift.
- Normalisation layers whose scale or shift ran away, or whose running statistics are stale.
- A few examples unlike the others.

What to try
-----------
- Standardised inputs; batch or layer normalisation before the activation.
- A lower learning rate for biases and scales.

When it is harmless
-------------------
Sparse codes, embeddings, and most layers of nets that learn. Only with a training that fails it is
more than an INFO.

References
----------
- TheDeepChecker (TOSEM 2022): standard deviations in 0.5 to 2.
- Pfister et al. 2013, "Good things peak in pairs: a note on the bimodality coefficient".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tb_deepdebug.findings import guards, paths, remedies
from tb_deepdebug.findings.chance import bimodality, skew_and_kurtosis
from tb_deepdebug.findings.finding import Evidence, Finding, NotApplicable, Severity
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.pictures import bars, line
from tb_deepdebug.findings.view import Floats, Layer, LayerRecord, Run
from tb_deepdebug.records.preactivations import SERIES_BINS
from tb_deepdebug.stats.log_bins import used

NAME = "preactivation-shift"

_LEAST_CELLS = 1000


class Oddity(NamedTuple):
    """One way to be odd: what, the values over the steps `[S]`, the bound, since when."""

    what: str
    words: str
    values: Floats
    bound: float
    source: str
    hit: np.ndarray


def find(
    run: Run,
    *,
    shift: float = 2.0,
    low: float = 0.5,
    high: float = 2.0,
    skew: float = 2.0,
    kurtosis: float = 10.0,
    humps: float = 0.6,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds hidden layers whose pre-activations are oddly distributed.

    Args:
      shift: |mean| over standard deviation; ours.
      low, high: of the standard deviation right after a normalisation (TheDeepChecker).
      skew, kurtosis: |skewness| and excess kurtosis; ours.
      humps: Sarle's coefficient; ours, beyond the 5/9 of Pfister et al. 2013, which a uniform
        distribution has.
      persistence: looks in a row that must agree.
    """
    told = [layer for layer in run.hidden() if layer.preactivations is not None]
    if not told:
        yield NotApplicable("no pre-activation of a hidden layer is recorded")
        return
    severity = weigh(Severity.WARNING, impact(run))
    for layer in told:
        record = layer.preactivations
        assert record is not None
        if record.last("count") < _LEAST_CELLS:
            yield NotApplicable(f"fewer than {_LEAST_CELLS} cells tell no shape", layer.name)
            continue
        odd = [*_of_moments(run, layer, record, shift, low, high)]
        odd += _of_shape(record, skew, kurtosis, humps)
        lasting = [
            (one, since)
            for one in odd
            if (
                since := guards.onset(
                    record.steps, one.hit, persistence=persistence, start=guards.warm_up(run)
                )
            )
            is not None
        ]
        if not lasting:
            continue
        words = ", ".join(one.words for one, _ in lasting)
        yield Finding(
            run=run.name,
            rule=NAME,
            severity=severity,
            layer=layer.name,
            first_step=min(since.step for _, since in lasting),
            message=f"The pre-activations of {layer.name} are {words}.",
            evidence=tuple(_evidence(record, one) for one, _ in lasting),
            fixes=remedies.ranked(
                remedies.normalise_before(layer.name, "it centres and scales them", 0.5),
                remedies.scale_inputs("what is off in the inputs is off in the first layers", 0.4),
                remedies.lower_learning_rate(run, "smaller steps let biases drift less", 0.3),
            ),
            layers=(layer.name,),
        )


def _of_moments(
    run: Run, layer: Layer, record: LayerRecord, shift: float, low: float, high: float
) -> Iterator[Oddity]:
    mean, std = record.number("mean"), record.number("std")
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.where(std > 0, np.abs(mean) / std, np.nan)
    yield Oddity("|mean| / std", "off centre", off, shift, "ours", off > shift)
    roles = [
        run.by_name[name].role for name in paths.before(run, layer.name) if name in run.by_name
    ]
    plain = layer.node is not None and layer.node.parameters == 0
    if plain and roles == ["normalisation"]:
        outside = (std < low) | (std > high)
        bound = low if std[-1] < low else high
        source = "TheDeepChecker"
        yield Oddity("standard deviation", "off scale", std, bound, source, outside)


def _of_shape(record: LayerRecord, skew: float, kurtosis: float, humps: float) -> Iterator[Oddity]:
    counts = record.vectors.get("counts")
    if counts is None or len(counts) != len(record.steps):
        return
    known = [
        skew_and_kurtosis(row, SERIES_BINS) if np.isfinite(row).all() else (math.nan, math.nan)
        for row in counts
    ]
    lean, excess = np.array(known, np.float64).reshape(-1, 2).T
    two = np.array([bimodality(a, b) for a, b in zip(lean, excess, strict=True)])
    yield Oddity("|skewness|", "lopsided", np.abs(lean), skew, "ours", np.abs(lean) > skew)
    yield Oddity("excess kurtosis", "heavy-tailed", excess, kurtosis, "ours", excess > kurtosis)
    # Skew alone raises the coefficient: two humps are claimed of what is not lopsided only.
    hit = (two > humps) & (np.abs(lean) < 1)
    yield Oddity("bimodality", "in two humps", two, humps, "ours, beyond Pfister et al. 2013", hit)


def _evidence(record: LayerRecord, one: Oddity) -> Evidence:
    counts = record.vectors.get("counts")
    picture = line(record.steps, one.values, one.what)
    if counts is not None and one.what not in ("|mean| / std", "standard deviation"):
        span = used(counts[-1:])
        edges = SERIES_BINS.edges()[span.start : span.stop + 1]
        picture = bars(edges, counts[-1][span], "cells")
    return Evidence(
        what=one.what,
        value=float(one.values[-1]),
        threshold=one.bound,
        n=int(np.nan_to_num(record.last("count"))),
        source=one.source,
        kind="preactivations",
        name=record.name,
        step=int(record.steps[-1]),
        picture=picture,
    )
