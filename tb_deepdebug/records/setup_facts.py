"""Facts about inputs, labels and outputs of a probe batch, measured from plain arrays."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.setup import InputFacts, LabelFacts, OutputFacts

MOST_CHANNELS, MOST_CLASSES = 1024, 1000
_SUM_ERROR = 1e-3  # of a row of probabilities, which half precision may have rounded

Floats = NDArray[np.float64]


def input_facts(
    name: str, array: Any, mask: NDArray[np.bool_] | None = None, kind: str = "numbers"
) -> InputFacts | None:
    """Facts of one input `[batch, ..., channels]`; None for what is not numbers.

    Args:
      mask: `[batch, time]`, true where valid; left out where it does not fit the input.
      kind: "numbers", "tokens" or "mask".
    """
    values = _numbers(array)
    if values is None or values.ndim == 0:
        return None
    valid = _valid(values, mask)
    cells = values if valid is None else values[valid]
    by_channel = kind == "numbers" and values.ndim > 1
    columns = cells.reshape(-1, values.shape[-1] if by_channel else 1).astype(np.float64)
    finite = np.isfinite(columns)
    mean, std, constant = _moments(columns, finite)
    low, high, middle, spread = _summary(columns[finite])
    return InputFacts(
        name=name,
        dtype=str(np.asarray(array).dtype),
        shape=tuple(values.shape[1:]),
        kind=kind,
        count=values.size,
        nonfinite=int(finite.size - finite.sum()),
        padded=values.size - cells.size,
        min=low,
        max=high,
        mean=middle,
        std=spread,
        channel_mean=tuple(mean[:MOST_CHANNELS].tolist()) if by_channel else (),
        channel_std=tuple(std[:MOST_CHANNELS].tolist()) if by_channel else (),
        constant_channels=constant if by_channel else 0,
    )


def label_facts(
    labels: Any, *, ignored: int | None = None, mask: NDArray[np.bool_] | None = None
) -> LabelFacts | None:
    """Facts of labels `[batch, ...]`; None for what is not numbers.

    Args:
      ignored: the class that the loss leaves out.
      mask: `[batch, time]` of the probe; it counts where there is a label for each timestep.
    """
    values = _numbers(labels)
    if values is None:
        return None
    flat = values.astype(np.float64)
    kept = np.ones(values.shape, bool) if ignored is None else flat != ignored
    valid = _valid(values, mask)
    if valid is not None:
        kept &= valid.reshape(valid.shape + (1,) * (values.ndim - 2))
    told = flat[kept]
    finite = told[np.isfinite(told)]
    integral = bool(finite.size == told.size > 0 and (finite == np.round(finite)).all())
    rows = flat[kept.all(axis=-1)] if values.ndim > 1 else flat[:0]
    distributions = _are_distributions(rows)
    low, high, mean, std = _summary(finite)
    return LabelFacts(
        dtype=str(np.asarray(labels).dtype),
        shape=tuple(values.shape[1:]),
        count=told.size,
        nonfinite=told.size - finite.size,
        min=low,
        max=high,
        mean=mean,
        std=std,
        integral=integral,
        row_sums_to_one=distributions,
        class_counts=_class_counts(told, rows, distributions) if integral else (),
        ignored=values.size - told.size,
    )


def output_facts(output: Any, activation: str | None) -> OutputFacts | None:
    """Facts of an output `[batch, ..., units]`; None for what is not numbers."""
    values = _numbers(output)
    if values is None or values.ndim == 0:
        return None
    flat = values.astype(np.float64)
    low, high, *_ = _summary(flat[np.isfinite(flat)])
    sums = values.ndim > 1 and _are_distributions(flat)
    return OutputFacts(tuple(values.shape[1:]), activation, low, high, sums)


def together(parts: Sequence[OutputFacts]) -> OutputFacts | None:
    """Facts of an output whose examples were taken in parts; None of none."""
    if not parts:
        return None
    return dataclasses.replace(
        parts[0],
        min=float(np.fmin.reduce([one.min for one in parts])),
        max=float(np.fmax.reduce([one.max for one in parts])),
        row_sums_to_one=all(one.row_sums_to_one for one in parts),
    )


def _numbers(array: Any) -> NDArray[Any] | None:
    """As an array of real numbers; None where it is none: texts, objects, nothing."""
    try:
        found = np.asarray(array)
    except (TypeError, ValueError):
        return None
    return found if found.dtype.kind in "biuf" else None


def _valid(values: NDArray[Any], mask: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    fits = mask is not None and values.ndim >= 2 and mask.shape == values.shape[:2]
    return np.asarray(mask, bool) if fits else None


def _summary(finite: Floats) -> tuple[float, float, float, float]:
    """min, max, mean, std; NaN of nothing."""
    if not finite.size:
        return (float("nan"),) * 4
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers near float64's end
        found = finite.min(), finite.max(), finite.mean(), finite.std()
    return tuple(float(one) for one in found)  # type: ignore[return-value]


def _moments(columns: Floats, finite: NDArray[np.bool_]) -> tuple[Floats, Floats, int]:
    """Mean and std of the finite cells of each column `[N, C]`, and how many never change."""
    count = finite.sum(axis=0)
    known = np.where(finite, columns, 0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean = known.sum(axis=0) / count
        std = np.sqrt((np.where(finite, columns - mean, 0) ** 2).sum(axis=0) / count)
    low = np.where(finite, columns, np.inf).min(axis=0, initial=np.inf)
    high = np.where(finite, columns, -np.inf).max(axis=0, initial=-np.inf)
    return mean, std, int(((low == high) & (count > 1)).sum())


def _are_distributions(rows: NDArray[Any]) -> bool:
    """Whether every row of several numbers is a distribution."""
    if not rows.size or rows.shape[-1] < 2:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        sums = rows.sum(axis=-1)
    return bool((rows >= 0).all() and (np.abs(sums - 1) <= _SUM_ERROR).all())


def _class_counts(told: Floats, rows: Floats, one_hot: bool) -> tuple[int, ...]:
    """How often each class is: of whole numbers from 0, or of one-hot rows."""
    if one_hot:
        counts = rows.reshape(-1, rows.shape[-1]).sum(axis=0)
        return tuple(map(int, counts)) if len(counts) <= MOST_CLASSES else ()
    if told.min() < 0 or told.max() >= MOST_CLASSES:
        return ()
    return tuple(np.bincount(told.astype(np.int64)).tolist())
