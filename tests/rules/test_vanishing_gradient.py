"""Gradients that vanish with depth or are cut off are found; those of a net that learnt are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import LabelFacts, LossFacts, Setup
from tb_deepdebug.rules import vanishing_gradient

DEPTH = 8
STEPS = (10, 20, 30, 40, 50, 60)
FADING = 10.0 ** (-np.arange(DEPTH, 0, -1) + 0.5)  # a decade a layer, towards the input

FROZEN = Setup(frozen=("l0/weight", "l1/weight", "l2/weight"))


def net(gradients: Any, loss: Any = STUCK, *, kind: str = "weight", **fields: Any) -> Run:
    """Layers l0 to l7 with kernels of 64 entries; gradients are RMS, `[P]` or `[S, P]`."""
    names = [f"l{i}" for i in range(DEPTH)]
    role = {"embedding": "embedding"}.get(kind, "hidden")
    layers = [layer(name, role=role) for name in names]
    norms = 8 * np.broadcast_to(np.asarray(gradients, float), (len(STEPS), DEPTH))
    told = parameters(
        [f"{name}/{kind}" for name in names],
        STEPS,
        vectors={"gradient_norm": norms, "weight_norm": 1.0},
        numbers={"loss": 2.0},
    )
    return run(*layers, loss=loss, parameters=told, **fields)


def found(one: Run) -> list[Finding]:
    return [f for f in vanishing_gradient.find(one) if isinstance(f, Finding)]


def test_fades_over_depth() -> None:
    (finding,) = found(net(FADING))
    assert (finding.layer, finding.severity, finding.first_step) == ("l0", Severity.ERROR, 10)
    assert finding.evidence[0].value == pytest.approx(1e-7, rel=0.1)
    assert finding.evidence[1].value == pytest.approx(-1.0, rel=0.01)
    assert "l7" not in finding.layers


@pytest.mark.parametrize(
    "one",
    [
        net(np.full(DEPTH, 1e-3)),  # even
        net(1e-6 * FADING**0.35),  # 0.35 decades a layer
        net(FADING * 1e6),  # small beside the last, but large
        net([*[FADING] * 3, *[np.full(DEPTH, 1e-3)] * 3], LEARNING),  # not any more
        net([*[np.full(DEPTH, 1e-3)] * 5, FADING]),  # for one step
        net(np.full(DEPTH, 1e-9), LEARNING),  # by success
        net(FADING, kind="embedding"),
        net(np.where(np.arange(DEPTH) < 3, 0, 1e-3), setup=FROZEN),
        net(np.where(np.arange(DEPTH) < 3, np.nan, 1e-3)),  # frozen: no gradient at all
    ],
)  # fmt: skip
def test_no_finding(one: Run) -> None:
    assert found(one) == []


def test_info_where_it_learns() -> None:
    (finding,) = found(net(FADING, LEARNING))
    assert finding.severity == Severity.INFO


def test_held_back_for_long() -> None:
    """It has recovered, and the net has learnt a part only."""
    labels = LabelFacts("int64", (), 100, 0, 0, 3, 1.5, 1.1, True, False, (25, 25, 25, 25))
    setup = Setup(labels=labels, loss=LossFacts("cross_entropy", "categorical", True))
    fading = [*[FADING] * 4, *[np.full(DEPTH, 1e-3)] * 2]
    (finding,) = found(net(fading, [1.5] * 40 + [1.0] * 20, setup=setup))
    assert (finding.severity, finding.first_step) == (Severity.WARNING, 10)
    assert finding.evidence[0].value == pytest.approx(1e-7, rel=0.1)
    assert found(net(fading, [1.5] * 40 + [0.1] * 20, setup=setup)) == []
    assert found(net([*[FADING] * 4, *[np.full(DEPTH, 1e-3)] * 2], LEARNING)) == []


def test_in_proportion_to_the_loss() -> None:
    tiny = parameters(
        [f"l{i}/weight" for i in range(DEPTH)],
        STEPS,
        vectors={"gradient_norm": np.full(DEPTH, 8e-8)},
        numbers={"loss": 1e-3},
    )
    assert found(run(*[layer(f"l{i}") for i in range(DEPTH)], loss=STUCK, parameters=tiny)) == []
    (finding,) = found(net(np.full(DEPTH, 1e-8)))
    assert finding.layer is None


def test_no_gradient_names_the_last_layer_cut_off() -> None:
    (finding,) = found(net(np.where(np.arange(DEPTH) < 3, 0, 1e-3)))
    assert (finding.layer, finding.layers) == ("l2", ("l2", "l1", "l0"))
    assert finding.severity == Severity.ERROR
    assert (
        found(net(np.where(np.arange(DEPTH) < 3, 0, 1e-3), LEARNING))[0].severity == Severity.INFO
    )


def test_zero_at_first_is_no_finding() -> None:
    zero = np.where(np.arange(DEPTH) < 3, 0, 1e-3)
    assert found(net([*[zero] * 3, *[np.full(DEPTH, 1e-3)] * 3])) == []


def test_not_applicable() -> None:
    assert [type(f) for f in vanishing_gradient.find(run(layer("a")))] == [NotApplicable]
    assert [type(f) for f in vanishing_gradient.find(net(np.nan))] == [NotApplicable]
