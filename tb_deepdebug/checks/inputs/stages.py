"""How many examples each stage of a pipeline's filtering leaves, and of which classes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.cells import to_numpy


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """The examples after one stage; `labels` float64, or None where only their number is known."""

    name: str
    count: int
    labels: NDArray[np.float64] | None

    @classmethod
    def of(cls, name: str, given: Any) -> Stage:
        """From labels, or a number. Raises ValueError."""
        if isinstance(given, int | np.integer) and not isinstance(given, bool) and given >= 0:
            return cls(name, int(given), None)
        array = None if isinstance(given, int | float | str) else to_numpy(given)
        if array is None or array.ndim < 1 or array.dtype.kind not in "biuf":
            raise ValueError(
                f"stage {name!r} must be its labels or how many examples it leaves. "
                f"Received: {given!r}"[:300]
            )
        labels = array.reshape(len(array), -1)[:, 0].astype(np.float64)
        return cls(name, len(labels), labels)
