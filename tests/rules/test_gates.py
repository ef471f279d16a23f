"""Gates that are shut, and those that keep."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, run

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.findings.view import GatesRecord
from tb_deepdebug.rules import gates


def net(
    names: tuple[str, ...] = ("input", "forget", "output"),
    *,
    shut: dict[str, int] | None = None,
    wide: dict[str, int] | None = None,
    looks: int = len(STEPS),
    timesteps: float = 20,
    by_unit: bool = True,
) -> Any:
    """Of 4 units, so many have a gate that is shut (wide open) in 90 % of the steps."""

    def at_bound(told: dict[str, int] | None) -> np.ndarray:
        rows = [np.where(np.arange(4) < (told or {}).get(n, 0), 0.9, 0.1) for n in names]
        series = np.tile(np.array(rows), (len(STEPS), 1, 1))
        series[: len(STEPS) - looks] = 0.1
        return series

    left, right = at_bound(shut), at_bound(wide)
    vectors = {"left_share": left.mean(axis=2), "right_share": right.mean(axis=2)}
    if by_unit:
        vectors["unit_left"] = left.reshape(len(STEPS), -1)
        vectors["unit_right"] = right.reshape(len(STEPS), -1)
    numbers = {"timesteps": np.full(len(STEPS), timesteps)}
    made = GatesRecord(np.array(STEPS), numbers, vectors, names)
    return layer("lstm", "LSTM", None, role="recurrent", gates=made)


def found(one: Any, loss: Any = STUCK) -> list[Finding]:
    return [each for each in gates.find(run(one, loss=loss)) if isinstance(each, Finding)]


@pytest.mark.parametrize("by_unit", [True, False])
@pytest.mark.parametrize(
    ("names", "gate", "loss", "severity"),
    [
        (("input", "forget", "output"), "forget", STUCK, 30),
        (("input", "forget", "output"), "forget", LEARNING, 10),
        (("input", "forget", "output"), "input", STUCK, 20),
        (("input", "forget", "output"), "output", STUCK, 20),
        (("update", "reset"), "update", STUCK, 30),
        (("backward/input", "backward/forget"), "backward/forget", STUCK, 30),
    ],
)
def test_shut_gates(names: Any, gate: str, loss: Any, severity: int, by_unit: bool) -> None:
    (finding,) = found(net(names, shut={gate: 4}, by_unit=by_unit, looks=4), loss)
    assert (finding.severity, finding.first_step) == (severity, STEPS[-4])
    assert f"{gate} gates of lstm are shut" in finding.message and len(finding.fixes) >= 2


def test_memory_is_no_fault() -> None:
    (finding,) = found(net(wide={"forget": 4, "input": 4}))
    assert finding.severity == 10 and finding.fixes == ()


@pytest.mark.parametrize(
    "quiet",
    [
        net(),
        net(shut={"forget": 1}),
        net(shut={"forget": 4}, looks=2),
        net(shut={"forget": 4}, timesteps=1),
        net(("update", "reset"), shut={"reset": 4}),
        net(wide={"input": 4, "output": 4}),
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(quiet) == []


def test_without_gates_the_rule_does_not_apply() -> None:
    (only,) = gates.find(run(layer("a")))
    assert isinstance(only, NotApplicable)
