"""Profiles over the input's timesteps: of nets that forget, that remember, and that need not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import InputGradients
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.rules import amnesia
from tb_deepdebug.stats.amnesia import amnesia as measure

STEPS = np.array([0, 10, 20, 30])
NET = (
    layer("lstm", "LSTM", None, role="recurrent"),
    layer("head", activation=None, role="output"),
)


def profile(decay: float, steps: int = 100) -> Any:
    """log10 of G = decay ** lag, of the last of so many timesteps."""
    return np.arange(steps)[::-1] * np.log10(decay)


def gradients(
    log10_profile: Any,
    untrained: Any = None,
    *,
    at: int = -1,
    band: float = 0.05,
    **changed: Any,
) -> InputGradients:
    """A record of this profile at every step."""

    def numbers(logs: Any) -> dict[str, float]:
        step = at % len(logs)
        found = vars(measure(logs, step))
        told = {"timesteps": len(logs), "output_step": step, "examples": 8.0, "masked": 0.0}
        told |= {"unreachable": float(np.isnan(logs).sum()), "underflowed": 0.0, **found}
        return told

    now = {**numbers(log10_profile), **changed}
    ratio = now["log10_amnesia_ratio"]
    return InputGradients(
        steps=STEPS,
        numbers={k: np.full(len(STEPS), v, np.float64) for k, v in now.items()},
        name="head",
        untrained={} if untrained is None else numbers(untrained),
        bands={"log10_amnesia_ratio": (ratio - band, ratio + band)},
    )


def found(one: InputGradients, curve: Any = LEARNING, layers: Any = NET, **kw: Any) -> list[Any]:
    return list(amnesia.find(run(*layers, loss=curve, input_gradients=(one,)), **kw))


FLAT, FADING, LOST = profile(0.999), profile(0.93), profile(0.8)


@pytest.mark.parametrize(
    ("logs", "learning", "failing"),
    [
        (FLAT, None, None),
        (FADING, Severity.INFO, Severity.INFO),
        (LOST, Severity.INFO, Severity.WARNING),
    ],
)
def test_what_is_lost_matters_where_training_fails(
    logs: Any, learning: Severity | None, failing: Severity | None
) -> None:
    for curve, severity in ((LEARNING, learning), (STUCK, failing)):
        got = [one.severity for one in found(gradients(logs), curve)]
        assert got == [severity] * (severity is not None)


def test_the_upper_end_of_the_band_must_be_below() -> None:
    edge = np.where(np.arange(100) < 50, -3.5, 0.0)  # a step: the far half is 1e-3.5 of the near
    narrow, wide = gradients(edge, band=0.05), gradients(edge, band=3.0)
    for one in (narrow, wide):
        one.numbers["log10_far"][:] = -2.9  # not by its ends
    assert [f.severity for f in found(narrow, STUCK)] == [Severity.WARNING]
    assert [f.severity for f in found(wide, STUCK)] == []


def test_a_memory_that_training_lengthens_is_not_what_fails() -> None:
    for untrained, severity in (
        (profile(0.6), Severity.INFO),
        (LOST, Severity.WARNING),
        (FLAT, Severity.WARNING),
    ):
        (one,) = found(gradients(LOST, untrained), STUCK)
        assert one.severity == severity


def test_the_declared_horizon_decides_whether_it_is_needed() -> None:
    lag = measure(LOST, 99).lag_1e3
    assert 20 < lag < 60
    for horizon, severity in ((20, Severity.INFO), (60, Severity.WARNING)):
        (one,) = found(gradients(LOST), LEARNING, horizon=horizon)
        assert one.severity == severity
        (one,) = found(gradients(LOST), STUCK, horizon=horizon)
        assert one.severity == severity
    assert found(gradients(FLAT), horizon=99) == []


def test_a_receptive_field_shorter_than_the_horizon() -> None:
    local = np.where(np.arange(100) < 70, np.nan, 0.0)  # flat over 30 steps, then nothing
    assert found(gradients(local)) == []
    assert found(gradients(local), horizon=25) == []
    (one,) = found(gradients(local), horizon=50)
    assert one.severity == Severity.WARNING and "29 timesteps back" in one.message


def test_an_output_that_nothing_reaches_is_an_error_whatever_the_loss() -> None:
    nothing = np.full(100, np.nan)
    for curve in (LEARNING, STUCK):
        (one,) = found(gradients(nothing), curve)
        assert (one.severity, one.first_step) == (Severity.ERROR, 0)
    passing = gradients(nothing)
    passing.numbers["unreachable"][-1] = 50  # it reaches some again
    assert not [one for one in found(passing) if isinstance(one, Finding)]
    late = gradients(nothing)
    late.numbers["unreachable"][0] = 0
    (one,) = found(late)
    assert one.first_step == 10
    late.numbers["unreachable"][:2] = 0  # two looks in a row are too few
    assert not [one for one in found(late) if isinstance(one, Finding)]


def test_padding_is_not_unreached() -> None:
    padded = np.where(np.arange(100) < 50, np.nan, 0.0)
    assert found(gradients(padded, masked=50.0, unreachable=0.0)) == []


@pytest.mark.parametrize("steps", [10, 20])
def test_short_series_are_not_judged(steps: int) -> None:
    (one,) = found(gradients(profile(0.3, steps)), STUCK)
    assert isinstance(one, NotApplicable) and one.layer == "head"


def test_a_net_that_reads_both_ways_is_near_either_end() -> None:
    both = layer("both", "Bidirectional", None, role="recurrent"), NET[1]
    (one,) = found(gradients(LOST), STUCK, both)
    assert isinstance(one, NotApplicable)
    inside = -0.3 * np.abs(np.arange(100) - 50.0)  # where lags count both ways
    (one,) = found(gradients(inside, at=50), STUCK, both)
    assert isinstance(one, Finding)


def test_the_finding_names_the_recurrent_layer_and_says_what_training_did() -> None:
    (one,) = found(gradients(LOST, profile(0.6)), STUCK)
    assert (one.layer, one.first_step, one.layers) == ("lstm", 0, ("head",))
    assert "raised its far half" in one.message and "90 % of it lies within 10" in one.message
    names = [evidence.what for evidence in one.evidence]
    assert "timesteps that halve it" in names  # it is an exponential
    assert one.fixes[0].layer == "lstm"
    (one,) = found(gradients(LOST, FLAT), STUCK)
    assert "lowered its far half" in one.message and one.first_step is None


def test_without_gradients_the_rule_says_so() -> None:
    (one,) = amnesia.find(run(*NET))
    assert isinstance(one, NotApplicable)


def test_a_horizon_that_was_declared_to_the_recorder_is_held_against_it() -> None:
    told = {"loss": LEARNING, "input_gradients": (gradients(LOST),)}
    for horizon, severity in ((90, Severity.WARNING), (5, Severity.INFO), (None, Severity.INFO)):
        (one,) = amnesia.find(run(*NET, setup=Setup(horizon=horizon), **told))
        assert isinstance(one, Finding) and one.severity == severity
