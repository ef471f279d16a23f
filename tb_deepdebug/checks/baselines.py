"""Whether a net beats simple models that one trusts, on the same rows, with an interval."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks import baseline_models as models
from tb_deepdebug.checks.baseline_columns import Columns, arrays_of, last_channel, summaries, table
from tb_deepdebug.checks.baseline_report import no_verdict, report, rival
from tb_deepdebug.checks.baseline_rows import Rows, rows
from tb_deepdebug.checks.baseline_scores import METRICS, measure, of_score, resampled
from tb_deepdebug.checks.log import CheckLog
from tb_deepdebug.records.check import Check
from tb_deepdebug.records.predictions import Task
from tb_deepdebug.stats.bootstrap_interval import FEWEST_UNITS

Floats = NDArray[np.float64]


def baseline(
    x: Any,
    y: Any,
    predictions: Any,
    *,
    groups: Any = None,
    metadata: Any = None,
    features: Any = None,
    mask: Any = None,
    model: Any = None,
    persistence: int | None = None,
    held_out: bool | None = None,
    task: Task | None = None,
    logdir: str | os.PathLike[str] | None = None,
    folds: int = 5,
    seed: int = 0,
    resamples: int = 1000,
    progress: bool = True,
) -> Check:
    """Compares predictions with simple models of the same rows, out of fold by user.

    The models: logistic or ridge regression on the mean and standard deviation of every channel,
    on the last valid values, on `metadata` and on `features`, each alone and all together; the
    commonest class or the mean; and, given `model`, the same net trained on rows whose inputs were
    shuffled. The gain on one is (score - its score) / (1 - its score), of AUROC (binary), accuracy
    (multiclass) or R2 (regression: 1 - MSE / its MSE); its interval is of users drawn with
    replacement, the same draws for both. PASS: the whole interval is above 0, against the best of
    them; PARTIAL: it holds 0; FAIL: it is below.

    Args:
      x: `[N, time, channels]`, `[N, columns]`, a mapping or sequence of those, or None.
      y: `[N]`: 0 and 1, class indices, or values; NaN: missing.
      predictions: `[N]`: probability or logit of class 1, or value; or `[N, classes]`. Of rows
        that the model was not trained on.
      groups: `[N]`: each row's user; None: each row counts as one.
      metadata: columns `[N]` by name: a mapping or data frame; categories may be text.
      features: the same, or an array `[N, columns]`: what a simple model would read.
      mask: `[N, time]`, true where valid.
      model: a Keras or torch model, or a function that returns a fresh one; it is copied.
      persistence: of a regression whose label is the next value of a channel: that channel; its
        last valid value is then a prediction as well.
      held_out: whether the model was not trained on these rows; None: not said.
      task: "binary", "multiclass" or "regression"; None: told from `y` and `predictions`.
      logdir: where the check is written; None: nowhere.
      folds: into which the users are split for the regressions.
      resamples: how many draws of users an interval has.
      progress: a line on standard error.

    Returns:
      The check; verdict "unknown", with the reason, where rows or classes are too few.

    Raises:
      ImportError: scikit-learn is not installed.
      ValueError: lengths, shapes or values do not go together.
    """
    models.require_sklearn()
    if folds < 2 or resamples < 100:
        raise ValueError(
            "`folds` must be at least 2 and `resamples` at least 100. "
            f"Received: folds={folds}, resamples={resamples}"
        )
    masked = None if mask is None else np.asarray(mask, bool)
    judged = rows(y, predictions, groups, task)
    read = _columns(x, metadata, features, masked, len(judged.kept))
    settings = _settings(judged, folds, resamples, seed)
    with CheckLog(logdir, "baseline") as log:
        check = _reason_against(judged, settings)
        if check is None:
            guesses = _guesses(judged, read, folds, seed, progress)
            if persistence is not None:
                guesses["persistence"] = [last_channel(x, masked, persistence)[judged.kept]]
            if model is not None:
                guesses[_SHUFFLED] = [_shuffled(model, x, masked, judged, seed, progress)]
            check = _judge(judged, guesses, held_out, resamples, seed, settings)
        log.write(check, 0)
    return check


_SHUFFLED = "the same net on shuffled inputs"


def _columns(
    x: Any, metadata: Any, features: Any, mask: NDArray[np.bool_] | None, count: int
) -> list[Columns]:
    found = []
    if x is not None:
        lengths = {len(one) for one in arrays_of(x)}
        if lengths != {count} or (mask is not None and len(mask) != count):
            raise ValueError(
                f"`x` and `mask` must have a row for each of the {count} labels. "
                f"Received: {sorted(lengths)} rows"
                + ("" if mask is None else f" and a mask of {len(mask)}")
            )
        found += summaries(x, mask)
    if metadata is not None:
        found.append(table("metadata", metadata, count))
    if features is not None:
        found.append(table("features", features, count))
    return found


def _reason_against(judged: Rows, settings: tuple[tuple[str, str], ...]) -> Check | None:
    """The check of what can't be compared, or None."""
    who = "users" if judged.grouped else "rows"
    if judged.number_of_users < FEWEST_UNITS:
        few = f"fewer than {FEWEST_UNITS} {who} have a label and a prediction"
        return no_verdict(few, settings)
    if len(np.unique(judged.label)) == 1:
        what = "label" if judged.task == "regression" else "class"
        return no_verdict(f"all rows have one {what}, {judged.label[0]:g}", settings)
    if judged.task == "binary":
        for label in (0, 1):
            users = len(np.unique(judged.users[judged.label == label]))
            # The interval hardly knows that these few might have been others.
            if users < FEWEST_UNITS:
                reason = f"label {label} is of {users} {who} only, too few for an interval"
                return no_verdict(reason, settings)
    return None


def _guesses(
    judged: Rows, read: list[Columns], folds: int, seed: int, progress: bool
) -> dict[str, list[Floats]]:
    """What each simple model predicts of each row, by its name; once for every split."""
    regression = "ridge regression" if judged.task == "regression" else "logistic regression"
    nothing: dict[Task, str] = {
        "binary": "a constant",
        "multiclass": "the commonest class",
        "regression": "the mean",
    }
    guesses = {nothing[judged.task]: [models.constant(judged.task, judged.label)]}
    sets = [(f"{regression} on {one.name}", one.values) for one in read]
    given = [one for one in read if one.name != "the last values"]
    if len(given) > 1:
        every = np.concatenate([one.values for one in given], axis=1)
        sets.append((f"{regression} on all of these", every))
    every_split = models.splits(judged.task, judged.label, judged.users, folds, seed)
    for name, values in sets:
        _say(progress, name)
        kept = values[judged.kept]
        guesses[name] = [
            models.out_of_fold(judged.task, kept, judged.label, split, judged.classes)
            for split in every_split
        ]
    return guesses


def _shuffled(
    model: Any, x: Any, mask: NDArray[np.bool_] | None, judged: Rows, seed: int, progress: bool
) -> Floats:
    from tb_deepdebug.checks.baseline_shuffled import predictions_without_inputs

    _say(progress, _SHUFFLED)
    return predictions_without_inputs(model, x, mask, judged, seed)


def _judge(
    judged: Rows,
    guesses: dict[str, list[Floats]],
    held_out: bool | None,
    resamples: int,
    seed: int,
    settings: tuple[tuple[str, str], ...],
) -> Check:
    every = [[judged.prediction], *guesses.values()]
    measures = [[measure(judged.task, judged.label, one) for one in some] for some in every]
    model, *others = resampled(measures, judged.users, resamples, seed)
    metric, users = METRICS[judged.task], judged.number_of_users
    rivals = [
        rival(metric, name, model, scores, users, len(others))
        for name, scores in zip(guesses, others, strict=True)
    ]
    return report(judged, of_score(metric, model, users), rivals, held_out, settings)


def _settings(judged: Rows, folds: int, resamples: int, seed: int) -> tuple[tuple[str, str], ...]:
    return (
        ("task", judged.task),
        ("folds", str(folds)),
        ("split and resampled by", "user" if judged.grouped else "row"),
        ("resamples", str(resamples)),
        ("seed", str(seed)),
    )


def _say(progress: bool, what: str) -> None:
    if progress:
        print(f"DeepDebug: baseline: {what}", file=sys.stderr)
