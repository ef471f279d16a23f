"""The temporal Jacobian: d output / d input, output step by input timestep."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import as_floats, as_mask, describe, to_numpy
from tb_deepdebug.records.input_gradients import smallest_normal
from tb_deepdebug.stats import curves
from tb_deepdebug.stats.amnesia import amnesia


@dataclasses.dataclass(frozen=True, eq=False)
class Jacobian:
    """What is kept of gradients `[examples, K, T, C]`: a curve over time for each output step.

    Attributes:
      shape: `[examples, K, T, C]` as given.
      dtype: name of the dtype as given; `floor` is its smallest normal number.
      output_steps: uint32 `[K]`, ascending.
      states: uint8 `[K, T]`, see `stats.curves`.
      log_mean: float64 `[K, T]`, log10 of the geometric mean over examples of the L2 norm over
        channels; NaN where there is no value.
      ratio: float64 `[K]`, log10 of each row's amnesia ratio.
    """

    shape: tuple[int, ...]
    dtype: str
    floor: float
    output_steps: NDArray[np.uint32]
    states: NDArray[np.uint8]
    log_mean: NDArray[np.float64]
    ratio: NDArray[np.float64]

    def __post_init__(self) -> None:
        expected = self.shape[1:3]
        if self.states.shape != expected or self.log_mean.shape != expected:
            raise ValueError(
                f"`states` and `log_mean` must have shape {expected}. "
                f"Received: {self.states.shape} and {self.log_mean.shape}"
            )

    @property
    def log10_peak(self) -> float:
        """The largest value; NaN where there is none."""
        known = self.log_mean[np.isfinite(self.log_mean)]
        return float(known.max()) if known.size else float("nan")


def measure(jacobian: Any, *, output_steps: Any, mask: Any = None) -> Jacobian:
    """Reduces a Jacobian over channels and examples.

    Args:
      jacobian: `[batch, K, T, C]`, any float dtype: row k holds d output at `output_steps[k]` / d
        input.
      output_steps: `[K]` different timesteps of the input; negative ones count from the end.
      mask: `[batch, T]`, true where valid.

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """
    array, dtype = as_floats(jacobian, "jacobian")
    if array.ndim != 4 or array.size == 0:
        raise ValueError(
            "`jacobian` must have rank 4, [batch, output steps, time, channels], and not be "
            f"empty. Received: {describe(array, dtype)}"
        )
    steps = _steps(output_steps, array.shape)
    given = as_mask(mask, (array.shape[0], array.shape[2]))
    valid = np.ones((array.shape[0], array.shape[2]), bool) if given is None else given
    floor = smallest_normal(dtype, array.dtype)
    order = np.argsort(steps)
    rows = [_row(array[:, k], valid, floor, int(steps[k])) for k in order]
    return Jacobian(
        shape=array.shape,
        dtype=dtype,
        floor=floor,
        output_steps=steps[order].astype(np.uint32),
        states=np.stack([states for states, _, _ in rows]),
        log_mean=np.stack([log_mean for _, log_mean, _ in rows]),
        ratio=np.array([ratio for _, _, ratio in rows]),
    )


def _row(
    gradients: NDArray[np.floating], valid: NDArray[np.bool_], floor: float, output_step: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64], float]:
    """States, log-mean and ratio of the gradients `[examples, T, C]` of one output step."""
    whole = curves.magnitudes(gradients, valid, floor)
    combined = curves.Magnitudes(whole.values[:, :1], valid, floor)
    states = curves.states(combined, output_step)
    log_mean = curves.log_mean(combined, states)[0]
    return states[0], log_mean, amnesia(log_mean, output_step).log10_amnesia_ratio


def _steps(output_steps: Any, shape: tuple[int, ...]) -> NDArray[np.int64]:
    steps, timesteps = to_numpy(output_steps), shape[2]
    if steps.dtype.kind not in "iu" or steps.shape != shape[1:2]:
        raise TypeError(
            f"`output_steps` must be {shape[1]} integers, one a row of the Jacobian. "
            f"Received: output_steps={output_steps!r}"
        )
    inside = (steps >= -timesteps) & (steps < timesteps)
    whole = steps.astype(np.int64) % timesteps
    if not inside.all() or len(np.unique(whole)) != len(whole):
        raise ValueError(
            f"`output_steps` must be different timesteps, 0 to {timesteps - 1} (or negative, from "
            f"the end). Received: output_steps={output_steps!r}"
        )
    return whole
