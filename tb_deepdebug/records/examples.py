"""Chosen examples: the units of every layer and the input gradients of each of them."""

from __future__ import annotations

import dataclasses
from typing import Any

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
      gradient: `[K, T, C]`: d output / d input_t of each example itself; NaN where masked; None
        where it can't be taken. float32, or float64 where float32 would lose some: a net that
        forgets goes far below 1e-38. By a layer's output it has that layer's channels.
      output_steps: uint32 `[K]`: the timestep of the input at which the output stood that was
        differentiated.
      timestamps: float64 `[K, T]`, or None.
      channels: of the input, or None.
      layers: in the order of the model.
    """

    rows: NDArray[np.uint32]
    input: NDArray[np.float32]
    gradient: NDArray[np.floating[Any]] | None
    output_steps: NDArray[np.uint32]
    timestamps: NDArray[np.float64] | None = None
    channels: tuple[str, ...] | None = None
    layers: tuple[LayerPicture, ...] = ()
