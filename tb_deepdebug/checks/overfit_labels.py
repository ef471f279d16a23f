"""Labels as a net's own head takes them, and the loss that goes with both."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.learner import Loss

Floats = NDArray[np.float64]


def labels(y: Any, rows: int) -> Floats:
    """Checked: float64 `[N, columns]` or `[N, time, columns]`; NaN: missing.

    Raises:
      ValueError: it has not a row of labels, numbers, for each input.
    """
    array = np.asarray(y)
    if array.ndim not in (1, 2, 3) or len(array) != rows or array.dtype.kind not in "biuf":
        raise ValueError(
            "`y` must be numbers, [N], [N, outputs], [N, time] or [N, time, outputs], for each of "
            f"the {rows} rows of `x`. "
            f"Received: shape={array.shape}, dtype={array.dtype}"
        )
    label = array.astype(np.float64)
    if label.ndim == 1 or label.shape[1:2] == (1,):
        label = label.reshape(rows, -1)
    return np.where(np.isfinite(label), label, np.nan)


def told_loss(label: Floats, outputs: int, loss: Loss | None) -> Loss:
    """The loss that labels `[N, columns]` and a head's number of outputs ask for.

    One output: binary for labels 0 and 1, else squared errors. Several outputs with one label a
    row: categorical. As many outputs as labels: categorical for one-hot rows, binary for other
    rows of 0 and 1, else squared errors.
    """
    if loss is not None:
        if loss not in get_args(Loss):
            raise ValueError(f"`loss` must be one of {get_args(Loss)}. Received: {loss!r}")
        return loss
    known = label[np.isnan(label).sum(1) == 0]
    zero_or_one = bool(np.isin(known, (0, 1)).all())
    if outputs > 1 and (label.shape[1] == 1 or (zero_or_one and (known.sum(1) == 1).all())):
        return "categorical"
    return "binary" if zero_or_one else "mse"


def fitted(label: Floats, outputs: int, loss: Loss) -> Floats:
    """The labels in the loss's shape: class indices `[N]`, or `[N, outputs]`.

    Raises:
      ValueError: the head has another number of outputs than the labels ask for.
    """
    if loss == "categorical" and label.shape[1] == outputs and outputs > 1:
        whole = np.isnan(label).sum(1) == 0
        return np.where(whole, np.nan_to_num(label).argmax(1), np.nan)
    known = label[np.isfinite(label)]
    if loss == "categorical":
        if label.shape[1] == 1 and np.isin(known, np.arange(outputs)).all():
            return label[:, 0]
        raise ValueError(
            f"`y` must hold class indices below {outputs}, the number of the model's outputs. "
            f"Received: shape={label.shape}, values {np.unique(known)[:5]}"
        )
    if label.shape[1] != outputs:
        raise ValueError(
            f"`y` must have as many columns as the model has outputs, {outputs}. "
            f"Received: {label.shape[1]}"
        )
    if loss == "binary" and not np.isin(known, (0, 1)).all():
        raise ValueError(f"`y` must be 0 or 1. Received: {np.unique(known)[:5]}")
    return label


def scaled(label: Floats, predicted: Floats) -> Floats:
    """Values to mean 0 and standard deviation 1, as a net is best fed with them.

    A head that gives nothing below 0 (a ReLU, a softplus) may be right for labels of which none
    is: they keep their zero.
    """
    deviation = np.nanstd(label, axis=0)
    deviation[~(deviation > 0)] = 1.0
    if np.nanmin(label) >= 0 and np.nanmin(predicted) >= 0:
        return label / np.sqrt(np.nanmean(label**2))
    return (label - np.nanmean(label, axis=0)) / deviation
