"""Units that stand still while what they read moves."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.rules import constant_over_time

HEAD = layer("head", activation=None, role="output", activations=record("head"))


def series(
    name: str,
    still: int,
    *,
    axis: str = "time",
    timesteps: int = 20,
    dead: bool = False,
    role: str = "hidden",
    kind: str = "LSTM",
    looks: int = len(STEPS),
) -> Any:
    """A layer of which `still` of 8 units are constant in every sequence."""
    constant = np.tile(np.where(np.arange(8) < still, 1.0, 0.0), (len(STEPS), 1))
    constant[: len(STEPS) - looks] = 0
    low, high = (0.0, 0.0) if dead else (-1.0, 1.0)
    made = record(
        name,
        axis=axis,
        timesteps=timesteps,
        last={"constant": constant[-1], "min": low, "max": high},
        vectors={
            "unit_constant": constant,
            "unit_min": np.full(constant.shape, low),
            "unit_max": np.full(constant.shape, high),
        },
    )
    return layer(name, kind, "tanh", role=role, activations=made)


def found(*layers: Any, loss: Any = STUCK) -> list[Finding]:
    told = constant_over_time.find(run(*layers, HEAD, loss=loss))
    return [one for one in told if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("still", "loss", "severity"),
    [(4, STUCK, 20), (8, STUCK, 30), (8, LEARNING, 10), (8, None, 20)],
)
@pytest.mark.parametrize("axis", ["time", "space"])
def test_still_units_after_moving_ones(axis: str, still: int, loss: Any, severity: int) -> None:
    (finding,) = found(series("a", 0, axis=axis), series("b", still, axis=axis), loss=loss)
    assert (finding.layer, finding.severity) == ("b", severity)
    assert finding.share == still / 8 and len(finding.fixes) >= 2


@pytest.mark.parametrize(
    "quiet",
    [
        [series("a", 0), series("b", 3)],
        [series("a", 0), series("b", 8, dead=True)],
        [series("a", 0), series("b", 8, looks=2)],
        [series("a", 0), series("b", 8, timesteps=1)],
        [series("a", 0), series("b", 8, axis="example")],
        [series("a", 0), series("b", 8, role="pooling")],
        [series("a", 0, timesteps=1), series("b", 8)],  # reads a repeated vector
        [series("a", 0), layer("r", "RepeatVector", None, role="other"), series("b", 8)],
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(*quiet) == []


def test_what_follows_a_still_layer_is_not_at_fault() -> None:
    assert [one.layer for one in found(series("a", 0), series("b", 8), series("c", 8))] == ["b"]


def test_without_an_axis_the_rule_does_not_apply() -> None:
    (only,) = constant_over_time.find(run(layer("a", activations=record("a"))))
    assert isinstance(only, NotApplicable) and Severity.ERROR == 30
