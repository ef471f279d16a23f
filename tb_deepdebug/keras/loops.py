"""The taps inside a recurrent layer: its gates, or what went into a SimpleRNN's activation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug.keras import gates as keras_gates
from tb_deepdebug.keras.frames import Frame
from tb_deepdebug.keras.harvest import Harvest
from tb_deepdebug.keras.nonlinearities import activation_name
from tb_deepdebug.probe import Tap

ARGUMENTS = ("sequences", "initial_state", "mask", "training")  # of a layer's `inner_loop`


def take_gates(harvest: Harvest, frame: Frame, outputs: Any, given: dict[str, Any]) -> None:
    """Computes them once more from what the loop was given, and its outputs at every timestep."""
    reason = keras_gates.unlike_keras(frame.part)
    if reason:
        harvest.note(frame.name, reason)
        return
    sequences, mask = given["sequences"], keras.tree.flatten(given.get("mask"))
    valid = next((m for m in mask if m is not None), None)
    state = keras.tree.flatten(given["initial_state"])
    try:
        gates = keras_gates.gates(frame.part, sequences, outputs, state, valid)
    except (TypeError, ValueError, AttributeError, tf.errors.OpError) as error:
        harvest.note(frame.name, f"its gates can't be computed once more: {error}")
        return
    for gate in gates:
        activation = activation_name(gate.activation)
        if gate.name is None:
            frame.activation = activation
            _take_simple(harvest, frame, gate.preactivation, valid)
            continue
        of = Tap(f"{frame.name}/{gate.name}", frame.node, "activation", gate.name, activation)
        post = gate.activation(gate.preactivation)
        harvest.take_pair(frame, of, gate.preactivation, post, (sequences,))
    if valid is not None:
        harvest.masks.setdefault(sequences.name, valid)


def _take_simple(harvest: Harvest, frame: Frame, z: Any, mask: Any) -> None:
    """In the order and at the timesteps of the layer's own output."""
    layer = frame.part
    if not frame.activation:
        return
    if not layer.return_sequences:
        z = keras_gates.last_valid(z, mask, layer.go_backwards)
    elif layer.go_backwards:
        z = tf.reverse(z, [1])
    tap = Tap(frame.name, frame.node, "preactivation", None, frame.activation)
    harvest.take(frame, tap, z, (), layer.go_backwards)


@contextmanager
def all_outputs(layer: Any) -> Iterator[bool]:
    """Lets a recurrent layer's loop keep the output of every timestep."""
    asked = layer.return_sequences
    try:
        layer.__dict__["return_sequences"] = True
        yield asked
    finally:
        layer.__dict__["return_sequences"] = asked
