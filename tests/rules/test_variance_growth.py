"""Variance over depth: a signal that grows or fades."""

from collections.abc import Sequence
from typing import Any

import pytest
from rule_runs import LEARNING, STEPS, STUCK, layer, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.rules import variance_growth

HEAD = layer("head", activation=None, role="output", activations=record("head"))


def chain(
    first: Sequence[float], last: Sequence[float] | None = None, *, kind: str = "Dense"
) -> list[Any]:
    """Layers whose units have these variances before training and at the last look."""
    return [
        layer(
            f"d{i}",
            kind,
            activations=record(f"d{i}"),
            preactivations=record(f"d{i}", first={"variance": a}, last={"variance": b}),
        )
        for i, (a, b) in enumerate(zip(first, last or first, strict=True))
    ]


def found(layers: list[Any], loss: Any = STUCK, **fields: Any) -> list[Finding]:
    told = variance_growth.find(run(*layers, HEAD, loss=loss, **fields))
    return [one for one in told if isinstance(one, Finding)]


def powers(base: float, count: int) -> list[float]:
    return [base**i for i in range(count)]


@pytest.mark.parametrize(
    ("layers", "loss", "severity", "word"),
    [
        (chain(powers(0.5, 6)), STUCK, 20, "fades 2-fold"),
        (chain(powers(2, 6)), STUCK, 20, "grows 2-fold"),
        (chain(powers(1 / 6, 8)), STUCK, 30, "fades 6-fold"),
        (chain(powers(1 / 6, 4)), STUCK, 10, "fades"),  # shallow
        (chain(powers(1 / 6, 8)), LEARNING, 10, "fades"),
        (chain([1.0] * 6, powers(4, 6)), STUCK, 20, "by now"),
    ],
)
def test_severity(layers: list[Any], loss: Any, severity: int, word: str) -> None:
    (finding,) = found(layers, loss)
    assert finding.severity == severity and word in finding.message
    assert finding.first_step == (None if word == "by now" else 0)
    assert len(finding.fixes) >= 2 and finding.evidence[0].picture is not None


def test_the_layer_is_where_it_changes_most() -> None:
    (finding,) = found(chain([1.0, 0.9, 0.8, 0.01, 0.009, 0.008]))
    assert finding.layer == "d3" and set(finding.layers) == {f"d{i}" for i in range(6)}


def with_normalisation() -> list[Any]:
    norm = layer("n", "BatchNormalization", None, role="normalisation", activations=record("n"))
    return [*chain(powers(0.2, 6)), norm]


@pytest.mark.parametrize(
    "quiet",
    [
        chain([1.0, 1.2, 0.8, 1.1, 0.9, 1.0]),
        chain([1.0, 20.0, 1.0, 1.0, 20.0, 1.0]),  # no trend
        chain(powers(0.65, 6)),  # less than tenfold in all
        chain([1.0] * 6, powers(2, 6)),  # in training, less than a hundredfold
        chain(powers(0.1, 3)),
        chain([1.0, 0.5, 0.0, 0.0, 0.0]),  # dead: told by another rule
        with_normalisation(),
        [*chain(powers(0.1, 3)), *chain(powers(0.1, 3), kind="Conv2D")],
    ],
)
def test_guards(quiet: list[Any]) -> None:
    assert found(quiet) == []


def test_residual_nets_are_left_out() -> None:
    layers = chain(powers(2, 8))
    nodes = (*(Node(one.name, "Dense", parameters=9) for one in layers), Node("head", "Dense"))
    around = tuple((i, i + 1) for i in range(8)) + tuple((i, i + 2) for i in range(7))
    told = list(variance_growth.find(run(*layers, HEAD, graph=Graph("m", "keras", nodes, around))))
    assert len(told) == 1 and isinstance(told[0], NotApplicable)
    assert STEPS[0] == 0
