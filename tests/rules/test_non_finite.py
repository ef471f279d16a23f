"""The first values that are not finite are named; masks and skipped steps do no harm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, layer, parameters, record, run

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import InputFacts, LabelFacts, Setup
from tb_deepdebug.rules import non_finite

NAMES = ("a/weight", "b/weight", "out/weight")
STEPS = (0, 10, 20, 30, 40, 50)
ROLES = ("hidden", "hidden", "output")
NAN = float("nan")


def since(*steps: int | None) -> np.ndarray:
    """How many entries are lost `[S, P]`: of each parameter from a step on, None for never."""
    return np.array([[4.0 if s is not None and at >= s else 0.0 for s in steps] for at in STEPS])


def once(step: int, place: int) -> np.ndarray:
    """Of one parameter at one step."""
    return np.array([[4.0 * (at == step and p == place) for p in range(3)] for at in STEPS])


def net(
    *,
    weights: Any = 0.0,
    gradients: Any = 0.0,
    outputs: tuple[int | None, ...] = (None, None, None),
    lost: int | None = None,
    first: tuple[float, ...] = (),
    **fields: Any,
) -> Run:
    """Layers a, b, out; outputs and loss are lost from a step on."""
    layers = [
        layer(
            name,
            role=role,
            activations=record(name, nonfinite=[0 if at is None or s < at else 8 for s in STEPS]),
        )
        for name, role, at in zip(("a", "b", "out"), ROLES, outputs, strict=True)
    ]
    told = parameters(
        NAMES,
        STEPS,
        vectors={
            "gradient_norm": 1.0,
            "weight_norm": 1.0,
            "weight_max": 1.0,
            "update_ratio": 1e-3,
            "weight_nonfinite": weights,
            "gradient_nonfinite": gradients,
        },
        history={"first_nonfinite_step": np.array(first)} if first else {},
    )
    loss = [NAN if lost is not None and i + 1 >= lost else v for i, v in enumerate(LEARNING)]
    return run(*layers, loss=loss, parameters=told, **fields)


def found(one: Run) -> list[Finding]:
    return [f for f in non_finite.find(one) if isinstance(f, Finding)]


def test_nothing() -> None:
    assert found(net()) == []
    assert isinstance(next(iter(non_finite.find(Run("empty")))), NotApplicable)


@pytest.mark.parametrize(
    ("given", "layer_name", "step", "kind"),
    [
        ({"weights": since(30, 30, 30), "lost": 25}, None, 25, "loss"),
        ({"weights": since(30, 30, 30), "gradients": since(20, 20, 20)}, None, 20, "gradients"),
        ({"weights": since(20, None, None)}, "a", 20, "weights"),
        ({"weights": since(30, 20, 30)}, "b", 20, "weights"),
        # Backwards the last layer has them first.
        ({"weights": since(30, 30, 30), "gradients": since(20, 20, None)}, "b", 20, "gradients"),
        ({"weights": since(30, 30, 30), "outputs": (None, 20, 20)}, "b", 20, "outputs"),
        # Outputs of lost weights are no origin, though at the same step.
        ({"weights": since(20, 20, 20), "outputs": (20, 20, 20), "lost": 20}, None, 20, "loss"),
        ({"weights": since(20, None, None), "outputs": (20, 20, 20)}, "a", 20, "weights"),
        # Between the steps that were kept.
        ({"weights": since(50, 50, 50), "first": (50, 33, 50)}, "b", 33, "gradients"),
    ],
)
def test_origin(given: dict[str, Any], layer_name: str | None, step: int, kind: str) -> None:
    (finding,) = found(net(**given))
    assert (finding.severity, finding.layer) == (Severity.CRITICAL, layer_name)
    assert finding.first_step == step
    assert finding.evidence[0].what.startswith(kind)


@pytest.mark.parametrize(
    "given",
    [
        {"gradients": once(30, 1)},  # loss scaling skips such a step
        {"outputs": (None, 20, None)},  # minus infinity that a softmax takes
        {"lost": 200},
    ],
)
def test_harmless(given: dict[str, Any]) -> None:
    assert all(f.severity == Severity.INFO for f in found(net(**given)))


def test_every_step_skipped() -> None:
    (finding,) = found(net(gradients=since(10, 10, 10)))
    assert finding.severity == Severity.ERROR


def test_loss_not_given_is_not_lost() -> None:
    one = net()
    assert one.parameters is not None
    numbers = {"loss": np.array([NAN, 1, NAN, 1, NAN, NAN])}
    object.__setattr__(one.parameters, "numbers", numbers)
    assert found(one) == []


def test_loss_that_the_curve_leaves_out() -> None:
    one = net(weights=since(20, 20, 20), gradients=since(20, 20, 20))
    assert one.parameters is not None
    object.__setattr__(one.parameters, "numbers", {"loss": np.array([NAN, 1, NAN, NAN, NAN, NAN])})
    (finding,) = found(one)
    assert finding.evidence[0].what.startswith("loss")


def test_inputs_and_labels_come_first() -> None:
    facts = InputFacts("x", "float32", (4,), "numbers", 100, 2, 0, 0.0, 1.0, 0.5, 0.3)
    (finding,) = found(net(lost=10, setup=Setup(inputs=(facts,))))
    assert finding.message.startswith("2 % of the input x") and finding.first_step == 0
    labels = LabelFacts("float32", (), 100, 3, 0.0, 1.0, 0.5, 0.5, False, False)
    (finding,) = found(net(weights=since(10, 10, 10), setup=Setup(labels=labels)))
    assert "labels" in finding.fixes[0].action


def test_divergence_is_told() -> None:
    one = net(weights=since(30, 30, 30))
    assert one.parameters is not None
    grown = np.array([1.0, 1, 200, 1, 1, 1])[:, None].repeat(3, axis=1)
    object.__setattr__(one.parameters, "vectors", {**one.parameters.vectors, "weight_max": grown})
    object.__setattr__(one.parameters, "first", {"weight_max": np.ones(3)})
    (finding,) = found(one)
    assert "a weight had grown to 200" in finding.message
    assert finding.fixes[0].argument == "learning_rate"
