"""Units that give one value whatever the input."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, parameters, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.rules import constant_over_batch

HEAD = layer("head", activation=None, role="output", activations=record("head"))


def net(
    still: int,
    *,
    value: float = 0.7,
    activation: str | None = "tanh",
    role: str = "hidden",
    looks: int = len(STEPS),
    count: float = 4096.0,
    name: str = "a",
) -> Any:
    """`still` of 8 units always give `value`; earlier than `looks` looks ago all move."""
    mask = np.arange(8) < still
    low, high = np.where(mask, value, -1.0), np.where(mask, value, 1.0)
    least, most = np.tile(low, (len(STEPS), 1)), np.tile(high, (len(STEPS), 1))
    least[: len(STEPS) - looks], most[: len(STEPS) - looks] = -1, 1
    made = record(
        name,
        last={
            "min": low,
            "max": high,
            "mean": np.where(mask, value, 0.0),
            "variance": np.where(mask, 0.0, 1.0),
            "count": count,
        },
        vectors={"unit_min": least, "unit_max": most},
    )
    return layer(name, activation=activation, role=role, activations=made)


def found(*layers: Any, loss: Any = STUCK, **fields: Any) -> list[Finding]:
    told = constant_over_batch.find(run(*layers, HEAD, loss=loss, **fields))
    return [one for one in told if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("still", "loss", "severity"),
    [
        (4, STUCK, 20),
        (8, STUCK, 40),
        (8, LEARNING, 40),  # no path leads around it
        (4, LEARNING, 10),
    ],
)
def test_severity(still: int, loss: Any, severity: int) -> None:
    (finding,) = found(net(still), loss=loss)
    assert (finding.severity, finding.first_step, finding.share) == (severity, 0, still / 8)
    assert finding.fixes[0].argument == "kernel_initializer"


def test_units_that_became_constant_ask_for_smaller_steps() -> None:
    (finding,) = found(net(4, looks=4))
    assert finding.first_step == STEPS[-4]
    assert finding.fixes[0].argument == "learning_rate"


def test_zeros_are_constant_but_for_a_relu() -> None:
    assert len(found(net(8, value=0.0))) == 1
    assert found(net(8, value=0.0, activation="relu")) == []


@pytest.mark.parametrize(
    "quiet", [net(3), net(8, looks=2), net(8, count=10.0), net(8, role="dropout")]
)
def test_guards(quiet: Any) -> None:
    assert found(quiet) == []


@pytest.mark.parametrize(("largest", "told"), [(1e-5, 0), (0.5, 1)])
def test_a_scale_at_its_zero_start_is_left_alone(largest: float, told: int) -> None:
    weights = parameters(["a/gamma", "a/beta"], vectors={"weight_max": [largest, 1.0]})
    layers = net(8, role="normalisation", activation=None)
    assert len(found(layers, parameters=weights)) == told


def test_a_zero_branch_beside_a_living_one_is_no_alarm() -> None:
    stem, branch, after = net(0, name="stem"), net(8, value=0.0, name="branch"), net(0, name="sum")
    nodes = tuple(Node(one.name, "Dense") for one in (stem, branch, after))
    residual = Graph("m", "keras", nodes, ((0, 1), (1, 2), (0, 2)))
    (finding,) = found(stem, branch, after, graph=residual, loss=LEARNING)
    assert (finding.layer, finding.severity) == ("branch", 10)


def test_without_hidden_layers_the_rule_does_not_apply() -> None:
    (only,) = constant_over_batch.find(run(HEAD))
    assert isinstance(only, NotApplicable)
