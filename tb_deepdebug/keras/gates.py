"""What goes into the gates of LSTM and GRU layers, and into the activation of a SimpleRNN.

The loop over time keeps them to itself, so they are computed once more from the layer's inputs
and its output sequence, all timesteps at once:

    z_t = x_t W + h_(t-1) U + b

where h_(t-1) is the output of the last timestep before t that the mask leaves valid. The order of
the columns of W and U is Keras's: input, forget, cell, output; update, reset, candidate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

LSTM = ("input", "forget", "cell", "output")
GRU = ("update", "reset", "candidate")
_OWN_WAY = "its cell computes in a way of its own: only the output is taken"


@dataclass(frozen=True)
class Gate:
    """What went into a gate, `[batch, time, units]`, and its activation function.

    `name` is None for the only nonlinearity of a SimpleRNN.
    """

    name: str | None
    preactivation: Any
    activation: Callable[[Any], Any]


def unlike_keras(layer: Any) -> str | None:
    """Why the gates of a recurrent layer can't be computed once more; None where they can."""
    kinds = {
        keras.layers.LSTM: keras.layers.LSTMCell,
        keras.layers.GRU: keras.layers.GRUCell,
        keras.layers.SimpleRNN: keras.layers.SimpleRNNCell,
    }
    for kind, cell in kinds.items():
        if isinstance(layer, kind):
            own = type(layer.cell).call is not cell.call or "call" in vars(layer.cell)
            return _OWN_WAY if own else None
    return _OWN_WAY


def gates(
    layer: Any, sequences: Any, outputs: Any, initial_state: list[Any], mask: Any
) -> list[Gate]:
    """The gates of a recurrent layer, in the order of the input's time.

    Args:
        sequences: `[batch, time, channels]`, what the layer reads.
        outputs: `[batch, time, units]`, all that its loop gave, in the order it went through time.
        initial_state: the state before the first timestep; the first of it is h.
        mask: `[batch, time]` or None.
    """
    cell, backwards = layer.cell, layer.go_backwards
    if backwards:
        sequences = tf.reverse(sequences, [1])
        mask = None if mask is None else tf.reverse(mask, [1])
    h = previous_states(outputs, initial_state[0], mask)
    if isinstance(layer, keras.layers.LSTM):
        found = _lstm(cell, sequences, h)
    elif isinstance(layer, keras.layers.GRU):
        found = _gru(cell, sequences, h)
    else:
        z = _affine(sequences, cell.kernel, cell.bias) + keras.ops.matmul(h, cell.recurrent_kernel)
        found = [Gate(None, z, cell.activation)]
    if backwards:
        found = [Gate(g.name, tf.reverse(g.preactivation, [1]), g.activation) for g in found]
    return found


def previous_states(outputs: Any, initial: Any, mask: Any) -> Any:
    """h_(t-1) of every timestep, `[batch, time, units]`: masked timesteps leave it as it was."""
    initial = tf.cast(initial, outputs.dtype)[:, None]
    if mask is None:
        return tf.concat([initial, outputs[:, :-1]], axis=1)
    valid = tf.cast(mask, tf.int32)
    seen = tf.cumsum(valid, axis=1, exclusive=True)  # how many valid timesteps came before t
    places = tf.argsort(1 - valid, axis=1, stable=True)  # those of the valid ones, in order
    last = tf.gather(places, tf.maximum(seen - 1, 0), batch_dims=1)
    carried = tf.gather(outputs, last, batch_dims=1)
    return tf.where((seen > 0)[:, :, None], carried, initial)


def last_valid(values: Any, mask: Any, backwards: bool) -> Any:
    """`values` at the timestep that a loop over the valid timesteps ends with, `[batch, units]`."""
    if mask is None:
        return values[:, 0] if backwards else values[:, -1]
    valid = tf.cast(mask, tf.int32)
    if backwards:
        place = tf.argmax(valid, axis=1, output_type=tf.int32)
    else:
        length = tf.shape(valid)[1]
        place = length - 1 - tf.argmax(valid[:, ::-1], axis=1, output_type=tf.int32)
    return tf.gather(values, place, batch_dims=1)


def _lstm(cell: Any, x: Any, h: Any) -> list[Gate]:
    z = _affine(x, cell.kernel, cell.bias) + keras.ops.matmul(h, cell.recurrent_kernel)
    functions = [cell.activation if name == "cell" else cell.recurrent_activation for name in LSTM]
    parts = tf.split(z, 4, axis=-1)
    return [Gate(*gate) for gate in zip(LSTM, parts, functions, strict=True)]


def _gru(cell: Any, x: Any, h: Any) -> list[Gate]:
    units, bias = cell.units, cell.bias if cell.use_bias else None
    outer, inner = (bias[0], bias[1]) if bias is not None and cell.reset_after else (bias, None)
    x_update, x_reset, x_candidate = tf.split(_affine(x, cell.kernel, outer), 3, axis=-1)
    recurrent = keras.ops.convert_to_tensor(cell.recurrent_kernel)
    if cell.reset_after:
        h_update, h_reset, h_candidate = tf.split(_affine(h, recurrent, inner), 3, axis=-1)
    else:
        h_update, h_reset = tf.split(tf.matmul(h, recurrent[:, : 2 * units]), 2, axis=-1)
    update, reset = x_update + h_update, x_reset + h_reset
    opened = cell.recurrent_activation(reset)
    if cell.reset_after:
        candidate = x_candidate + opened * h_candidate
    else:
        candidate = x_candidate + tf.matmul(opened * h, recurrent[:, 2 * units :])
    squash, squash_candidate = cell.recurrent_activation, cell.activation
    return [
        Gate("update", update, squash),
        Gate("reset", reset, squash),
        Gate("candidate", candidate, squash_candidate),
    ]


def _affine(x: Any, kernel: Any, bias: Any) -> Any:
    z = keras.ops.matmul(x, kernel)
    return z if bias is None else z + keras.ops.convert_to_tensor(bias)
