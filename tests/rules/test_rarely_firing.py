"""Rarely firing units: most of a layer is zero for almost every input."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.rules import rarely_firing


def net(*zero: float, activation: str = "relu", looks: int = len(STEPS), **fields: Any) -> Any:
    """Zero fractions of the units; at looks before the last `looks` ones every unit fires."""
    series = np.tile(zero, (len(STEPS), 1))
    series[: len(STEPS) - looks] = 0.5
    made = record("a", len(zero), vectors={"unit_zero_fraction": series}, **fields)
    return layer("a", activation=activation, activations=made)


def found(*layers: Any, loss: Any = STUCK) -> list[Finding]:
    head = layer("head", activation=None, role="output", activations=record("head"))
    told = rarely_firing.find(run(*layers, head, loss=loss))
    return [one for one in told if isinstance(one, Finding)]


RARE = (0.995,) * 6 + (0.5,) * 2


def test_most_units_fire_rarely() -> None:
    (finding,) = found(net(*RARE, looks=4))
    assert (finding.severity, finding.first_step) == (Severity.WARNING, STEPS[-4])
    assert finding.share == 0.75 and len(finding.fixes) >= 2
    assert found(net(*RARE), loss=LEARNING)[0].severity == Severity.INFO


@pytest.mark.parametrize(
    "quiet",
    [
        net(*(0.5,) * 8),
        net(*(0.995,) * 4, *(0.5,) * 4),  # half of them
        net(*(1.0,) * 8),  # dead, not rare
        net(*RARE, activation="leaky_relu"),
        net(*RARE, looks=2),
        net(*RARE, last={"count": 200.0}),  # 1 % of 200 cells may be none
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(quiet) == []


def test_a_wide_layer_is_judged_by_its_last_look() -> None:
    made = record("a", last={"zero": 4090.0})
    (finding,) = found(layer("a", activations=made))
    assert finding.first_step == STEPS[-1] and finding.evidence[0].picture is None


def test_without_a_relu_the_rule_does_not_apply() -> None:
    (only,) = rarely_firing.find(run(layer("a", activation="tanh", activations=record("a"))))
    assert isinstance(only, NotApplicable)
