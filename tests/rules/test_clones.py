"""Clones: units that do each other's work."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.rules import clones

HEAD = layer("head", activation=None, role="output", activations=record("head"))
RNG = np.random.default_rng(0)


def signals(groups: int, units: int, *, cells: int = 256, noise: float = 0.0) -> np.ndarray:
    """`units` that repeat `groups` independent signals with gains of their own, `[1, U, T]`."""
    base = RNG.normal(size=(groups, cells))
    made = base[np.arange(units) % groups] * RNG.uniform(-2, 2, (units, 1))
    return (made + noise * RNG.normal(size=made.shape))[None]


def net(
    cells: Any, *, name: str = "a", alike: bool = False, parameters: int = 100, **fields: Any
) -> Any:
    """A layer with this picture; `alike`: its units began with the same statistics."""
    units = 16 if cells is None else cells.shape[1]
    first = {} if alike else {"mean": RNG.normal(size=units)}
    made = record(name, units, first=first, cells=cells)
    return layer(name, activations=made, parameters=parameters, **fields)


def found(*layers: Any, loss: Any = STUCK, **fields: Any) -> list[Finding]:
    told = clones.find(run(*layers, HEAD, loss=loss, **fields))
    return [one for one in told if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("groups", "alike", "loss", "severity", "first_step"),
    [
        (1, True, STUCK, 30, 0),
        (1, False, STUCK, 20, None),  # they became alike
        (8, False, STUCK, 20, None),
        (1, True, LEARNING, 10, 0),
    ],
)
def test_severity(groups: int, alike: bool, loss: Any, severity: int, first_step: Any) -> None:
    (finding,) = found(net(signals(groups, 16), alike=alike), loss=loss)
    assert (finding.severity, finding.first_step) == (severity, first_step)
    assert finding.share == pytest.approx(1 - groups / 16) and len(finding.fixes) >= 2
    assert finding.evidence[1].value == pytest.approx(groups / 16, rel=0.4)


def test_few_signals_without_clones_are_noted() -> None:
    mixed = RNG.normal(size=(128, 3)) @ RNG.normal(size=(3, 512))
    lengths = mixed.std(axis=1, keepdims=True)
    few = (mixed / lengths + 0.04 * RNG.normal(size=mixed.shape))[None]
    (finding,) = found(net(few))
    assert finding.severity == 10 and "few signals" in finding.message
    narrow = parameters(["a/kernel"], shapes=[(3, 128)])  # a layer of three inputs has no more
    assert found(net(few), parameters=narrow) == []


@pytest.mark.parametrize(
    "quiet",
    [
        net(signals(16, 16)),
        net(signals(14, 16)),
        net(signals(4, 16, noise=0.3)),  # alike, but no clones
        net(signals(1, 6)),  # too few units
        net(signals(1, 16, cells=32)),
        net(np.full((1, 16, 256), 0.5)),  # constant: told by another rule
        net(np.concatenate([signals(7, 7), np.zeros((1, 9, 256))], axis=1)),
        net(None),
        net(signals(1, 16), role="embedding"),
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(quiet) == []


def test_missing_cells_are_left_out() -> None:
    cells = signals(1, 16)
    cells[:, :, :100] = np.nan
    assert len(found(net(cells))) == 1
    cells[:, :, 100:200] = np.nan
    assert found(net(cells)) == []


def test_a_function_of_each_unit_is_not_told_twice() -> None:
    cells = signals(1, 16)
    pair = (net(cells, name="dense"), net(np.tanh(cells), name="tanh", parameters=0))
    assert [one.layer for one in found(*pair)] == ["dense"]


def test_effective_rank_counts_equal_signals() -> None:
    assert clones.effective_rank(np.eye(7)) == pytest.approx(7)
    assert clones.effective_rank(np.ones((7, 9))) == pytest.approx(1)
    assert clones.effective_rank(np.zeros((7, 9))) == 0


def test_without_hidden_layers_the_rule_does_not_apply() -> None:
    (only,) = clones.find(run(HEAD))
    assert isinstance(only, NotApplicable)
