"""d loss / d output of every layer against GradientTape, and input gradients for the records."""

import numpy as np
import pytest
from keras_models import KINDS, functional, series
from needs import needs

keras = needs("keras")
tf = needs("tensorflow")
from tb_deepdebug.gradients import input_gradients  # noqa: E402
from tb_deepdebug.keras import subject as keras_subject  # noqa: E402
from tb_deepdebug.keras.subject import KerasSubject  # noqa: E402
from tb_deepdebug.output_steps import mask_at_output  # noqa: E402
from tb_deepdebug.probe import NotApplicable  # noqa: E402

L = keras.layers


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(5)


def net(*end):
    layers = [
        L.Conv1D(4, 3, padding="same", activation="relu", name="conv"),
        L.GRU(3, return_sequences=True, name="gru"),
        *end,
    ]
    return functional(series(), *layers)


HEAD = [L.GlobalAveragePooling1D, lambda: L.Dense(2, name="head")]


def headed():
    return net(*[layer() for layer in HEAD])


def tape(model, x, objective):
    """The slow, obvious twin: layer by layer, eagerly."""
    found = {}
    tensor = tf.constant(x)
    with tf.GradientTape(persistent=True) as t:
        t.watch(tensor)
        for layer in model.layers[1:]:
            tensor = layer(tensor, training=False)
            found[layer.name] = tensor
        value = objective(tensor)
    return {name: t.gradient(value, kept).numpy() for name, kept in found.items()}


def agrees(found, twin, mask=None):
    assert set(found.layers) <= set(twin)
    for i, name in enumerate(found.layers):
        g = twin[name]
        g = g if mask is None or g.ndim < 3 else g[mask]
        np.testing.assert_allclose(found.rms[i], np.sqrt(np.mean(g.astype(float) ** 2)), rtol=1e-4)
        np.testing.assert_allclose(found.max[i], np.abs(g).max(), rtol=1e-4)
        assert found.zero_fraction[i] == np.mean(g == 0) and found.nonfinite[i] == 0


def half_squares(y, predicted):
    return keras.ops.mean((y - predicted) ** 2, axis=-1) / 2


LOSSES = {
    "compiled": ("mse", None, None),
    "compiled, a loss object": (keras.losses.Huber(0.1), None, None),
    "given": (None, "mse", None),
    "given, an object": (None, keras.losses.MeanSquaredError(), None),
    "given, a function": (None, half_squares, None),
    "weighted": ("mse", None, np.arange(5.0)),
}


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("chunk", [None, 1])
def test_the_loss_by_each_output(kind, chunk, monkeypatch):
    if chunk:
        monkeypatch.setattr(keras_subject, "_CELLS_AT_ONCE", chunk)
    compiled, given, weights = LOSSES[kind]
    model, x, y = headed(), series(), series(seed=1)[:, 0, :2]
    if compiled is not None:
        model.compile("sgd", compiled)
    subject = KerasSubject(model, x, labels=y, loss=given, sample_weight=weights)
    found = subject.output_gradients()
    assert found.objective == "loss" and found.layers == ("conv", "gru", "head")

    def objective(predicted):
        loss = keras.losses.get(given or compiled)
        if isinstance(loss, keras.Loss):
            return loss(y, predicted)
        each = loss(y, predicted)
        return tf.reduce_mean(each if weights is None else each * weights)

    agrees(found, tape(model, x, objective))


def test_without_labels_the_sum_of_the_logits():
    model, x = net(L.Dense(2, name="z"), L.Activation("sigmoid", name="p")), series()
    model.layers[-2].bias.assign([60.0, -60.0])  # where the sigmoid itself is flat
    found = KerasSubject(model, x, labels=None).output_gradients()
    twin = tape(keras.Model(model.inputs, model.layers[-2].output), x, tf.reduce_sum)
    assert found.objective == "output" and found.layers == ("conv", "gru", "z")
    agrees(found, twin)
    uncompiled = KerasSubject(model, x, labels=series()[:, :, :2]).output_gradients()
    assert uncompiled.objective == "output"


def test_masked_timesteps_are_left_out():
    x, mask = series(), np.arange(12) < np.array([[12], [3], [7], [5], [1]])
    model = net(L.Dense(2, name="z"))
    subject = KerasSubject(model, x, mask=mask)
    agrees(subject.output_gradients(), tape(model, x, tf.reduce_sum), mask)


def test_dead_and_exploded_layers_are_counted():
    x = series()
    blow = L.Lambda(lambda z: z * np.float32(np.inf), name="blow")
    model = functional(x, L.Dense(3, name="a"), L.ReLU(name="dead"), blow, L.Dense(1, name="z"))
    model.get_layer("a").bias.assign([-100.0] * 3)
    found = KerasSubject(model, x).output_gradients()
    at = dict(zip(found.layers, found.nonfinite, strict=True))
    assert at["dead"] == 5 * 12 * 3 and at["z"] == 0
    plain = functional(x, L.Dense(3, name="a"), L.ReLU(name="dead"), L.Dense(1, name="z"))
    plain.get_layer("a").bias.assign([-100.0] * 3)
    found = KerasSubject(plain, x).output_gradients()
    assert dict(zip(found.layers, found.zero_fraction, strict=True))["a"] == 1


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_differentiated_in_float32(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = headed()
    finally:
        keras.config.set_dtype_policy("float32")
    twin = headed()
    twin.set_weights(model.get_weights())
    scale = tf.constant(1e-9)
    subject = KerasSubject(
        model, series(), labels=np.zeros((5, 2)), loss=lambda y, p: tf.reduce_sum(p) * scale
    )
    agrees(subject.output_gradients(), tape(twin, series(), lambda p: tf.reduce_sum(p) * 1e-9))


def test_several_outputs_with_losses_and_counters_of_their_own():
    x = series()
    first = keras.Input(x.shape[1:])
    shared = L.GRU(3, name="gru")(first)
    model = keras.Model(first, {k: L.Dense(1, name=k)(shared) for k in ("a", "b")})
    model.compile("sgd", {"a": "mse", "b": "mae"}, loss_weights={"a": 1.0, "b": 3.0})
    y = {k: series(seed=2)[:, 0, :1] for k in ("a", "b")}
    own = dict(vars(model._compile_loss))
    found = KerasSubject(model, x, labels=y).output_gradients()
    assert vars(model._compile_loss) == own
    with tf.GradientTape() as t:
        h = model.get_layer("gru")(x)
        t.watch(h)
        a, b = model.get_layer("a")(h), model.get_layer("b")(h)
        value = tf.reduce_mean((a - y["a"]) ** 2) + 3 * tf.reduce_mean(tf.abs(b - y["b"]))
    g = t.gradient(value, h).numpy()
    i = found.layers.index("gru")
    np.testing.assert_allclose(found.rms[i], np.sqrt((g.astype(float) ** 2).mean()), rtol=1e-4)
    model.fit(x, y, verbose=0)
    KerasSubject(model, x, labels=y).output_gradients()


class OwnLoss(keras.Model):
    """A model that says itself what its loss is."""

    def __init__(self):
        super().__init__()
        self.dense = L.Dense(2, name="dense")

    def call(self, x):
        return self.dense(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return tf.reduce_sum(y_pred) * 7


def test_a_loss_of_the_models_own():
    model = OwnLoss()
    model.compile("sgd", "mse")
    found = KerasSubject(model, series(), labels=np.zeros((5, 12, 2))).output_gradients()
    assert found.layers == ("dense",) and found.rms[0] == found.max[0] == 7


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_differentiated(kind):
    model, x, _ = KINDS[kind]()
    found = KerasSubject(model, x).output_gradients()
    assert found.layers and np.isfinite(found.rms).all() and (found.rms > 0).any()


# ---- by the input


def test_the_last_valid_step_of_a_single_output():
    x, mask = series(), np.arange(12) < np.array([[12], [3], [7], [5], [1]])
    model = headed()
    subject = KerasSubject(model, x, mask=mask, output_index=1, channels=["a", "b", "c"])
    for step in (None, "last"):
        found = subject.input_gradients(np.array([1, 4, 1]), step)
        expected = input_gradients(model, x[[1, 4, 1]], output_index=1)
        np.testing.assert_allclose(found.gradients, expected, rtol=1e-4, atol=1e-9)
        np.testing.assert_array_equal(found.output_steps, [2, 0, 2])
        np.testing.assert_array_equal(found.mask, mask[[1, 4, 1]])
        assert found.name == "head" and found.channels == ("a", "b", "c")


@pytest.mark.parametrize(
    ("step", "at"), [(2, [8, 8]), ("last", [11, 4]), (None, [11, 4]), ([3, 0], [11, 2])]
)
def test_a_shorter_output_is_placed_on_the_inputs_time(step, at):
    x, mask = series(2), np.arange(12) < np.array([[12], [5]])
    model = functional(x, L.GRU(3, return_sequences=True), L.AveragePooling1D(3), L.Dense(1))
    use = mask if step != 2 else None
    found = KerasSubject(model, x, mask=use).input_gradients(np.array([0, 1]), step)
    np.testing.assert_array_equal(found.output_steps, at)
    assert found.gradients.shape == (2, 12, 3)
    assert not (found.gradients[0, at[0] + 1 :]).any()


def test_an_inner_layer_and_every_row_of_a_jacobian():
    model = net(L.Dense(1, name="z"), L.Activation("sigmoid", name="p"))
    subject = KerasSubject(model, series(), output_layer="z")
    found = subject.input_gradients(np.zeros(4, int), [0, 3, 7, 11])
    np.testing.assert_array_equal(found.output_steps, [0, 3, 7, 11])
    one = input_gradients(model, series()[:1], output_step=7, layer="z")
    np.testing.assert_allclose(found.gradients[2:3], one, rtol=1e-4, atol=1e-9)


def test_ids_have_the_mask_of_their_embedding():
    model, x, _ = KINDS["embedding with masks"]()
    found = KerasSubject(model, x).input_gradients(np.arange(4), None)
    np.testing.assert_array_equal(found.output_steps, [8, 7, 6, 5])
    np.testing.assert_array_equal(found.mask, x > 0)
    assert found.gradients.shape == (4, 9, 4) and found.name == "out"


def test_a_layer_of_another_length_to_differentiate_by():
    x, mask = series(2), np.arange(12) < np.array([[12], [5]])
    pooled = L.AveragePooling1D(2, name="pooled")
    model = functional(x, pooled, L.GRU(3, name="gru"))
    found = KerasSubject(model, x, mask=mask, wrt="pooled").input_gradients(np.arange(2), None)
    assert found.gradients.shape == (2, 6, 3)
    np.testing.assert_array_equal(found.mask, mask_at_output(mask, 6))
    np.testing.assert_array_equal(found.output_steps, [5, 2])


@pytest.mark.parametrize("kind", ["CNN with BatchNorm and activation layers", "Conv3D"])
def test_without_a_series_there_is_nothing_to_measure(kind):
    model, x, _ = KINDS[kind]()
    with pytest.raises(NotApplicable, match=r"the model reads no series\. Received: 'x': shape="):
        KerasSubject(model, x).input_gradients(np.array([0]), None)


def test_a_step_of_an_output_without_steps():
    with pytest.raises(ValueError, match="None or 'last' for an output without"):
        KerasSubject(headed(), series()).input_gradients(np.array([0]), 1)
