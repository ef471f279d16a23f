"""What becomes of a training: the guard before every alarm of a layer."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, curve, parameters, run

from tb_deepdebug.findings.finding import Severity
from tb_deepdebug.findings.impact import Impact, impact, smoothed, trivial_loss, weigh
from tb_deepdebug.records.setup import LabelFacts, LossFacts, Setup

LABELS = LabelFacts("int64", (), 100, 0, 0, 3, 1.5, 1.1, True, False, (25, 25, 25, 25))


def setup(name: str, family: str, **labels: object) -> Setup:
    told = dataclasses.replace(LABELS, **labels)  # type: ignore[arg-type]
    return Setup(labels=told, loss=LossFacts(name, family, True))


CROSS_ENTROPY = setup("cross_entropy", "categorical")
BINARY = setup("bce", "binary", class_counts=(), min=0.0, max=1.0, mean=0.25)
SQUARED = setup("mse", "regression", class_counts=(), integral=False, std=3.0)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (CROSS_ENTROPY, math.log(4)),
        (BINARY, -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))),
        (SQUARED, 9.0),
        (setup("mae", "regression", class_counts=()), math.nan),
        (setup("custom", "other"), math.nan),
        (setup("bce", "binary", count=8, class_counts=(), min=0.0, max=1.0), math.nan),
        (Setup(), math.nan),
        (None, math.nan),
    ],
)
def test_a_constant_guess_has_the_labels_entropy_or_variance(
    told: Setup | None, expected: float
) -> None:
    assert trivial_loss(told) == pytest.approx(expected, nan_ok=True)


RISEN = (*LEARNING, *[1.9] * 40)
STATES = {
    "falls": (LEARNING, None, "learning"),
    "does not move": (STUCK, None, "stuck"),
    "rises again": (RISEN, None, "worse"),
    "ends in NaN": ((*LEARNING, math.nan), None, "broken"),
    "ends in infinity": ((*LEARNING, math.inf), None, "broken"),
    "too short to tell": ((1.0, 0.5), None, "unknown"),
    "falls to a constant guess": (tuple(np.linspace(20, 1.38, 60)), CROSS_ENTROPY, "stuck"),
    "falls below it": (tuple(np.geomspace(20, 0.01, 60)), CROSS_ENTROPY, "learning"),
    "begins low, stays low": ((0.2, 0.21) * 30, CROSS_ENTROPY, "learning"),
    "falls a little below it": (tuple(np.linspace(2.3, 1.1, 60)), CROSS_ENTROPY, "poor"),
    "falls below zero": (tuple(np.linspace(2, -1, 60)), CROSS_ENTROPY, "worse"),
    "falls below zero, as a density may": (tuple(np.linspace(2, -9, 60)), None, "learning"),
    "falls without bound": (tuple(-np.geomspace(1, 1e5, 60)), None, "worse"),
    "rises above where it began": (tuple(np.geomspace(0.9, 50, 60)), SQUARED, "worse"),
    "is tiny and noisy": (tuple(1e-3 * (1 + 0.9 * math.sin(i)) for i in range(60)), SQUARED, None),
}


@pytest.mark.parametrize(("losses", "told", "state"), STATES.values(), ids=STATES)
def test_the_state_of_a_training(
    losses: tuple[float, ...], told: Setup | None, state: str | None
) -> None:
    found = impact(run(loss=losses, setup=told))
    assert found.state == (state or "learning")
    assert found.is_harmed == (found.state in ("stuck", "worse", "broken"))
    assert found.sentence


def test_no_loss_is_unknown_and_skill_is_against_a_constant_guess() -> None:
    assert impact(run(loss=None)).state == "unknown"
    assert impact(run(loss=[0.9] * 50, setup=SQUARED)).skill == pytest.approx(0.9)


def test_a_net_whose_weights_are_nan_is_broken_though_its_loss_is_not_told() -> None:
    lost = parameters(["a/kernel"], vectors={"weight_nonfinite": 3.0})
    assert impact(run(parameters=lost)).state == "broken"


def test_epochs_begin_at_the_loss_before_training() -> None:
    told = Setup(loss=LossFacts("custom", "other", None, first=9.0))
    epochs = curve([1.0] * 50, steps=range(100, 5100, 100))
    assert impact(run(loss=None, setup=told)).state == "unknown"
    seen = dataclasses.replace(run(setup=told), loss=epochs)
    assert impact(seen).state == "learning"
    assert impact(dataclasses.replace(seen, setup=None)).state == "stuck"
    assert impact(run(loss=[1.0] * 50, setup=told)).state == "stuck"


def test_severity_follows_impact() -> None:
    error = Severity.ERROR
    assert weigh(error, Impact("learning")) == Severity.INFO
    assert weigh(error, Impact("unknown")) == weigh(error, Impact("poor")) == Severity.WARNING
    assert weigh(Severity.WARNING, Impact("poor")) == Severity.INFO
    assert weigh(error, Impact("stuck")) == weigh(error, Impact("learning"), blocked=True) == error


def test_the_running_median_is_a_slow_twin_s() -> None:
    values = np.random.default_rng(0).normal(size=40)
    values[7] = np.nan
    for i, found in enumerate(smoothed(values)):
        some = values[max(i - 2, 0) : i + 3]
        some = np.sort(some[np.isfinite(some)])
        assert found == some[(len(some) - 1) // 2]
    assert len(curve([1.0]).steps) == 1
