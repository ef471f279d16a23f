"""A net like DeepHeart: convolutions, an LSTM, an output per timestep, one estimate.

See "DeepHeart: Semi-Supervised Sequence Learning for Cardiovascular Risk Prediction" (Ballinger et
al., 2018), which it resembles in kind, not in size. Its LSTM reads forwards only: a second one
that reads backwards would leave each net two ways to remember, of which training picks either.
"""

from __future__ import annotations

from typing import Literal

import keras
from keras import layers, ops

FILTERS = (16, 16, 32)
KERNELS = (9, 5, 5)
POOLS = (4, 2, 2)
STRIDE = 16  # timesteps that share an output: the product of the pools
CELLS = 32  # of the LSTM

Activation = Literal["relu", "leaky_relu"]
Head = Literal["average", "last"]


def leaky_relu(z: keras.KerasTensor) -> keras.KerasTensor:
    """A tenth of what is below zero passes."""
    return ops.leaky_relu(z, negative_slope=0.1)


_ACTIVATIONS = {"relu": keras.activations.relu, "leaky_relu": leaky_relu}


def build(
    timesteps: int,
    *,
    activation: Activation,
    head: Head,
    penalty: float = 0.0,
) -> keras.Model:
    """The net; its layers are `conv_1`, `pool_1`, ..., `lstm`, `raw_output`.

    Args:
      timesteps: length of the input, a multiple of 16.
      activation: after each convolution.
      head: what becomes of the outputs per timestep. "average" takes their mean over the valid
        timesteps, "last" the one at the last valid timestep.
      penalty: weight of a sum of squares over the activations of the *second* convolution, an L2
        activity regulariser. Keras averages it over the batch and sums it over units and time.

    Returns:
      A model from `readings` float `[batch, timesteps, 3]` and `valid` bool `[batch, timesteps]` to
      the estimate `[batch, 1]`. Its layer `raw_output` gives `[batch, timesteps, 1]`.
    """
    if timesteps % STRIDE:
        raise ValueError(f"`timesteps` must be a multiple of {STRIDE}. Received: {timesteps}")
    readings = layers.Input((timesteps, 3), name="readings")
    valid = layers.Input((timesteps,), dtype="bool", name="valid")
    h = _convolutions(readings, activation, penalty)
    valid_cells = ops.any(ops.reshape(valid, (-1, timesteps // STRIDE, STRIDE)), axis=-1)
    h = layers.LSTM(CELLS, return_sequences=True, name="lstm")(h, mask=valid_cells)
    outputs = layers.Dense(1, name="output")(h)
    raw = layers.Identity(name="raw_output")(ops.repeat(outputs, STRIDE, axis=1))
    if head == "average":
        estimate = layers.GlobalAveragePooling1D(name="average")(raw, mask=valid)
    else:
        estimate = _at_last_valid(raw, valid)
    return keras.Model([readings, valid], estimate)


def _convolutions(
    h: keras.KerasTensor, activation: Activation, penalty: float
) -> keras.KerasTensor:
    for number, (filters, kernel, pool) in enumerate(zip(FILTERS, KERNELS, POOLS, strict=True), 1):
        h = layers.Conv1D(
            filters,
            kernel,
            padding="same",
            activation=_ACTIVATIONS[activation],
            activity_regularizer=keras.regularizers.L2(penalty)
            if penalty and number == 2
            else None,
            bias_initializer=keras.initializers.Constant(0.1),  # so that ReLUs start alive
            name=f"conv_{number}",
        )(h)
        h = layers.MaxPooling1D(pool, name=f"pool_{number}")(h)
    return h


def _at_last_valid(series: keras.KerasTensor, valid: keras.KerasTensor) -> keras.KerasTensor:
    """`[batch, time, 1]` at the last valid timestep, `[batch, 1]`; the padding is at the end."""
    index = ops.sum(ops.cast(valid, "int32"), axis=1) - 1
    here = ops.one_hot(index, series.shape[1], dtype="bool")[..., None]
    return ops.sum(ops.where(here, series, ops.zeros_like(series)), axis=1)
