"""Leaps of the loss are found; noise, and that of a loss of almost zero, is not."""

from __future__ import annotations

import numpy as np
import pytest
from rule_runs import curve, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import loss_spike

RNG = np.random.default_rng(0)
FALLING = 2 * 0.95 ** np.arange(100) + 0.1 + 0.02 * RNG.standard_normal(100)
FLAT = 2 + 0.02 * RNG.standard_normal(100)


def leaping(values: np.ndarray, *places: int, to: float = 5.0) -> np.ndarray:
    changed = values.copy()
    changed[list(places)] = to
    return changed


def found(values: np.ndarray) -> list[Finding]:
    return [f for f in loss_spike.find(run(loss=list(values))) if isinstance(f, Finding)]


def test_spike() -> None:
    (finding,) = found(leaping(FLAT, 60))
    assert (finding.first_step, finding.layer, finding.severity) == (61, None, Severity.WARNING)
    assert "to 5 at step 61" in finding.message


def test_info_where_it_comes_back_down() -> None:
    (finding,) = found(leaping(FALLING, 60, 80))
    assert finding.severity == Severity.INFO and "2 spikes" in finding.message


@pytest.mark.parametrize(
    "values",
    [
        FALLING,
        FLAT,
        leaping(FALLING, 4),  # the first steps
        leaping(FALLING, 60, to=0.9),  # small beside what there was to fall
        np.exp(0.5 * RNG.standard_normal(100)) * np.geomspace(2, 1e-4, 100),  # relative noise
        np.where(np.arange(100) < 50, FALLING, np.nan),
    ],
)
def test_no_spike(values: np.ndarray) -> None:
    assert found(values) == []


def test_sampled_steps() -> None:
    one = run(loss=None)
    object.__setattr__(one, "loss", curve(list(leaping(FLAT, 60)), list(range(0, 1000, 10))))
    assert [f.first_step for f in loss_spike.find(one) if isinstance(f, Finding)] == [600]


def test_not_applicable() -> None:
    assert [type(f) for f in loss_spike.find(Run("empty"))] == [NotApplicable]
    assert [type(f) for f in loss_spike.find(run(loss=[1.0] * 10))] == [NotApplicable]
