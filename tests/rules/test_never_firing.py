"""Never-firing units: who is told of, since when, how gravely."""

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.rules import never_firing

INFO, WARNING, ERROR, CRITICAL = Severity


def found(a_run: Any, **thresholds: Any) -> list[Finding]:
    return [one for one in never_firing.find(a_run, **thresholds) if isinstance(one, Finding)]


def relu(dead: Any, *, name: str = "conv", activation: str = "relu", **fields: Any) -> Any:
    mask = np.arange(8) < np.ravel(dead)[-1]
    last = {"min": 0.0, "max": np.where(mask, 0.0, 1.0)}
    made = record(name, dead=dead, last=last, **fields)
    return layer(name, activation=activation, activations=made)


def head() -> Any:
    return layer("head", activation=None, role="output", activations=record("head"))


@pytest.mark.parametrize(
    ("dead", "loss", "severity"),
    [
        (8, STUCK, CRITICAL),
        (5, STUCK, ERROR),
        (4, STUCK, ERROR),
        (3, STUCK, INFO),
        (1, STUCK, INFO),
        (5, LEARNING, INFO),
        (5, None, WARNING),
        (8, LEARNING, CRITICAL),  # no path leads around it
        ([0, 0, 0, 5, 5, 5], STUCK, ERROR),
    ],
)
def test_severity_follows_the_share_and_the_training(dead: Any, loss: Any, severity: Any) -> None:
    (finding,) = found(run(relu(dead), head(), loss=loss))
    assert (finding.severity, finding.layer) == (severity, "conv")
    assert len(finding.fixes) >= 2
    assert [f.weight for f in finding.fixes] == sorted(f.weight for f in finding.fixes)[::-1]


@pytest.mark.parametrize(
    "quiet",
    [
        relu(0),
        relu(5, activation="leaky_relu"),
        relu(5, activation="gelu"),
        relu([5, 5, 5, 5, 5, 0]),  # they came back
        relu([0, 0, 0, 0, 5, 5]),  # not for long enough
        layer("drop", role="dropout", activations=record("drop", dead=8)),
        layer("top", role="output", activations=record("top", dead=8)),
    ],
)
def test_guards(quiet: Any) -> None:
    assert found(run(quiet, head(), loss=STUCK)) == []


def relu_of(cells: float, dead: int) -> Any:
    mask = np.arange(8) < dead
    last = {"count": cells, "min": 0.0, "max": np.where(mask, 0.0, 1.0)}
    return layer("conv", activations=record("conv", dead=dead, last=last))


@pytest.mark.parametrize(
    ("cells", "dead", "told"), [(256, 3, 0), (4096, 3, 1), (256, 5, 1), (16, 5, 0), (16, 8, 0)]
)
def test_few_cells_prove_little(cells: float, dead: int, told: int) -> None:
    told_of = list(never_firing.find(run(relu_of(cells, dead), head(), loss=STUCK)))
    assert sum(isinstance(one, Finding) for one in told_of) == told
    assert sum(isinstance(one, NotApplicable) for one in told_of) == 1 - told


def test_a_dead_residual_branch_blocks_nothing() -> None:
    layers = [relu(0, name="stem"), relu(8, name="branch"), relu(0, name="sum")]
    nodes = tuple(Node(one.name, "Dense", "relu") for one in layers)
    residual = Graph("m", "keras", nodes, ((0, 1), (1, 2), (0, 2)))
    (finding,) = found(run(*layers, graph=residual, loss=LEARNING))
    assert (finding.layer, finding.severity) == ("branch", INFO)
    assert found(run(*layers, loss=LEARNING))[0].severity == CRITICAL


@pytest.mark.parametrize(
    ("deaths", "revived", "expected"),
    [
        ([3.0] * 4 + [7.0] * 4, 0, 3),  # half of the layer were dead at step 3
        ([3.0] * 3 + [7.0] * 5, 0, 7),
        ([0.0] * 8, 0, 0),
        ([3.0] * 8, 1, 30),  # they came back in between: what the series shows
    ],
)
def test_onset_is_that_of_the_accumulators(deaths: Any, revived: int, expected: int) -> None:
    history = {"first_dead_step": deaths, "revived": np.full(8, revived)}
    (finding,) = found(run(relu([0, 0, 0, 8, 8, 8], history=history), head()))
    assert finding.first_step == expected
    born = expected == 0
    assert ("since initialisation" in finding.message) == born
    assert (finding.fixes[0].argument == "kernel_initializer") == born


def test_without_a_relu_the_rule_does_not_apply() -> None:
    (only,) = never_firing.find(run(layer("a", activation="tanh", activations=record("a"))))
    assert isinstance(only, NotApplicable) and only.layer is None


def test_evidence_speaks_in_numbers() -> None:
    (finding,) = found(run(relu(5), head(), loss=STUCK))
    evidence = finding.evidence[0]
    assert (evidence.value, evidence.n, evidence.step) == (5 / 8, 4096, STEPS[-1])
    assert evidence.picture is not None and evidence.picture.x == STEPS
    assert finding.share == 5 / 8 and "5 of 8 units of conv" in finding.message
