"""Do predicted probabilities mean what they say, and which classes are taken for which?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.estimates import Bootstrap, renumbered
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.analysis import Bin, Calibration, Confusion
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.stats.bootstrap import resampled
from tb_deepdebug.stats.bootstrap_interval import interval, spread
from tb_deepdebug.stats.metrics import confusion as counted
from tb_deepdebug.stats.metrics import decided

Floats = NDArray[np.float64]
BINS = 10
THRESHOLD = 0.5
_RESAMPLES = 200  # where the metrics need none


def calibration(table: Table, bootstrap: Bootstrap) -> Calibration | None:
    """Reliability over ten bins of equal width; of a multiclass task that of the chosen class."""
    rows = table.take(table.usable)
    if table.task == "regression" or not len(rows):
        return None
    unit, units = renumbered(rows.unit)
    model, error = _bins(rows, rows.prediction, unit, units, bootstrap)
    baseline = None
    if rows.baseline is not None:
        baseline = _bins(rows, rows.baseline, unit, units, bootstrap)[0]
    return Calibration(model, baseline, error)


def confusion(table: Table) -> Confusion | None:
    """Counts by label and predicted class."""
    rows = table.take(table.usable)
    if table.task == "regression":
        return None
    count = 2 if table.task == "binary" else rows.prediction.shape[1]
    names = table.classes or tuple(str(k) for k in range(count))
    found = [
        None
        if one is None
        else tuple(tuple(map(int, row)) for row in counted(rows.label, decided(one), count))
        for one in (rows.prediction, rows.baseline)
    ]
    threshold = THRESHOLD if table.task == "binary" else None
    return Confusion(names, found[0] or (), found[1], threshold)


def _bins(
    rows: Table, prediction: Floats, unit: NDArray[np.intp], units: int, bootstrap: Bootstrap
) -> tuple[tuple[Bin, ...], Estimate]:
    probability, hit = _stated(rows.label, prediction)
    place = np.minimum((probability * BINS).astype(np.intp), BINS - 1)
    cell, cells = unit * BINS + place, units * BINS
    parts = (np.ones(len(unit)), probability, hit)
    sums = np.stack([np.bincount(cell, part, cells).reshape(units, BINS) for part in parts])

    def shares(counts: NDArray[np.int64]) -> Floats:
        """Share of positives in each bin, then the calibration error, `[B, BINS + 1]`."""
        count, stated, hits = (counts.astype(np.float64) @ part for part in sums)
        share = np.divide(hits, count, out=np.full_like(hits, np.nan), where=count > 0)
        gap = np.abs(stated - hits).sum(axis=1) / count.sum(axis=1)
        return np.concatenate([share, gap[:, None]], axis=1)

    value = shares(np.ones((1, units), np.int64))[0]
    resamples = bootstrap.resamples or _RESAMPLES
    (drawn,) = resampled(units, resamples, bootstrap.seed, shares)
    error = spread(drawn)
    count, stated = sums[0].sum(axis=0), sums[1].sum(axis=0)
    found = []
    for k in range(BINS):
        witnesses = int(np.count_nonzero(sums[0][:, k]))
        share = Estimate(value[k], *interval("share", value[k], error[k], witnesses))
        mean = float(stated[k] / count[k]) if count[k] else float("nan")
        found.append(Bin(k / BINS, (k + 1) / BINS, int(count[k]), mean, share))
    low, high = interval("difference", value[BINS], error[BINS], units)
    return tuple(found), Estimate(value[BINS], max(low, 0.0) if low == low else low, high)


def _stated(label: Floats, prediction: Floats) -> tuple[Floats, Floats]:
    """The probability stated, and whether what it was stated of came to be."""
    if prediction.ndim == 1:
        return prediction, label
    return prediction.max(axis=1), (decided(prediction) == label).astype(np.float64)
