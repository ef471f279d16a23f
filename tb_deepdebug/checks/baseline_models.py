"""Simple models that one trusts, and what they predict of users they have not seen."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.predictions import Task

Floats = NDArray[np.float64]
Fold = tuple[NDArray[np.int64], NDArray[np.int64]]


def require_sklearn() -> None:
    """Raises ImportError, naming what to install."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "`baseline` needs scikit-learn. Run: pip install 'tb-deepdebug[analysis]'"
        ) from error


def folds(task: Task, label: Floats, users: NDArray[np.int64], count: int, seed: int) -> list[Fold]:
    """Train and test rows; no user is in both.

    Classes are kept in proportion: else a fold rich in one class is predicted by a model of the
    others, poor in it, and pooled predictions of pure noise score below chance.
    """
    from sklearn import model_selection

    number = int(users.max()) + 1
    kinds: dict[tuple[bool, bool], Any] = {
        (True, True): model_selection.KFold,
        (True, False): model_selection.StratifiedKFold,
        (False, True): model_selection.GroupKFold,
        (False, False): model_selection.StratifiedGroupKFold,
    }
    kind = kinds[number == len(users), task == "regression"]
    options = {} if kind is model_selection.GroupKFold else {"shuffle": True, "random_state": seed}
    splitter = kind(min(count, number), **options)
    # GroupKFold goes by the users' order, and shuffles only from scikit-learn 1.6 on.
    users = np.random.default_rng(seed).permutation(number)[users]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class has fewer rows than there are folds
        return list(splitter.split(np.zeros((len(label), 1)), label, users))


def splits(
    task: Task, label: Floats, users: NDArray[np.int64], count: int, seed: int
) -> list[list[Fold]]:
    """Several splits into folds: what one of them predicts hangs on who is in which fold.

    Each is a draw of that luck, for an interval that knows of it.
    """
    repeats = 4 if len(label) <= 10_000 else 1
    return [folds(task, label, users, count, seed + i) for i in range(repeats)]


def out_of_fold(
    task: Task, columns: Floats, label: Floats, split: list[Fold], classes: int
) -> Floats:
    """What a logistic or ridge regression of the other users predicts of each row.

    Returns:
      `[N]` (binary: the probability of 1), or `[N, classes]` probabilities.
    """
    # A dependency of scikit-learn.
    from threadpoolctl import threadpool_limits

    found = np.zeros((len(label), classes)) if task == "multiclass" else np.zeros(len(label))
    # Threads that wait for each other make small regressions ten times as slow on a busy machine.
    with threadpool_limits(1 if columns.size < 1_000_000 else None), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged to the last digit is good enough
        for train, test in split:
            found[test] = _regressed(task, columns[train], label[train], columns[test], classes)
    return found


def _regressed(task: Task, columns: Floats, label: Floats, unseen: Floats, classes: int) -> Floats:
    """What a regression of some rows predicts of others."""
    known = np.unique(label)
    if task != "regression" and len(known) == 1:
        sure = np.full(len(unseen), known[0])
        return sure if task == "binary" else np.eye(classes)[sure.astype(np.int64)]
    model = _pipeline(task).fit(columns, label)
    if task == "regression":
        return model.predict(unseen)
    if task == "binary":
        return model.predict_proba(unseen)[:, 1]
    found = np.zeros((len(unseen), classes))
    found[:, known.astype(np.int64)] = model.predict_proba(unseen)
    return found


def _pipeline(task: Task) -> Any:
    """Median for what is missing, mean 0 and variance 1, a regression (C or alpha 1)."""
    from sklearn import impute, linear_model, pipeline, preprocessing

    if task == "regression":
        last: Any = linear_model.Ridge(alpha=1.0)
    else:
        last = linear_model.LogisticRegression(C=1.0, max_iter=1000)
    return pipeline.make_pipeline(
        impute.SimpleImputer(strategy="median", keep_empty_features=True),
        preprocessing.StandardScaler(),
        last,
    )


def constant(task: Task, label: Floats) -> Floats:
    """The best guess that reads nothing, `[N]`: the commonest class, or the mean.

    Of all rows, not out of fold: a constant has nothing to overfit, and one that differs from fold
    to fold runs against the labels.
    """
    if task == "multiclass":
        return np.full(len(label), float(np.bincount(label.astype(np.int64)).argmax()))
    return np.full(len(label), label.mean())
