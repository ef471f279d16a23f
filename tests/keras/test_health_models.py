"""Every kind of parameter and of train step is recorded."""

from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.records import health

tf = needs("tensorflow")
keras = needs("keras")
FitHealth = needs("tb_deepdebug.keras.health").FitHealth
layers = keras.layers
X = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
Y = X[:, :1]


def recorded(model: Any, x: Any, y: Any, steps: int = 1) -> Any:
    """What is recorded of the last of some steps on the same batch."""
    watching = FitHealth(model)
    for _ in range(steps):
        watching.before_batch()
        model.train_on_batch(x, y)
        found = watching.after_batch()
    watching.close()
    return found


@pytest.mark.parametrize("jit", [False, True])
def test_slices_of_an_embedding_count_as_the_whole_of_it(jit: bool) -> None:
    """Ids that come twice give slices of the same row, whose gradients add up."""
    embedding = layers.Embedding(10, 3)
    model = keras.Sequential([embedding, layers.GlobalAveragePooling1D(), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=jit)
    ids, y = np.array([[1, 1, 2], [2, 4, 1]]), np.ones((2, 1), np.float32)
    model.build((None, 3))
    before = [v.numpy() for v in model.trainable_variables]
    found = recorded(model, ids, y)
    after = [v.numpy() for v in model.trainable_variables]
    moved = [b - a for a, b in zip(before, after, strict=True)]
    twin = health.from_arrays(found.names, after, [-10 * m for m in moved], moved)
    for name in ("gradient_norm", "gradient_max", "update_norm", "gradient_zero"):
        np.testing.assert_allclose(found.measures[name], twin.measures[name], rtol=1e-4)
    assert found.measures["gradient_zero"][0] == 7 * 3
    assert found.gradient_counts[0].sum() == 30


def test_a_parameter_without_a_gradient_is_not_measured_but_its_weight_is() -> None:
    class Unused(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.idle = layers.Dense(1, name="used"), layers.Dense(2, name="idle")

        def build(self, shape: Any) -> None:
            self.used.build(shape)
            self.idle.build(shape)

        def call(self, x: Any) -> Any:
            return self.used(x)

    model = Unused()
    model.compile(keras.optimizers.SGD(0.1), "mse")
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        found = recorded(model, X, Y)
    assert found.names == ("used/kernel", "used/bias", "idle/kernel", "idle/bias")
    assert found.layers == ("used", "used", "idle", "idle")
    assert np.isnan(found.measures["gradient_norm"]).tolist() == [False, False, True, True]
    assert found.measures["weight_norm"][2] > 0
    assert found.measures["update_norm"].tolist()[2:] == [0, 0]
    assert (found.gradient_counts[2:] == 0).all()


def test_frozen_layers_and_moving_averages_are_left_out() -> None:
    frozen = layers.Dense(3, trainable=False)
    model = keras.Sequential([frozen, layers.BatchNormalization(name="bn"), layers.Dense(1)])
    model.compile("sgd", "mse")
    found = recorded(model, X, Y)
    assert set(found.layers) == {"bn", model.layers[-1].name}
    assert [n.rpartition("/")[2] for n in found.names] == ["gamma", "beta", "kernel", "bias"]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_float_dtypes_are_measured(dtype: str) -> None:
    model = keras.Sequential([layers.Dense(1, dtype=dtype)])
    model.compile(keras.optimizers.SGD(0.01), "mse", auto_scale_loss=False)
    found = recorded(model, X, Y)
    weights = [np.asarray(tf.cast(v.value, tf.float64)) for v in model.trainable_variables]
    norms = [np.linalg.norm(w) for w in weights]
    np.testing.assert_allclose(found.measures["weight_norm"], norms, rtol=1e-5)
    assert (found.measures["gradient_norm"] > 0).all()


def test_scalar_parameters_are_measured() -> None:
    class Scale(layers.Layer):
        def build(self, shape: Any) -> None:
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

        def call(self, x: Any) -> Any:
            return self.scale * x

    model = keras.Sequential([layers.Dense(1), Scale(name="scaled")])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    found = recorded(model, X, Y)
    assert found.names[-1] == "scaled/scale" and found.shapes[-1] == ()
    assert found.measures["weight_max"][-1] == abs(float(model.trainable_variables[-1].numpy()))


def test_names_are_paths_as_the_user_knows_them() -> None:
    inner = keras.Sequential([keras.Input((6, 4)), layers.LSTM(2, name="memory")], name="encoder")
    outer = [layers.Bidirectional(layers.GRU(2, return_sequences=True), name="both"), inner]
    model = keras.Sequential([keras.Input((6, 4)), *outer, layers.Dense(1, name="head")])
    model.compile("sgd", "mse", jit_compile=False)
    found = recorded(model, np.ones((2, 6, 4), np.float32), np.ones((2, 1), np.float32))
    expected = {"both/forward_gru": 3, "both/backward_gru": 3, "encoder/memory": 3, "head": 2}
    assert found.layers == tuple(name for name, times in expected.items() for _ in range(times))
    assert found.names[:3] == tuple(
        f"both/forward_gru/{v}" for v in ("kernel", "recurrent_kernel", "bias")
    )
    assert len(set(found.names)) == len(found.names)


class Adversaries(keras.Model):
    """Two optimizers in one train step, the second of which steps twice."""

    def __init__(self) -> None:
        super().__init__()
        self.maker = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="make")])
        self.judge = keras.Sequential([keras.Input((4,)), layers.Dense(1, name="judge")])
        self.maker.name, self.judge.name = "maker", "judge"
        self.makes, self.judges = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.2)

    def train_step(self, data: Any) -> dict[str, Any]:
        x = data[0]
        for part, optimizer, sign in (
            (self.maker, self.makes, -1),
            (self.judge, self.judges, 1),
            (self.judge, self.judges, 1),
        ):
            with tf.GradientTape() as tape:
                loss = sign * tf.reduce_mean(tf.tanh(self.judge(self.maker(x))))
            grads = tape.gradient(loss, part.trainable_variables)
            optimizer.apply_gradients(zip(grads, part.trainable_variables, strict=True))
        return {"loss": loss}

    def call(self, x: Any) -> Any:
        return self.judge(self.maker(x))


@pytest.mark.parametrize("eager", [False, True])
def test_every_optimizer_of_a_train_step_is_recorded(eager: bool) -> None:
    model = Adversaries()
    model.compile(run_eagerly=eager)
    found = recorded(model, X, Y, steps=2)
    assert found.layers == ("maker/make", "maker/make", "judge/judge", "judge/judge")
    ratio = found.measures["update_norm"] / found.measures["gradient_norm"]
    np.testing.assert_allclose(ratio, [0.1, 0.1, 0.2, 0.2], rtol=1e-3)
    assert found.learning_rate == pytest.approx(0.1)


def test_parts_of_a_multi_optimizer_are_recorded() -> None:
    multi = needs("keras.src.optimizers.multi_optimizer")
    first, last = layers.Dense(3, name="first"), layers.Dense(1, name="last")
    model = keras.Sequential([keras.Input((4,)), first, last])
    rates = multi.OptimizerMap(keras.optimizers.SGD(0.1), {".*last/.*": keras.optimizers.SGD(0.5)})
    model.compile(multi.MultiOptimizer(rates), "mse")
    found = recorded(model, X, Y, steps=2)
    assert sorted(found.names) == ["first/bias", "first/kernel", "last/bias", "last/kernel"]
    ratio = found.measures["update_norm"] / found.measures["gradient_norm"]
    expected = [0.1 if layer == "first" else 0.5 for layer in found.layers]
    np.testing.assert_allclose(ratio, expected, rtol=1e-3)
