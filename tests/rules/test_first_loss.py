"""A first loss against that of a net that knows nothing."""

from __future__ import annotations

import math
from typing import Any

import pytest
from rule_runs import LEARNING, STUCK, layer, run
from rules.setups import classes, loss, numbers, output, setup

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.rules import first_loss

RARE = classes((990, 10))
CASES: dict[str, tuple[Any, Any, Any, Severity | None]] = {
    # loss, labels, output -> severity where the training fails
    "ln C": (loss("cross_entropy", math.log(4)), classes(), output(), None),
    "a little above": (loss("cross_entropy", 1.9 * math.log(4)), classes(), output(), None),
    "twice and more": (loss("cross_entropy", 2.1 * math.log(4)), classes(), output(), "WARNING"),
    "far above": (loss("cross_entropy", 11 * math.log(4)), classes(), output(), "ERROR"),
    "label smoothing": (
        *(loss("cross_entropy", math.log(4), label_smoothing=0.2), classes(), output(), None),
    ),
    "weighted": (loss("cross_entropy", 9.0, weighted=True), classes(), output(), None),
    "summed": (loss("cross_entropy", 90.0, weighted=True), classes(), output(), "ERROR"),
    "small weights": (loss("cross_entropy", 0.1, weighted=True), classes(), output(), None),
    "imbalanced, even belief": (
        *(loss("binary_crossentropy", math.log(2)), RARE, output("sigmoid", 1), None),
    ),
    "binary, sure and wrong": (
        *(loss("binary_crossentropy", 5.0), classes((50, 50)), output("sigmoid", 1), "WARNING"),
    ),
    "regression": (loss("mean_squared_error", 1.3), numbers(), output(units=1), None),
    "labels far from 0": (loss("mse_loss", 101.0), numbers(10.0), output(units=1), None),
    "regression, large outputs": (loss("mse_loss", 30.0), numbers(), output(units=1), "ERROR"),
    "trained before": (loss("cross_entropy", 0.3), classes(), output(), "INFO"),
    "own loss": (loss("my_loss", 90.0), classes(), output(), "NA"),
    "not recorded": (loss("cross_entropy"), classes(), output(), "NA"),
}


@pytest.mark.parametrize("name", CASES)
def test_first_losses(name: str) -> None:
    function, labels, head, wanted = CASES[name]
    told = setup(loss=function, labels=labels, output=head)
    hidden, last = layer("hidden"), layer("head", role="output")
    high = [max(2.0, labels.std**2) * 2] * 60  # stuck, whatever the scale
    found = list(first_loss.find(run(hidden, last, loss=high, setup=told)))
    if wanted is None:
        assert found == []
    elif wanted == "NA":
        assert isinstance(found[0], NotApplicable) and len(found) == 1
    else:
        (one,) = found
        assert isinstance(one, Finding)
        assert (one.severity, one.layer, one.first_step) == (Severity[wanted], "head", 0)


def test_a_run_that_learns_all_the_same_has_an_info() -> None:
    told = setup(loss=loss("cross_entropy", 20.0), labels=classes(), output=output())
    for curve, severity in ((LEARNING, Severity.INFO), (STUCK, Severity.ERROR)):
        (one,) = first_loss.find(run(loss=curve, setup=told))
        assert isinstance(one, Finding) and one.severity == severity


def test_without_a_setup_the_rule_says_so() -> None:
    (one,) = first_loss.find(run(layer("hidden")))
    assert isinstance(one, NotApplicable)
