"""Silence is an alarm while steps are left, and where somebody watches."""

from __future__ import annotations

import pytest
from rule_runs import STUCK, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.rules import stalled

PLANNED = Setup(planned_steps=1000)


def test_silent() -> None:
    one = run(loss=STUCK, setup=PLANNED, last_wall_time=100.0)
    (finding,) = stalled.find(one, now=100.0 + 1801)
    assert isinstance(finding, Finding) and finding.severity == Severity.WARNING
    assert "step 60 of 1000" in finding.message


@pytest.mark.parametrize(
    ("setup", "now", "wall"),
    [
        (PLANNED, 100.0 + 1799, 100.0),
        (Setup(planned_steps=60), 1e6, 100.0),  # it is done
    ],
)
def test_not_silent(setup: Setup, now: float, wall: float) -> None:
    assert list(stalled.find(run(loss=STUCK, setup=setup, last_wall_time=wall), now=now)) == []


def test_slow_runs_may_be_silent_for_longer() -> None:
    one = run(loss=STUCK, setup=PLANNED, last_wall_time=100.0)
    assert one.loss is not None
    object.__setattr__(one.loss, "wall_times", one.loss.wall_times * 600)
    assert list(stalled.find(one, now=100.0 + 5999)) == []
    assert len(list(stalled.find(one, now=100.0 + 6001))) == 1


@pytest.mark.parametrize(
    ("fields", "now"),
    [
        ({"setup": PLANNED, "last_wall_time": 1.0}, None),
        ({"setup": PLANNED}, 1e6),
        ({"last_wall_time": 1.0}, 1e6),
    ],
)
def test_not_applicable(fields: dict[str, object], now: float | None) -> None:
    told = list(stalled.find(run(loss=STUCK, **fields), now=now))
    assert [type(f) for f in told] == [NotApplicable]
