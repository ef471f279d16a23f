"""Output, loss and labels that do not go together, and the pairs that do."""

from __future__ import annotations

from typing import Any

import pytest
from rule_runs import LEARNING, STUCK, layer, record, run
from rules.setups import classes, loss, numbers, output, setup

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.rules import output_loss

ONE_HOT = {"row_sums_to_one": True, "shape": (4,)}


def found(curve: Any = STUCK, **parts: Any) -> list[Finding | NotApplicable]:
    head = layer("head", activation=None, role="output", activations=record("head"))
    told = run(layer("hidden"), head, loss=curve, setup=setup(**parts))
    return list(output_loss.find(told))


HEALTHY = {
    "softmax, probabilities": (output("softmax"), "sparse_categorical_crossentropy", classes()),
    "one-hot": (output("softmax"), "categorical_crossentropy", classes(**ONE_HOT)),
    "raw outputs, logits": (output(), "cross_entropy", classes()),
    "activation not known": (output(None), "cross_entropy", classes()),
    "log-softmax twice": (
        output("log_softmax", min=-3.0, max=-0.1),
        "cross_entropy",
        classes(),
    ),
    "log-softmax": (output("log_softmax", min=-3.0, max=-0.1), "nll_loss", classes()),
    "sigmoid": (output("sigmoid", 1), "binary_crossentropy", classes((50, 50))),
    "binary logits": (output(units=1), "binary_cross_entropy_with_logits", classes((50, 50))),
    "soft labels": (output("sigmoid", 1), "binary_crossentropy", numbers(0.5, 0.15)),
    "regression": (output(units=1), "mean_squared_error", numbers()),
    "relu, labels above 0": (output("relu", 1), "mean_squared_error", numbers(5.0, 1.0)),
    "tanh, labels within": (output("tanh", 1), "mean_squared_error", numbers(0.0, 0.3)),
    "PyTorch, same shapes": (output(units=1), "mse_loss", numbers()),
}


@pytest.mark.parametrize("curve", [LEARNING, STUCK])
@pytest.mark.parametrize("name", HEALTHY)
def test_pairs_that_go_together_have_no_finding(name: str, curve: Any) -> None:
    head, loss_name, labels = HEALTHY[name]
    assert found(curve, output=head, loss=loss_name, labels=labels) == []


# output, loss, labels -> severity where it fails, where it learns; words of the message
FAULTY: dict[str, tuple[Any, str, Any, Severity, Severity, str]] = {
    "softmax twice": (
        *(output("softmax"), "cross_entropy", classes()),
        *(Severity.ERROR, Severity.WARNING, "raw outputs"),
    ),
    "softmax twice, activation not known": (
        *(output(None, min=0.1, max=0.6, row_sums_to_one=True), "cross_entropy", classes()),
        *(Severity.ERROR, Severity.WARNING, "softmax"),
    ),
    "sigmoid twice": (
        *(output("sigmoid", 1), "binary_cross_entropy_with_logits", classes((50, 50))),
        *(Severity.ERROR, Severity.WARNING, "raw outputs"),
    ),
    "no softmax": (
        *(output(), "sparse_categorical_crossentropy", classes()),
        *(Severity.CRITICAL, Severity.WARNING, "probabilities"),
    ),
    "no sigmoid": (
        *(output(units=1), "binary_crossentropy", classes((50, 50))),
        *(Severity.CRITICAL, Severity.WARNING, "probabilities"),
    ),
    "probabilities for logarithms": (
        *(output("softmax"), "nll_loss", classes()),
        *(Severity.ERROR, Severity.WARNING, "logarithms"),
    ),
    "sigmoids for shares": (
        *(output("sigmoid"), "categorical_crossentropy", classes(**ONE_HOT)),
        *(Severity.ERROR, Severity.INFO, "shares"),
    ),
    "softmax over one unit": (
        *(output("softmax", 1), "binary_crossentropy", classes((50, 50))),
        *(Severity.CRITICAL, Severity.WARNING, "one unit"),
    ),
    "classes on one unit": (
        *(output("sigmoid", 1), "sparse_categorical_crossentropy", classes((50, 50))),
        *(Severity.CRITICAL, Severity.WARNING, "one unit"),
    ),
    "rectified logits": (
        *(output("relu"), "cross_entropy", classes()),
        *(Severity.ERROR, Severity.INFO, "any sign"),
    ),
    "labels -1 and 1": (
        *(output("sigmoid", 1), "binary_crossentropy", numbers(0.0, 1.0, min=-1.0, max=1.0)),
        *(Severity.CRITICAL, Severity.WARNING, "from 0 to 1"),
    ),
    "classes in a binary loss": (
        *(output("sigmoid", 1), "binary_crossentropy", classes()),
        *(Severity.CRITICAL, Severity.WARNING, "from 0 to 1"),
    ),
    "fractions as classes": (
        *(output("softmax"), "sparse_categorical_crossentropy", numbers(1.0, 0.3)),
        *(Severity.ERROR, Severity.WARNING, "whole numbers"),
    ),
    "relu, standardised labels": (
        *(output("relu", 1), "mean_squared_error", numbers()),
        *(Severity.ERROR, Severity.WARNING, "relu gives"),
    ),
    "relu, few labels below 0": (
        *(output("relu", 1), "mean_squared_error", numbers(2.0, 1.0)),
        *(Severity.WARNING, Severity.INFO, "relu gives"),
    ),
    "tanh, labels beyond": (
        *(output("tanh", 1), "mean_squared_error", numbers(0.0, 1.4)),
        *(Severity.ERROR, Severity.WARNING, "tanh gives"),
    ),
    "sigmoid, labels beyond": (
        *(output("sigmoid", 1), "mean_squared_error", numbers()),
        *(Severity.ERROR, Severity.WARNING, "sigmoid gives"),
    ),
    "squared error of shares": (
        *(output("softmax"), "mean_squared_error", classes(**ONE_HOT)),
        *(Severity.INFO, Severity.INFO, "shares of classes"),
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_mismatch_is_found_and_weighs_more_where_training_fails(name: str) -> None:
    head, loss_name, labels, failing, learning, words = FAULTY[name]
    for curve, severity in ((STUCK, failing), (LEARNING, learning)):
        (one,) = found(curve, output=head, loss=loss_name, labels=labels)
        assert isinstance(one, Finding)
        assert (one.severity, one.layer, one.first_step) == (severity, "head", 0)
        assert words in one.message


def test_outputs_that_leave_the_range_later_count() -> None:
    start = output("linear", min=0.1, max=0.9)
    low, high = ([0, -0.1, -1, -2, -3, -4.0], [1, 1, 2, 3, 4, 5.0])
    for bounds, count in (((low, high), 1), (((0.1,) * 6, (0.9,) * 6), 0)):
        taken = record("head", min=bounds[0], max=bounds[1])
        head = layer("head", activation=None, role="output", activations=taken)
        told = setup(output=start, loss="binary_crossentropy", labels=classes((50, 50)))
        assert len(list(output_loss.find(run(head, loss=STUCK, setup=told)))) == count


@pytest.mark.parametrize(
    ("framework", "shape", "curve", "severity"),
    [
        ("torch", (), STUCK, Severity.WARNING),
        ("torch", (), LEARNING, None),
        ("torch", (1,), STUCK, None),
        ("keras", (), STUCK, None),
    ],
)
def test_a_column_against_a_row_is_pytorchs_pitfall(
    framework: str, shape: tuple[int, ...], curve: Any, severity: Severity | None
) -> None:
    graph = Graph("model", framework, (Node("head", "Linear"),), ())
    told = setup(output=output(units=1), loss="mse_loss", labels=numbers(shape=shape))
    head = layer("head", role="output", activation=None)
    found = list(output_loss.find(run(head, loss=curve, setup=told, graph=graph)))
    assert [one.severity for one in found if isinstance(one, Finding)] == [severity] * bool(
        severity
    )


def test_losses_of_ones_own_and_missing_records_are_said() -> None:
    (own,) = found(output=output("softmax"), loss="my_loss", labels=classes())
    assert own == NotApplicable("what my_loss takes is not known")
    (none,) = found(loss="cross_entropy")
    assert isinstance(none, NotApplicable)


def test_the_fix_names_layer_and_argument() -> None:
    (one,) = found(output=output("softmax"), loss=loss("cross_entropy"), labels=classes())
    assert isinstance(one, Finding)
    (fix,) = one.fixes
    assert (fix.layer, fix.argument, fix.value) == ("head", "activation", "linear")
    assert fix.action == "Remove the softmax from head"


def test_the_output_layers_activation_counts_where_the_models_end_is_not_known() -> None:
    head = layer("head", activation="relu", role="output")
    told = setup(output=output(None, 1, min=0.0), loss="mse_loss", labels=numbers())
    (one,) = output_loss.find(run(head, loss=STUCK, setup=told))
    assert isinstance(one, Finding) and "relu gives" in one.message
    below = setup(output=output(None, 1, min=-1.0), loss="mse_loss", labels=numbers())
    assert list(output_loss.find(run(head, loss=STUCK, setup=below))) == []  # more follows
