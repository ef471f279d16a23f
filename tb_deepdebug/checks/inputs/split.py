"""Items about training against validation: users and examples in both, and drift."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.checks.inputs.account import Account
from tb_deepdebug.records.check import Item
from tb_deepdebug.stats import linear_scores
from tb_deepdebug.stats.metrics_ranking import auroc

# As in deepchecks' multivariate drift: 2 * max(AUROC - 0.5, 0) of a domain classifier.
MOST_DRIFT = 0.25
_LEAST_ROWS = 40


def items(account: Account, beside: Account | None) -> Iterator[Item]:
    """Nothing without validation batches."""
    if beside is None:
        return
    yield _users(account, beside)
    yield _examples(account, beside)
    yield _drift(account, beside)


def _users(account: Account, beside: Account) -> Item:
    name = "users of training and validation"
    if not account.groups or not beside.groups:
        return Item(
            name, "unknown", "no groups were given", "Give `groups`: batch -> who each row is of."
        )
    both = account.groups & beside.groups
    if not both:
        counts = f"{len(account.groups):,} and {len(beside.groups):,}"
        return Item(name, "pass", f"{counts} users, none in both")
    some = ", ".join(sorted(map(str, both))[:3])
    return Item(
        name,
        "fail",
        f"{len(both):,} of {len(beside.groups):,} users of validation are in training: {some}",
        "Split by user: a net that knows the user need not learn the task.",
    )


def _examples(account: Account, beside: Account) -> Item:
    name = "examples of training and validation"
    train, validation = (one.passes[0].together() for one in (account, beside))
    both = int(np.isin(validation, train).sum())
    if not both:
        return Item(name, "pass", f"none of {len(validation):,} validation examples is in training")
    return Item(
        name,
        "fail",
        f"{both:,} of {len(validation):,} validation examples are in training, byte for byte",
        "Drop duplicates before the split.",
    )


def _drift(account: Account, beside: Account) -> Item:
    name = "drift from training to validation"
    train, validation = account.chosen.features, beside.chosen.features
    if min(len(train), len(validation)) < _LEAST_ROWS or train.shape[1] != validation.shape[1]:
        return Item(name, "unknown", "too few examples, or of another shape: can't be told")
    features = np.concatenate([train, validation])
    known = np.isfinite(features).all(axis=1)
    is_validation = np.arange(len(features)) >= len(train)
    features, is_validation = features[known], is_validation[known]
    folds = _folds([*account.chosen.groups, *beside.chosen.groups], known)
    scores = linear_scores.out_of_fold(features, folds) @ is_validation.astype(float)
    found = auroc(is_validation.astype(float), scores)
    drift = 2 * max(found - 0.5, 0)
    sentence = (
        f"a linear classifier tells validation from training examples with AUROC {found:.2f} "
        f"(drift {drift:.2f})"
    )
    if drift < MOST_DRIFT:
        return Item(name, "pass", sentence)
    return Item(
        name,
        "partial",
        sentence,
        "Same preprocessing? Same time, device, site? Look at the channels' histograms of both.",
    )


def _folds(groups: list[object], known: np.ndarray) -> np.ndarray:
    """Five folds, a user's examples in one of them."""
    rng = np.random.default_rng(0)
    kept = [one for one, good in zip(groups, known, strict=True) if good]
    if any(one is None for one in kept):
        return rng.permutation(len(kept)) % 5
    fold = {one: int(rng.integers(5)) for one in dict.fromkeys(kept)}
    return np.array([fold[one] for one in kept])
