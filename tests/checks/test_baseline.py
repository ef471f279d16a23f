"""Planted predictions that are better than, as good as and worse than a simple model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tb_deepdebug as dd
from tb_deepdebug.checks import baseline_models as models
from tb_deepdebug.checks.baseline_columns import summaries
from tb_deepdebug.records.check import Check

pytest.importorskip("sklearn")

USERS, WEEKS = 60, 4
GROUPS = np.repeat([f"user {i}" for i in range(USERS)], WEEKS)


def baseline(*args: Any, **options: Any) -> Check:
    return dd.checks.baseline(*args, **{"progress": False, "resamples": 100, "folds": 3, **options})


def series(seed: int = 0) -> tuple[Any, Any]:
    """Inputs, and what the first hour minus the last says: no mean or deviation knows it."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(USERS * WEEKS, 12, 2))
    return x, (x[:, 0, 0] - x[:, -1, 0] + x[:, 1, 0] - x[:, -2, 0]) * 0.7


def noise(size: float, seed: int = 1) -> Any:
    return np.random.default_rng(seed).normal(0, size, USERS * WEEKS)


X, SIGNAL = series()
SUMMARY = X[..., 1].mean(1) / X[..., 1].mean(1).std()
RISK, VALUE = SIGNAL + noise(0.3), SIGNAL + noise(0.3)
KINDS: dict[str, tuple[Any, Any, str]] = {
    # what a simple model can't see; what it sees; the metric
    "binary": (RISK > 0, SUMMARY + noise(0.3) > 0, "AUROC"),
    "regression": (VALUE, SUMMARY + noise(0.3), "R2"),
    "multiclass": (np.digitize(RISK, [-0.7, 0.7]), np.digitize(SUMMARY, [-0.6, 0.6]), "accuracy"),
}


def said(task: str, signal: Any) -> Any:
    """A model's predictions from what it read of the input."""
    if task != "multiclass":
        return signal
    return -np.abs(signal[:, None] - np.array([-1.2, 0, 1.2]))


@pytest.mark.parametrize("task", KINDS)
def test_who_reads_what_summaries_lose_is_better(task: str) -> None:
    hidden, _, metric = KINDS[task]
    got = baseline(X, hidden, said(task, SIGNAL), groups=GROUPS, held_out=True)
    assert got.verdict == "pass" and got.sentence.startswith("Better than")
    assert 0 < got["gain"].low < got["gain"].value <= got["gain"].high
    assert got[metric].value > 0.7
    assert {one.verdict for one in got.items} == {"pass"}


@pytest.mark.parametrize("task", KINDS)
def test_who_reads_nothing_is_worse_than_summaries(task: str) -> None:
    _, plain, _ = KINDS[task]
    got = baseline(X, plain, said(task, noise(1, 5)), groups=GROUPS, held_out=True)
    assert got.verdict == "fail" and got.sentence.startswith("Worse than")
    assert "preprocessing" in got.next
    assert got["gain"].high < 0


@pytest.mark.parametrize("task", KINDS)
def test_who_reads_the_same_shows_no_gain(task: Any) -> None:
    _, plain, _ = KINDS[task]
    users = np.repeat(np.arange(USERS), WEEKS)
    columns = summaries(X, None)[0].values
    # The same model, its users split in another way.
    label = np.asarray(plain, float)
    split = models.folds(task, label, users, 5, seed=99)
    told = models.out_of_fold(task, columns, label, split, 3)
    got = baseline(X, plain, told, groups=GROUPS, held_out=True)
    assert got.verdict == "partial" and got.sentence.startswith("No evidence of gain")
    assert got["gain"].low <= 0 <= got["gain"].high
    assert "overfit_small" in got.next


def test_noise_is_rarely_called_better_or_worse() -> None:
    """Nominal: 2.5 % at either end; the best of several must not look better by being picked."""
    verdicts = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        shared = random.normal(size=(5, 40))[:, np.repeat(np.arange(40), 3)]
        own = shared + random.normal(size=(5, 120))
        x, y = own[:3].T, own[3] > 0
        users = np.repeat(np.arange(40), 3)
        verdicts.append(baseline(x, y, own[4], groups=users, resamples=100, folds=2).verdict)
    assert verdicts.count("pass") <= 3 and verdicts.count("fail") <= 3


def test_the_gain_of_a_regression_is_one_minus_the_ratio_of_errors() -> None:
    got = baseline(None, VALUE, SIGNAL, features=SUMMARY)
    error = np.mean((VALUE - SIGNAL) ** 2)
    assert got["R2"].value == pytest.approx(1 - error / np.var(VALUE))
    line = got.pictures[0].lines[0]
    assert line.labels is not None
    assert line.x[line.labels.index("the mean")] == pytest.approx(1 - error / np.var(VALUE))


def test_every_source_is_a_model_of_its_own_and_all_together() -> None:
    age = np.where(np.arange(240) % 3, "young", "old")
    got = baseline(
        X, RISK > 0, SIGNAL, groups=GROUPS, metadata={"age": age}, features={"trend": SIGNAL}
    )
    names = [one.name for one in got.items if "regression" in one.name]
    assert sorted(names) == [
        f"logistic regression on {one}"
        for one in (
            "all of these",
            "features",
            "mean and std of each channel",
            "metadata",
            "the last values",
        )
    ]
    assert got["AUROC of logistic regression on features"].value > 0.9


def test_persistence_is_a_prediction_when_asked_for() -> None:
    x, _ = series(3)
    got = baseline(x, x[:, -1, 0] + noise(0.1), x[:, -2, 0], persistence=0, groups=GROUPS)
    assert got["R2 of persistence"].value > 0.9
    assert got.verdict == "fail"


def test_rows_without_label_or_prediction_are_left_out() -> None:
    label = np.where(np.arange(240) % 5 == 0, np.nan, RISK > 0)
    signal = np.where(np.arange(240) % 7 == 1, np.nan, SIGNAL)
    got = baseline(X, label, signal, groups=GROUPS)
    kept = np.isfinite(label) & np.isfinite(signal)
    assert got["rows left out"].value == 240 - kept.sum()
    whole = baseline(X[kept], label[kept], signal[kept], groups=GROUPS[kept])
    assert got["gain"] == whole["gain"]


UNKNOWN: dict[str, tuple[Any, Any, str]] = {
    "one class": (np.ones(240), GROUPS, "one class, 1"),
    "no label": (np.full(240, np.nan), GROUPS, "fewer than 5 users"),
    "one user": (RISK > 0, np.zeros(240), "fewer than 5 users"),
    "few with a label": (np.arange(240) < 16, GROUPS, "label 1 is of 4 users only"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cant_be_compared_is_unknown_and_says_why(name: str) -> None:
    label, groups, reason = UNKNOWN[name]
    got = baseline(X, label, SIGNAL, groups=groups)
    assert got.verdict == "unknown" and reason in got.sentence


def test_a_rare_class_that_a_fold_lacks_is_no_error() -> None:
    label = np.clip(np.arange(240), 0, 2)  # classes 0 and 1 are of a row each
    got = baseline(X, label, X[:, 0, [0, 1, 1]], groups=GROUPS)
    assert got.verdict == "fail" and got["accuracy of the commonest class"].value > 0.99


def item(check: Check, name: str) -> Any:
    return next((one for one in check.items if one.name == name), None)


def test_what_gains_do_not_tell_is_said() -> None:
    got = baseline(X, RISK > 0, RISK, groups=GROUPS)
    assert got.verdict == "partial" and item(got, "plausibility").verdict == "partial"
    assert item(got, "predictions of held-out rows").verdict == "unknown"
    trained = baseline(X, RISK > 0, SIGNAL, groups=GROUPS, held_out=False)
    assert trained.verdict == "partial"
    upside = baseline(X, RISK > 0, -SIGNAL, groups=GROUPS)
    assert upside.verdict == "fail"
    assert "sign" in item(upside, "order of the predictions").next and "sign" in upside.next
    alone = baseline(X[:18], (RISK > 0)[:18], SIGNAL[:18])
    assert "each row" in item(alone, "users").sentence.lower()


ERRORS: dict[str, tuple[tuple[Any, ...], dict[str, Any], str]] = {
    "labels": ((X, X[:, 0], SIGNAL), {}, r"one label a row.*shape=\(240, 2\)"),
    "predictions": ((X, RISK > 0, SIGNAL[1:]), {}, r"for each of the 240 labels.*\(239,\)"),
    "groups": ((X, RISK > 0, SIGNAL), {"groups": [1]}, r"user of each row.*shape=\(1,\)"),
    "x": ((X[1:], RISK > 0, SIGNAL), {}, r"row for each of the 240 labels.*\[239\]"),
    "task": ((X, RISK > 0, SIGNAL), {"task": "rank"}, "must be one of.*'rank'"),
    "binary": ((X, VALUE, SIGNAL), {"task": "binary"}, "must be 0 or 1"),
    "classes": ((X, VALUE, SIGNAL), {"task": "multiclass"}, "must be class indices"),
    "wide": ((X, VALUE, X[:, 0]), {}, "one number a row"),
    "texts": ((X, np.full(240, "a"), SIGNAL), {}, "must be numbers"),
    "folds": ((X, RISK > 0, SIGNAL), {"folds": 1}, "at least 2"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_state_the_rule_and_what_came(name: str) -> None:
    args, options, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        baseline(*args, **options)


def test_scikit_learn_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"pip install 'tb-deepdebug\[analysis\]'"):
        baseline(X, RISK > 0, SIGNAL)


def test_breast_cancer_by_a_forest_and_by_a_regression() -> None:
    """Real data: scikit-learn's bundled set is linear enough that nothing beats a regression."""
    from sklearn import datasets, ensemble, model_selection

    x, y = datasets.load_breast_cancer(return_X_y=True)
    forest = ensemble.RandomForestClassifier(50, random_state=0, n_jobs=1)
    told = model_selection.cross_val_predict(forest, x, y, cv=5, method="predict_proba")
    got = baseline(x, y, told, held_out=True)
    simple = got["AUROC of logistic regression on the columns"]
    assert got.verdict in ("partial", "fail") and simple.value > 0.99
    assert baseline(x[:, :1], y, told, held_out=True).verdict == "pass"


def test_it_is_written_with_its_pictures(tmp_path: Path) -> None:
    got = baseline(X, RISK > 0, SIGNAL, groups=GROUPS, logdir=tmp_path)
    gains, scores = got.pictures
    assert gains.kind == scores.kind == "intervals"
    assert gains.lines[0].labels == tuple(one.name for one in got.items[:3])
    assert scores.lines[0].labels is not None and scores.lines[0].labels[0] == "your model"
    from tensorboard.backend.event_processing import event_file_loader

    events = event_file_loader.EventFileLoader(str(next(tmp_path.iterdir()))).Load()
    assert any("baseline" in v.tag for event in events for v in event.summary.value)
