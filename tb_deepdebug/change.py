"""A change to one layer as adapters make it: to the values that pass, never to the model."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RECTIFIERS = frozenset({"relu", "relu6"})


@dataclasses.dataclass(frozen=True, eq=False)
class Change:
    """`f(z)` of one layer becomes `g(scale * z + shift)`, wherever the layer is called.

    A bias moved by `shift`, and a kernel multiplied by `scale`, give exactly these values.

    Attributes:
      layer: the name of its record; the second call of a shared layer changes with the first.
      at: what is changed: what goes into the layer's activation function, or, of a layer without
        one, what it returns.
      scale: of the pre-activation.
      shift: a number, or one a unit `[U]`.
      slope: below zero, of the LeakyReLU that takes the place of the activation function; None: the
        function stays.
    """

    layer: str
    at: Literal["activation", "output"]
    scale: float = 1.0
    shift: float | NDArray[np.float64] = 0.0
    slope: float | None = None

    @property
    def moves(self) -> bool:
        """Whether the pre-activation is another one."""
        return self.scale != 1 or bool(np.any(self.shift))

    def is_of(self, name: str) -> bool:
        """Whether a call of this name, "shared#2", is one of the layer's."""
        return uncounted(name) == uncounted(self.layer)


def uncounted(name: str) -> str:
    """The name of a layer without the count of its call: "block/conv" of "block#2/conv"."""
    return re.sub(r"#\d+", "", name)
