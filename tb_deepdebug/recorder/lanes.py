"""The series that a net reads, brought to the time axis of each of its layers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, eq=False)
class Lanes:
    """The probe's input series, drawn above the pictures of layers.

    Attributes:
      series: `[examples, time, channels]`.
      mask: `[examples, time]`, true where valid; None for all.
      timestamps: `[examples, time]` or `[time]`, in seconds; None: timesteps are counted.
      channels: a name per channel, or None.
    """

    series: NDArray[Any]
    mask: NDArray[np.bool_] | None = None
    timestamps: NDArray[Any] | None = None
    channels: tuple[str, ...] | None = None

    def at(self, examples: slice, length: int) -> dict[str, Any]:
        """The options of a record of activations whose time axis has `length` steps.

        A pooled step shows the mean of the valid readings it covers (NaN where there are none) and
        the time of the first. A layer with more steps than the input has none.
        """
        series = self.series[examples]
        timesteps = series.shape[1]
        if not 0 < length <= timesteps:
            return {}
        starts = np.arange(length) * timesteps // length
        mask = None if self.mask is None else self.mask[examples]
        options: dict[str, Any] = {"input": _mean(series, mask, starts)}
        if self.channels is not None:
            options["input_channels"] = self.channels
        if self.timestamps is not None:
            stamps = self.timestamps
            options["timestamps"] = (stamps if stamps.ndim == 1 else stamps[examples])[..., starts]
        return options


def _mean(
    series: NDArray[Any], mask: NDArray[np.bool_] | None, starts: NDArray[np.int64]
) -> NDArray[np.float32]:
    valid = np.ones(series.shape[:2], bool) if mask is None else mask
    kept = np.where(valid[..., None], series, 0)
    total = np.add.reduceat(kept.astype(np.float64), starts, axis=1)
    count = np.add.reduceat(valid.astype(np.int64), starts, axis=1)[..., None]
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    with np.errstate(over="ignore"):  # beyond float32 is drawn as infinite
        return mean.astype(np.float32)
