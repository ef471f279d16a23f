"""Looking at a net while it trains: the recorder on a few users' weeks."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.demo.wearables import CHANNELS, Weeks
from tb_deepdebug.keras import DeepDebug


def recorder(
    folder: pathlib.Path,
    model: keras.Model,
    x: NDArray[np.float32],
    weeks: Weeks,
    labels: NDArray[np.floating],
    story: str,
    horizon: int | None = None,
    *,
    loss: Callable[[Any, Any], Any],
) -> DeepDebug:
    """What looks at a net each time it is told of a step.

    Args:
      model: see `model.build`.
      x: what the net reads, `[users, time, 3]`.
      weeks: the same users' weeks; the first one's is pictured.
      labels: `[users, 1]`.
      story: shown with the data.
      horizon: how far back the net is meant to look, if that is what the story is about.
      loss: of labels and estimates.
    """
    return DeepDebug(
        folder,
        probe=[x, weeks.mask],
        model=model,
        every=lambda step: True,
        labels=labels,
        loss=loss,
        mask=weeks.mask,
        channels=CHANNELS,
        timestamps=weeks.timestamps,
        series=np.where(weeks.mask[..., None], weeks.readings, np.nan),
        output_layer="raw_output",
        output_step=x.shape[1] // 2,  # everyone has read that far, and it has a long past
        wrt="readings",
        gradients_every=1,
        horizon=horizon,
        description=story,
    )
