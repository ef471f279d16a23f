"""Parameters that the optimizer misses are found; those frozen on purpose are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.rules import frozen

STEPS = (10, 20, 30, 40, 50)
NAMES = ("a/weight", "a/bias", "b/weight", "b/bias")
NAN = float("nan")


def net(
    ratio: Any, gradient: Any = 1.0, loss: Any = STUCK, *, rate: float = 0.1, **fields: Any
) -> Run:
    told = parameters(
        NAMES,
        STEPS,
        vectors={
            "update_ratio": ratio,
            "gradient_norm": gradient,
            "weight_norm": fields.pop("norm", 1.0),
            "weight_max": 1.0,
        },
        numbers={"learning_rate": rate, "weight_norm": 1.0},
        source=fields.pop("source", "applied"),
    )
    return run(layer("a"), layer("b"), loss=loss, parameters=told, **fields)


def found(one: Run) -> list[Finding]:
    return [f for f in frozen.find(one) if isinstance(f, Finding)]


@pytest.mark.parametrize(
    ("ratio", "gradient", "words"),
    [
        ([NAN, NAN, 1e-3, 1e-3], [NAN, NAN, 1, 1], "the optimizer has not got them"),
        ([0, 0, 1e-3, 1e-3], [1, 1, 1, 1], "are not moved"),
        ([0, 0, 1e-3, 1e-3], [NAN, NAN, 1, 1], "have no gradient"),
    ],
)
def test_a_layer_that_stays(ratio: Any, gradient: Any, words: str) -> None:
    (finding,) = found(net(ratio, gradient))
    assert (finding.layer, finding.severity, finding.share) == ("a", Severity.ERROR, 0.5)
    assert words in finding.message
    # What the optimizer has and nothing reaches is a mistake, whatever is learnt.
    learnt = Severity.WARNING if words == "have no gradient" else Severity.INFO
    assert found(net(ratio, gradient, LEARNING))[0].severity == learnt
    assert found(net(ratio, gradient, setup=Setup(frozen=NAMES[:2]))) == []


@pytest.mark.parametrize(("rate", "value"), [(0.0, "0.001"), (0.1, None)])
def test_nothing_moves(rate: float, value: str | None) -> None:
    (finding,) = found(net(0.0, rate=rate))
    assert (finding.layer, finding.severity) == (None, Severity.ERROR)
    assert finding.fixes[0].value == value
    assert found(net(0.0, loss=LEARNING, rate=rate))[0].severity == Severity.INFO


def test_only_a_bias_is_a_warning() -> None:
    assert found(net([1e-3, 0, 1e-3, 1e-3]))[0].severity == Severity.WARNING


def lately(*ratios: float) -> np.ndarray:
    return np.array([[r, r, 1e-3, 1e-3] for r in ratios])


@pytest.mark.parametrize(
    "one",
    [
        net(1e-3),
        net(lately(0, 0, 0, 0, 1e-3)),  # it moves again
        net(lately(1e-3, 1e-3, 1e-3, 0, 0)),  # for two steps
        net([0, 0, 1e-3, 1e-3], [0, 0, 1, 1]),  # no gradient arrives: vanished
        net([0, 0, 1e-3, 1e-3], [1e-9, 1e-9, 1, 1]),  # below the resolution of a float
    ],
)
def test_no_finding(one: Run) -> None:
    assert found(one) == []


def test_updates_that_are_not_recorded() -> None:
    moving = np.array([[1.0, 1.0, 1 + i / 10, 1 + i / 10] for i in range(5)])
    (finding,) = found(net(NAN, norm=moving, source="given"))
    assert finding.layer == "a"
    assert found(net(NAN, norm=moving + np.arange(5)[:, None], source="given")) == []


def test_not_applicable() -> None:
    assert [type(f) for f in frozen.find(run(layer("a")))] == [NotApplicable]
