"""A Keras model and its probe batch: selection, masks, chunks, notes, and wrong arguments."""

import os
import subprocess
import sys

import keras_models
import numpy as np
import pytest
from keras_models import KINDS, Stack, functional, ids, series
from needs import needs

keras = needs("keras")
tf = needs("tensorflow")
from tb_deepdebug.keras.subject import KerasSubject  # noqa: E402
from tb_deepdebug.output_steps import mask_at_output  # noqa: E402

L = keras.layers


def names(subject):
    return list(dict.fromkeys(t.tap.name for t in subject.capture(0, 1)))


# ---- which layers

NET = ["conv1", "conv2", "encoder/conv", "encoder/dense", "lstm", "head"]
SELECTIONS = [
    (None, [*NET[:4], "lstm/forget", *NET[4:]]),
    ("conv1", ["conv1"]),
    ("conv?", ["conv1", "conv2"]),
    ("encoder/*", ["encoder/conv", "encoder/dense"]),
    ("encoder", ["encoder/conv", "encoder/dense"]),
    ("dense", ["encoder/dense"]),
    (L.Conv1D, ["conv1", "conv2", "encoder/conv"]),
    (lambda layer: layer.name.endswith("2"), ["conv2"]),
    ([L.Dense, "conv1"], ["conv1", "encoder/dense", "head"]),
    ("lstm", ["lstm/forget", "lstm"]),
]


def net():
    x = series()
    inner = [L.Conv1D(3, 1, activation="relu", name="conv"), L.Dense(3, name="dense")]
    return functional(
        x,
        L.Conv1D(3, 1, name="conv1"),
        L.Conv1D(3, 1, name="conv2"),
        functional(x, *inner, name="encoder"),
        L.LSTM(3, name="lstm"),
        L.Dense(1, name="head"),
    ), x


@pytest.mark.parametrize(("layers", "expected"), SELECTIONS)
def test_layers_are_selected(layers, expected):
    found = names(KerasSubject(*net(), layers=layers))
    assert [n for n in found if "/" not in n or n in NET or n == "lstm/forget"] == expected


def test_a_layer_itself_is_selected():
    model, x = net()
    assert names(KerasSubject(model, x, layers=model.layers[2])) == ["conv2"]


@pytest.mark.parametrize(
    "layers", ["conv9", "decoder/*", L.GRU, lambda layer: False, ["conv1", "x"]]
)
def test_a_selection_of_nothing_is_an_error_that_names_what_there_is(layers):
    with pytest.raises(ValueError, match=r"`layers` must select .*'encoder/conv'.*Received"):
        KerasSubject(*net(), layers=layers)


@pytest.mark.parametrize(("layers", "error"), [(3, TypeError), ([], ValueError)])
def test_what_is_no_selection(layers, error):
    with pytest.raises(error, match="`layers` must"):
        KerasSubject(*net(), layers=layers)


# ---- masks and chunks


def test_a_given_mask_is_brought_to_every_length():
    x, mask = series(3, 12), np.arange(12) < np.array([[12], [5], [7]])
    model = functional(
        x,
        L.Conv1D(2, 3, padding="same", name="same"),
        L.AveragePooling1D(3),
        L.Conv1D(2, 2, name="short"),
        L.GRU(2, name="gru"),
        L.Dense(1, name="out"),
    )
    masks = {t.tap.name: t.mask for t in KerasSubject(model, x, mask=mask).capture(0, 3)}
    np.testing.assert_array_equal(masks["same"], mask)
    np.testing.assert_array_equal(masks["short"], mask_at_output(mask, 3))
    np.testing.assert_array_equal(masks["gru/reset"], mask_at_output(mask, 3))
    assert masks["gru"] is None and masks["out"] is None


def test_the_mask_of_an_embedding_reaches_every_tap():
    model, x, _ = KINDS["embedding with masks"]()
    for one in KerasSubject(model, x).capture(1, 4):
        if one.values.ndim == 2:
            assert one.mask is None
        else:
            np.testing.assert_array_equal(one.mask, x[1:4] > 0)


def test_a_layer_that_loses_the_mask_keeps_its_timesteps():
    x = ids()
    conv = L.Lambda(lambda z: tf.nn.conv1d(z, tf.ones((2, 4, 3)), 2, "SAME"), name="conv")
    model = functional(x, L.Embedding(10, 4, mask_zero=True), conv, L.Dense(2, name="after"))
    tapped = {t.tap.name: t for t in KerasSubject(model, x).capture(0, 4)}
    np.testing.assert_array_equal(tapped["after"].mask, mask_at_output(x > 0, 5))


def test_attention_and_pictures_over_time_have_masks_of_their_shape():
    x = ids()
    first = keras.Input(x.shape[1:])
    y = L.Embedding(10, 4, mask_zero=True)(first)
    y = L.MultiHeadAttention(2, 4, name="attention")(y, y)
    subject = KerasSubject(keras.Model(first, y), x)
    tapped = {t.tap.name: t for t in subject.capture(0, 4)}
    assert tapped["attention/scores"].values.shape == (4, 9, 9, 2)
    np.testing.assert_array_equal(tapped["attention/scores"].mask[:, :, 3], x > 0)
    assert [n.what for n in subject.notes()] == ["attention/scores: pre-activations"]


@pytest.mark.parametrize("chunks", [[(0, 5)], [(0, 2), (2, 4), (4, 5)], [(0, 1), (1, 5)], [(4, 5)]])
def test_chunks_do_not_matter(chunks):
    model, x, _ = KINDS["GRU"]()
    whole = [t.values for t in KerasSubject(model, x).capture(0, 5)]
    subject = KerasSubject(model, x)
    parts = [[t.values for t in subject.capture(*chunk)] for chunk in chunks]
    for values, expected in zip(zip(*parts, strict=True), whole, strict=True):
        rows = np.concatenate([expected[slice(*chunk)] for chunk in chunks])
        np.testing.assert_allclose(np.concatenate(values), rows, atol=1e-6)


def test_dicts_of_inputs_in_any_float_type():
    a, b = keras.Input((12, 3), name="a"), keras.Input((3,), name="b")
    y = L.Dense(2, activation="relu", name="dense")(L.Concatenate()([L.Flatten()(a), b]))
    model = keras.Model({"a": a, "b": b}, {"y": y})
    x = {"a": series().astype(np.float64), "b": series()[:, 0].astype(np.float16)}
    (pre, post) = KerasSubject(model, x).capture(0, 5)
    np.testing.assert_array_equal(np.maximum(pre.values, 0), post.values)


# ---- what can't be reached


class Looping(L.Layer):
    """Calls a layer inside a loop of TensorFlow's."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = L.Dense(3, name="inner")

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        return tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, self.inner(y)), (0, x))[1]


class Folding(L.Layer):
    """Merges time into the batch, as some people's attention does."""

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = L.Dense(3, name="inner")

    def call(self, x):
        y = self.inner(tf.reshape(x, (-1, x.shape[-1])))
        return tf.reshape(y, (-1, *x.shape[1:]))


def often(x):
    layer = L.Dense(3, name="often")
    first = y = keras.Input(x.shape[1:])
    for _ in range(18):
        y = layer(y)
    return keras.Model(first, y)


NOTES = {
    "a loop": (lambda: Stack(Looping(name="looping")), "inner", "inside a loop"),
    "another batch": (lambda: Stack(Folding(name="folding")), "folding/inner", "first axis"),
    "many calls": (lambda: often(series()), "often", "first 16"),
}


@pytest.mark.parametrize("kind", NOTES)
def test_what_cannot_be_reached_is_a_note(kind):
    build, what, reason = NOTES[kind]
    subject = KerasSubject(build(), series())
    found = {note.what: note.reason for note in subject.notes()}
    assert list(found) == [what] and reason in found[what]
    assert what not in names(subject) or kind == "many calls"
    assert len(names(subject)) <= 16


# ---- arguments


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"mask": np.ones((5, 11))}, ValueError, r"`mask` must have the shape .*\(5, 11\)"),
        ({"mask": np.full((5, 12), 0.5)}, TypeError, "`mask` must be bool"),
        ({"labels": np.ones(4)}, ValueError, "`labels` must have an entry for each of 5"),
        ({"labels": "yes"}, TypeError, "`labels`"),
        ({"output_layer": "conv9"}, ValueError, "`output_layer` must be one of .*'conv1'"),
        ({"labels": np.ones(5), "loss": "mse", "sample_weight": [1]}, ValueError, "sample_weight"),
    ],
)
def test_wrong_arguments(options, error, match):
    with pytest.raises(error, match=match):
        KerasSubject(*net(), **options)


def test_another_backend_is_said_plainly():
    code = "import keras, tb_deepdebug.keras.subject as k; k.KerasSubject(None, None)"
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    if "No module named 'torch'" in ran.stderr:
        pytest.skip("needs torch")
    assert "NotImplementedError: tb_deepdebug.keras needs Keras on its TensorFlow" in ran.stderr
    assert "backend='torch'" in ran.stderr and "tb_deepdebug.torch" in ran.stderr


def test_quantized_layers_are_seen():
    model = functional(
        series()[:, 0], L.Dense(3, activation="relu", name="a"), L.Dense(1, name="b")
    )
    model.quantize("int8")
    taps = [(t.tap.name, t.tap.role) for t in KerasSubject(model, series()[:, 0]).capture(0, 1)]
    assert taps == [("a", "preactivation"), ("a", "activation"), ("b", "activation")]


def test_the_model_may_be_a_bare_layer():
    layer = keras_models.Gated(name="gated")
    subject = KerasSubject(layer, series())
    assert names(subject) == ["sigmoid", "tanh"]
