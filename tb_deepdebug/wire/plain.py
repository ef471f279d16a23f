"""Values as JSON holds them: it knows neither NaN nor infinities nor tuples."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def plain(value: Any) -> Any:
    """`value` without what JSON lacks: NaN is null, an infinity "inf" or "-inf"."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def text(value: Any) -> NDArray[np.uint8]:
    """`value` as the bytes of its JSON, for what is too long for a header."""
    packed = json.dumps(plain(value), separators=(",", ":"), allow_nan=False)
    return np.frombuffer(packed.encode("ascii"), np.uint8)
