"""Pre-activations off centre, off scale, lopsided, heavy-tailed or in two humps."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.records.preactivations import SERIES_BINS
from tb_deepdebug.rules import preactivation_shift

HEAD = layer("head", activation=None, role="output", activations=record("head"))
RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=20_000)


def histogram(z: np.ndarray) -> np.ndarray:
    place = SERIES_BINS.index(z) + SERIES_BINS.size
    return np.bincount(place, minlength=2 * SERIES_BINS.size + 1).astype(float)


def net(z: np.ndarray, *, looks: int = len(STEPS), parameters: int = 100, **fields: Any) -> Any:
    """A layer of these pre-activations; earlier than `looks` looks ago they were normal."""
    old = len(STEPS) - looks
    made = record(
        "a",
        count=float(fields.pop("count", z.size)),
        mean=[0.0] * old + [z.mean()] * looks,
        std=[1.0] * old + [z.std()] * looks,
        vectors={"counts": [histogram(NORMAL)] * old + [histogram(z)] * looks},
    )
    return layer("a", activations=record("a"), preactivations=made, parameters=parameters, **fields)


def found(*layers: Any, loss: Any = STUCK) -> list[Finding]:
    told = preactivation_shift.find(run(*layers, HEAD, loss=loss))
    return [one for one in told if isinstance(one, Finding)]


ODD = {
    "off centre": NORMAL + 3,
    "lopsided": np.exp(NORMAL) - 1.5,
    "heavy-tailed": np.where(np.arange(20_000) % 200, 0.2, 5) * NORMAL,
    "in two humps": 0.3 * NORMAL + np.sign(NORMAL),
}


@pytest.mark.parametrize("words", ODD)
def test_each_oddity_has_its_words(words: str) -> None:
    (finding,) = found(net(ODD[words], looks=4))
    assert words in finding.message
    assert (finding.severity, finding.first_step) == (20, STEPS[-4])
    assert found(net(ODD[words]), loss=LEARNING)[0].severity == 10


@pytest.mark.parametrize(
    ("before", "parameters", "told"),
    [("normalisation", 0, 1), ("hidden", 0, 0), ("normalisation", 9, 0)],
)
def test_scale_is_held_against_a_normalisation_only(
    before: str, parameters: int, told: int
) -> None:
    first = layer("norm", "BatchNormalization", None, role=before, activations=record("norm"))
    assert len(found(first, net(5 * NORMAL, parameters=parameters))) == told


@pytest.mark.parametrize(
    "quiet",
    [
        net(NORMAL),
        net(5 * NORMAL),
        net(NORMAL + 1.5),
        net(RNG.exponential(size=20_000) - 1, looks=2),
        net(RNG.uniform(-1, 1, 20_000)),
        net(NORMAL + 3, looks=2),
        net(NORMAL + 3, count=100),
        net(NORMAL + 3, role="output"),
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(quiet) == []


def test_without_preactivations_the_rule_does_not_apply() -> None:
    (only,) = preactivation_shift.find(run(layer("a", activations=record("a"))))
    assert isinstance(only, NotApplicable)
