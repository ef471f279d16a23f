"""The mask of every tap: a layer's own, else the input's, brought to the tap's timesteps."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tb_deepdebug.keras.capture import Source
from tb_deepdebug.keras.inputs import Inputs
from tb_deepdebug.output_steps import mask_at_output


def tap_mask(
    source: Source,
    lead: tuple[int, ...],
    own: list[np.ndarray],
    of_input: Callable[[], np.ndarray | None],
) -> np.ndarray | None:
    """True where valid, in the shape `lead` of the values without their units; None for all.

    Args:
        own: the fetched masks.
        of_input: gives the mask `[examples, time]` of the input.
    """
    if len(lead) < 2:
        return None
    if source.mask is not None:
        mask: np.ndarray | None = own[source.mask]
    else:
        mask = of_input() if len(lead) == 2 else None
        mask = None if mask is None else mask_at_output(mask, lead[1])
    if mask is None:
        return None
    mask = mask[:, ::-1] if source.backwards else mask
    return mask if len(lead) == 2 else np.broadcast_to(mask[:, :, None], lead)


def checked_mask(mask: Any, inputs: Inputs) -> np.ndarray | None:
    """The given mask of the input as booleans.

    Raises:
        TypeError, ValueError: when it does not fit the inputs.
    """
    if mask is None:
        return None
    valid = np.asarray(mask)
    lengths = {a.shape[1] for a in inputs.arrays if a.ndim > 1}
    if valid.ndim != 2 or len(valid) != inputs.batch or valid.shape[1] not in lengths:
        raise ValueError(
            f"`mask` must have the shape [batch, time] of the input, {inputs.described()}. "
            f"Received: shape={valid.shape}"
        )
    if valid.dtype != bool and not np.isin(valid, (0, 1)).all():
        raise TypeError(f"`mask` must be bool, true where valid. Received: dtype={valid.dtype}")
    return valid.astype(bool)
