"""Scores, gains and intervals against scikit-learn and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tb_deepdebug.checks.baseline_scores import gain, measure, of_difference, of_score, resampled

R = np.random.default_rng(0)
WEIGHTS = R.integers(0, 4, 60).astype(float)
BINARY = R.integers(0, 2, 60).astype(float)
CLASSES = R.integers(0, 3, 60).astype(float)
VALUES = R.normal(size=60)
TIED = np.round(R.normal(size=60), 0)


def of_sklearn(task: str, label: Any, prediction: Any, weights: Any) -> float:
    metrics = pytest.importorskip("sklearn.metrics")
    if task == "binary":
        return float(metrics.roc_auc_score(label, prediction, sample_weight=weights))
    if task == "regression":
        return float(metrics.r2_score(label, prediction, sample_weight=weights))
    chosen = prediction.argmax(1) if prediction.ndim == 2 else prediction
    return float(metrics.accuracy_score(label, chosen, sample_weight=weights))


@pytest.mark.parametrize("weights", [np.ones(60), WEIGHTS], ids=["even", "weighted"])
@pytest.mark.parametrize(
    ("task", "label", "prediction"),
    [
        ("binary", BINARY, R.normal(size=60)),
        ("binary", BINARY, TIED),
        ("binary", BINARY, np.zeros(60)),
        ("multiclass", CLASSES, R.normal(size=(60, 3))),
        ("multiclass", CLASSES, np.roll(CLASSES, 1)),
        ("regression", VALUES, VALUES + R.normal(size=60)),
    ],
)
def test_a_score_is_that_of_scikit_learn(
    task: Any, label: Any, prediction: Any, weights: Any
) -> None:
    got = measure(task, label, prediction)(weights)
    assert got == pytest.approx(of_sklearn(task, label, prediction, weights), abs=1e-12)


@pytest.mark.parametrize(
    ("task", "label"), [("binary", np.ones(3)), ("regression", np.full(3, 2.0))]
)
def test_a_score_of_one_label_is_not_defined(task: Any, label: Any) -> None:
    assert np.isnan(measure(task, label, np.arange(3.0))(np.ones(3)))


@pytest.mark.parametrize(
    ("score", "than", "wanted"),
    [
        (0.9, 0.8, 0.5),
        (0.8, 0.8, 0.0),
        (0.7, 0.8, -0.5),
        (1.0, 0.8, 1.0),
        (0.9, 1.0, np.nan),
        (np.nan, 0.5, np.nan),
        (-1.0, -3.0, 0.5),
    ],
)
def test_the_gain_is_the_part_of_the_way_to_perfect(
    score: float, than: float, wanted: float
) -> None:
    got = gain(np.full(101, score), np.full(101, than), 30)
    assert got.value == pytest.approx(wanted, nan_ok=True)


def test_a_gain_is_above_0_where_its_logarithm_says_so() -> None:
    """Errors of 0.2 and 0.4, whose ratio has a standard error of 10 % among 31 users."""
    random = np.random.default_rng(0)
    other = 1 - 0.4 * np.ones(4001)
    score = 1 - 0.2 * np.exp(np.r_[0, random.normal(0, 0.1, 4000)])
    got = gain(score, other, 31)
    half = 2.042 * np.sqrt(31 / 30) * 0.1  # t of 30 degrees of freedom
    assert got.low == pytest.approx(1 - 0.5 * np.exp(half), rel=0.01)
    assert got.high == pytest.approx(1 - 0.5 * np.exp(-half), rel=0.01)
    picked = gain(score, other, 31, picked_of=5)
    assert picked.low == got.low and picked.high > got.high
    turned = gain(other, score, 31, picked_of=5)
    assert turned.value < turned.high < 0


def test_resamples_draw_users_and_are_paired() -> None:
    users = np.repeat(np.arange(20), 3)
    both = [[measure("binary", BINARY, TIED)], [measure("binary", BINARY, 2 * TIED + 1)]]
    one, other = resampled(both, users, 50, seed=1)
    np.testing.assert_array_equal(one, other)  # AUROC knows ranks alone
    assert len(np.unique(one)) > 10
    seen: list[Any] = []
    resampled([[lambda weights: float(bool(seen.append(weights)))]], users, 5, seed=1)
    assert all((np.ptp(w.reshape(20, 3), axis=1) == 0).all() and w.sum() == 60 for w in seen)


def test_an_interval_knows_the_luck_of_a_fit() -> None:
    fits = [lambda weights, i=i: float(i) for i in range(4)]
    (draws,) = resampled([fits], np.arange(5), 400, seed=0)
    assert draws[0] == 1.5
    assert all(65 <= count <= 135 for count in np.unique(draws[1:], return_counts=True)[1])


def test_an_allowance_is_made_for_the_choice_of_the_best_on_one_side() -> None:
    noise = np.r_[0, np.random.default_rng(0).normal(0, 0.1, 2000)]
    one, best = (of_difference(0.7 + noise, np.full(2001, 0.7), 1000, of) for of in (1, 5))
    assert one.low == best.low == pytest.approx(-0.196, abs=0.01)
    assert best.high == pytest.approx(0.258, abs=0.01)  # normal quantile 0.995
    assert one.high == pytest.approx(0.196, abs=0.01)


def test_where_too_few_resamples_are_defined_there_is_no_interval() -> None:
    assert np.isnan(of_score("AUROC", np.r_[0.7, np.full(100, np.nan)], 30).low)


def test_the_interval_of_a_mean_by_user_covers_it() -> None:
    """Users who are right always or never: nominal 95 %, within what 200 simulations scatter."""
    covered = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        users = np.repeat(np.arange(60), 4)
        right = random.uniform(size=60)[users] < 0.6  # a user is right always or never
        label = np.zeros(240)
        one = measure("multiclass", label, np.where(right, 0.0, 1.0))
        (draws,) = resampled([[one]], users, 100, seed)
        interval = of_score("accuracy", draws, 60)
        covered += interval.low <= 0.6 <= interval.high
    assert 0.90 <= covered / 200 <= 0.98
