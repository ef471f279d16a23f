"""A loss that left its best for good is found; spikes, and noise near zero, are not."""

from __future__ import annotations

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import loss_divergence

RISEN = (*LEARNING[:40], *[3.0] * 20)
NAN = float("nan")


def found(loss: object) -> list[Finding]:
    one = run(loss=list(np.asarray(loss)))
    return [f for f in loss_divergence.find(one) if isinstance(f, Finding)]


@pytest.mark.parametrize(
    ("loss", "step"),
    [
        (RISEN, 41),
        ((*[0.9] * 20, *[1600.0] * 40), 21),
        ([1.0 * 1.1**i for i in range(60)], 9),
        ((*RISEN, NAN, NAN), 41),
    ],
)
def test_found(loss: object, step: int) -> None:
    (finding,) = found(loss)
    assert (finding.severity, finding.layer) == (Severity.ERROR, None)
    assert finding.first_step == pytest.approx(step, abs=2)
    assert finding.fixes[0].argument == "learning_rate"


@pytest.mark.parametrize(
    "loss",
    [
        LEARNING,
        STUCK,
        (*LEARNING[:40], *[3.0] * 10, *LEARNING[40:]),  # it came back
        (*LEARNING, *[3.0] * 2),  # a spike at the end
        (*LEARNING, *[0.15] * 20),  # risen, and still learnt
        np.exp(np.random.default_rng(0).standard_normal(60)) * np.geomspace(2, 1e-4, 60),
        (*LEARNING, NAN, NAN),  # lost without rising
    ],
)
def test_no_finding(loss: object) -> None:
    assert found(loss) == []


def test_not_applicable() -> None:
    assert [type(f) for f in loss_divergence.find(Run("empty"))] == [NotApplicable]
    assert [type(f) for f in loss_divergence.find(run(loss=[-1.0] * 30))] == [NotApplicable]


def test_a_loss_that_falls_below_zero_without_bound() -> None:
    (finding,) = found([-(10.0 ** (i / 10)) for i in range(60)])
    assert (finding.severity, finding.fixes[0].argument) == (Severity.CRITICAL, "loss")
    assert "falls without bound" in finding.message
    assert "falls without bound" not in str(found([2 - i / 10 for i in range(60)]))
