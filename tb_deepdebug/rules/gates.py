"""Saturated gates: a recurrent layer that forgets everything, or lets nothing in or out.

What it means
-------------
A gate below 0.1 is shut, above 0.9 wide open. A unit's gate counts as shut where it is shut in more
than half of the valid steps.

Why it matters
--------------
A forget gate (of a GRU the update gate) that is shut drops the state at each step: the layer has no
memory. A shut input gate lets nothing in, a shut output gate nothing out. A gate at its bound gets
next to no gradient, so that it stays there.

Causes
------
- A forget bias far below zero, large weights or unscaled inputs.
- A high learning rate, gradients that were not clipped.

What to try
-----------
- A forget bias of 1 (the default of Keras; not of PyTorch).
- Standardised inputs, an orthogonal recurrent kernel, gradient clipping.

When it is harmless
-------------------
A forget gate that is wide open is memory, and told as an INFO only. Tasks that need no past are
learnt with shut gates: where the training learns, it is an INFO.

References
----------
- Karpathy, Johnson & Li 2015, "Visualizing and Understanding Recurrent Networks",
  arXiv:1506.02078, section 4.2: bounds of 0.1 and 0.9.
- Jozefowicz, Zaremba & Sutskever 2015, "An Empirical Exploration of Recurrent Network
  Architectures": a forget bias of 1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, remedies
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import impact, weigh
from tb_deepdebug.findings.pictures import line
from tb_deepdebug.findings.view import Floats, GatesRecord, Run

NAME = "gates"

_MEMORY = ("forget", "update")  # gates that keep the state where they are open
_SHUT = {
    "forget": ("forget the state at each step", Severity.ERROR),
    "update": ("replace the state at each step", Severity.ERROR),
    "input": ("let nothing in", Severity.WARNING),
    "output": ("let nothing out", Severity.WARNING),
}


def find(
    run: Run,
    *,
    steps: float = 0.5,
    share: float = 0.5,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds recurrent layers with gates that are shut, or of memory wide open.

    Args:
      steps: share of the valid steps that a unit's gate is at its bound; ours.
      share: of the units; ours.
      persistence: looks in a row that must agree.
    """
    gated = [(layer, layer.gates) for layer in run.layers if layer.gates is not None]
    if not gated:
        yield NotApplicable("no gates are recorded")
        return
    harm = impact(run)
    for layer, record in gated:
        if record.last("timesteps") <= 1:
            yield NotApplicable("a sequence of one step keeps nothing", layer.name)
            continue
        for place, name in enumerate(record.names):
            kind = name.rpartition("/")[2]
            if kind in _SHUT:
                shut = _units(record, "unit_left", "left_share", place, steps)
                words, base = _SHUT[kind]
                since = guards.onset(
                    record.steps,
                    shut >= share,
                    persistence=persistence,
                    start=guards.warm_up(run),
                )
                if since is not None:
                    told = f"{100 * shut[-1]:.0f} % of the {name} gates of {layer.name} are shut"
                    yield _finding(
                        run,
                        layer.name,
                        record,
                        shut,
                        since.step,
                        f"{told}: they {words}.",
                        weigh(base, harm),
                        share,
                        _fixes(run, layer.name, kind),
                    )
            if kind in _MEMORY:
                kept = _units(record, "unit_right", "right_share", place, steps)
                since = guards.onset(
                    record.steps, kept >= share, persistence=persistence, start=guards.warm_up(run)
                )
                if since is not None:
                    yield _finding(
                        run,
                        layer.name,
                        record,
                        kept,
                        since.step,
                        f"{100 * kept[-1]:.0f} % of the {name} gates of {layer.name} are wide "
                        "open: they keep their state, which is memory where the task needs it.",
                        Severity.INFO,
                        share,
                        (),
                    )


def _units(record: GatesRecord, units: str, cells: str, place: int, steps: float) -> Floats:
    """Share of the units `[S]` whose gate is at its bound; of wide layers, of the cells."""
    told = record.vectors.get(units)
    if told is not None and told.shape[1] % max(len(record.names), 1) == 0 and len(told):
        by_gate = told.reshape(len(told), len(record.names), -1)[:, place]
        if np.isfinite(by_gate[-1]).all():
            return (by_gate > steps).mean(axis=1)
    shares = record.vectors.get(cells)
    return np.zeros(len(record.steps)) if shares is None else np.nan_to_num(shares[:, place])


def _finding(
    run: Run,
    layer: str,
    record: GatesRecord,
    shares: Floats,
    since: int,
    message: str,
    severity: Severity,
    threshold: float,
    fixes: tuple[Fix, ...],
) -> Finding:
    evidence = Evidence(
        what="units whose gate is at its bound in most steps",
        value=float(shares[-1]),
        threshold=threshold,
        source="bounds 0.1 and 0.9: Karpathy et al. 2015; the share: ours",
        kind="gates",
        name=layer,
        step=int(record.steps[-1]),
        picture=line(record.steps, shares, "share of units"),
    )
    return Finding(
        run.name, NAME, severity, layer, since, message, (evidence,), fixes=fixes,
        layers=(layer,), share=float(shares[-1]),
    )  # fmt: skip


def _fixes(run: Run, layer: str, kind: str) -> tuple[Fix, ...]:
    reason = "a gate that begins open passes its gradient on"
    return remedies.ranked(
        Fix(f"Begin with a {kind} bias of 1 in {layer}", reason, layer, "bias", "1.0", 0.8),
        remedies.initialise(layer, "orthogonal", "smaller weights keep gates off bounds", 0.5),
        remedies.scale_inputs("large inputs hold gates at their bounds", 0.5),
        remedies.clip_gradients("one large step is enough to shut a gate", 0.4),
    )
