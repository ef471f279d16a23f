"""Negative pre-activations: units about to die."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.rules import negative_preactivation

HEAD = layer("head", activation=None, role="output", activations=record("head"))


def net(
    low: int, *, at_first: int = 0, activation: str = "relu", top: float = 1.0, **last: Any
) -> Any:
    """`low` of 8 units lie three deviations below zero, at the first look `at_first`."""
    now = np.where(np.arange(8) < low, -3.0, 0.0)
    series = np.tile(np.where(np.arange(8) < low, 0.99, 0.5), (len(STEPS), 1))
    series[0] = np.where(np.arange(8) < at_first, 0.99, 0.5)
    made = record(
        "a",
        last={"mean": now, "max": top, **last},
        vectors={"unit_negative_fraction": series},
    )
    return layer("a", activation=activation, activations=record("a"), preactivations=made)


def found(one: Any, loss: Any = STUCK) -> list[Finding]:
    told = negative_preactivation.find(run(one, HEAD, loss=loss))
    return [one for one in told if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("at_first", "loss", "severity"),
    [(0, STUCK, 20), (4, STUCK, 10), (0, LEARNING, 10)],
)
def test_a_growing_share_warns(at_first: int, loss: Any, severity: int) -> None:
    (finding,) = found(net(4, at_first=at_first), loss)
    assert finding.severity == severity and finding.share == 0.5
    assert finding.first_step == (STEPS[1] if at_first == 0 else STEPS[0])


@pytest.mark.parametrize(
    "quiet",
    [
        net(3),
        net(8, activation="gelu"),
        net(8, activation="leaky_relu"),
        net(8, top=-0.5),  # dead already
        net(8, variance=9.0),  # only one deviation below
        net(8, count=10.0),
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(quiet) == []


def test_without_preactivations_the_rule_does_not_apply() -> None:
    (only,) = negative_preactivation.find(run(layer("a", activations=record("a"))))
    assert isinstance(only, NotApplicable)
    assert Severity.WARNING == 20
