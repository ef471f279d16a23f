"""From predictions as they come to what they say, and to the records that are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.analyse import RESAMPLES, analyse
from tb_deepdebug.analysis.arguments import tables
from tb_deepdebug.analysis.columns import factorised, missing
from tb_deepdebug.analysis.kept import keep
from tb_deepdebug.analysis.table import Table, finite
from tb_deepdebug.records.analysis import Analysis
from tb_deepdebug.records.predictions import MISSING, Column, Kept, Predictions, Scores, Task


def analyze_predictions(
    labels: Any,
    predictions: Any,
    *,
    baseline: Any = None,
    groups: Any = None,
    times: Any = None,
    columns: Any = None,
    task: Task | None = None,
    classes: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
    group_column: str = "group",
    strata: Sequence[str] = (),
    edges: Mapping[str, Sequence[float]] | None = None,
    patterns: Sequence[str] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Analysis | dict[str, Analysis]:
    """What predictions say: metrics with intervals over users, strata, weak slices, patterns.

    Args:
      labels: `[N]`: 0 or 1, class indices or values; NaN or None: missing.
      predictions: `[N]`: probabilities of class 1, or values; `[N, C]`: probabilities of classes.
      baseline: the predictions of the model to beat, of the same shape.
      groups: `[N]`, whose each row is (users): they are what is resampled.
      times: `[N]`, seconds or datetime64.
      columns: metadata by name, a mapping or a DataFrame; at most 24.
      task: "binary", "multiclass" or "regression"; by default told from shapes and values.
      classes: their names.
      tasks: names, where labels and predictions are `[N, K]`: answers to K questions.
      group_column: what groups are called ("user").
      strata: conditions whose rows are measured, besides those of each column and of pairs:
        "age > 60 and sex == male".
      edges: where to cut a column of numbers, by name; by default at its quartiles.
      patterns: conditions to test: are they more common among the losses than among the wins?
      resamples: of the bootstrap.
      seed: of everything random.

    Returns:
      An Analysis, which prints as a summary of itself; of several tasks, one each by name.

    Raises:
      TypeError, ValueError: wrong arguments; the message gives the rule and what came.
    """
    made = tables(
        labels,
        predictions,
        baseline=baseline,
        groups=groups,
        times=times,
        columns=columns,
        task=task,
        classes=classes,
        tasks=tasks,
        group_column=group_column,
    )
    how: dict[str, Any] = {
        "strata": strata,
        "edges": edges,
        "patterns": patterns,
        "resamples": resamples,
        "seed": seed,
    }
    found = {name: analyse(table, **how) for name, table in made.items()}
    return found[""] if tasks is None else found


def records(
    made: Mapping[str, Table],
    *,
    input: Any = None,
    kept: int | Sequence[int] | None = None,
    mask: Any = None,
    timestamps: Any = None,
    channels: Sequence[str] | None = None,
    analyze: bool = True,
    seed: int = 0,
    **how: Any,
) -> dict[str, Predictions]:
    """The record of each table; `how` goes to `analyse`. Raises TypeError, ValueError."""
    found = {}
    for name, table in made.items():
        rows = None
        if input is not None:
            rows = keep(
                table,
                input,
                kept=kept,
                mask=mask,
                timestamps=timestamps,
                channels=channels,
                seed=seed,
            )
        said = analyse(table, seed=seed, **how) if analyze else None
        found[name] = record(table, rows, said)
    return found


def record(table: Table, kept: Kept | None = None, said: Analysis | None = None) -> Predictions:
    """A table as it is stored."""
    group = None
    if table.group is not None:
        codes = table.group.astype(np.uint32)
        group = Column(table.group_column, codes, table.group_names)
    return Predictions(
        task=table.task,
        label=table.label.astype(np.float32),
        model=_scores(table, table.prediction),
        baseline=None if table.baseline is None else _scores(table, table.baseline),
        classes=table.classes,
        group=group,
        time=table.time,
        columns=tuple(_column(name, values) for name, values in table.columns.items()),
        kept=kept,
        analysis=said,
    )


def _scores(table: Table, prediction: NDArray[np.float64]) -> Scores:
    if prediction.ndim == 1:
        return Scores(prediction.astype(np.float32))
    known = finite(prediction)
    chosen = np.where(known, np.where(known[:, None], prediction, 0).argmax(axis=1), np.nan)
    given = np.full(len(table), np.nan, np.float32)
    rows = np.flatnonzero(known & np.isfinite(table.label))
    given[rows] = prediction[rows, table.label[rows].astype(np.intp)]
    return Scores(chosen.astype(np.float32), given)


def _column(name: str, values: NDArray[Any]) -> Column:
    if values.dtype != object:
        return Column(name, values.astype(np.float32))
    known = ~missing(values)
    codes = np.full(len(values), MISSING, np.uint32)
    names, codes[known] = factorised(values[known])
    return Column(name, codes, names)
