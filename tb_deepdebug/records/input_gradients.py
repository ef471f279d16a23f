"""Gradients of one output with respect to the input at every timestep, reduced over examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import as_floats, as_mask, as_names, describe, units_last
from tb_deepdebug.stats import curves
from tb_deepdebug.stats.amnesia import Amnesia, amnesia

REDUCTIONS = ("log_mean", "mean", "rms", "signed_mean")


@dataclasses.dataclass(frozen=True, eq=False)
class InputGradients:
    """What is kept of gradients `[examples, T, C]`; row 0 is the channels combined, then each.

    Attributes:
      shape: `[examples, T, C]` as given.
      output_step: the output's timestep, 0 to T - 1.
      dtype: name of the dtype as given; `floor` is its smallest normal number.
      states: uint8 `[1 + C, T]`, see `stats.curves`.
      examples: uint32 `[T]`, valid examples at each timestep.
      zeros, nonfinite: uint32 `[1 + C, T]`, how many of them are zero; NaN or infinite.
      curves: name -> float64 `[1 + C, T]`; "log_mean" always, others on request.
      band: float64 `[2, 1 + C, T]`, the bootstrap band of log_mean.
      numbers: the profile's amnesia ratio and its kin.
    """

    shape: tuple[int, ...]
    output_step: int
    dtype: str
    floor: float
    states: NDArray[np.uint8]
    examples: NDArray[np.uint32]
    zeros: NDArray[np.uint32]
    nonfinite: NDArray[np.uint32]
    curves: dict[str, NDArray[np.float64]]
    band: NDArray[np.float64]
    numbers: Amnesia
    channels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.output_step < self.shape[1]:
            raise ValueError(
                f"`output_step` must be a timestep, 0 to {self.shape[1] - 1}. "
                f"Received: output_step={self.output_step}"
            )


def measure(
    gradients: Any,
    *,
    output_step: int,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    reductions: Sequence[str] = ("log_mean",),
) -> InputGradients:
    """Measures a batch; see `tb_deepdebug.summary.input_gradients` for the arguments."""
    array, dtype = as_floats(gradients, "gradients")
    if array.ndim != 3:
        raise ValueError(
            "`gradients` must have rank 3, [batch, time, channels]. "
            f"Received: {describe(array, dtype)}"
        )
    array = units_last(array, unit_axis, dtype)
    if array.size == 0:
        raise ValueError(f"`gradients` must not be empty. Received: {describe(array, dtype)}")
    step = _output_step(output_step, array.shape[1])
    unknown = sorted(set(reductions) - set(REDUCTIONS))
    if unknown or isinstance(reductions, str):
        raise ValueError(
            f"`reductions` must be names out of {list(REDUCTIONS)}. Received: {reductions!r}"
        )
    given = as_mask(mask, array.shape[:2])
    valid = np.ones(array.shape[:2], bool) if given is None else given
    return _measure(
        array, valid, step, dtype, as_names(channels, array.shape[2], "channels"), tuple(reductions)
    )


def _measure(
    array: NDArray[np.floating],
    valid: NDArray[np.bool_],
    output_step: int,
    dtype: str,
    channels: tuple[str, ...] | None,
    reductions: tuple[str, ...],
) -> InputGradients:
    floor = smallest_normal(dtype, array.dtype)
    m = curves.magnitudes(array, valid, floor)
    states = curves.states(m, output_step)
    log_mean = curves.log_mean(m, states)
    lines = {"log_mean": log_mean}
    if "mean" in reductions:
        lines["mean"] = curves.mean(m)
    if "rms" in reductions:
        lines["rms"] = curves.rms(m)
    if "signed_mean" in reductions:
        lines["signed_mean"], lines["cancellation"] = curves.signed_mean(array, m)
    seen = valid[:, None, :]
    return InputGradients(
        shape=array.shape,
        output_step=output_step,
        dtype=dtype,
        floor=floor,
        states=states,
        examples=valid.sum(axis=0).astype(np.uint32),
        zeros=(seen & (m.values == 0)).sum(axis=0).astype(np.uint32),
        nonfinite=(seen & ~np.isfinite(m.values)).sum(axis=0).astype(np.uint32),
        curves=lines,
        band=curves.bootstrap_band(m, states),
        numbers=amnesia(log_mean[0], output_step),
        channels=channels,
    )


def _output_step(step: Any, timesteps: int) -> int:
    if isinstance(step, bool) or not isinstance(step, int | np.integer):
        raise TypeError(f"`output_step` must be an integer. Received: output_step={step!r}")
    if not -timesteps <= step < timesteps:
        raise ValueError(
            f"`output_step` must be a timestep, 0 to {timesteps - 1} (or negative, from the end). "
            f"Received: output_step={step}"
        )
    return int(step) % timesteps


def smallest_normal(name: str, held: np.dtype[Any]) -> float:
    """The smallest normal number of the dtype the gradients were computed in."""
    known = {"float16": 2.0**-14, "bfloat16": 2.0**-126}
    return known.get(name, float(np.finfo(held).tiny))
