"""Input gradients before training -> what those of a trained net become, but for the headline."""

from __future__ import annotations

from tb_deepdebug.records.input_gradients import Untrained
from tb_deepdebug.wire.input_gradients import fields, planes, series

__all__ = ["fields", "planes", "series", "standard"]


def standard(record: Untrained) -> dict[str, float]:
    """Nothing: the Scalars tab has the number from the input gradients."""
    return {}
