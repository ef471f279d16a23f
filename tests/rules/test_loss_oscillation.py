"""A loss that swings and gets nowhere is found; the noise of one that learns is not."""

from __future__ import annotations

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import loss_oscillation

RNG = np.random.default_rng(0)
SWINGING = [2.0 + 1.5 * (-1) ** i for i in range(60)]


def found(loss: object) -> list[Finding]:
    one = run(loss=list(np.asarray(loss)))
    return [f for f in loss_oscillation.find(one) if isinstance(f, Finding)]


@pytest.mark.parametrize("loss", [SWINGING[1:], [2.0, 2.0, 2.0, *SWINGING]])
def test_found(loss: object) -> None:
    (finding,) = found(loss)
    assert (finding.severity, finding.layer) == (Severity.WARNING, None)
    assert (finding.first_step or 0) <= 11 and finding.fixes[0].argument == "learning_rate"


def test_info_where_it_learns() -> None:
    assert (
        found([4.0] * 5 + [(4.0, 0.2, 0.3)[i % 3] for i in range(60)])[0].severity == Severity.INFO
    )


def test_since_when() -> None:
    (finding,) = found([*STUCK, *SWINGING])
    assert 51 <= (finding.first_step or 0) <= 71


@pytest.mark.parametrize(
    "loss",
    [
        STUCK,  # noise
        LEARNING,
        np.geomspace(4, 0.01, 60) * np.exp(RNG.standard_normal(60)),  # learns, as wild as it is
        [2.0 + i / 20 for i in range(60)],  # rises
        [3.0 if i < 45 else 6.0 for i in range(60)],  # a single step
        [4.0, 4.0, 4.0, *[0.02 + 0.015 * (-1) ** i for i in range(60)]],  # near zero
    ],
)
def test_no_finding(loss: object) -> None:
    assert found(loss) == []


def test_not_applicable() -> None:
    assert [type(f) for f in loss_oscillation.find(Run("empty"))] == [NotApplicable]
    assert [type(f) for f in loss_oscillation.find(run(loss=SWINGING[:19]))] == [NotApplicable]
