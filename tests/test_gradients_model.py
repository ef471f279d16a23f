"""Measuring leaves no mark on the model, and what is kept of it neither ages nor outlives it."""

import gc
import threading
import weakref

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.gradients import input_gradients

tf = needs("tensorflow")
keras = needs("keras")
L = keras.layers


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(7)


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def deep(policy):
    # Keras can't add a float16 activity loss to a float32 one.
    penalty = "l2" if policy == "float32" else None
    return keras.Sequential(
        [
            keras.Input((30, 1)),
            L.Conv1D(2, 3, activation="relu", dtype=policy, activity_regularizer=penalty),
            L.LSTM(2, dropout=0.2, return_sequences=True, dtype=policy),
            L.BatchNormalization(dtype=policy),
            L.Dense(1, activation="sigmoid", dtype=policy),
        ]
    )


def state_of(model):
    """Everything of a model that measuring it could change."""
    layers = model._flatten_layers()
    return {
        "weights": [w.tobytes() for w in model.get_weights()],
        "variables": [(v.path, v.dtype, v.numpy().tobytes()) for v in model.variables],
        "policies": [(layer.name, layer.dtype_policy.name) for layer in layers],
        "attributes": [sorted(layer.__dict__) for layer in layers],
        "trainable": [layer.trainable for layer in layers],
        "losses": len(model.losses),
        "json": model.to_json(),
    }


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_the_model_is_as_before(policy, tmp_path):
    model = deep(policy)
    model.layers[0].trainable = False
    x = normal(2, 30, 1)
    y = model(x, training=False).numpy()
    before = state_of(model)
    for dtype in ("float32", "float64"):
        input_gradients(model, x, output_step=-1, layer=model.layers[1], dtype=dtype)
    assert state_of(model) == before
    np.testing.assert_array_equal(model(x, training=False), y)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), y)
    assert keras.models.clone_model(model).to_json() == model.to_json()
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((2, 28, 1)), verbose=0)


class Breaks(keras.Layer):
    broken = False
    last_seen = None

    def call(self, x):
        if self.broken:
            self.last_seen = x
            raise KeyboardInterrupt
        return x


def test_the_model_is_as_before_after_an_interrupt():
    breaks = Breaks(name="breaks")
    model = keras.Sequential([keras.Input((9, 1)), L.GRU(2, dropout=0.3), breaks])
    before = state_of(model)
    breaks.broken = True
    for dtype in ("float32", "float64"):
        with pytest.raises(KeyboardInterrupt):
            input_gradients(model, normal(1, 9, 1), dtype=dtype, layer="breaks")
    assert breaks.last_seen is None
    del breaks.broken
    assert state_of(model) == before
    model(normal(1, 9, 1), training=True)
    assert input_gradients(model, normal(1, 9, 1)).shape == (1, 9, 1)


def test_a_stateful_model_starts_at_zero_and_keeps_its_states():
    model = keras.Sequential([keras.Input(batch_shape=(4, 8, 1)), L.GRU(3, stateful=True)])
    twin = keras.Sequential([keras.Input((8, 1)), L.GRU(3)])
    twin.set_weights(model.get_weights())
    model.predict(normal(4, 8, 1), batch_size=4, verbose=0)
    before = [s.numpy() for s in model.layers[0].states]
    x = normal(7, 8, 1)
    for dtype in ("float32", "float64"):
        g = input_gradients(model, x, dtype=dtype)
        np.testing.assert_allclose(g, input_gradients(twin, x), rtol=1e-5, atol=1e-8)
    assert all(np.any(s) for s in before)
    for old, new in zip(before, model.layers[0].states, strict=True):
        np.testing.assert_array_equal(old, new.numpy())


def test_later_weights_and_layers_are_seen():
    model = keras.Sequential([keras.Input((5, 1)), L.Flatten(), L.Dense(1, name="z")])
    x = normal(2, 5, 1)
    for value in (1.0, 2.0):
        model.get_layer("z").kernel.assign(np.full((5, 1), value))
        np.testing.assert_array_equal(input_gradients(model, x), np.full((2, 5, 1), value))
    model.add(L.Dense(1, kernel_initializer=keras.initializers.Constant(3.0)))
    np.testing.assert_array_equal(input_gradients(model, x), np.full((2, 5, 1), 6.0))
    model.layers[-1].activation = keras.activations.relu
    model.layers[-1].bias.assign([-100.0])
    np.testing.assert_array_equal(input_gradients(model, x), np.zeros((2, 5, 1)))


def test_the_same_question_is_traced_for_one_batch_size_and_then_for_any():
    traced = []

    class Counts(keras.Layer):
        def call(self, x):
            traced.append(x.dtype)
            return x

    model = keras.Sequential([keras.Input((5, 2)), Counts(), L.Flatten(), L.Dense(3)])
    model.build((None, 5, 2))
    traced.clear()
    for batch, unit in ((2, 0), (2, 1), (3, 2), (5, 1), (2, 2)):
        input_gradients(model, normal(batch, 5, 2), output_index=unit, dtype="float32")
    assert traced == [tf.float32] * 2


def test_a_measured_model_can_die():
    model = keras.Sequential([keras.Input((5, 1)), L.Flatten(), L.Dense(1)])
    input_gradients(model, normal(2, 5, 1))
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


class Compiled(keras.Model):
    """A compiled `call` with control flow, and a state of its own that a call changes."""

    def __init__(self):
        super().__init__()
        self.dense = L.Dense(1, kernel_initializer="ones")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def build(self, shape):
        self.dense.build((None, shape[-1]))

    @tf.function
    def call(self, x):
        self.calls.assign_add(1.0)
        z = self.dense(tf.reduce_sum(x, axis=1)) + 60.0
        if tf.reduce_sum(x) > 0:
            z = 2.0 * z
        return tf.nn.sigmoid(z)


def test_a_compiled_call_is_looked_into_and_keeps_its_own_traces():
    model, x = Compiled(), np.ones((1, 4, 1), np.float32)
    model(x, training=False)
    np.testing.assert_array_equal(input_gradients(model, x), np.full((1, 4, 1), 2.0))
    np.testing.assert_array_equal(input_gradients(model, -x), np.full((1, 4, 1), 1.0))
    assert model.calls.numpy() == 1
    model(x, training=False)
    assert model.calls.numpy() == 2


def test_a_sigmoid_in_a_function_of_its_own_is_reported():
    hidden = tf.function(tf.nn.sigmoid)
    model = keras.Sequential([keras.Input((5, 1)), L.Flatten(), L.Dense(1), L.Lambda(hidden)])
    with pytest.warns(RuntimeWarning, match="comes out of a tf.function"):
        input_gradients(model, normal(1, 5, 1))


def test_threads_wait_for_each_other():
    model, x, found = deep("float32"), normal(2, 30, 1), {}

    def measure(dtype):
        found[dtype] = input_gradients(model, x, output_step=-1, dtype=dtype)

    threads = [threading.Thread(target=measure, args=[d]) for d in ("float32", "float64")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    np.testing.assert_allclose(found["float32"], found["float64"], rtol=1e-2)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
