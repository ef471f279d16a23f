"""Revived units are told of once, and do no harm."""

from typing import Any

import numpy as np
import pytest
from rule_runs import STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.rules import revived


def net(name: str, back: int, activation: str = "relu") -> Any:
    times = np.where(np.arange(8) < back, 2.0, 0.0)
    made = record(name, history={"revived": times, "steps": np.full(8, 20.0)})
    return layer(name, activation=activation, activations=made)


def test_layers_whose_units_came_back_share_one_finding() -> None:
    (finding,) = revived.find(run(net("a", 3), net("b", 5), net("c", 1), loss=STUCK))
    assert isinstance(finding, Finding) and finding.severity == Severity.INFO
    assert finding.layers == ("b", "a") and finding.share == 5 / 8
    assert "10 times in 20 looks" in finding.message


@pytest.mark.parametrize("quiet", [net("a", 0), net("a", 1), net("a", 0, "relu6")])
def test_a_few_are_not_told_of(quiet: Any) -> None:
    assert list(revived.find(run(quiet))) == []


@pytest.mark.parametrize("blind", [net("a", 8, "gelu"), layer("a", activations=record("a"))])
def test_without_a_history_of_relus_the_rule_does_not_apply(blind: Any) -> None:
    (only,) = revived.find(run(blind))
    assert isinstance(only, NotApplicable)
