"""Clones: units that do each other's work.

What it means
-------------
Units whose activations are correlated by |r| > 0.999 over the pictured cells hold the same signal
but for scale and sign. The effective rank counts how many independent signals a layer has.

Why it matters
--------------
Identical units with identical weights get identical gradients: they stay identical for ever, and a
layer of them is one unit.

Causes
------
- Weights initialised with a constant: nothing breaks the symmetry.
- A layer in front of it with few signals: a bottleneck, or one that collapsed.

What to try
-----------
- A random initialiser.
- Dropout or noise, which break symmetry in training.
- A narrower layer, if the task needs no more.

When it is harmless
-------------------
A net of one input feature, tied weights, very wide layers, and the last hidden layer of a trained
classifier, whose rank falls to the number of classes: where the training learns, it is an INFO.

References
----------
- Roy & Vetterli 2007, "The effective rank: a measure of effective dimensionality".
- Papyan, Han & Donoho 2020, "Prevalence of neural collapse during the terminal phase of deep
  learning training", PNAS 117.
- The bounds of 0.999, 20 % and 10 % are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tb_deepdebug.findings import paths, remedies
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.view import Floats, Layer, LayerRecord, Run, UnitsAt
from tb_deepdebug.stats.similarity import first_linked

NAME = "clones"

_MOST_UNITS = 1024  # whose correlations are 8 MB
_MOST_CELLS = 4096


class Likeness(NamedTuple):
    """Of a layer's moving units: how many, the share that repeats another, the effective rank."""

    units: int
    repeated: float
    rank: float
    cells: int


def find(
    run: Run,
    *,
    correlation: float = 0.999,
    share: float = 0.2,
    alarming: float = 0.9,
    rank: float = 0.1,
    least_units: int = 8,
    least_cells: int = 64,
) -> Iterator[Finding | NotApplicable]:
    """Finds layers whose units repeat one another at the last look.

    Args:
      correlation: |r| from which two units are clones; ours.
      share: of the moving units that repeat another, from which it is a WARNING; ours.
      alarming: from which units born alike are an ERROR; ours.
      rank: effective rank over width, below which it is an INFO even without clones; ours.
      least_units, least_cells: fewer prove nothing.
    """
    hidden = [layer for layer in run.hidden() if layer.role in ("hidden", "recurrent")]
    if not hidden:
        yield NotApplicable("no hidden layer is recorded")
        return
    harm, told = impact(run), set[str]()
    for layer in hidden:
        record = layer.activations
        assert record is not None
        if not least_units <= record.units <= _MOST_UNITS:
            yield NotApplicable(f"{record.units} units are too few or too many", layer.name)
            continue
        alike = _likeness(record, correlation, least_cells)
        if alike is None or alike.units < least_units:
            yield NotApplicable("too few moving units or cells are pictured", layer.name)
            continue
        repeats = alike.repeated >= share
        width = min(alike.units, alike.cells, _fan_in(run, layer.name))
        if not repeats and alike.rank >= rank * width:
            continue
        if any(name in told for name in paths.before(run, layer.name)) and _is_plain(layer):
            continue
        told.add(layer.name)
        born = repeats and record.first is not None and _identical(record.first)
        # Units that became alike lost their signal elsewhere; those born alike are the fault.
        base = Severity.ERROR if born and alike.repeated >= alarming else Severity.WARNING
        count = round(alike.repeated * alike.units)
        signals = f"the effective rank is {alike.rank:.2g} of {width}"
        yield Finding(
            run=run.name,
            rule=NAME,
            severity=weigh(base if repeats else Severity.INFO, harm),
            layer=layer.name,
            first_step=0 if born and record.first is not None and record.first.step == 0 else None,
            message=(
                f"{count} of the {alike.units} units of {layer.name} that move repeat another one"
                + (f", identical since initialisation; {signals}." if born else f"; {signals}.")
                if repeats
                else f"The {alike.units} units of {layer.name} hold few signals: {signals}."
            ),
            evidence=_evidence(record, alike, share, rank, width),
            fixes=_fixes(layer.name, layer.is_relu, born),
            layers=(layer.name,),
            share=alike.repeated,
        )


def _likeness(record: LayerRecord, correlation: float, least: int) -> Likeness | None:
    """Of units that move; None where too few cells are pictured."""
    picture = record.cells()
    if picture is None:
        return None
    units = picture.transpose(1, 0, 2).reshape(picture.shape[1], -1)
    cells = units[:, np.isfinite(units).all(axis=0)]
    if cells.shape[1] < least:
        return None
    cells = cells[:, :: -(-cells.shape[1] // _MOST_CELLS)]
    centred = cells - cells.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1))
    moving = length > 1e-6 * np.maximum(np.abs(cells).max(axis=1), 1e-30) * cells.shape[1] ** 0.5
    unit = centred[moving] / length[moving, None]
    if not len(unit):
        return Likeness(0, 0.0, 0.0, cells.shape[1])
    r = unit @ unit.T
    groups = len(np.unique(first_linked(np.abs(r) > correlation)))
    return Likeness(len(unit), 1 - groups / len(unit), effective_rank(unit), cells.shape[1])


def effective_rank(rows: Floats) -> float:
    """exp of the entropy of the singular values' shares (Roy & Vetterli 2007); 0 of zeros."""
    # Of the smaller of both Gram matrices: rows are few and long.
    gram = rows @ rows.T if len(rows) <= rows.shape[1] else rows.T @ rows
    values = np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0))
    total = values.sum()
    if not total > 0:
        return 0.0
    share = values[values > 1e-6 * total] / total  # below lies rounding: a root of float64's
    return float(np.exp(-(share * np.log(share)).sum()))


def _fan_in(run: Run, layer: str) -> int:
    """The smallest side of the layer's matrix: a layer of 20 inputs has 20 signals at most."""
    known = run.parameters
    shapes = [] if known is None else [known.shapes[i] for i in known.of(layer)]
    return min((min(shape) for shape in shapes if len(shape) == 2), default=_MOST_UNITS)


def _is_plain(layer: Layer) -> bool:
    """Whether a layer only applies a function to each unit of the layer before it."""
    return layer.node is not None and layer.node.parameters == 0


def _identical(first: UnitsAt) -> bool:
    """Whether most units that were alive had the same mean and variance, to rounding."""
    pairs = np.stack([first.rows["mean"], first.rows["variance"]], axis=1)[~first.dead]
    scale = np.maximum(np.abs(pairs).max(axis=0, initial=0), 1e-30)
    rounded = np.round(pairs / scale, 5)
    most = np.unique(rounded, axis=0, return_counts=True)[1].max(initial=0)
    return bool(most > 0.5 * len(pairs)) and len(pairs) > 1


def _evidence(
    record: LayerRecord, alike: Likeness, share: float, rank: float, width: int
) -> tuple[Evidence, ...]:
    told = (
        ("units that repeat another", alike.repeated, share, "ours"),
        ("effective rank over width", alike.rank / width, rank, "Roy & Vetterli 2007, bound ours"),
    )
    return tuple(
        Evidence(
            what=what,
            value=value,
            threshold=threshold,
            unit="share",
            n=alike.cells,
            source=source,
            kind="activations",
            name=record.name,
            step=int(record.steps[-1]),
        )
        for what, value, threshold, source in told
    )


def _fixes(layer: str, is_relu: bool, born: bool) -> tuple[Fix, ...]:
    kernel = "he_normal" if is_relu else "glorot_uniform"
    same = "units that begin alike get the same gradient and stay alike"
    noise = "it treats units that are alike differently"
    return remedies.ranked(
        remedies.initialise(layer, kernel, same, 0.9 if born else 0.4),
        Fix(f"Put dropout after {layer}", noise, layer, "dropout", "0.2", 0.4),
        Fix(f"Make {layer} narrower", "it has fewer signals than units", layer, "units", None, 0.3),
    )
