"""Labels that can't be learnt, and those that only look odd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, curve, layer, run
from rules.setups import classes, loss, numbers, output, setup

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.rules import labels as rule

SPARSE, MSE = "sparse_categorical_crossentropy", "mean_squared_error"


def found(labels: Any, function: Any, losses: Any, units: int = 4) -> list[Finding]:
    told = setup(labels=labels, loss=function, output=output(units=units))
    head = layer("head", role="output")
    high = [3 * max(labels.std, 1.0) ** 2 if np.isfinite(labels.std) else 2.0] * 60
    every = rule.find(run(head, loss=high if losses is STUCK else losses, setup=told))
    return [one for one in every if isinstance(one, Finding)]


# labels, loss -> severity where the training fails, and where it learns
CASES: dict[str, tuple[Any, Any, Severity | None, Severity | None]] = {
    "even classes": (classes(), SPARSE, None, None),
    "9 to 1": (classes((90, 10, 90, 90)), SPARSE, None, None),
    "10 to 1": (classes((100, 10, 100, 100)), SPARSE, Severity.WARNING, Severity.INFO),
    "an empty class": (classes((50, 0, 50, 50)), SPARSE, None, None),
    "one class": (classes((0, 64)), SPARSE, Severity.ERROR, Severity.WARNING),
    "few of one class": (classes((0, 8)), SPARSE, None, None),
    "not finite": (classes(nonfinite=3), SPARSE, Severity.CRITICAL, Severity.CRITICAL),
    "not finite, left out": (
        *(classes(nonfinite=3), loss(SPARSE, 1.4), Severity.CRITICAL, Severity.INFO),
    ),
    "from 1": (classes((0, 25, 25, 25, 25)), SPARSE, Severity.CRITICAL, Severity.WARNING),
    "below 0": (classes(min=-1.0, class_counts=()), SPARSE, Severity.ERROR, Severity.INFO),
    "one-hot": (classes(row_sums_to_one=True, shape=(9,)), SPARSE, None, None),
    "standardised": (numbers(), MSE, None, None),
    "counts as regression": (numbers(5.0, 4.0, integral=True), MSE, None, None),
    "large": (numbers(72.0, 8.0), MSE, Severity.WARNING, Severity.INFO),
    "huge": (numbers(2e5, 1e5), MSE, Severity.ERROR, Severity.INFO),
    "heavy-tailed": (numbers(0.0, 1.0, max=7.0), MSE, None, None),
    "an outlier": (numbers(0.0, 1.0, max=12.0), MSE, Severity.ERROR, Severity.INFO),
    "constant": (numbers(1.0, 0.0), MSE, Severity.ERROR, Severity.WARNING),
}


@pytest.mark.parametrize("name", CASES)
def test_labels(name: str) -> None:
    labels, function, failing, learning = CASES[name]
    for losses, severity in ((STUCK, failing), (LEARNING, learning)):
        got = [one.severity for one in found(labels, function, losses)]
        assert got == [severity] * (severity is not None), losses[:2]


def test_classes_counted_from_one_are_told_so() -> None:
    (one,) = found(classes((0, 25, 25, 25, 25)), SPARSE, STUCK)
    assert one.fixes[0].action == "Count the classes from 0"
    (one,) = found(classes((10, 10, 10, 10, 10, 10)), SPARSE, STUCK)
    assert (one.fixes[0].layer, one.fixes[0].argument, one.fixes[0].value) == ("head", "units", "6")


def test_a_majority_that_is_all_the_net_learnt_is_told_so() -> None:
    rare = classes((960, 40))
    entropy = -(0.96 * np.log(0.96) + 0.04 * np.log(0.04))
    told = setup(labels=rare, loss="binary_crossentropy", output=output("sigmoid", 1))
    (one,) = rule.find(run(loss=[entropy] * 60, setup=told))
    assert isinstance(one, Finding) and one.severity == Severity.WARNING
    assert "no more than their shares" in one.message
    (one,) = rule.find(run(loss=np.linspace(0.7, 0.02, 60).tolist(), setup=told))
    assert isinstance(one, Finding) and one.severity == Severity.INFO


def test_without_labels_the_rule_says_so() -> None:
    (one,) = rule.find(run(setup=setup()))
    assert isinstance(one, NotApplicable)


@pytest.mark.parametrize(("least", "severity"), [(1.45, Severity.ERROR), (1.2, None), (0.1, None)])
def test_validation_that_gains_nothing_from_what_was_learnt(
    least: float, severity: Severity | None
) -> None:
    fitted = np.linspace(1.5, 0.1, 60).tolist()
    values = np.r_[np.linspace(1.5, least, 5), np.linspace(least, 3.0, 5)].tolist()
    validation = curve(values, range(6, 61, 6))
    told = setup(labels=classes(), loss="cross_entropy", output=output())
    got = [f.severity for f in rule.find(run(loss=fitted, validation=validation, setup=told))]
    assert got == [severity] * (severity is not None)
    errors = curve([0.7] * 10, range(6, 61, 6))  # another measure: a share of errors
    low = np.linspace(0.2, 0.01, 60).tolist()
    assert list(rule.find(run(loss=low, validation=errors, setup=told))) == []
