"""The metrics of a table with their intervals, over groups."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.analysis import Metrics
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.stats.bootstrap import resampled
from tb_deepdebug.stats.bootstrap_interval import influence_spread, interval, spread
from tb_deepdebug.stats.metrics_weighted import NAMES, Weighted, points, weighted

Floats = NDArray[np.float64]
_RANKED = ("auroc", "average_precision")


@dataclasses.dataclass(frozen=True)
class Bootstrap:
    """How often to resample; 0: the standard error that resampling tends to, by influence."""

    resamples: int
    seed: int = 0


# A minute, about, of sorting rows anew: fewer resamples of more rows than that, and below the
# fewest that tell a standard error to 5 %, none.
_MOST_WORK = 3_000_000_000
_FEWEST_RESAMPLES = 200


def affordable(table: Table, resamples: int, seed: int) -> tuple[Bootstrap, tuple[str, ...]]:
    """As many resamples as asked for, or as can be afforded, and a note in that case.

    Raises ValueError for a number that is none.
    """
    if not isinstance(resamples, int | np.integer) or resamples < 0:
        raise ValueError(f"`resamples` must be a whole number from 0 up. Received: {resamples!r}")
    rankings = table.prediction.shape[1] if table.task == "multiclass" else 1
    models = 1 if table.baseline is None else 2
    most = _MOST_WORK // max(len(table) * rankings * models, 1)
    if resamples <= most:
        return Bootstrap(int(resamples), seed), ()
    if most >= _FEWEST_RESAMPLES:
        return Bootstrap(most, seed), (f"{most} resamples of {resamples:,}: the table is large",)
    note = "standard errors by influence, without resampling: the table is large"
    return Bootstrap(0, seed), (note,)


def measure(table: Table, bootstrap: Bootstrap) -> Metrics:
    """The metrics of all usable rows."""
    rows = table.take(table.usable)
    unit, units = renumbered(rows.unit)
    predictions = [rows.prediction] + ([] if rows.baseline is None else [rows.baseline])
    models = [weighted(table.task, rows.label, one, unit, units) for one in predictions]
    values = [
        _points(rows, one, model, bootstrap) for one, model in zip(predictions, models, strict=True)
    ]
    errors = _errors(models, units, bootstrap)
    count = {name: _witnesses(name, rows, unit, units) for name in NAMES[table.task]}
    told = [
        _estimates(table, value, error, count)
        for value, error in zip(values, errors[: len(values)], strict=True)
    ]
    both = len(told) > 1
    return Metrics(
        rows=len(rows),
        groups=units,
        positives=int(rows.label.sum()) if table.task == "binary" else None,
        model=told[0],
        baseline=told[1] if both else None,
        difference=_differences(table, values, errors[2], count) if both else None,
    )


def renumbered(unit: NDArray[np.intp]) -> tuple[NDArray[np.intp], int]:
    """Codes without gaps, and how many."""
    present = np.zeros(int(unit.max(initial=-1)) + 1, bool)
    present[unit] = True
    return (np.cumsum(present) - 1)[unit], int(present.sum())


def _points(rows: Table, prediction: Floats, model: Weighted, bootstrap: Bootstrap) -> list[float]:
    if bootstrap.resamples and len(rows):
        return list(points(rows.task, rows.label, prediction).values())
    return [float(one) for one in model.measure(np.ones((1, model.units), np.int64))[0]]


def _errors(models: list[Weighted], units: int, bootstrap: Bootstrap) -> list[Floats]:
    """Standard errors of the model's metrics, the baseline's and their difference."""
    if not (bootstrap.resamples and units):
        found = [model.influence() for model in models]
        return [influence_spread(one) for one in _with_difference(found)]
    measures = [model.measure for model in models]
    found = resampled(units, bootstrap.resamples, bootstrap.seed, *measures)
    return [spread(one) for one in _with_difference(found)]


def _with_difference(found: list[Floats]) -> list[Floats]:
    return found + [found[0] - one for one in found[1:]]


def _witnesses(name: str, rows: Table, unit: NDArray[np.intp], units: int) -> int:
    """How many units an interval rests on: where classes are ranked, those of the rarest class."""
    if name not in _RANKED:
        return units
    classes = np.unique(rows.label)
    return min((len(np.unique(unit[rows.label == one])) for one in classes), default=0)


def _estimates(
    table: Table, values: list[float], errors: Floats, count: dict[str, int]
) -> dict[str, Estimate]:
    return {
        name: Estimate(value, *interval(name, value, float(error), count[name]))
        for name, value, error in zip(NAMES[table.task], values, errors, strict=True)
    }


def _differences(
    table: Table, values: list[list[float]], errors: Floats, count: dict[str, int]
) -> dict[str, Estimate]:
    found = {}
    for k, name in enumerate(NAMES[table.task]):
        value = values[0][k] - values[1][k]
        ends = interval("difference", value, float(errors[k]), count[name])
        found[name] = Estimate(value, *ends)
    return found
