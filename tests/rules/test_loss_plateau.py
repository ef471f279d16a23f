"""A loss that never fell is found, as soon as the training has more than begun."""

from __future__ import annotations

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import LabelFacts, LossFacts, OptimizerFacts, Setup
from tb_deepdebug.rules import loss_plateau

LABELS = LabelFacts("int64", (), 100, 0, 0, 3, 1.5, 1.1, True, False, (25, 25, 25, 25))
CLASSES = Setup(labels=LABELS, loss=LossFacts("cross_entropy", "categorical", True))


def found(one: Run) -> list[Finding]:
    return [f for f in loss_plateau.find(one) if isinstance(f, Finding)]


def test_never_fell() -> None:
    (finding,) = found(run(loss=STUCK))
    assert (finding.severity, finding.layer, finding.first_step) == (Severity.ERROR, None, 1)
    assert "never fell" in finding.message


def test_constant_guess_is_named() -> None:
    loss = [3.0 * 0.8**i + 1.38 for i in range(60)]  # log 4 = 1.386
    (finding,) = found(run(loss=loss, setup=CLASSES))
    assert "a constant guess has 1.39" in finding.message


def test_slow_is_a_warning() -> None:
    (finding,) = found(run(loss=[2.0 - 0.003 * i for i in range(60)]))
    assert finding.severity == Severity.ERROR  # 2 % a quarter
    (finding,) = found(run(loss=[2.0 * min(1, 1.148 - 0.004 * i) for i in range(60)]))
    assert finding.severity == Severity.WARNING and "slowly" in finding.message


@pytest.mark.parametrize(
    "ratio, verb", [(0.5, "Lower"), (1e-8, "Raise"), (1e-3, "Check that each label")]
)
def test_fix_by_the_size_of_the_updates(ratio: float, verb: str) -> None:
    told = parameters(
        ["a/weight"],
        vectors={"update_ratio": ratio, "weight_norm": 1.0, "gradient_norm": 1.0},
        numbers={"learning_rate": 0.1},
    )
    (finding,) = found(run(layer("a"), loss=STUCK, parameters=told))
    assert finding.fixes[0].action.startswith(verb)


@pytest.mark.parametrize(
    "one",
    [
        run(loss=LEARNING),
        run(loss=[2.0, *[1.0] * 59]),  # fell at once
        run(loss=STUCK, setup=Setup(loss=LossFacts("mse", "regression", None, first=9.0))),
        run(loss=STUCK[:40]),  # has only begun
        run(loss=STUCK, setup=Setup(planned_steps=10_000)),
        run(loss=[*STUCK[:50], *[float("nan")] * 10]),  # broken: another rule
    ],
)
def test_no_finding(one: Run) -> None:
    assert found(one) == []


def test_not_applicable() -> None:
    assert [type(f) for f in loss_plateau.find(Run("empty"))] == [NotApplicable]
    assert np.all([type(f) is NotApplicable for f in loss_plateau.find(run(loss=STUCK[:40]))])


def test_what_holds_a_net_back_is_lifted_first() -> None:
    decay = OptimizerFacts("sgd", 0.1, weight_decay=2.0)
    for setup, argument in (
        (Setup(dropout=(("drop", 0.95),)), "dropout"),
        (Setup(optimizer=decay), "weight_decay"),
        (Setup(optimizer=OptimizerFacts("sgd", 0.1, clip_norm=1e-4)), "clipnorm"),
        (Setup(dropout=(("drop", 0.5),)), "labels"),
    ):
        (finding,) = found(run(layer("a"), loss=STUCK, setup=setup))
        assert finding.fixes[0].argument == argument
