"""What kind of part a layer is to whoever looks into a model while it is traced."""

from typing import Any

import keras

from tb_deepdebug.keras.nonlinearities import activation_name

_L = keras.layers
ACTIVATIONS = (_L.Activation, _L.ReLU, _L.LeakyReLU, _L.PReLU, _L.ELU, _L.Softmax)
ATTENTION = (_L.MultiHeadAttention, _L.GroupQueryAttention, _L.Attention)  # and AdditiveAttention
CELLS = (_L.LSTMCell, _L.GRUCell, _L.SimpleRNNCell)
# One node of the graph each, whatever they are made of.
OPAQUE = (_L.RNN, _L.Bidirectional, _L.TimeDistributed, *ATTENTION)
QUIET = (*ACTIVATIONS, _L.RNN)  # what they call is none of anyone's business


def is_container(part: Any) -> bool:
    """Whether it is made of other layers, each of which is looked at."""
    if isinstance(part, OPAQUE):
        return False
    function = unwrapped(part.__dict__.get("activation"))  # a layer may be one's activation
    return any(layer is not function for layer in getattr(part, "_layers", None) or ())


def has_weights(part: Any) -> bool:
    """Whether it is a layer with weights, its own or those of layers inside."""
    return isinstance(part, keras.Layer) and bool(part.weights)


def layer_activation(part: Any) -> str | None:
    """What a layer that is nothing but an activation function computes; None for the rest."""
    if isinstance(part, _L.Activation):
        return activation_name(unwrapped(part.activation))
    names = {_L.ReLU: "relu", _L.LeakyReLU: "leaky_relu", _L.PReLU: "prelu", _L.ELU: "elu"}
    names[_L.Softmax] = "softmax"
    return next((name for kind, name in names.items() if isinstance(part, kind)), None)


def unwrapped(function: Any) -> Any:
    """The function behind the one that stands in for it while a graph is traced."""
    return getattr(function, "__wrapped__", function)
