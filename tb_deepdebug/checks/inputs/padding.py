"""How much of the input is padding, and which value each channel has most often."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_CELLS_FOR_MODES = 20_000


class Padding:
    """Padded timesteps of series `[batch, time, C]`, and cells at each channel's commonest value.

    Without a mask a timestep counts as padded where it belongs to a run of at least two identical
    ones (in all channels) at either end of its series.
    """

    def __init__(self, columns: NDArray[Any]) -> None:
        some = columns[:, :: max(1, columns.shape[1] // _CELLS_FOR_MODES)]
        self.modes = [_mode(column) for column in some]
        self.at_mode = np.zeros(len(columns), np.int64)
        self.cells = 0
        self.timesteps = 0
        self.padded = 0
        self.examples = 0
        self.padded_examples = 0

    def add(
        self, array: NDArray[Any], columns: NDArray[Any], mask: NDArray[np.bool_] | None
    ) -> None:
        """Takes in a batch, and the same as `[C, n]`."""
        self.cells += columns.shape[1]
        pairs = zip(columns, self.modes, strict=True)
        self.at_mode += [np.count_nonzero(column == mode) for column, mode in pairs]
        if array.ndim != 3 or array.shape[1] < 4:
            return
        self.examples += len(array)
        self.timesteps += array.shape[0] * array.shape[1]
        if mask is not None:
            lengths = (~mask).sum(axis=1)
        else:
            lengths = np.minimum(_run(array) + _run(array[:, ::-1]), array.shape[1])
        self.padded += int(lengths.sum())
        self.padded_examples += int((lengths > 0).sum())

    @property
    def share(self) -> float:
        """Of all timesteps, those that are padding; NaN where there are no series."""
        return self.padded / self.timesteps if self.timesteps else float("nan")

    @property
    def mode_share(self) -> NDArray[np.float64]:
        """Of each channel's cells, those at its commonest value."""
        return self.at_mode / max(self.cells, 1)


def _mode(column: NDArray[Any]) -> Any:
    values, counts = np.unique(column, return_counts=True)
    return values[counts.argmax()] if len(values) else np.nan


def _run(array: NDArray[Any]) -> NDArray[np.int64]:
    """The length of each series' run of identical timesteps at its end; 0 where it is 1."""
    found = np.zeros(len(array), np.int64)
    ends = np.flatnonzero((array[:, -1] == array[:, -2]).all(axis=-1))
    if not len(ends):
        return found
    differs = np.zeros((len(ends), array.shape[1]), bool)
    for channel in range(array.shape[2]):  # a reduction over a few channels is far slower
        values = array[ends, :, channel]
        differs |= values != values[:, -1:]
    lengths = differs[:, ::-1].argmax(axis=1)
    found[ends] = np.where(differs.any(axis=1), lengths, array.shape[1])
    return found
