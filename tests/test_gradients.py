"""Input gradients against closed forms, finite differences and GradientTape."""

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.gradients import input_gradients

tf = needs("tensorflow")
keras = needs("keras")
L = keras.layers
FLOAT32 = {"dtype": "float32"}  # where zeros are structural, spares tracing in float64 as well
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(7)


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def linear_rnn(a, **options):
    """h_t = a h_{t-1} + x_t: the derivative of h_T by x_t is a**(T - t)."""
    return L.SimpleRNN(
        1,
        activation="linear",
        use_bias=False,
        kernel_initializer="ones",
        recurrent_initializer=keras.initializers.Constant(a),
        **options,
    )


def functional(*layers, shape):
    first = x = keras.Input(shape)
    for layer in layers:
        x = layer(x)
    return keras.Model(first, x)


class Stack(keras.Model):
    """A subclassed model that calls one layer after the other."""

    def __init__(self, *layers):
        super().__init__()
        self.stack = layers

    def call(self, x):
        for layer in self.stack:
            x = layer(x)
        return x


def nested(*layers, shape):
    return keras.Sequential([functional(functional(*layers, shape=shape), shape=shape)])


KINDS = {
    "functional": lambda *layers, shape: functional(*layers, shape=shape),
    "nested": nested,
    "sequential": lambda *layers, shape: keras.Sequential([keras.Input(shape), *layers]),
    "not built": lambda *layers, shape: keras.Sequential(layers),
    "subclassed": lambda *layers, shape: Stack(*layers),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def tape_gradients(model, x, select):
    """The slow, obvious twin: one backward pass an example, through the model as it is."""
    rows = []
    for i in range(len(x)):
        row = tf.constant(x[i : i + 1])
        with tf.GradientTape() as tape:
            tape.watch(row)
            value = select(model(row, training=False))
        rows.append(tape.gradient(value, row).numpy()[0])
    return np.stack(rows)


# ---- closed forms


@pytest.mark.parametrize("a", [0.9, 1.05, 0.5])
def test_linear_rnn(a):
    model = functional(linear_rnn(a, return_sequences=True), shape=(1000, 1))
    g = input_gradients(model, normal(2, 1000, 1), output_step=-1)
    assert g.dtype == np.float64 and g.shape == (2, 1000, 1)
    closed = np.float64(np.float32(a)) ** np.arange(999, -1, -1)
    np.testing.assert_allclose(g[0, :, 0], closed, rtol=1e-4)
    np.testing.assert_allclose(g[1], g[0], rtol=1e-4)


@every_kind
def test_nothing_underflows_silently(kind):
    model, x = KINDS[kind](linear_rnn(0.5), shape=(300, 1)), normal(2, 300, 1)
    g = input_gradients(model, x)
    np.testing.assert_array_equal(g[:, :, 0], [0.5 ** np.arange(299.0, -1, -1)] * 2)
    np.testing.assert_array_equal(input_gradients(model, x), g)  # begins with float64 now


def test_float32_alone_underflows():
    model = functional(linear_rnn(0.5), shape=(300, 1))
    g = input_gradients(model, normal(1, 300, 1), dtype="float32")[0, :, 0]
    assert (g[:170] == 0).all() and (g[175:] > 0).all()


def test_nothing_overflows_silently():
    model = functional(linear_rnn(1.5), shape=(400, 1))
    g = input_gradients(model, normal(1, 400, 1))
    np.testing.assert_allclose(g[0, :, 0], 1.5 ** np.arange(399.0, -1, -1), rtol=1e-12)


def test_output_in_the_middle_does_not_see_the_future():
    model = functional(linear_rnn(0.9, return_sequences=True), shape=(40, 1))
    g = input_gradients(model, normal(1, 40, 1), output_step=25, **FLOAT32)[0, :, 0]
    np.testing.assert_allclose(g[:26], 0.9 ** np.arange(25, -1, -1), rtol=1e-5)
    assert (g[26:] == 0).all()


def test_bidirectional_sums_both_ways():
    layer = L.Bidirectional(linear_rnn(0.8), merge_mode="sum")
    g = input_gradients(functional(layer, shape=(101, 1)), normal(1, 101, 1))[0, :, 0]
    t = np.arange(101)
    np.testing.assert_allclose(g, 0.8 ** (100 - t) + 0.8**t, rtol=1e-5)
    assert g.argmin() == 50


def test_masking_gives_exact_zeros_at_padding():
    model = functional(L.Masking(), linear_rnn(0.9), shape=(20, 1))
    x = np.abs(normal(2, 20, 1)) + 1
    x[0, 12:] = 0
    g = input_gradients(model, x)
    assert (g[0, 12:] == 0).all()
    np.testing.assert_allclose(g[0, :12, 0], 0.9 ** np.arange(11, -1, -1), rtol=1e-5)
    np.testing.assert_allclose(g[1, :, 0], 0.9 ** np.arange(19, -1, -1), rtol=1e-5)


def test_a_model_that_reads_its_padding_shows_it():
    model = functional(linear_rnn(0.9), shape=(20, 1))
    mask = np.arange(20) < np.array([[12], [20]])
    g = input_gradients(model, normal(2, 20, 1), mask=mask)
    np.testing.assert_allclose(g[0, :, 0], 0.9 ** np.arange(19, -1, -1), rtol=1e-5)


def test_convolutions_see_their_receptive_field_and_nothing_else():
    model = functional(
        L.Conv1D(4, 3, padding="causal", kernel_initializer="ones"),
        L.Conv1D(1, 2, padding="causal", dilation_rate=4, kernel_initializer="ones"),
        shape=(30, 2),
    )
    g = input_gradients(model, normal(3, 30, 2), output_step=20, **FLOAT32)
    reach = np.zeros(30, bool)
    reach[[14, 15, 16, 18, 19, 20]] = True
    assert (g[:, ~reach] == 0).all() and (g[:, reach] == 4).all()


def test_strided_output_has_steps_of_its_own():
    model = functional(L.AveragePooling1D(4), shape=(16, 1))
    mask = np.arange(16) < np.array([[16], [9]])
    g = input_gradients(model, normal(2, 16, 1), output_step="last", mask=mask, **FLOAT32)
    np.testing.assert_array_equal(g[0, :, 0], [0] * 12 + [0.25] * 4)
    np.testing.assert_array_equal(g[1, :, 0], [0] * 8 + [0.25] * 4 + [0] * 4)


def test_output_steps_per_example():
    model = functional(linear_rnn(0.5, return_sequences=True), shape=(8, 1))
    x, mask = normal(3, 8, 1), np.arange(8) < np.array([[3], [8], [5]])
    g = input_gradients(model, x, output_step="last", mask=mask, **FLOAT32)
    np.testing.assert_array_equal(g, input_gradients(model, x, output_step=[2, -1, 4], **FLOAT32))
    np.testing.assert_array_equal(g[0, :, 0], [0.25, 0.5, 1, 0, 0, 0, 0, 0])


# ---- against slow twins


def test_finite_differences():
    def build(dtype):
        return keras.Sequential(
            [
                keras.Input((12, 2), dtype=dtype),
                L.Conv1D(3, 3, padding="same", activation="tanh", dtype=dtype),
                L.Bidirectional(L.LSTM(3, return_sequences=True, dtype=dtype), dtype=dtype),
                L.Dense(2, dtype=dtype),
            ]
        )

    model, wide = build("float32"), build("float64")
    wide.set_weights(model.get_weights())
    x, h = normal(2, 12, 2), 1e-6
    g = input_gradients(model, x, output_step=5, output_index=1, dtype="float64")
    nudges = h * np.eye(24).reshape(24, 12, 2)
    for i in range(2):
        rows = np.concatenate([x[i] + nudges, x[i] - nudges]).astype(np.float64)
        z = wide(rows, training=False).numpy()[:, 5, 1]
        np.testing.assert_allclose(g[i].ravel(), (z[:24] - z[24:]) / (2 * h), atol=1e-8)


@pytest.mark.parametrize("cell", [L.LSTM, L.GRU])
def test_recurrent_layers_equal_the_tape(cell):
    model = functional(cell(5, return_sequences=True), L.Dense(3), shape=(8, 2))
    x = normal(2, 8, 2)
    g = input_gradients(model, x, output_step=-3, output_index=2)
    twin = tape_gradients(model, x, lambda y: y[0, -3, 2])
    np.testing.assert_allclose(g, twin, rtol=1e-4, atol=1e-7)


def test_examples_are_independent_and_chunks_do_not_matter():
    model = functional(L.Conv1D(4, 3), L.BatchNormalization(), L.GRU(3), L.Dense(2), shape=(20, 2))
    model.get_layer(index=2).moving_variance.assign([0.5, 2.0, 1.0, 3.0])
    x = normal(7, 20, 2)
    g = input_gradients(model, x, output_index=1)
    singles = [input_gradients(model, x[i : i + 1], output_index=1) for i in range(7)]
    np.testing.assert_allclose(np.concatenate(singles), g, rtol=1e-5, atol=1e-9)
    for size in (1, 3, 7, 100):
        chunked = input_gradients(model, x, output_index=1, batch_size=size)
        np.testing.assert_allclose(chunked, g, rtol=1e-5, atol=1e-9)
    with tf.GradientTape() as tape:
        watched = tf.constant(x)
        tape.watch(watched)
        mean = tf.reduce_mean(model(watched, training=False)[:, 1])
    np.testing.assert_allclose(7 * tape.gradient(mean, watched).numpy(), g, rtol=1e-4, atol=1e-7)


def test_dropout_is_off():
    model = functional(L.Dropout(0.5), L.GRU(3, dropout=0.5), L.Dropout(0.5), shape=(9, 2))
    x = normal(2, 9, 2)
    np.testing.assert_array_equal(input_gradients(model, x), input_gradients(model, x))


# ---- the logit


class SquashedByTensorFlow(keras.Layer):
    def call(self, z):
        return tf.squeeze(tf.transpose(tf.nn.sigmoid(z)[:, None], [0, 2, 1]), -1)


@pytest.mark.parametrize(
    "end",
    [
        lambda: [L.Dense(2, activation="sigmoid", name="z")],
        lambda: [L.Dense(2, activation=tf.nn.softmax, name="z")],
        lambda: [L.Dense(2, name="z"), L.Activation("sigmoid")],
        lambda: [L.Dense(2, name="z"), L.Activation("log_softmax")],
        lambda: [L.Dense(2, name="z"), L.Softmax()],
        lambda: [L.Dense(2, name="z"), keras.ops.sigmoid, L.Reshape((2, 1)), L.Reshape((2,))],
        lambda: [L.Dense(2, name="z"), SquashedByTensorFlow()],
    ],
    ids=["sigmoid", "softmax", "Activation", "log_softmax", "Softmax", "ops", "custom"],
)
def test_a_saturated_output_is_differentiated_at_its_logit(end):
    model = functional(L.Flatten(), *end(), shape=(4, 1))
    model.get_layer("z").bias.assign([60.0, -60.0])
    kernel = model.get_layer("z").kernel.numpy()
    for unit in (0, 1):
        g = input_gradients(model, normal(1, 4, 1), output_index=unit)
        np.testing.assert_array_equal(g[0, :, 0], kernel[:, unit])


def test_a_saturated_time_distributed_output():
    bias = keras.initializers.Constant(60.0)
    inner = L.Dense(1, activation="sigmoid", kernel_initializer="ones", bias_initializer=bias)
    model = functional(
        linear_rnn(0.5, return_sequences=True), L.TimeDistributed(inner), shape=(6, 1)
    )
    g = input_gradients(model, normal(1, 6, 1), output_step=3, **FLOAT32)
    np.testing.assert_array_equal(g[0, :, 0], [0.125, 0.25, 0.5, 1, 0, 0])
    with pytest.raises(ValueError, match=r"called exactly once.*called 6 times"):
        input_gradients(model, normal(1, 6, 1), output_step=3, layer=inner)


@every_kind
def test_an_inner_layer_by_name(kind):
    raw = L.Dense(2, name="raw_output")
    model = KINDS[kind](
        linear_rnn(0.5, return_sequences=True), raw, L.Activation("tanh"), shape=(6, 1)
    )
    x = normal(2, 6, 1)
    chosen = {"output_step": 4, "output_index": 1, **FLOAT32}
    g = input_gradients(model, x, layer="raw_output", **chosen)
    weight = float(raw.kernel.numpy()[0, 1])
    np.testing.assert_allclose(g[1, :, 0], weight * np.array([1, 2, 4, 8, 16, 0]) / 16, rtol=1e-6)
    if kind == "functional":
        np.testing.assert_array_equal(input_gradients(model, x, layer=raw, **chosen), g)


def test_an_output_per_timestep_without_a_unit_axis():
    model = functional(linear_rnn(0.5, return_sequences=True), L.Reshape((6,)), shape=(6, 1))
    g = input_gradients(model, normal(1, 6, 1), output_step=2, **FLOAT32)
    np.testing.assert_array_equal(g[0, :, 0], [0.25, 0.5, 1, 0, 0, 0])
    with pytest.raises(ValueError, match=r"`output_index` must lie in \[0, 1\)"):
        input_gradients(model, normal(1, 6, 1), output_step=2, output_index=1, **FLOAT32)


# ---- dtypes


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "float64"])
def test_half_precision_models_are_measured_in_full(policy):
    model = functional(
        L.Conv1D(3, 3, dtype=policy),
        linear_rnn(0.5, dtype=policy),
        L.Dense(1, dtype=policy),
        shape=(200, 2),
    )
    twin = functional(L.Conv1D(3, 3), linear_rnn(0.5), L.Dense(1), shape=(200, 2))
    twin.set_weights(model.get_weights())
    x = normal(2, 200, 2).astype(np.float16)
    g = input_gradients(model, x)
    np.testing.assert_allclose(g, input_gradients(twin, x, dtype="float64"), rtol=1e-4)
    assert 0 < np.abs(g[0, 0]).max() < 1e-55  # float16 shows a plateau of 5e-8 here


@pytest.mark.parametrize(
    "given",
    [
        lambda x: x.astype(np.float16),
        lambda x: x.astype(np.float64),
        lambda x: x.tolist(),
        tf.constant,
        lambda x: tf.constant(x, tf.float64),
        lambda x: tf.constant(x, tf.bfloat16),
    ],
    ids=["float16", "float64", "lists", "tensor", "float64 tensor", "bfloat16 tensor"],
)
def test_x_of_any_float_type(given):
    model = functional(L.Conv1D(2, 3), L.Flatten(), L.Dense(1), shape=(6, 1))
    x = np.array([[0, 1, 2, 0.5, -1, 3]], np.float32)[:, :, None]
    np.testing.assert_array_equal(input_gradients(model, given(x)), input_gradients(model, x))


class Float32Only(keras.Layer):
    """Keeps weights where Keras can't cast them, so that it cannot run in float64."""

    def call(self, x):
        return tf.matmul(x, tf.ones((1, 1)))


def test_float32_scaled_where_float64_is_impossible():
    model = Stack(linear_rnn(0.5), Float32Only())
    g = input_gradients(model, normal(1, 210, 1))
    np.testing.assert_array_equal(g[0, :, 0], 0.5 ** np.arange(209.0, -1, -1))
    with pytest.warns(RuntimeWarning, match=r"may be underflow.*no float64: .*MatMul"):
        assert input_gradients(model, normal(1, 300, 1))[0, 0, 0] == 0
    with pytest.raises(RuntimeError, match="no float64"):
        input_gradients(model, normal(1, 300, 1), dtype="float64")


def test_scales_reach_through_a_cast_in_the_models_own_code():
    narrow = L.Lambda(lambda x: tf.cast(x, tf.float32))
    model = functional(narrow, linear_rnn(0.5), shape=(900, 1))
    g = input_gradients(model, normal(1, 900, 1))
    np.testing.assert_array_equal(g[0, :, 0], 0.5 ** np.arange(899.0, -1, -1))


def test_a_cast_to_half_precision_in_the_models_own_code_is_reported():
    half = L.Lambda(lambda x: tf.cast(x, tf.float16))
    model = functional(half, linear_rnn(0.9), shape=(8, 1))
    with pytest.warns(RuntimeWarning, match="half precision"):
        input_gradients(model, normal(1, 8, 1), dtype="float32")


def test_nan_is_data():
    model = functional(L.Lambda(tf.square), linear_rnn(1.0), shape=(5, 1))
    x = normal(2, 5, 1)
    x[0, 2] = np.nan
    g = input_gradients(model, x, **FLOAT32)
    np.testing.assert_array_equal(np.isnan(g[:, :, 0]), [[0, 0, 1, 0, 0], [0] * 5])


# ---- inputs


@pytest.mark.parametrize(
    ("kind", "mask_zero"), [("functional", True), ("not built", False), ("subclassed", True)]
)
def test_ids_are_differentiated_at_their_embedding(kind, mask_zero):
    embedding = L.Embedding(10, 4, mask_zero=mask_zero)
    rest = [L.GRU(3), L.Dense(2, activation="softmax")]
    model = KINDS[kind](embedding, *rest, shape=(7,))
    ids = np.random.default_rng(0).integers(1, 10, (3, 7))
    g = input_gradients(model, ids, output_index=1)
    linear = Stack(rest[0], lambda h: h @ rest[1].kernel)
    twin = tape_gradients(linear, embedding(ids).numpy(), lambda y: y[0, 1])
    np.testing.assert_allclose(g, twin, rtol=1e-4, atol=1e-7)


def two_inputs(structure):
    series, weeks = keras.Input((6, 1), name="series"), keras.Input((6, 2), name="weeks")
    who = keras.Input((3,), name="who")
    inputs = {
        "dict": {"series": series, "weeks": weeks, "who": who},
        "list": [series, weeks, who],
        "tuple": (series, weeks, who),
    }[structure]
    total = linear_rnn(0.5)(series) + 3 * L.GlobalAveragePooling1D()(weeks)[:, :1]
    return keras.Model(inputs, total + L.Dense(1)(who))


@pytest.mark.parametrize("structure", ["dict", "list", "tuple"])
def test_several_inputs(structure):
    model = two_inputs(structure)
    arrays = [normal(2, 6, 1), normal(2, 6, 2), normal(2, 3)]
    names = ["series", "weeks", "who"]
    x = {"dict": dict(zip(names, arrays, strict=True)), "list": arrays, "tuple": tuple(arrays)}
    for wrt in ("weeks", 1, -2):
        g = input_gradients(model, x[structure], wrt=wrt, **FLOAT32)
        np.testing.assert_allclose(g[1], [[0.5, 0]] * 6)
    g = input_gradients(model, x[structure], wrt="series")
    np.testing.assert_array_equal(g[0, :, 0], 0.5 ** np.arange(5.0, -1, -1))
    with pytest.raises(ValueError, match=r"Several inputs are series: pass wrt=.*'weeks'"):
        input_gradients(model, x[structure])
    with pytest.raises(ValueError, match=r"`x` must be a float array \[batch, time, channels\]"):
        input_gradients(model, x[structure], wrt="who")


def test_the_only_series_among_several_inputs_is_meant():
    series, who = keras.Input((6, 1)), keras.Input((3,))
    model = keras.Model([series, who], linear_rnn(0.5)(series) * L.Dense(1)(who))
    assert input_gradients(model, [normal(2, 6, 1), normal(2, 3)]).shape == (2, 6, 1)


def test_with_respect_to_a_layer():
    model = functional(L.Reshape((6, 1), name="series"), linear_rnn(0.5, name="rnn"), shape=(6,))
    g = input_gradients(model, normal(2, 6), wrt="series")
    np.testing.assert_array_equal(g[0, :, 0], 0.5 ** np.arange(5.0, -1, -1))
    with pytest.raises(ValueError, match=r"`wrt` must be \[batch, time, channels\]"):
        input_gradients(model, normal(2, 6), wrt="rnn")


def test_one_of_several_outputs():
    x = keras.Input((6, 1))
    h = linear_rnn(0.5, return_sequences=True, name="early")(x)
    outputs = {"risk": L.Dense(1, kernel_initializer="ones")(h[:, -1]), "state": h}
    model = keras.Model(x, outputs)
    g = input_gradients(model, normal(1, 6, 1), layer="risk")
    np.testing.assert_array_equal(g[0, :, 0], 0.5 ** np.arange(5.0, -1, -1))
    state = input_gradients(model, normal(1, 6, 1), layer="state", output_step=0, **FLOAT32)
    assert state[0, 0, 0] == 1
    with pytest.raises(ValueError, match=r"2 outputs: pass layer=.*\['risk', 'state'\]"):
        input_gradients(model, normal(1, 6, 1))


# ---- errors


ERRORS = {
    "rank of x": ({"x": normal(2, 6)}, r"`x` must be a float array.*shape=\(2, 6\)|Embedding"),
    "ints": ({"x": np.ones((2, 6, 1), int)}, r"`x` must be a float array.*dtype=int64"),
    "strings": ({"x": np.array([["a"]])}, "`x` must hold numbers"),
    "no examples": ({"x": normal(0, 6, 1)}, r"non-empty batch.*shape=\(0, 6, 1\)"),
    "no timesteps": ({"x": normal(2, 0, 1)}, r"must not be empty.*shape=\(2, 0, 1\)"),
    "scalar": ({"x": np.float32(3)}, "batch axis first"),
    "time axis": ({"output_step": None}, r"Without `output_step`.*shape \(2, 6, 3\)"),
    "no time axis": ({"layer": "pooled", "output_step": 4}, r"must lie in \[-3, 3\)"),
    "late step": ({"output_step": 6}, r"`output_step` must lie in \[-6, 6\).*step 6"),
    "word": ({"output_step": "final"}, "'last'"),
    "index": ({"output_index": 3}, r"`output_index` must lie in \[0, 3\).*output_index=3"),
    "index type": ({"output_index": 1.0}, r"`output_index` must be an integer.*1\.0"),
    "layer": ({"layer": "hidden"}, r"`layer` must be one of \[.*'pooled'.*'hidden'"),
    "layer type": ({"layer": 3}, "A layer, or its name"),
    "other model's layer": ({"layer": L.Dense(1, name="stray")}, "'stray', called 0 times"),
    "wrt": ({"wrt": "time"}, r"`wrt` must name an input.*'time'"),
    "wrt place": ({"wrt": 2}, "one of 1 inputs. Received: wrt=2"),
    "mask shape": ({"mask": np.ones((2, 5), bool)}, r"\[batch, time\].*\(2, 6\).*\(2, 5\)"),
    "mask values": ({"mask": normal(2, 6)}, "`mask` must be bool"),
    "mask empty": ({"mask": np.zeros((2, 6), bool)}, "must leave a valid timestep"),
    "masked step": ({"mask": np.arange(6) < [[6], [3]]}, "Masked: step 5 of example 1$"),
    "batch size": ({"batch_size": 0}, "`batch_size` must be an integer of at least 1"),
    "dtype": ({"dtype": "float16"}, "'float32' or 'float64'"),
    "unconnected": ({"layer": "pooled", "wrt": "dense", "output_step": None}, "no path connects"),
}


@pytest.fixture(scope="module")
def small():
    x = keras.Input((6, 1))
    h = L.Conv1D(3, 3, padding="same", name="conv")(x)
    pooled = L.GlobalAveragePooling1D(name="pooled")(h)
    return keras.Model(x, L.Dense(3, name="dense")(h) + pooled[:, None])


@pytest.mark.parametrize("given, says", ERRORS.values(), ids=ERRORS)
def test_wrong_arguments(small, given, says):
    arguments = {"x": normal(2, 6, 1), "output_step": 5} | given
    with pytest.raises((TypeError, ValueError), match=says):
        input_gradients(small, **arguments)


def test_other_models_are_refused():
    for model in (None, lambda x: x, "model"):
        with pytest.raises(TypeError, match=r"`model` must be a Keras 3 model.*Received: builtins"):
            input_gradients(model, normal(2, 6, 1))


def test_a_layer_called_twice_is_refused():
    shared = L.Dense(1, name="shared")
    model = functional(shared, shared, linear_rnn(0.5), shape=(6, 1))
    with pytest.raises(ValueError, match="'shared', called 2 times"):
        input_gradients(model, normal(1, 6, 1), layer="shared", output_step=0)


def test_a_layer_inside_a_loop_is_refused():
    layer = linear_rnn(0.5)
    model = functional(layer, shape=(6, 1))
    with pytest.raises(ValueError, match="must not run inside a loop"):
        input_gradients(model, normal(1, 6, 1), layer=layer.cell)
