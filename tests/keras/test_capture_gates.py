"""The gates of recurrent layers: the recurrence over them gives the layer's own outputs."""

import keras_models
import numpy as np
import pytest
from keras_models import functional, series
from needs import needs

keras = needs("keras")
from tb_deepdebug.keras.subject import KerasSubject  # noqa: E402

L = keras.layers
VARIANTS = {
    "plain": {},
    "sequences": {"return_sequences": True},
    "backwards": {"go_backwards": True},
    "backwards, sequences": {"go_backwards": True, "return_sequences": True},
    "state": {"return_state": True, "return_sequences": True},
    "no bias": {"use_bias": False, "return_sequences": True},
    "dropout": {"dropout": 0.5, "recurrent_dropout": 0.5, "return_sequences": True},
    "unrolled": {"unroll": True, "return_sequences": True},
    "implementation 1": {"implementation": 1, "return_sequences": True},
    "other activations": {
        "activation": "relu", "recurrent_activation": "hard_sigmoid", "return_sequences": True,
    },
    "zeros at masked": {"zero_output_for_mask": True, "return_sequences": True},
    "stateful": {"stateful": True, "return_sequences": True},
}  # fmt: skip
GRU_VARIANTS = VARIANTS | {
    "reset before": {"reset_after": False, "return_sequences": True},
    "reset before, no bias": {"reset_after": False, "use_bias": False},
    "reset before, backwards": {"reset_after": False, "go_backwards": True},
}
TABLE = [(L.LSTM, name) for name in VARIANTS] + [(L.GRU, name) for name in GRU_VARIANTS]
T = np.arange(7)
VALID = np.stack([T >= 0, T < 3, T < 6, T >= 3, T % 3 > 0, (T > 1) & (T < 5)])  # one an example


def masked_series():
    """Zeros where masked, as `Masking` has it."""
    return np.where(VALID[:, :, None], series(*VALID.shape), 0)


def unrolled(gates, layer, valid):
    """The slow, obvious twin: the recurrence of the gates over time, valid steps only."""
    time = range(valid.shape[1])
    h = np.zeros_like(next(iter(gates.values()))[:, 0])
    c, outputs = h, np.zeros((*valid.shape, h.shape[-1]), np.float32)
    squash = keras.activations.get(layer.cell.activation)
    for t in reversed(time) if layer.go_backwards else time:
        g = {name: values[:, t] for name, values in gates.items()}
        if isinstance(layer, L.LSTM):
            carry = g["forget"] * c + g["input"] * g["cell"]
            state = g["output"] * squash(carry).numpy()
        else:
            carry, state = c, g["update"] * h + (1 - g["update"]) * g["candidate"]
        keep = valid[:, t, None]
        h, c = np.where(keep, state, h), np.where(keep, carry, c)
        outputs[:, t] = h
    return h, outputs


def check(kind, options, masked):
    keras.utils.set_random_seed(1)
    x, valid = (masked_series(), VALID) if masked else (series(*VALID.shape), VALID | True)
    layer = kind(3, name="rnn", bias_initializer="random_normal", **options)
    first = keras.Input(batch_shape=x.shape)
    model = keras.Model(first, layer(L.Masking()(first) if masked else first))
    tapped = [t for t in KerasSubject(model, x).capture(0, len(x)) if t.tap.gate]
    gates = {t.tap.gate: t.values for t in tapped if t.tap.role == "activation"}
    h, outputs = unrolled(gates, layer, valid)
    found = keras.tree.flatten(model(x, training=False))[0].numpy()
    if not layer.return_sequences:
        np.testing.assert_allclose(h, found, atol=1e-6)
    else:
        found = found[:, ::-1] if layer.go_backwards else found
        np.testing.assert_allclose(outputs[valid], found[valid], atol=1e-6)
    for one in tapped:
        assert (one.mask is not None) == masked
        if masked:
            np.testing.assert_array_equal(one.mask, valid)


@pytest.mark.parametrize(("kind", "variant"), TABLE, ids=lambda v: getattr(v, "__name__", v))
def test_gates_reproduce_the_outputs(kind, variant):
    check(kind, (GRU_VARIANTS if kind is L.GRU else VARIANTS)[variant], masked=True)


@pytest.mark.parametrize("variant", ["plain", "backwards", "backwards, sequences"])
@pytest.mark.parametrize("kind", [L.LSTM, L.GRU])
def test_gates_without_a_mask_reproduce_the_outputs(kind, variant):
    check(kind, VARIANTS[variant], masked=False)


def test_an_initial_state_is_used():
    x, h0 = series(3, 5), series(3, 1, 4)[:, 0]
    first, state = keras.Input((5, 3), name="x"), keras.Input((4,), name="h")
    model = keras.Model([first, state], L.GRU(4, name="gru")(first, initial_state=state))
    subject = KerasSubject(model, [x, h0])
    g = {t.tap.gate: t.values for t in subject.capture(0, 3) if t.tap.role == "activation"}
    h = h0
    for t in range(5):
        h = g["update"][:, t] * h + (1 - g["update"][:, t]) * g["candidate"][:, t]
    np.testing.assert_allclose(h, model([x, h0]).numpy(), atol=1e-6)


class OwnLSTMCell(L.LSTMCell):
    def call(self, inputs, states, training=False):
        return super().call(-inputs, states, training)


class OwnLSTM(L.LSTM):
    def __init__(self, units, **options):
        super().__init__(units, **options)
        self.cell = OwnLSTMCell(units)


@pytest.mark.parametrize(
    "layer",
    [lambda: OwnLSTM(3, name="rnn"), lambda: L.RNN(keras_models.OwnCell(), name="rnn"),
     lambda: L.RNN([L.LSTMCell(3), L.LSTMCell(2)], name="rnn")],
    ids=["own LSTM", "own cell", "stacked"],
)  # fmt: skip
def test_an_unknown_cell_is_a_note_not_wrong_numbers(layer):
    model = functional(series(), layer())
    subject = KerasSubject(model, series())
    assert [t.tap.name for t in subject.capture(0, 2)] == ["rnn"]
    (note,) = subject.notes()
    assert note.what == "rnn" and "in a way of its own" in note.reason


def test_gates_can_be_left_out():
    model, x, _ = keras_models.KINDS["LSTM"]()
    assert [t.tap.name for t in KerasSubject(model, x, gates=False).capture(0, 1)] == ["lstm"]


def test_a_backward_sequence_has_its_mask_backwards():
    x = masked_series()
    layer = L.LSTM(3, return_sequences=True, go_backwards=True, name="rnn")
    subject = KerasSubject(functional(x, L.Masking(), layer), x)
    tapped = {t.tap.name: t for t in subject.capture(0, 4)}
    np.testing.assert_array_equal(tapped["rnn"].mask, VALID[:4, ::-1])
    np.testing.assert_array_equal(tapped["rnn/forget"].mask, VALID[:4])


TANH = keras.activations.tanh


class Asking(L.LSTM):
    """Asks, as cuDNN's gate keeper does, whether its functions are Keras's own."""

    answers = []  # noqa: RUF012 (of the class: an instance is put back as it was)

    def inner_loop(self, sequences, initial_state, mask, training=False):
        self.answers.append((keras.activations.tanh is TANH, self.cell.activation is TANH))
        return super().inner_loop(sequences, initial_state, mask=mask, training=training)


@pytest.mark.parametrize("gates", [True, False])
def test_functions_are_their_own_selves_inside_a_recurrent_loop(gates):
    model = functional(series(), Asking(3, name="rnn"))
    Asking.answers.clear()
    assert list(KerasSubject(model, series(), gates=gates).capture(0, 1))
    assert Asking.answers == [(True, True)]
