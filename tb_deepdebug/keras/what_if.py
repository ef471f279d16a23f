"""What `tb_deepdebug.what_if` asks of Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.change import Change, uncounted
from tb_deepdebug.keras.parts import part_paths
from tb_deepdebug.keras.subject import KerasSubject


def subject(model: Any, probe: Any, change: Change | None, **options: Any) -> KerasSubject:
    """The model under the probe, with a change made to what passes through it."""
    return KerasSubject(model, probe, gates=False, change=change, **options)


def bias(model: Any, layer: str) -> NDArray[np.floating] | None:
    """The bias `[U]` of the layer of this name; None where it has none."""
    part = next((part for path, part in part_paths(model) if path == uncounted(layer)), None)
    found = getattr(part, "bias", None)
    return np.asarray(found, np.float64) if found is not None else None
