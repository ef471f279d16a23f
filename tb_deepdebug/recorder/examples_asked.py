"""The arguments of a recorder's `predictions`, checked before a model runs for minutes."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

ACTIVATIONS = ("sigmoid", "softmax")


@dataclasses.dataclass(frozen=True, eq=False)
class Asked:
    """The checked arguments of a recorder's `predictions`.

    Attributes:
      name: of the records.
      rows: how many examples there are, N.
      labels: `[N]`, or as `summary.predictions` takes them for several tasks.
      predictions: made already, or None.
      activation: turns the model's logits into probabilities, or None.
      examples: rows that are looked into, at most.
      output_step: see `Chosen`; of a table one a row, `[N]`, is welcome.
      mask: bool `[N, T]` or None.
      series: `[N, T, C]` in place of what the model reads, or None.
      timestamps: `[N, T]`, `[T]` or None.
      channels: names, or None.
      options: the rest of what `summary.predictions` takes.
    """

    name: str
    rows: int
    labels: Any
    predictions: Any
    activation: Literal["sigmoid", "softmax"] | None
    examples: int
    output_step: Any
    mask: NDArray[np.bool_] | None
    series: NDArray[Any] | None
    timestamps: NDArray[Any] | None
    channels: tuple[str, ...] | None
    options: Mapping[str, Any]


def asked(
    name: Any,
    labels: Any,
    predictions: Any,
    *,
    activation: Any,
    examples: Any,
    output_step: Any,
    channels: Any,
    options: Mapping[str, Any],
    rows: int | None = None,
    **arrays: Any,
) -> Asked:
    """Checks what can be checked before the model runs.

    Args:
      rows: examples of `x`, where they are known; by default as many as there are labels.
      arrays: mask, series and timestamps.

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"`name` must be a string that is not empty. Received: {name!r}")
    if activation is not None and activation not in ACTIVATIONS:
        raise ValueError(
            f"`activation` must be one of {ACTIVATIONS} or None. Received: {activation!r}"
        )
    if activation is not None and predictions is not None:
        raise ValueError(
            "`activation` is for what the model gives: pass `predictions` as probabilities. "
            f"Received: both, activation={activation!r}"
        )
    whole = isinstance(examples, int | np.integer) and not isinstance(examples, bool)
    if not whole or examples < 0:
        raise ValueError(f"`examples` must be an integer of at least 0. Received: {examples!r}")
    _check_options(options)
    known = {what: _array(one) for what, one in arrays.items()}
    known["labels"], made = _array(labels), _array(predictions)
    count = _checked_rows(known, rows)
    mask = known.get("mask")
    return Asked(
        name=name,
        rows=count,
        labels=known["labels"],
        predictions=made,
        activation=activation,
        examples=int(examples),
        output_step=_array(output_step),
        mask=None if mask is None else mask.astype(bool),
        series=known.get("series"),
        timestamps=known.get("timestamps"),
        channels=None if channels is None else tuple(map(str, channels)),
        options={what: _in_memory(one) for what, one in options.items()},
    )


def _check_options(options: Mapping[str, Any]) -> None:
    from tb_deepdebug import summary

    known = set(inspect.signature(summary.predictions_pb).parameters)
    known -= {"name", "input", "description"}
    unknown = sorted(set(options) - known)
    if unknown:
        raise TypeError(
            f"What `summary.predictions` takes is {', '.join(sorted(known))}. Received: {unknown}"
        )


def _array(given: Any) -> Any:
    """As arrays, one by one of a dict; None and numbers as they are."""
    if isinstance(given, Mapping):
        return {name: _array(one) for name, one in given.items()}
    given = _in_memory(given)
    return np.asarray(given) if hasattr(given, "__array__") or isinstance(given, list) else given


def _in_memory(given: Any) -> Any:
    """Tensors as arrays, wherever they lie; the rest as it is."""
    if isinstance(given, Mapping):
        return {name: _in_memory(one) for name, one in given.items()}
    return given.detach().cpu().numpy() if hasattr(given, "detach") else given


def _checked_rows(arrays: Mapping[str, Any], rows: int | None) -> int:
    """How many rows all of these have."""
    shapes: dict[str, tuple[int, ...]] = {}
    for what, given in arrays.items():
        leaves = given if isinstance(given, Mapping) else {"": given}
        for key, leaf in leaves.items():
            shape = np.shape(leaf)
            if leaf is not None and not (what == "timestamps" and len(shape) == 1):
                shapes[f"{what} {key}".strip()] = shape
    count = next(iter(_labels_first(shapes)))[:1] if rows is None else (rows,)
    wrong = {what: shape for what, shape in shapes.items() if shape[:1] != count or not shape}
    if wrong:
        raise ValueError(
            "labels, mask and series must have one entry for each example of `x`, "
            f"{', '.join(map(str, count)) or 'none'}. Received shapes: {wrong}"
        )
    return int(count[0])


def _labels_first(shapes: Mapping[str, tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [shape for what, shape in shapes.items() if what.startswith("labels")] or [()]
