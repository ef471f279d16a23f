"""How grave a share of units is, before what becomes of the training is weighed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tb_deepdebug.findings.finding import Evidence, Severity
from tb_deepdebug.findings.pictures import line
from tb_deepdebug.findings.view import Floats, LayerRecord, Run

Levels = Sequence[tuple[float, Severity]]


def graded(share: float, levels: Levels) -> tuple[float, Severity] | None:
    """The highest level that a share reaches, of (least share, severity); None below all."""
    reached = [level for level in levels if share >= level[0]]
    return max(reached, key=lambda level: (level[1], level[0])) if reached else None


def share_over_training(
    what: str,
    record: LayerRecord,
    shares: Floats,
    *,
    threshold: float | None,
    source: str,
    kind: str = "activations",
) -> Evidence:
    """Evidence for a share of units at the last `[S]` of the record's steps."""
    steps = record.steps[-len(shares) :]
    return Evidence(
        what=what,
        value=float(shares[-1]),
        threshold=threshold,
        unit="share",
        n=record.sample(),
        source=source,
        kind=kind,
        name=record.name,
        step=int(record.steps[-1]),
        picture=line(steps, shares, "share of units") if len(shares) > 1 else None,
    )


def share_of(hits: Floats | np.ndarray) -> float:
    """Share of units `[U]` for which something holds; 0 of none."""
    return float(np.mean(hits)) if len(hits) else 0.0


def learning_rate(run: Run) -> float:
    """The highest learning rate seen; NaN if none is known."""
    if run.parameters is None:
        return float("nan")
    rates = run.parameters.number("learning_rate")
    return float(np.nanmax(rates)) if np.isfinite(rates).any() else float("nan")
