"""Learning rates far too high and too low are found; the end of a schedule is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.rules import update_ratio

STEPS = (10, 20, 30, 40, 50, 60)
NAMES = ("a/weight", "a/bias", "b/weight", "c/weight")
SHAPES = ((8, 8), (8,), (8, 8), (8, 8))
PARTLY = (*[2.0] * 20, *[1.2] * 40)


def net(
    ratio: Any,
    loss: Any = STUCK,
    *,
    rate: Any = 0.1,
    norm: Any = 1.0,
    gradient: Any = 1.0,
    role: str = "hidden",
    **fields: Any,
) -> Run:
    told = parameters(
        NAMES,
        STEPS,
        shapes=SHAPES,
        vectors={"update_ratio": ratio, "weight_norm": norm, "gradient_norm": gradient},
        numbers={"learning_rate": rate},
        first={"weight_norm": np.ones(4)},
    )
    layers = [layer(name, role=role) for name in "abc"]
    return run(*layers, loss=loss, parameters=told, **fields)


def found(one: Run) -> list[Finding]:
    return [f for f in update_ratio.find(one) if isinstance(f, Finding)]


@pytest.mark.parametrize(
    ("ratio", "value", "verb"), [(1.0, "0.0001", "Lower"), (1e-7, "1e+03", "Raise")]
)
def test_learning_rate_of_all(ratio: float, value: str, verb: str) -> None:
    (finding,) = found(net(ratio))
    assert (finding.layer, finding.severity, finding.first_step) == (None, Severity.ERROR, 10)
    assert finding.fixes[0].argument == "learning_rate"
    assert (finding.fixes[0].value, finding.fixes[0].action.split()[0]) == (value, verb)


def test_one_layer() -> None:
    (finding,) = found(net([1e-3, 1e-3, 0.5, 1e-3]))
    assert (finding.layer, finding.severity) == ("b", Severity.WARNING)
    (finding,) = found(net([1e-3, 1e-3, 1e-7, 1e-3]))
    assert finding.layer == "b"
    assert all(fix.argument != "learning_rate" for fix in finding.fixes)
    # Its gradient is small: what makes it so is another rule's.
    assert found(net([1e-3, 1e-3, 1e-7, 1e-3], gradient=[1, 1, 1e-4, 1])) == []


def rows(*ratios: float) -> np.ndarray:
    return np.array(ratios)[:, None].repeat(4, axis=1)


@pytest.mark.parametrize(
    "one",
    [
        net(1e-3),
        net([1e-3, 5.0, 1e-3, 1e-3]),  # of a bias
        net(5.0, norm=1e-4),  # of a weight of almost no size
        net(5.0, role="embedding"),
        net(5.0, setup=Setup(frozen=NAMES)),
        net(rows(0.5, 0.5, 1e-3, 1e-3, 1e-3, 1e-3)),  # for two steps
        net(rows(1e-7, 1e-7, 1e-7, 1e-3, 1e-3, 1e-3)),  # warmed up since
        net(1e-7, LEARNING),  # learnt: it may rest
        net(1e-7, gradient=0.0),  # no gradient: another rule
        net(rows(1e-3, 1e-3, 1e-3, 1e-6, 1e-6, 1e-6), rate=[0.1, 0.1, 0.1, 1e-3, 1e-3, 1e-3]),
    ],
)
def test_no_finding(one: Run) -> None:
    assert found(one) == []


def test_where_it_learns() -> None:
    assert found(net(0.2, LEARNING))[0].severity == Severity.INFO


def test_growth_between_recorded_steps_tells_of_large_ones() -> None:
    norm = rows(100.0, 101, 102, 103, 104, 105)
    (finding,) = found(net(1e-3, norm=norm))
    assert (finding.layer, finding.first_step) == (None, 10)
    # After steps that were fine at this rate it was one wild gradient.
    assert found(net(1e-3, norm=rows(1, 1, 100, 101, 102, 103))) == []
    jump = [1e-3, 1e-3, 1.0, 1.0, 1.0, 1.0]
    (finding,) = found(net(1e-3, norm=rows(1, 1, 100, 101, 102, 103), rate=jump))
    assert finding.first_step == 30


def test_not_applicable() -> None:
    assert [type(f) for f in update_ratio.find(run(layer("a")))] == [NotApplicable]
    assert [type(f) for f in update_ratio.find(net(np.nan, norm=np.nan))] == [NotApplicable]
