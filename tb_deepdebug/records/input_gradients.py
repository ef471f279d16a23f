"""Gradients of one output with respect to the input at every timestep, reduced over examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import as_floats, as_mask, as_names, describe, to_numpy, units_last
from tb_deepdebug.stats import curves
from tb_deepdebug.stats.amnesia import BANDED, Amnesia, amnesia, banded

REDUCTIONS = ("log_mean", "mean", "rms", "signed_mean")


@dataclasses.dataclass(frozen=True, eq=False)
class InputGradients:
    """What is kept of gradients `[examples, T, C]`; row 0 is the channels combined, then each.

    Attributes:
      shape: `[examples, T, C]` as given.
      output_step: the output's timestep, 0 to T - 1.
      aligned: the examples' outputs stood at different timesteps and were moved to this one, so
        that only lags mean something on the time axis.
      dtype: name of the dtype as given; `floor` is its smallest normal number.
      states: uint8 `[1 + C, T]`, see `stats.curves`.
      examples: uint32 `[T]`, valid examples at each timestep.
      zeros, nonfinite: uint32 `[1 + C, T]`, how many of them are zero; NaN or infinite.
      curves: name -> float64 `[1 + C, T]`; "log_mean" always, others on request.
      band: float64 `[2, 1 + C, T]`, the bootstrap band of log_mean.
      numbers: the profile's amnesia ratio and its kin.
      number_bands: float64 `[5, 2]`, the bootstrap bands of those in `stats.amnesia.BANDED`; NaN
        where there is none.
    """

    shape: tuple[int, ...]
    output_step: int
    aligned: bool
    dtype: str
    floor: float
    states: NDArray[np.uint8]
    examples: NDArray[np.uint32]
    zeros: NDArray[np.uint32]
    nonfinite: NDArray[np.uint32]
    curves: dict[str, NDArray[np.float64]]
    band: NDArray[np.float64]
    numbers: Amnesia
    number_bands: NDArray[np.float64]
    channels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.output_step < self.shape[1]:
            raise ValueError(
                f"`output_step` must be a timestep, 0 to {self.shape[1] - 1}. "
                f"Received: output_step={self.output_step}"
            )


class Untrained(InputGradients):
    """The same of a net before training: the reference that its later profiles are held against.

    A kind of its own, with one step, which no sampling of steps can drop.
    """


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """Checked arguments: gradients `[examples, T, C]`, which are `valid` `[examples, T]`, ..."""

    gradients: NDArray[np.floating]
    valid: NDArray[np.bool_]
    output_step: int
    aligned: bool
    dtype: str
    channels: tuple[str, ...] | None
    reductions: tuple[str, ...]


def check(
    gradients: Any,
    *,
    output_step: Any,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    reductions: Sequence[str] = ("log_mean",),
) -> Batch:
    """Checks the arguments of `tb_deepdebug.summary.input_gradients`, and measures nothing.

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """
    array, dtype = as_floats(gradients, "gradients")
    if array.ndim != 3:
        raise ValueError(
            "`gradients` must have rank 3, [batch, time, channels]. "
            f"Received: {describe(array, dtype)}"
        )
    array = units_last(array, unit_axis, dtype)
    if array.size == 0:
        raise ValueError(f"`gradients` must not be empty. Received: {describe(array, dtype)}")
    given = as_mask(mask, array.shape[:2])
    valid = np.ones(array.shape[:2], bool) if given is None else given
    steps = resolve_steps(output_step, valid)
    common = int(steps.max())
    aligned = bool((steps != common).any())
    if aligned:
        array, valid = (_shifted(cells, common - steps) for cells in (array, valid))
    names = as_names(channels, array.shape[2], "channels")
    return Batch(array, valid, common, aligned, dtype, names, _reductions(reductions))


def _reductions(given: Any) -> tuple[str, ...]:
    names = () if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    if given != () and (not names or not all(name in REDUCTIONS for name in names)):
        raise ValueError(
            f"`reductions` must be names out of {list(REDUCTIONS)}. Received: {given!r}"
        )
    return names


def measure(gradients: Any, **options: Any) -> InputGradients:
    """Checks and measures a batch; the arguments are those of `check`."""
    return measure_checked(check(gradients, **options))


def measure_checked(batch: Batch) -> InputGradients:
    """Measures what was checked."""
    array, valid, output_step = batch.gradients, batch.valid, batch.output_step
    floor = smallest_normal(batch.dtype, array.dtype)
    m = curves.magnitudes(array, valid, floor)
    states = curves.states(m, output_step)
    log_mean = curves.log_mean(m, states)
    resampled = curves.bootstrap(m, states)
    # Where magnitudes count as the floor, the log-mean is no more than a bound.
    bounds = (states[0] == curves.UNDERFLOWED) | (log_mean[0] <= np.log10(floor))
    seen = valid[:, None, :]
    return InputGradients(
        shape=array.shape,
        output_step=output_step,
        aligned=batch.aligned,
        dtype=batch.dtype,
        floor=floor,
        states=states,
        examples=valid.sum(axis=0).astype(np.uint32),
        zeros=(seen & (m.values == 0)).sum(axis=0).astype(np.uint32),
        nonfinite=(seen & ~np.isfinite(m.values)).sum(axis=0).astype(np.uint32),
        curves={"log_mean": log_mean, **_others(array, m, batch.reductions)},
        band=resampled.band,
        numbers=amnesia(log_mean[0], output_step, bounds),
        number_bands=_number_bands(log_mean[0], resampled, output_step, bounds),
        channels=batch.channels,
    )


def _number_bands(
    profile: NDArray[np.float64],
    resampled: curves.Bootstrap,
    output_step: int,
    bounds: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """The bands of the numbers of a profile `[T]`, `[5, 2]`."""
    if resampled.combined is None:
        return np.full((len(BANDED), 2), np.nan)
    return curves.percentiles(banded(profile, resampled.combined, output_step, bounds)).T


def _others(
    array: NDArray[np.floating], m: curves.Magnitudes, reductions: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """The curves asked for beside the log-mean."""
    lines = {}
    if "mean" in reductions:
        lines["mean"] = curves.mean(m)
    if "rms" in reductions:
        lines["rms"] = curves.rms(m)
    if "signed_mean" in reductions:
        lines["signed_mean"], lines["cancellation"] = curves.signed_mean(array, m)
    return lines


def resolve_steps(output_step: Any, valid: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The output's timestep of each example, `[examples]`, from an integer, integers or "last"."""
    examples, timesteps = valid.shape
    if isinstance(output_step, str) and output_step == "last":
        if not valid.any(axis=1).all():
            raise ValueError(
                '`output_step="last"` needs a valid timestep in every example. Received: none in '
                f"examples {np.flatnonzero(~valid.any(axis=1))[:5].tolist()}"
            )
        return timesteps - 1 - np.argmax(valid[:, ::-1], axis=1).astype(np.int64)
    steps = to_numpy(output_step)
    if steps.dtype.kind not in "iu" or steps.shape not in ((), (examples,)):
        raise TypeError(
            f'`output_step` must be an integer, {examples} integers (one an example) or "last". '
            f"Received: output_step={output_step!r}"
        )
    if ((steps < -timesteps) | (steps >= timesteps)).any():
        raise ValueError(
            f"`output_step` must be a timestep, 0 to {timesteps - 1} (or negative, from the end). "
            f"Received: output_step={output_step!r}"
        )
    return np.broadcast_to(steps.astype(np.int64) % timesteps, (examples,))


def _shifted(cells: NDArray[Any], by: NDArray[np.int64]) -> NDArray[Any]:
    """Each example moved later in time by so many steps; what enters is zero (not valid)."""
    moved = np.zeros_like(cells)
    for example, shift in enumerate(by):
        moved[example, shift:] = cells[example, : cells.shape[1] - shift]
    return moved


def smallest_normal(name: str, held: np.dtype[Any]) -> float:
    """The smallest normal number of the dtype the gradients were computed in."""
    known = {"float16": 2.0**-14, "bfloat16": 2.0**-126}
    return known.get(name, float(np.finfo(held).tiny))
