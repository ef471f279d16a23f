"""Saturated units: three tiers of a vanishing derivative."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.records.preactivations import SERIES_BINS
from tb_deepdebug.rules import saturated

HEAD = layer("head", activation=None, role="output", activations=record("head"))


def histogram(z: np.ndarray) -> np.ndarray:
    place = SERIES_BINS.index(z.ravel()) + SERIES_BINS.size
    return np.bincount(place, minlength=2 * SERIES_BINS.size + 1).astype(float)


def net(
    spread: float,
    *,
    of: float = 1.0,
    activation: str = "tanh",
    role: str = "hidden",
    looks: int = len(STEPS),
    mean: float = 0.0,
) -> Any:
    """Normal pre-activations of this spread in a share `of` 8 units; the others have 0.5."""
    rng = np.random.default_rng(0)
    std = np.where(np.arange(8) < 8 * of, spread, 0.5)
    centre = np.where(np.arange(8) < 8 * of, mean, 0.0)
    z = rng.normal(centre, std, (4096, 8))
    calm = rng.normal(0, 0.5, (4096, 8))
    counts = [histogram(calm)] * (len(STEPS) - looks) + [histogram(z)] * looks
    before = record(
        "a",
        last={"mean": z.mean(axis=0), "variance": z.var(axis=0)},
        vectors={"counts": counts},
    )
    a = {"tanh": np.tanh, "sigmoid": lambda v: 0.5 + 0.5 * np.tanh(v / 2)}.get(activation, np.tanh)(
        z
    )
    after = record("a", last={"mean": a.mean(axis=0), "variance": a.var(axis=0)})
    return layer("a", activation=activation, role=role, activations=after, preactivations=before)


def found(one: Any, loss: Any = STUCK) -> list[Finding]:
    told = saturated.find(run(one, HEAD, loss=loss))
    return [each for each in told if isinstance(each, Finding)]


@pytest.mark.parametrize(
    ("one", "severity"),
    [
        (net(6), 20),
        (net(6, of=0.75), 20),
        (net(12), 30),
        (net(100), 40),
        (net(12, activation="sigmoid"), 20),
        (net(0.5, mean=7.0, activation="sigmoid"), 20),
        (net(1000, activation="sigmoid"), 40),
        (net(2, of=0.75, activation="hard_tanh"), 20),
        (net(20, activation="hard_sigmoid"), 30),
    ],
)
def test_tiers(one: Any, severity: int) -> None:
    (finding,) = found(one)
    assert (finding.severity, finding.first_step) == (severity, 0)
    assert found(one, LEARNING)[0].severity == 10


@pytest.mark.parametrize(
    "quiet",
    [
        net(1),
        net(3.5),  # most values are within the bounds
        net(3.5, activation="sigmoid"),
        net(100, of=0.25),
        net(100, activation="relu"),
        net(100, role="output"),
        net(100, looks=2),
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(quiet) == []


def test_fixes_follow_the_onset() -> None:
    assert found(net(100))[0].fixes[0].argument == "input_scale"
    (late,) = found(net(100, looks=4))
    assert late.first_step == STEPS[-4] and late.fixes[0].argument == "learning_rate"


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_without_preactivations_the_rule_does_not_apply(activation: str) -> None:
    (only,) = saturated.find(run(layer("a", activation=activation, activations=record("a"))))
    assert isinstance(only, NotApplicable)
