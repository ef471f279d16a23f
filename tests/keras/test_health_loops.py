"""Health in a hand-written loop: of gradients given, of a probe batch, from within a graph."""

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from needs import needs

tf = needs("tensorflow")
keras = needs("keras")
loops = needs("tb_deepdebug.keras.health_loops")
keras_fit = needs("tb_deepdebug.keras.fit")
X = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
Y = X[:, :1]


def compiled(**options: Any) -> Any:
    keras.utils.set_random_seed(0)
    dense = [keras.layers.Dense(5, activation="relu", name="a"), keras.layers.Dense(1, name="b")]
    model = keras.Sequential([keras.Input((4,)), *dense])
    model.compile(keras.optimizers.SGD(0.1), "mse", **options)
    return model


def gradients(model: Any) -> list[Any]:
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(X) - Y) ** 2)
    return tape.gradient(loss, model.trainable_variables)


def norms(arrays: Any) -> list[float]:
    return [float(np.linalg.norm(a)) for a in arrays]


def test_given_gradients_are_measured() -> None:
    model = compiled()
    found = gradients(model)
    given = loops.given_health(model, found, loss=3)
    np.testing.assert_allclose(given.measures["gradient_norm"], norms(found), rtol=1e-5)
    np.testing.assert_allclose(given.measures["weight_norm"], norms(model.get_weights()), rtol=1e-5)
    assert np.isnan(given.measures["update_ratio"]).all()
    assert (given.source, given.loss) == ("given", 3)
    assert given.learning_rate == pytest.approx(0.1)


def test_gradients_may_be_named_or_missing() -> None:
    model = compiled()
    found = gradients(model)
    by_name = loops.given_health(model, {"b/kernel": found[2]})
    assert np.isnan(by_name.measures["gradient_norm"]).tolist() == [True, True, False, True]
    assert np.isnan(loops.given_health(model, [None] * 4).measures["gradient_max"]).all()


def test_updates_are_told_from_weights_kept() -> None:
    model = compiled()
    before = model.get_weights()
    model.set_weights([w + 0.5 for w in before])
    moved = loops.given_health(model, [None] * 4, before=before).measures["update_norm"]
    np.testing.assert_allclose(moved, [0.5 * np.sqrt(w.size) for w in before], rtol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ([None], "of the trainable variables"),
        ({"c/kernel": X}, "named out of"),
        ([X] * 4, "shapes"),
    ],
)
def test_other_gradients_are_refused(wrong: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        loops.given_health(compiled(), wrong)


@pytest.mark.parametrize("loss", [None, lambda y, outputs: tf.reduce_mean((outputs - y) ** 2)])
def test_a_probe_is_differentiated_without_a_trace_on_the_model(loss: Any) -> None:
    model = compiled(metrics=["mae"])
    expected = norms(gradients(model))
    state = [v.numpy() for v in model.metrics_variables]
    for _ in range(2):
        found = loops.probe_health(model, X, Y, loss=loss)
        np.testing.assert_allclose(found.measures["gradient_norm"], expected, rtol=1e-5)
    assert found.source == "probe"
    assert found.loss == pytest.approx(float(np.mean((model(X) - Y) ** 2)), rel=1e-5)
    np.testing.assert_array_equal(state, [v.numpy() for v in model.metrics_variables])


def test_a_probe_sees_later_weights_and_lets_go_of_the_model() -> None:
    model = compiled()
    first = loops.probe_health(model, X, Y)
    model.set_weights([2 * w for w in model.get_weights()])
    second = loops.probe_health(model, X, Y)
    assert second.measures["weight_norm"][0] == pytest.approx(2 * first.measures["weight_norm"][0])
    ghost = weakref.ref(model)
    del model
    gc.collect()
    assert ghost() is None


def test_a_model_without_a_loss_is_refused() -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="`loss` must be given"):
        loops.probe_health(model, X, Y)


def test_a_call_from_within_a_graph_sees_the_weights_of_that_step() -> None:
    model = compiled()
    bias = model.trainable_variables[1]
    seen = []

    @tf.function
    def inner() -> Any:
        return tf.reduce_sum(model(tf.zeros([1, 4]))), bias.value[0]

    def call(step: int, given: Any, loss: Any) -> None:
        seen.append((step, float(inner()[1]), float(bias.numpy()[0]), float(given[0]), loss))

    @tf.function
    def train(steps: Any) -> None:
        for step in tf.range(steps):
            now = tf.cast(step, tf.float32)
            bias.assign(tf.fill([5], now))
            keras_fit.in_graph(call, step, [now, None])
            bias.assign(tf.fill([5], -1.0))

    train(tf.constant(100))
    assert seen == [(i, i, i, i, None) for i in range(100)]


def test_in_eager_code_the_call_is_a_call() -> None:
    seen = []
    keras_fit.in_graph(lambda *given: seen.append(given), tf.constant(3), None, 2.0)
    assert seen == [(3, None, 2.0)]
