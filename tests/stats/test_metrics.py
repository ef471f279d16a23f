"""Metrics against scikit-learn's on its own data, against definitions, and where undefined."""

import math
from fractions import Fraction

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.stats import metrics
from tb_deepdebug.stats.metrics_ranking import auroc, average_precision, macro_auroc
from tb_deepdebug.stats.metrics_weighted import NAMES, points

needs("sklearn")
from sklearn import metrics as theirs  # noqa: E402
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris  # noqa: E402
from sklearn.linear_model import LinearRegression, LogisticRegression  # noqa: E402
from sklearn.naive_bayes import GaussianNB  # noqa: E402

LAST_DIGIT = 2.3e-16  # one unit in the last place of a number just below 1


def cancer(digits):
    """Labels and probabilities of the breast-cancer data, rounded so that many are tied."""
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(0)) / x.std(0)
    model = LogisticRegression(C=0.01).fit(x[::2], y[::2])
    return y.astype(float), np.round(model.predict_proba(x)[:, 1], digits)


@pytest.mark.parametrize("digits", [16, 2, 1])
def test_binary_metrics_are_scikit_learns_to_the_last_digit(digits):
    y, p = cancer(digits)
    p = np.clip(p, 1e-7, 1 - 1e-7)
    ours = points("binary", y, p)
    assert ours["auroc"] == pytest.approx(theirs.roc_auc_score(y, p), rel=LAST_DIGIT)
    # Both add hundreds of terms; theirs in another order, ours is within one digit of the exact.
    assert ours["average_precision"] == pytest.approx(
        theirs.average_precision_score(y, p), rel=4 * LAST_DIGIT
    )
    assert ours["brier"] == theirs.brier_score_loss(y, p)
    assert ours["log_loss"] == theirs.log_loss(y, p)
    assert ours["accuracy"] == theirs.accuracy_score(y, p > 0.5)


def test_regression_metrics_are_scikit_learns_to_the_last_digit():
    x, y = load_diabetes(return_X_y=True)
    p = LinearRegression().fit(x[::2], y[::2]).predict(x)
    ours = points("regression", y, p)
    assert ours["mae"] == theirs.mean_absolute_error(y, p)
    assert ours["rmse"] == math.sqrt(theirs.mean_squared_error(y, p))
    assert ours["r2"] == theirs.r2_score(y, p)


def test_multiclass_metrics_are_scikit_learns():
    x, y = load_iris(return_X_y=True)
    p = np.clip(GaussianNB().fit(x[:, :1], y).predict_proba(x[:, :1]), 1e-7, 1)
    p /= p.sum(axis=1, keepdims=True)
    ours = points("multiclass", y.astype(float), p)
    expected = theirs.roc_auc_score(y, p, multi_class="ovr", average="macro")
    assert ours["auroc"] == pytest.approx(expected, rel=2 * LAST_DIGIT)
    assert ours["log_loss"] == pytest.approx(theirs.log_loss(y, p), rel=LAST_DIGIT)
    assert ours["accuracy"] == theirs.accuracy_score(y, p.argmax(axis=1))


@pytest.mark.parametrize("levels", [3, 10, 1000])
def test_ranking_metrics_are_their_definitions_in_exact_numbers(levels):
    rng = np.random.default_rng(levels)
    y, score = rng.random(60) < 0.4, rng.integers(0, levels, 60).astype(float)
    high, low = score[y], score[~y]
    pairs = sum(Fraction(int(a > b)) + Fraction(int(a == b), 2) for a in high for b in low)
    assert auroc(y, score) == float(pairs / (len(high) * len(low)))
    average = Fraction(0)
    for threshold in np.unique(high):
        chosen = int((score >= threshold).sum())
        precision = Fraction(int((high >= threshold).sum()), chosen)
        average += precision * Fraction(int((high == threshold).sum()), len(high))
    assert average_precision(y, score) == pytest.approx(float(average), rel=LAST_DIGIT)


def test_one_certain_mistake_costs_sixteen():
    assert metrics.log_losses(np.array([1.0]), np.array([0.0]))[0] == pytest.approx(
        16.118, abs=1e-3
    )


@pytest.mark.parametrize(
    ("task", "label", "prediction", "undefined"),
    [
        ("binary", [1, 1], [0.2, 0.3], {"auroc", "average_precision"}),
        ("binary", [0, 0], [0.2, 0.3], {"auroc", "average_precision"}),
        ("binary", [], [], {*NAMES["binary"]}),
        ("multiclass", [1, 1], [[0.2, 0.8], [0.3, 0.7]], {"auroc"}),
        ("regression", [3, 3], [2, 3], {"r2"}),
        ("regression", [], [], {*NAMES["regression"]}),
    ],
)
def test_what_is_not_defined_is_nan(task, label, prediction, undefined):
    found = points(task, np.array(label, float), np.array(prediction, float))
    assert {name for name, value in found.items() if math.isnan(value)} == undefined


def test_a_class_that_does_not_occur_is_left_out_of_the_mean():
    p = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.6, 0.3, 0.1]])
    assert macro_auroc(np.array([0.0, 1.0, 0.0]), p) == 1


def test_confusion_counts_labels_by_rows():
    label, predicted = np.array([0.0, 0, 1, 2, 2, 2]), np.array([0.0, 1, 1, 2, 2, 0])
    counts = metrics.confusion(label, predicted, 3)
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
