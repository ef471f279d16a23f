"""Chosen examples: the units of every layer and the input gradients of each of them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.stats.quantise import Picture


@dataclasses.dataclass(frozen=True, eq=False)
class LayerPicture:
    """The units of one layer for the chosen examples.

    Attributes:
      axis: "time", "example" or "space", as of activations.
      picture: codes `[K, U, T]` and their scale, one for all examples.
    """

    name: str
    axis: str
    picture: Picture


@dataclasses.dataclass(frozen=True, eq=False)
class Examples:
    """What a recorder keeps of the chosen rows of a table of predictions, under the table's name.

    Attributes:
      rows: uint32 `[K]`: which rows of the table.
      input: float32 `[K, T, C]`; NaN where masked.
      gradient: float32 `[K, T, C]`: d output / d input_t of each example itself; NaN where masked;
        None where it can't be taken.
      output_steps: uint32 `[K]`: the timestep of the output that was differentiated.
      timestamps: float64 `[K, T]`, or None.
      channels: of the input, or None.
      layers: in the order of the model.
    """

    rows: NDArray[np.uint32]
    input: NDArray[np.float32]
    gradient: NDArray[np.float32] | None
    output_steps: NDArray[np.uint32]
    timestamps: NDArray[np.float64] | None = None
    channels: tuple[str, ...] | None = None
    layers: tuple[LayerPicture, ...] = ()
