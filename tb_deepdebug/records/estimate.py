"""A number with its interval."""

from __future__ import annotations

import dataclasses

NAN = float("nan")


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A number with the ends of its interval; NaN where it is not defined ("n/a")."""

    value: float = NAN
    low: float = NAN
    high: float = NAN
