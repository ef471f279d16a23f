"""One small model of every kind that the recorder of Keras must see into, with what it must see.

`KINDS[name]()` gives `(model, x, taps)`: names of taps with what each has, "pre" (what went into
the activation function), "post" (what came out), or "both".
"""

from typing import Any

import numpy as np
from needs import needs

keras = needs("keras")
tf = needs("tensorflow")
L = keras.layers
LSTM_GATES = ("input", "forget", "cell", "output")
GRU_GATES = ("update", "reset", "candidate")


def series(batch: int = 5, time: int = 12, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(batch, time, channels)).astype(np.float32)


def pictures(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(4, *shape)).astype(np.float32)


def ids(batch: int = 4, time: int = 9) -> np.ndarray:
    """Padded with 0 to the right: 9, 8, 7, ... valid ones."""
    drawn = np.random.default_rng(0).integers(1, 10, (batch, time))
    return drawn * (np.arange(time) < time - np.arange(batch)[:, None])


def functional(x: np.ndarray, *layers: Any, name: str = "model") -> Any:
    first = y = keras.Input(x.shape[1:], name="x")
    for layer in layers:
        y = layer(y)
    return keras.Model(first, y, name=name)


def gates(layer: str, names: tuple[str, ...]) -> dict[str, str]:
    return {f"{layer}/{name}": "both" for name in names}


def bidirectional(layer: str = "bi") -> dict[str, str]:
    ways = ("forward_lstm", "backward_lstm")
    return {k: v for way in ways for k, v in gates(f"{layer}/{way}", LSTM_GATES).items()}


class HandWritten(keras.Model):
    """Nonlinearities called by hand in `call`, of TensorFlow's, of Keras's and of an attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = L.Dense(4, name="first"), L.Dense(4), L.Dense(2)
        self.squash = keras.activations.get("softplus")

    def call(self, x: Any) -> Any:
        x = tf.nn.relu(self.first(x))
        x = keras.ops.silu(self.second(x))
        x = keras.activations.mish(x)
        return self.squash(self.third(x))


class Block(keras.layers.Layer):
    """A residual block: layers within a layer, and a nonlinearity at its end."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.conv = L.Conv1D(3, 3, padding="same", activation="relu", name="conv")

    def call(self, x: Any) -> Any:
        return keras.ops.relu(x + self.conv(x))


class Residual(Block):
    """The same without the nonlinearity: its sum is an output of its own."""

    def call(self, x: Any) -> Any:
        return x + self.conv(x)


class Gated(keras.layers.Layer):
    """A layer without layers inside: two nonlinearities, neither of which is its output."""

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], 4), name="kernel")

    def call(self, x: Any) -> Any:
        z = x @ self.kernel
        return tf.sigmoid(z) * tf.tanh(z)


class OwnCell(keras.layers.Layer):
    """A recurrent cell that nobody knows from inside."""

    state_size = 4

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], 4), name="kernel")

    def call(self, x: Any, states: Any) -> Any:
        h = keras.ops.tanh(x @ self.kernel + states[0])
        return h, [h]


class Stack(keras.Model):
    """A subclassed model that calls one layer after the other."""

    def __init__(self, *layers: Any) -> None:
        super().__init__()
        self.stack = layers

    def call(self, x: Any) -> Any:
        for layer in self.stack:
            x = layer(x)
        return x


def conv_bilstm() -> Any:
    x = series()
    model = functional(
        x,
        L.Conv1D(4, 3, activation="relu", name="conv"),
        L.MaxPooling1D(2),
        L.Bidirectional(L.LSTM(3, return_sequences=True, name="lstm"), name="bi"),
        L.Dropout(0.5),
        L.TimeDistributed(L.Dense(2, activation="tanh", name="dense"), name="steps"),
        L.GlobalAveragePooling1D(),
        L.Dense(1, activation="sigmoid", name="out"),
    )
    taps = {"conv": "both", **bidirectional(), "bi": "post", "steps/dense": "both", "out": "both"}
    return model, x, taps


def cnn() -> Any:
    x = pictures(8, 8, 2)
    model = functional(
        x,
        L.Conv2D(3, 3, name="conv1"),
        L.BatchNormalization(name="norm"),
        L.ReLU(name="relu"),
        L.DepthwiseConv2D(2, name="depthwise"),
        L.LeakyReLU(name="leaky"),
        L.SeparableConv2D(4, 2, activation="elu", name="separable"),
        L.PReLU(name="prelu"),
        L.Conv2DTranspose(2, 2, name="transposed"),
        L.ELU(name="elu"),
        L.Flatten(),
        L.Dense(3, name="logits"),
        L.Softmax(name="softmax"),
    )
    posts = ["conv1", "norm", "depthwise", "transposed", "logits"]
    pairs = ["relu", "leaky", "separable", "prelu", "elu", "softmax"]
    return model, x, {**dict.fromkeys(posts, "post"), **dict.fromkeys(pairs, "both")}


def convolutions(rank: int) -> Any:
    x = pictures(*[6] * rank, 2)
    kind = {1: L.Conv1D, 2: L.Conv2D, 3: L.Conv3D}[rank]
    return functional(x, kind(3, 2, activation="relu", name="conv")), x, {"conv": "both"}


def mlp(kind: str, **options: Any) -> Any:
    x = series()[:, 0]
    layers = [L.Dense(4, "relu", name="a"), L.Dense(3, "gelu", name="b"), L.Dense(1, name="c")]
    built = {
        "functional": lambda: functional(x, *layers),
        "built": lambda: keras.Sequential([keras.Input(x.shape[1:]), *layers]),
        "not built": lambda: keras.Sequential(layers),
        "subclassed": lambda: Stack(*layers),
    }
    return built[kind](), x, {"a": "both", "b": "both", "c": "post"}


def recurrent(layer: Any, taps: dict[str, str]) -> Any:
    x = series()
    return functional(x, layer), x, taps


def transformer(dropout: float, causal: bool = False) -> Any:
    x = series(channels=8)
    first = keras.Input(x.shape[1:], name="x")
    attention = L.MultiHeadAttention(2, 4, dropout=dropout, name="attention")
    y = L.Add(name="sum")([first, attention(first, first, use_causal_mask=causal)])
    y = L.LayerNormalization(name="norm")(y)
    y = L.Dense(8, activation=keras.activations.gelu, name="wide")(y)
    scores = "post" if causal else "both"
    taps = {"attention/scores": scores, "attention": "post", "norm": "post", "wide": "both"}
    return keras.Model(first, y), x, taps


def attentions() -> Any:
    x = series(channels=8)
    first = keras.Input(x.shape[1:], name="x")
    halves = L.Bidirectional(
        L.GRU(4, return_sequences=True, name="gru"), merge_mode=None, name="bi"
    )
    a, b = halves(first)
    y = L.Attention(name="dot")([a, b]) + L.AdditiveAttention(name="sum")([a, b])
    y = L.GroupQueryAttention(4, 4, 2, name="grouped")(y, y)
    taps = {}
    for way in ("bi/forward_gru", "bi/backward_gru"):
        taps |= {**gates(way, GRU_GATES), way: "post"}
    taps |= {"dot/scores": "both", "sum/scores": "both", "sum": "post"}
    return keras.Model(first, y), x, {**taps, "grouped/scores": "both", "grouped": "post"}


def steps_within_steps() -> Any:
    x = pictures(3, 5, 2)
    inner = L.TimeDistributed(L.Dense(2, activation="relu", name="dense"), name="inner")
    block = keras.Sequential([L.LSTM(3, name="lstm"), L.Dense(2, name="end")], name="block")
    model = functional(
        x, L.TimeDistributed(inner, name="outer"), L.TimeDistributed(block, name="steps")
    )
    taps = {"outer/inner/dense": "both", **gates("steps/block/lstm", LSTM_GATES)}
    return model, x, {**taps, "steps/block/lstm": "post", "steps/block/end": "post"}


def wrapped() -> Any:
    x = series()
    norm = L.SpectralNormalization(L.Conv1D(2, 2, activation="tanh", name="conv"), name="spectral")
    model = functional(x, L.Conv1D(2, 3, activation=L.ReLU(max_value=1.0), name="own"), norm)
    return model, x, {"own": "both", "spectral/conv": "both"}


def nested() -> Any:
    x = series()
    conv = L.Conv1D(3, 3, activation="relu", name="conv1")
    inner = functional(x, conv, L.Activation("tanh", name="tanh"), name="inner")
    encoder = keras.Sequential([keras.Input(x.shape[1:]), inner], name="encoder")
    model = functional(x, encoder, L.GlobalMaxPooling1D(), L.Dense(2, name="head"))
    taps = {"encoder/inner/conv1": "both", "encoder/inner/tanh": "both", "head": "post"}
    return model, x, taps


def shared() -> Any:
    x = series()[:, 0]
    a, b = keras.Input(x.shape[1:], name="a"), keras.Input(x.shape[1:], name="b")
    layer = L.Dense(4, activation="relu", name="shared")
    tower = functional(x, L.Dense(2, activation="tanh", name="inner"), name="tower")
    towers = L.Concatenate()([tower(a), tower(b), layer(a), layer(b)])
    taps = dict.fromkeys(["shared", "shared#2", "tower/inner", "tower#2/inner"], "both")
    return keras.Model([a, b], L.Dense(4, name="mixed")(towers)), [x, -x], {**taps, "mixed": "post"}


def masked_lstm() -> Any:
    x = ids()
    model = functional(
        x,
        L.Embedding(10, 4, mask_zero=True, name="embedding"),
        L.LSTM(3, return_sequences=True, name="lstm"),
        L.TimeDistributed(L.Dense(2, activation="relu", name="dense"), name="steps"),
        L.GRU(3, name="gru"),
        L.Dense(1, activation="sigmoid", name="out"),
    )
    taps = {"embedding": "post", **gates("lstm", LSTM_GATES), "lstm": "post"}
    taps |= {"steps/dense": "both", **gates("gru", GRU_GATES), "gru": "post", "out": "both"}
    return model, x, taps


def operations() -> Any:
    x = series()
    first = keras.Input(x.shape[1:])
    y = keras.ops.relu(L.Conv1D(4, 3, name="conv")(first))
    y = keras.ops.tanh(y * 2)
    return keras.Model(first, y), x, {"conv": "post", "relu": "both", "tanh": "both"}


def hand_written() -> Any:
    model, x = HandWritten(), series()[:, 0]
    model(x[:1])
    taps = {"first": "post", model.second.name: "post", model.third.name: "post"}
    taps |= dict.fromkeys(("relu", "silu", "mish", "softplus"), "both")
    return model, x, taps


def blocks() -> Any:
    x = series()
    model = Stack(Block(name="block"), Residual(name="residual"), Gated(name="gated"))
    taps = {"block/conv": "both", "block/relu": "both", "residual/conv": "both"}
    taps |= {"residual": "post", "gated/sigmoid": "both", "gated/tanh": "both", "gated": "post"}
    return model, x, taps


def lambdas() -> Any:
    x = series()
    layers = [L.Lambda(lambda z: tf.nn.relu(z), name="rectify"), L.Lambda(lambda z: z * 2)]
    return functional(x, *layers), x, {"rectify": "both"}


def mixed(policy: str) -> Any:
    keras.config.set_dtype_policy(policy)
    try:
        return conv_bilstm()
    finally:
        keras.config.set_dtype_policy("float32")


def compiled() -> Any:
    model, x, taps = cnn()
    model.compile("sgd", "mse", jit_compile=True)
    return model, x, taps


KINDS = {
    "functional conv and BiLSTM": conv_bilstm,
    "CNN with BatchNorm and activation layers": cnn,
    "Conv1D": lambda: convolutions(1),
    "Conv2D": lambda: convolutions(2),
    "Conv3D": lambda: convolutions(3),
    "functional MLP": lambda: mlp("functional"),
    "Sequential": lambda: mlp("built"),
    "Sequential, not built": lambda: mlp("not built"),
    "subclassed": lambda: mlp("subclassed"),
    "LSTM": lambda: recurrent(
        L.LSTM(4, name="lstm"), {**gates("lstm", LSTM_GATES), "lstm": "post"}
    ),
    "GRU": lambda: recurrent(
        L.GRU(4, return_sequences=True, name="gru"), {**gates("gru", GRU_GATES), "gru": "post"}
    ),
    "SimpleRNN": lambda: recurrent(L.SimpleRNN(4, name="rnn"), {"rnn": "both"}),
    "SimpleRNN, a sequence": lambda: recurrent(
        L.SimpleRNN(4, "relu", return_sequences=True, go_backwards=True, name="rnn"),
        {"rnn": "both"},
    ),
    "BiLSTM": lambda: recurrent(
        L.Bidirectional(L.LSTM(4, name="lstm"), merge_mode="sum", name="bi"),
        {**bidirectional(), "bi": "post"},
    ),
    "RNN of an own cell": lambda: recurrent(L.RNN(OwnCell(), name="rnn"), {"rnn": "post"}),
    "RNN of stacked cells": lambda: recurrent(
        L.RNN([L.LSTMCell(3), L.GRUCell(2)], name="rnn"), {"rnn": "post"}
    ),
    "ConvLSTM": lambda: (
        functional(pictures(5, 6, 6, 2), L.ConvLSTM2D(3, 2, return_sequences=True, name="rnn")),
        pictures(5, 6, 6, 2),
        {"rnn": "post"},
    ),
    "attention": lambda: transformer(0.0),
    "attention with dropout": lambda: transformer(0.5),
    "causal attention": lambda: transformer(0.0, causal=True),
    "causal attention with dropout": lambda: transformer(0.5, causal=True),
    "attention of other kinds": attentions,
    "TimeDistributed within TimeDistributed": steps_within_steps,
    "wrappers": wrapped,
    "nested": nested,
    "shared": shared,
    "embedding with masks": masked_lstm,
    "operations": operations,
    "nonlinearities by hand": hand_written,
    "blocks": blocks,
    "lambdas": lambdas,
    "mixed_float16": lambda: mixed("mixed_float16"),
    "mixed_bfloat16": lambda: mixed("mixed_bfloat16"),
    "jit_compile": compiled,
}
