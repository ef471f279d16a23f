"""Gradients that leap or grow are found, also between the steps that were kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import exploding_gradient

COUNT = 40
STEPS = tuple(range(10, 10 * COUNT + 1, 10))
NOISE = np.exp(0.2 * np.random.default_rng(0).standard_normal(COUNT))
WORSE = (*LEARNING[:30], *[8.0] * 30)
NAMES = ("a/weight", "b/weight")


def net(norm: Any, loss: Any = STUCK, *, per: Any = None, **fields: Any) -> Run:
    """Two layers; `per` `[S, 2]` are their own norms, by default the whole's."""
    norm = np.asarray(norm, float)
    own = np.repeat(norm[:, None], 2, axis=1) if per is None else per
    told = parameters(
        NAMES,
        STEPS,
        vectors={"gradient_norm": own, "weight_norm": 1.0, "update_ratio": 1e-3},
        numbers={"gradient_norm": norm, "learning_rate": 0.01},
        **fields,
    )
    one = run(layer("a"), layer("b"), loss=None, parameters=told)
    object.__setattr__(one, "loss", run(loss=loss).loss)
    return one


def leaping(at: int, times: float) -> np.ndarray:
    values = NOISE.copy()
    values[at] = times
    return values


def found(one: Run) -> list[Finding]:
    return [f for f in exploding_gradient.find(one) if isinstance(f, Finding)]


def test_leap() -> None:
    own = np.stack([NOISE, leaping(25, 57.0)], axis=1)
    (finding,) = found(net(leaping(25, 57.0), per=own))
    assert (finding.layer, finding.first_step, finding.severity) == ("b", 260, Severity.WARNING)
    assert finding.evidence[0].value == pytest.approx(57, rel=0.15)
    assert "b/weight" in finding.message
    assert finding.fixes[0].argument == "clipnorm"


def test_error_where_the_loss_leaps_too() -> None:
    (finding,) = found(net(leaping(2 + 10, 500.0), (*LEARNING[:40], *[8.0] * 200)))
    assert finding.severity == Severity.WARNING  # at step 130; the loss had leapt at 41
    (finding,) = found(
        net(leaping(12, 500.0), (*[1.0 + 0.01 * (i % 3) for i in range(129)], *[8.0] * 200))
    )
    assert finding.severity == Severity.ERROR


@pytest.mark.parametrize(
    "norm",
    [
        NOISE,
        leaping(25, 8.0),  # not ten times
        leaping(4, 500.0),  # too few before it
        NOISE * np.geomspace(1, 1e-4, COUNT),  # by success
        NOISE**5,  # heavy tails
        np.ones(COUNT),  # clipped
        leaping(25, float("nan")),
    ],
)
def test_no_leap(norm: np.ndarray) -> None:
    assert found(net(norm)) == []


def test_info_where_it_learns() -> None:
    assert found(net(leaping(25, 57.0), LEARNING))[0].severity == Severity.INFO


@pytest.mark.parametrize(
    ("step", "peak", "hits"), [(255, 57.0, True), (255, 15.0, False), (5, 57.0, False)]
)
def test_peak_between_the_steps_kept(step: int, peak: float, hits: bool) -> None:
    history = {"gradient_norm_max": [1.5, peak], "gradient_norm_max_step": [40.0, float(step)]}
    told = found(net(NOISE, history={k: np.array(v) for k, v in history.items()}))
    assert [(f.layer, f.first_step) for f in told] == ([("b", 255)] if hits else [])


def test_growth() -> None:
    norm = np.ones(COUNT)
    norm[4:10] = 2.1 ** np.arange(6)
    norm[10:] = norm[9]
    (finding,) = found(net(norm))
    assert (finding.first_step, finding.severity) == (50, Severity.WARNING)
    assert "grew" in finding.message
    norm[8:] = norm[8]
    assert found(net(norm)) == []


def test_over_depth_only_where_the_training_fails() -> None:
    names = [f"l{i}" for i in range(6)]
    told = parameters(
        [f"{name}/weight" for name in names],
        vectors={"gradient_norm": 10.0 ** -np.arange(6)},
        numbers={"gradient_norm": 1.0},
    )
    layers = [layer(name) for name in names]
    (finding,) = found(run(*layers, loss=STUCK, parameters=told))
    assert finding.layer == "l0" and finding.evidence[0].value == pytest.approx(1e5)
    assert found(run(*layers, loss=LEARNING, parameters=told)) == []


def test_not_applicable() -> None:
    assert [type(f) for f in exploding_gradient.find(run(layer("a")))] == [NotApplicable]
