"""Weights that grew, shrank or died and biases that decide alone are found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import abnormal_weights

STEPS = (0, 10, 20, 30, 40)
NAMES = ("a/weight", "a/bias", "b/weight", "b/bias")
SHAPES = ((8, 8), (16,), (8, 8), (16,))
BEGAN = np.array([1.0, 0.1, 1.0, 0.1])


def net(
    kernel: Any = 1.0,
    bias: Any = 0.1,
    loss: Any = STUCK,
    *,
    spread: Any = 1.0,
    began: Any = BEGAN,
    **kind: Any,
) -> Run:
    """Two layers; `kernel` and `bias` are the norms of a's, `[S]` or one for all steps."""
    norms = np.tile(np.asarray(began, float), (len(STEPS), 1))
    norms[:, 0], norms[:, 1] = kernel, bias
    told = parameters(
        NAMES,
        STEPS,
        shapes=SHAPES,
        vectors={"weight_norm": norms},
        first={"weight_norm": np.asarray(began, float)},
    )
    first = layer("a", preactivations=record("a", steps=STEPS, std=spread), **kind)
    return run(first, layer("b"), loss=loss, parameters=told)


def found(one: Run) -> list[Finding]:
    return [f for f in abnormal_weights.find(one) if isinstance(f, Finding)]


@pytest.mark.parametrize(
    ("one", "words", "argument"),
    [
        (net([1, 20, 20, 20, 20]), "grew to 20 x", "learning_rate"),
        (net([1, 0.05, 0.05, 0.05, 0.05]), "shrank to 0.05 x", "weight_decay"),
        (net([1, 1e-5, 1e-5, 1e-5, 1e-5]), "almost zero", "weight_decay"),
        (net(bias=[0.1, 40, 40, 40, 40]), "is 10 x the spread", "bias_initializer"),
    ],
)
def test_found(one: Run, words: str, argument: str) -> None:
    (finding,) = found(one)
    assert (finding.layer, finding.first_step) == ("a", 10)
    assert finding.severity == Severity.WARNING
    assert words in finding.message
    assert finding.fixes[0].argument == argument


@pytest.mark.parametrize(
    "one",
    [
        net(),
        net(9.0),
        net([1, 20, 20, 20, 1]),  # it came back
        net([1, 1, 1, 1, 20]),  # one look
        net(20.0, began=[1e-3, 0.1, 1, 0.1]),  # began with no size of its own
        net(20.0, role="embedding"),
        net(bias=2.0, spread=0.01),  # a small bias, of a layer that a dead one feeds
        net(bias=40.0, spread=10.0),
        net(bias=40.0, role="output"),  # the log odds of its class
        net(bias=40.0, role="recurrent"),
    ],
)
def test_no_finding(one: Run) -> None:
    assert found(one) == []


def test_info_where_it_learns() -> None:
    assert found(net(20.0, loss=LEARNING))[0].severity == Severity.INFO


def test_not_applicable() -> None:
    assert [type(f) for f in abnormal_weights.find(run(layer("a")))] == [NotApplicable]
