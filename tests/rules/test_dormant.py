"""Dormant units: next to nothing beside their neighbours."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.rules import dormant

HEAD = layer("head", activation=None, role="output", activations=record("head"))


def net(
    sizes: Any, *, activation: str | None = "relu", role: str = "hidden", count: float = 4096.0
) -> Any:
    """Units of these root mean squares; 0 is dead."""
    size = np.asarray(sizes, float)
    rows = {"mean": size, "variance": 0.0, "min": 0.0, "max": 2 * size, "count": count}
    made = record("a", len(size), first=rows, last=rows)
    return layer("a", activation=activation, role=role, activations=made)


def found(one: Any, loss: Any = STUCK) -> list[Finding]:
    told = dormant.find(run(one, HEAD, loss=loss))
    return [each for each in told if isinstance(each, Finding)]


def units(dormant: int, dead: int = 0, giant: float = 1.0) -> list[float]:
    return [0.001] * dormant + [0.0] * dead + [1.0] * (19 - dormant - dead) + [giant]


@pytest.mark.parametrize(
    ("sizes", "loss", "severity"),
    [
        (units(5), STUCK, 20),
        (units(12), STUCK, 30),
        (units(4, 7), STUCK, 30),
        (units(12), LEARNING, 10),
        (units(12, giant=1e4), STUCK, 30),
    ],
)
def test_severity(sizes: Any, loss: Any, severity: int) -> None:
    (finding,) = found(net(sizes), loss)
    assert finding.severity == severity and finding.first_step == 0
    assert len(finding.fixes) >= 2 and finding.evidence[0].picture is not None


@pytest.mark.parametrize(
    "quiet",
    [
        net(units(4)),
        net(units(0, 12)),  # dead: told by never-firing
        net(units(1, 12)),
        net(units(0, giant=1e4)),  # one giant makes nobody small
        net([0.001] * 20),  # all alike
        net(units(12), activation=None),
        net(units(12), activation="linear"),
        net(units(12), role="normalisation"),
        net(units(12)[::4]),
        net(units(12), count=8.0),
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(quiet) == []


def test_without_an_activation_the_rule_does_not_apply() -> None:
    (only,) = dormant.find(run(net(units(12), activation=None), HEAD))
    assert isinstance(only, NotApplicable)
