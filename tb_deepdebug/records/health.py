"""Training health at one step: every parameter's gradient, update and weight, and the loss."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import as_floats
from tb_deepdebug.stats import parameters as _parameters
from tb_deepdebug.stats.log_bins import used
from tb_deepdebug.stats.parameters import HEALTH_BINS, MEASURES, HealthHistory

SOURCES = ("applied", "probe", "given")
OBJECTIVES = ("loss", "output")
OUTPUT_MEASURES = ("rms", "max", "zero_fraction", "nonfinite")


def _one_of(value: Any, known: Sequence[str], argument: str) -> None:
    if value not in known:
        raise ValueError(f"`{argument}` must be one of {known}. Received: {argument}={value!r}")


def _has_shape(array: Any, shape: tuple[int, ...], argument: str) -> None:
    if np.shape(array) != shape:
        raise ValueError(f"`{argument}` must have shape {shape}. Received: {np.shape(array)}")


@dataclasses.dataclass(frozen=True, eq=False)
class OutputGradients:
    """d objective / d output of each layer, on the probe batch, per layer `[L]`.

    Attributes:
      objective: "loss" (labels were given) or "output" (the sum of the model's outputs).
      layers: the names of the taps.
      rms, max, zero_fraction, nonfinite: over all cells of a layer's gradient.
    """

    objective: Literal["loss", "output"]
    layers: tuple[str, ...]
    rms: NDArray[np.float64]
    max: NDArray[np.float64]
    zero_fraction: NDArray[np.float64]
    nonfinite: NDArray[np.float64]

    def __post_init__(self) -> None:
        _one_of(self.objective, OBJECTIVES, "objective")
        for row in OUTPUT_MEASURES:
            _has_shape(getattr(self, row), (len(self.layers),), row)


@dataclasses.dataclass(frozen=True, eq=False)
class ParameterHealth:
    """What an optimizer's step did to every parameter, `[P]` each; NaN where not measured.

    Attributes:
      source: whose gradients: "applied" (the optimizer's, after clipping, loss scaling undone),
        "probe" (of the loss on the probe batch), "given" (by the caller).
      names, layers: the parameter's name, and its layer's.
      shapes: of the parameters.
      measures: row name -> float64 `[P]`, out of `MEASURES`; rows left out are not measured.
        What they mean: `stats.parameters.parameter_measures`.
      weight_counts, gradient_counts: int64 `[P, bins]` over `HEALTH_BINS`, or None.
    """

    source: Literal["applied", "probe", "given"]
    names: tuple[str, ...]
    layers: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    measures: Mapping[str, NDArray[np.float64]]
    weight_counts: NDArray[np.int64] | None = None
    gradient_counts: NDArray[np.int64] | None = None
    loss: float = float("nan")
    learning_rate: float = float("nan")

    def __post_init__(self) -> None:
        _one_of(self.source, SOURCES, "source")
        count = len(self.names)
        if not count == len(self.layers) == len(self.shapes):
            raise ValueError(
                "Names, layers and shapes must be as many. "
                f"Received: {count}, {len(self.layers)} and {len(self.shapes)}"
            )
        unknown = sorted(set(self.measures) - set(MEASURES))
        if unknown:
            raise ValueError(f"`measures` are out of {list(MEASURES)}. Received: {unknown}")
        for row, values in self.measures.items():
            _has_shape(values, (count,), row)
        for name in ("weight_counts", "gradient_counts"):
            counts = getattr(self, name)
            if counts is not None:
                _has_shape(counts, (count, 2 * HEALTH_BINS.size + 1), name)

    @functools.cached_property
    def rows(self) -> NDArray[np.float64]:
        """All `MEASURES` as `[9, P]`; NaN where not measured."""
        rows = np.full((len(MEASURES), len(self.names)), np.nan)
        for place, name in enumerate(MEASURES):
            if name in self.measures:
                rows[place] = self.measures[name]
        return rows

    def row(self, name: str) -> NDArray[np.float64]:
        """One of `MEASURES`, `[P]`; NaN where not measured."""
        return self.rows[MEASURES.index(name)]

    @functools.cached_property
    def used_bins(self) -> slice:
        """The span of `HEALTH_BINS` outside of which neither histogram counts anything."""
        spans = [used(c) for c in (self.weight_counts, self.gradient_counts) if c is not None]
        spans = [span for span in spans if span.stop > span.start]
        if not spans:
            return slice(0, 0)
        return slice(min(span.start for span in spans), max(span.stop for span in spans))

    @functools.cached_property
    def whole(self) -> dict[str, float]:
        """`gradient_norm`, `weight_norm` and `update_ratio` of all parameters together.

        The ratio is over the parameters whose update is known; NaN where nothing is.
        """
        update, weight = self.row("update_norm"), self.row("weight_norm")
        moved = _parameters.joint_norm(weight[~np.isnan(update)])
        return {
            "gradient_norm": _parameters.joint_norm(self.row("gradient_norm")),
            "weight_norm": _parameters.joint_norm(weight),
            "update_ratio": _parameters.joint_norm(update) / moved if moved > 0 else float("nan"),
        }


@dataclasses.dataclass(frozen=True, eq=False)
class Health:
    """What is kept of one training step.

    Attributes:
      parameters: what the step did to them; none where only `outputs` were measured.
      outputs: the gradient at each layer's output, or None.
      history: of the parameters over training, this step included, or None.
    """

    parameters: ParameterHealth
    outputs: OutputGradients | None
    history: HealthHistory | None = None

    def __post_init__(self) -> None:
        if self.parameters.names and self.history is not None:
            _has_shape(self.history.steps, (len(self.parameters.names),), "history")


def measure(
    parameters: ParameterHealth | None,
    outputs: OutputGradients | None = None,
    *,
    history: HealthHistory | None = None,
    step: int | None = None,
) -> Health:
    """A record of what was measured at one training step, of which either part may be missing.

    Args:
      history: of the parameters; with `step`, until before it, and this step is taken into it.
      step: the training step, to follow the parameters from it on.
    """
    record = Health(parameters or ParameterHealth("probe", (), (), (), {}), outputs)
    past = history if step is None else follow(history, record, step)
    return dataclasses.replace(record, history=past)


def follow(history: HealthHistory | None, record: Health, step: int) -> HealthHistory:
    """The history with one more training step; None begins one.

    A step at which no parameter was measured leaves it as it is.

    Raises:
      ValueError: the history is of another number of parameters.
    """
    known = record.parameters
    if history is None or not len(history.steps):
        history = _parameters.begin(len(known.names))
    return _parameters.follow(history, known.rows, step) if known.names else history


def from_arrays(
    names: Sequence[str],
    weights: Sequence[Any],
    gradients: Sequence[Any],
    updates: Sequence[Any] | None = None,
    *,
    layers: Sequence[str] | None = None,
    loss: float = float("nan"),
    learning_rate: float = float("nan"),
) -> ParameterHealth:
    """Measures parameters `[P]` from the arrays themselves.

    Args:
      names: of the parameters.
      weights: one array a parameter, any float dtype and shape.
      gradients: one a parameter, of its shape; None for a parameter without.
      updates: what the step added to each parameter, or None where not known.
      layers: by default the part of each name before the last "/" (or ".", in torch).

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """
    given = (weights, gradients, [None] * len(names) if updates is None else updates)
    if any(len(arrays) != len(names) for arrays in given):
        raise ValueError(
            "Names, weights, gradients and updates must be as many. "
            f"Received: {[len(names), *map(len, given)]}"
        )
    columns, shapes = [], []
    counts = np.zeros((2, len(names), 2 * HEALTH_BINS.size + 1), np.int64)
    for i, (name, *arrays) in enumerate(zip(names, *given, strict=True)):
        weight, gradient, update = _parameter(name, *arrays)
        columns.append(_parameters.parameter_measures(weight, gradient, update))
        shapes.append(weight.shape)
        counts[0, i] = _parameters.histogram(weight)
        counts[1, i] = 0 if gradient is None else _parameters.histogram(gradient)
    return ParameterHealth(
        source="given",
        names=tuple(names),
        layers=tuple(map(_layer, names) if layers is None else layers),
        shapes=tuple(shapes),
        measures={row: np.array([column[row] for column in columns]) for row in MEASURES},
        weight_counts=counts[0],
        gradient_counts=counts[1],
        loss=float(loss),
        learning_rate=float(learning_rate),
    )


def _layer(name: str) -> str:
    return name.rpartition("/")[0] or name.rpartition(".")[0] or name


def _parameter(name: str, weight: Any, gradient: Any, update: Any) -> tuple[Any, Any, Any]:
    array = as_floats(weight, name)[0]
    others = [None if x is None else as_floats(x, name)[0] for x in (gradient, update)]
    for what, other in zip(("gradient", "update"), others, strict=True):
        if other is not None and other.shape != array.shape:
            raise ValueError(
                f"The {what} of {name!r} must have the parameter's shape {array.shape}. "
                f"Received: {other.shape}"
            )
    return array, others[0], others[1]
