"""Looking at a net while it trains: the three summary functions on a few users' weeks."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import tb_deepdebug as dd
from tb_deepdebug.demo.model import POOLS
from tb_deepdebug.demo.wearables import CHANNELS, Weeks


class Probe:
    """A net and the weeks on which it is looked at.

    Args:
      model: see `model.build`.
      x: what the net reads, `[users, time, 3]`.
      weeks: the same users' weeks; the first one's is pictured.
      story: shown with the data.
    """

    def __init__(
        self, model: keras.Model, x: NDArray[np.float32], weeks: Weeks, story: str
    ) -> None:
        self._model, self._x, self._weeks, self._story = model, x, weeks, story
        self._output_step = x.shape[1] // 2  # everyone has read that far, and it has a long past
        self._layers = [f"{kind}_{n + 1}" for n in range(len(POOLS)) for kind in ("conv", "act")]
        inner = [model.get_layer(name).output for name in [*self._layers, "lstm"]]
        self._inner = tf.function(keras.Model(model.inputs, inner))

    def log(self, step: int) -> None:
        """Writes everything to TensorFlow's default summary writer."""
        outputs = self._inner([self._x, self._weeks.mask], training=False)
        *convolutions, lstm = (output.numpy() for output in outputs)
        for number, stride in enumerate(np.cumprod([1, *POOLS[:-1]])):
            name = f"conv_{number + 1}"
            z, a = convolutions[2 * number : 2 * number + 2]
            mask = _pooled(self._weeks.mask, stride).any(axis=2)
            dd.summary.preactivations(name, z, step, mask=mask, description=self._story)
            self._activations(name, a, step, stride)
        self._activations("lstm", lstm, step, int(np.prod(POOLS)))
        self._input_gradients(step)

    def _activations(self, name: str, a: NDArray[np.float32], step: int, stride: int) -> None:
        weeks = self._weeks
        dd.summary.activations(
            name,
            a,
            step,
            mask=_pooled(weeks.mask, stride).any(axis=2),
            timestamps=weeks.timestamps[:, ::stride],
            input=_mean_readings(weeks, stride),
            input_channels=CHANNELS,
            description=self._story,
        )

    def _input_gradients(self, step: int) -> None:
        gradients = dd.input_gradients(
            self._model,
            [self._x, self._weeks.mask],
            layer="raw_output",
            wrt="readings",
            output_step=self._output_step,
            mask=self._weeks.mask,
            dtype="float64",
        )
        dd.summary.input_gradients(
            "mean_heart_rate",
            gradients,
            step,
            output_step=self._output_step,
            mask=self._weeks.mask,
            channels=CHANNELS,
            description=self._story,
        )


def _pooled(series: NDArray, stride: int) -> NDArray:
    """`[users, time / stride, stride, ...]`."""
    users, time, *rest = series.shape
    return series.reshape(users, time // stride, stride, *rest)


def _mean_readings(weeks: Weeks, stride: int) -> NDArray[np.float32]:
    """The raw readings on a layer's own time axis: means over the valid ones, NaN where none is."""
    count = _pooled(weeks.mask, stride).sum(axis=2)[..., None]
    total = _pooled(weeks.readings, stride).sum(axis=2)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
