"""What a table of predictions says: metrics, strata, slices, patterns, calibration."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

from tb_deepdebug.records.estimate import Estimate

Operator = Literal["==", "!=", "<", "<=", ">", ">=", "missing"]


@dataclasses.dataclass(frozen=True)
class Condition:
    """One comparison of a column; rows where the column is missing fail all but "missing".

    Attributes:
      value: a number for a column of numbers, a category's name for one of categories; "" for
        "missing".
    """

    column: str
    operator: Operator
    value: float | str = ""


@dataclasses.dataclass(frozen=True)
class Metrics:
    """Metrics of some rows, the model's and the baseline's on the same resamples.

    Attributes:
      rows, groups: how many rows with a label, of how many groups (users; rows where none given).
      positives: of a binary task, else None.
      model, baseline: estimates by metric; `baseline` is None where there is none.
      difference: model - baseline, by metric.
    """

    rows: int
    groups: int
    positives: int | None
    model: Mapping[str, Estimate]
    baseline: Mapping[str, Estimate] | None = None
    difference: Mapping[str, Estimate] | None = None


@dataclasses.dataclass(frozen=True)
class Stratum:
    """The rows for which all conditions hold; `small` ones are shown grey and not ranked."""

    text: str
    conditions: tuple[Condition, ...]
    small: bool
    metrics: Metrics


@dataclasses.dataclass(frozen=True)
class Effect:
    """By how much the rows of a slice differ from the rest, in one half of the users.

    Attributes:
      effect: mean loss in the slice - mean loss outside ("loss"); mean of what the model gains on
        the baseline in the slice - outside ("gain").
      p, q: of the one-sided test, and corrected for the number of slices tried (Benjamini and
        Hochberg); NaN on the half where the slice was found.
    """

    rows: int
    groups: int
    effect: Estimate
    p: float = float("nan")
    q: float = float("nan")


@dataclasses.dataclass(frozen=True)
class Slice:
    """A weak slice, found on one half of the users and tested on the other."""

    text: str
    conditions: tuple[Condition, ...]
    on: Literal["loss", "gain"]
    found: Effect
    tested: Effect
    confirmed: bool


@dataclasses.dataclass(frozen=True)
class Share:
    """How common a pattern is among some rows: `count` of `rows`, in `groups` groups."""

    count: int
    rows: int
    groups: int


@dataclasses.dataclass(frozen=True)
class Pattern:
    """A condition, among the losses and among the wins.

    Attributes:
      source: who asked: "user" (typed) or "found".
      losses, wins: how common it is among them.
      difference: share among the losses - share among the wins.
      verdict: "pattern" where it is more common among the losses beyond chance, "none" where it is
        not, "unknown" where there are too few rows or groups to tell.
    """

    text: str
    conditions: tuple[Condition, ...]
    source: Literal["user", "found"]
    losses: Share
    wins: Share
    difference: Estimate
    p: float
    q: float
    verdict: Literal["pattern", "none", "unknown"]


@dataclasses.dataclass(frozen=True)
class Bin:
    """One bin of predicted probabilities: its edges, rows, mean prediction, share of positives."""

    low: float
    high: float
    rows: int
    mean: float
    share: Estimate


@dataclasses.dataclass(frozen=True)
class Calibration:
    """Reliability; `error` is the expected calibration error over the bins."""

    model: tuple[Bin, ...]
    baseline: tuple[Bin, ...] | None
    error: Estimate


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Counts `[label][predicted]` by class; binary tasks at `threshold`."""

    classes: tuple[str, ...]
    model: tuple[tuple[int, ...], ...]
    baseline: tuple[tuple[int, ...], ...] | None
    threshold: float | None


@dataclasses.dataclass(frozen=True)
class Reversal:
    """Pooled and stratified answers disagree in sign (Simpson's paradox).

    Attributes:
      metric: of which the difference model - baseline is meant.
      column: by which the strata are made.
      pooled: the difference over all rows.
      strata: the difference in each stratum, by its text.
    """

    metric: str
    column: str
    pooled: float
    strata: tuple[tuple[str, float], ...]


@dataclasses.dataclass(frozen=True)
class Analysis:
    """What a table of predictions says.

    Attributes:
      task: "binary", "multiclass" or "regression".
      unit: what was resampled: "group" or "row".
      resamples, confidence: of the bootstrap.
      least_rows, least_groups: a stratum below either is small.
      metrics: over all rows.
      group_metrics: where the label is the same for all rows of a group: metrics of one row per
        group (its mean prediction), else None.
      calibration, confusion: None for a regression.
      tried: how many slices were looked at.
      notes: what could not be looked at, and why.
    """

    task: Literal["binary", "multiclass", "regression"]
    unit: Literal["group", "row"]
    resamples: int
    confidence: float
    least_rows: int
    least_groups: int
    metrics: Metrics
    group_metrics: Metrics | None = None
    calibration: Calibration | None = None
    confusion: Confusion | None = None
    strata: tuple[Stratum, ...] = ()
    slices: tuple[Slice, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    reversals: tuple[Reversal, ...] = ()
    tried: int = 0
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        from tb_deepdebug.records.analysis_text import told

        return told(self)
