"""A run against healthy ones of the same net: what differs, since when, where first."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, record, run
from rules.setups import setup

from tb_deepdebug.findings.deviation import deviation
from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import OptimizerFacts
from tb_deepdebug.rules import reference

STEPS = tuple(range(0, 200, 10))
COUNT = len(STEPS)


def net(
    name: str = "run",
    *,
    curve: Any = LEARNING,
    dead: Any = (0, 0, 0),
    std: Any = (1.0, 1.0, 1.0),
    gradient: Any = 1.0,
    norm: Any = 5.0,
    width: int = 8,
    activation: str = "relu",
    **fields: Any,
) -> Run:
    """Three layers of 8 units with their kernels."""
    layers = [
        layer(
            f"dense_{i}",
            activation=activation,
            activations=record(
                f"dense_{i}", 8, STEPS, dead=dead[i], std=std[i], negative_fraction=0.4
            ),
        )
        for i in range(3)
    ]
    told = parameters(
        [f"dense_{i}/kernel" for i in range(3)],
        STEPS,
        shapes=[(8, width)] * 3,
        vectors={
            "gradient_norm": np.broadcast_to(gradient, (3, COUNT)).T,
            "weight_norm": np.broadcast_to(norm, (3, COUNT)).T,
            "update_ratio": np.full((COUNT, 3), 1e-3),
        },
    )
    made = run(*layers, loss=curve, parameters=told, **fields)
    return dataclasses.replace(made, name=name)


def compare(*runs: Run, **kw: Any) -> list[Finding | NotApplicable]:
    return list(reference.compare(*runs, **kw))


def since(step: int, after: Any, before: Any = 0.0) -> Any:
    return np.where(np.array(STEPS) >= step, after, before)


def test_the_same_run_does_not_differ() -> None:
    assert compare(net(), net("good")) == []


def scattered(seed: int, size: float) -> Run:
    rng = np.random.default_rng(seed)
    rows = np.exp(rng.normal(0, size, (7, COUNT)))
    curve = np.array(LEARNING) * np.exp(rng.normal(0, size, len(LEARNING)))
    return net(f"seed {seed}", curve=curve, std=rows[:3], gradient=rows[3:6], norm=5 * rows[6])


@pytest.mark.parametrize("size", [0.1, 0.5, 1.0])
def test_seeds_of_one_net_do_not_differ(size: float) -> None:
    for seed in range(20):
        assert compare(scattered(seed, size), scattered(100 + seed, size)) == []


def test_the_earliest_layer_and_step_come_first_and_the_others_follow() -> None:
    std = [1.0, since(80, 0.01, 1.0), since(80, 0.001, 1.0)]
    sick = net(dead=[0, since(50, 8), 0], std=std, gradient=since(100, 1e-4, 1.0), curve=STUCK)
    (one,) = compare(sick, net("good"))
    assert isinstance(one, Finding)
    assert (one.layer, one.first_step, one.severity) == ("dense_1", 50, Severity.ERROR)
    assert one.layers == ("dense_1", "dense_2", "dense_0")
    assert "share of dead units of dense_1 is 1 against 0" in one.message
    sources = [evidence.source for evidence in one.evidence]
    assert sources[0] == "good, since step 50" and "good, since step 100" in sources


def test_at_one_step_the_layer_nearest_to_the_input_comes_first() -> None:
    small = since(60, 0.01, 1.0)
    (one,) = compare(net(std=[1.0, small, small], gradient=since(60, 1e-4, 1.0)), net("good"))
    assert isinstance(one, Finding) and one.layer == "dense_1"


def test_weights_that_begin_apart_come_before_what_they_cause() -> None:
    (one,) = compare(net(norm=[[500.0], [5.0], [5.0]], std=(1.0, 90.0, 90.0)), net("good"))
    assert isinstance(one, Finding) and one.layer == "dense_0"
    assert "norm of dense_0/kernel is 500 against 5" in one.message


@pytest.mark.parametrize(
    ("curve", "severity"),
    [
        (LEARNING, Severity.INFO),
        ([0.5 + x for x in LEARNING], Severity.WARNING),
        (STUCK, Severity.ERROR),
    ],
)
def test_a_difference_weighs_as_much_as_the_loss_suffers(curve: Any, severity: Severity) -> None:
    found = compare(net(dead=[0, since(50, 8), 0], curve=curve), net("good"))
    assert [one.severity for one in found if isinstance(one, Finding)] == [severity]


def test_a_moment_is_no_difference() -> None:
    blip = np.where(np.array(STEPS) == 50, 8, 0)
    assert compare(net(dead=[0, blip, 0]), net("good")) == []


def test_several_references_widen_what_is_usual() -> None:
    odd, good = net(std=(9.0, 1.0, 1.0)), net("good")
    assert len(compare(odd, good)) == 1
    assert compare(odd, good, net("also good", std=(20.0, 1.0, 1.0))) == []


def test_other_nets_and_unhealthy_references_are_refused() -> None:
    (other,) = compare(net(width=9), net("good"))
    assert isinstance(other, NotApplicable)
    assert "dense_0/kernel of shape [8, 9] against [8, 8]" in other.reason
    deeper = run(*(layer(f"dense_{i}") for i in range(4)))
    (other,) = compare(net(), deeper)
    assert isinstance(other, NotApplicable) and "3 layers against 4" in other.reason
    (sick,) = compare(net(), net("sick", curve=STUCK))
    assert isinstance(sick, NotApplicable) and "no healthy run" in sick.reason


def test_what_was_set_up_differently_is_the_first_suspect() -> None:
    high = setup(optimizer=OptimizerFacts("sgd", 1.0), batch_size=32)
    low = setup(optimizer=OptimizerFacts("sgd", 0.01), batch_size=32)
    sick = net(dead=[0, since(50, 8), 0], activation="relu", setup=high)
    (one,) = compare(sick, net("good", setup=low, activation="leaky_relu"))
    assert isinstance(one, Finding)
    assert "learning_rate is 1.0, there 0.01" in one.message
    assert "the activation of dense_0, dense_1, dense_2 is relu, there leaky_relu" in one.message
    fix = next(fix for fix in one.fixes if fix.argument == "learning_rate")
    assert fix.value == "0.01"


def test_steps_are_compared_where_both_were_recorded() -> None:
    """At equal steps, on straight lines between looks; beyond the reference's end nothing is."""
    steps, sparse = np.arange(0, 100, 5), np.array([0, 30, 60])
    rising = (sparse, sparse * 1.0)
    kw = {"log": False, "margin": 1.0, "noise": 0.0, "persistence": 3}
    assert deviation(steps, steps * 1.0, [rising], **kw) is None  # type: ignore[arg-type]
    ends = np.where(steps > 60, 1e6, steps)
    assert deviation(steps, ends, [rising], **kw) is None  # type: ignore[arg-type]
    apart = deviation(steps, np.where(steps >= 40, steps + 5.0, steps), [rising], **kw)  # type: ignore[arg-type]
    assert apart is not None and (apart.step, apart.value, apart.usual) == (40, 45.0, 40.0)
    assert apart.excess == pytest.approx(5.0)
