"""Moving averages that are not the data's are found; overfitting and dropout are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, curve, layer, parameters, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import train_eval

STEPS = (10, 20, 30, 40, 50, 60)


def net(
    std: Any,
    used: Any,
    *,
    kind: str = "BatchNorm1d",
    validation: bool = False,
    gain: str = "weight",
) -> Run:
    """One normalisation layer whose gain is 1, and the loss in inference at six looks."""
    norm = layer(
        "norm", kind, None, activations=record("norm", steps=STEPS, std=std), role="normalisation"
    )
    told = parameters([f"norm/{gain}"], STEPS, shapes=[(16,)], vectors={"weight_norm": 4.0})
    tag = train_eval.PROBE_LOSS
    inference = curve(list(np.broadcast_to(np.asarray(used, float), 6)), STEPS, tag)
    fields: dict[str, Any] = (
        {"validation": inference} if validation else {"scalars": {tag: inference}}
    )
    return run(norm, loss=LEARNING, parameters=told, **fields)  # fmt: skip


def found(one: Run) -> list[Finding]:
    return [f for f in train_eval.find(one) if isinstance(f, Finding)]


@pytest.mark.parametrize("std", [0.1, 10.0])
@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize(
    ("used", "severity"), [(2.0, Severity.ERROR), (1.0, Severity.WARNING), (0.5, Severity.INFO)]
)
def test_found(std: float, validation: bool, used: float, severity: Severity) -> None:
    (finding,) = found(net(std, [3, 3, 3, *[used] * 3], validation=validation))
    assert (finding.layer, finding.severity) == ("norm", severity)


@pytest.mark.parametrize(
    "one",
    [
        net(1.0, 2.0),  # overfitting: the averages are fine
        net(0.1, 0.01),  # no gap
        net(0.1, [2, 2, 2, 2, 2, 0.02]),  # none any more
        net([0.01, 0.02, 0.04, 0.08, 0.15, 0.3], 2.0),  # catching up
        net(0.1, 2.0, kind="LayerNorm"),
        net(0.1, 2.0, gain="other"),
    ],
)
def test_no_finding(one: Run) -> None:
    assert found(one) == []


def test_not_applicable() -> None:
    assert [type(f) for f in train_eval.find(run(layer("a")))] == [NotApplicable]
    without = run(layer("norm", "BatchNorm1d", activations=record("norm")))
    assert [type(f) for f in train_eval.find(without)] == [NotApplicable]
