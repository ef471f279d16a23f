"""Trainable copies of Keras models: the user's own untouched, the head found, read and renewed."""

import hashlib
import random
from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.checks.learner import Plan, learner

keras = needs("keras")
tf = needs("tensorflow")
L = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 12, 2)).astype(np.float32)
MASK = np.arange(12) < RNG.integers(3, 13, (24, 1))
LAST = X[np.arange(24), MASK.sum(axis=1) - 1, 0]


def functional(*layers: Any) -> Any:
    first = y = keras.Input((12, 2))
    for layer in layers:
        y = layer(y)
    return keras.Model(first, y)


def pooled() -> Any:
    return functional(
        L.Conv1D(6, 3, padding="same", activation="relu"),
        L.MaxPooling1D(2),
        L.Dropout(0.3),
        L.Dense(1, activation="sigmoid"),
    )


def sequential() -> Any:
    return keras.Sequential([L.Conv1D(6, 3), L.Flatten(), L.Dense(3), L.Softmax()])  # not built


@keras.saving.register_keras_serializable("learner_tests")
class Own(keras.Model):
    """A subclassed model that can be made again from its config; its `call` is compiled."""

    def __init__(self, units: int = 6, **options: Any) -> None:
        super().__init__(**options)
        self.gru, self.out = L.GRU(units), L.Dense(1)

    @tf.function
    def call(self, x: Any) -> Any:
        return tf.sigmoid(self.out(self.gru(x)))


class Made(keras.Model):
    """One that can't."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = layer

    def call(self, x: Any) -> Any:
        return self.layer(x)


def arrays(variables: Any) -> list[bytes]:
    return [keras.ops.convert_to_numpy(v).tobytes() for v in variables]


def fingerprint(model: Any) -> str:
    return hashlib.sha256(b"".join(arrays(model.weights))).hexdigest()


@pytest.mark.parametrize("build", [pooled, sequential, Own])
def test_a_copy_learns_and_the_model_is_untouched(build: Any) -> None:
    keras.utils.set_random_seed(0)
    model = build()
    if build is pooled:
        model.compile("adam", "mse")
        model.fit(X, np.zeros((24, 6, 1)), epochs=1, verbose=0)
    before, state = fingerprint(model), random.getstate()
    rates = [getattr(one, "rate", None) for one in model.layers]
    optimizer = arrays(model.optimizer.variables) if model.compiled else []
    net = learner(model, X, Plan(learning_rate=0.02, plain=True))
    losses = [net.step(X, LAST, MASK) for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.7 * losses[0]
    assert fingerprint(model) == before and random.getstate() == state
    assert [getattr(one, "rate", None) for one in model.layers] == rates
    assert (arrays(model.optimizer.variables) if model.compiled else []) == optimizer


def test_a_seed_gives_the_same_copy() -> None:
    model = pooled()
    losses = []
    for seed in (3, 3, 4):
        net = learner(model, X, Plan(seed=seed))
        losses.append([net.step(X, LAST, MASK) for _ in range(3)])
    assert losses[0] == losses[1] != losses[2]


def test_weights_can_be_kept_and_the_sigmoid_is_undone() -> None:
    model = functional(L.Flatten(), L.Dense(1, activation="sigmoid"))
    net = learner(model, X, Plan(outputs=None, loss="binary", fresh=False))
    logits = net.predict(X, None)
    assert 1 / (1 + np.exp(-logits)) == pytest.approx(np.array(model(X)), abs=1e-6)
    assert net.parameters == model.count_params()
    y = np.where(np.arange(24) % 3 == 0, np.nan, LAST > 0)
    known = np.isfinite(y)
    expected = np.logaddexp(0, logits[known, 0]) - y[known] * logits[known, 0]
    assert net.step(X, y, None) == pytest.approx(expected.mean(), rel=1e-5)


@pytest.mark.parametrize("build", [sequential, Own])
def test_logits_of_models_of_every_kind(build: Any) -> None:
    model = build()
    output = np.array(model(X))
    logits = learner(model, X, Plan(outputs=None, fresh=False)).predict(X, None)
    squashed = keras.ops.softmax(logits) if build is sequential else keras.ops.sigmoid(logits)
    assert np.array(squashed) == pytest.approx(output, abs=1e-6)
    assert not np.allclose(logits, output)


def test_the_head_is_read_at_the_last_valid_step_or_on_average() -> None:
    """A pooled series: output step j covers the input steps 2 j and 2 j + 1."""
    model = functional(L.AveragePooling1D(2), L.Dense(1))
    series = np.array(model(X))[:, :, 0]
    valid = MASK.reshape(24, 6, 2).any(axis=2)
    last = series[np.arange(24), valid.sum(axis=1) - 1]
    mean = (series * valid).sum(axis=1) / valid.sum(axis=1)
    for reads, expected in (("last", last), ("mean", mean)):
        net = learner(model, X, Plan(outputs=None, fresh=False, reads=reads))
        assert net.predict(X, MASK)[:, 0] == pytest.approx(expected, abs=1e-5)


def test_a_mask_that_the_model_makes_is_read_for_want_of_another() -> None:
    x = np.where(MASK[:, :, None], X, 0)
    model = functional(L.Masking(), L.GRU(4, return_sequences=True), L.Dense(1))
    plan = Plan(outputs=None, fresh=False)
    net = learner(model, x, plan)
    assert net.predict(x, None) == pytest.approx(net.predict(x, MASK), abs=1e-6)


@pytest.mark.parametrize(
    ("layers", "outputs", "parameters"),
    [
        ([L.Dense(4), L.Dense(7)], 3, 2 * 4 + 4 + 4 * 3 + 3),
        ([L.Conv1D(4, 3), L.Conv1D(5, 3, activation="relu")], 2, 28 + 4 * 3 * 2 + 2),
        ([L.SimpleRNN(4)], 2, 2 * 4 + 16 + 4 + 10),  # an RNN's output is read
        ([L.TimeDistributed(L.Dense(4)), L.GlobalMaxPooling1D()], 1, 3),
    ],
)
def test_the_last_linear_layer_is_replaced(layers: Any, outputs: int, parameters: int) -> None:
    net = learner(functional(*layers), X, Plan(outputs=outputs))
    assert net.parameters == parameters
    assert net.predict(X, None).shape == (24, outputs)


def test_plain_switches_off_what_disturbs() -> None:
    model = functional(
        L.GaussianNoise(0.5),
        L.LSTM(4, dropout=0.5, recurrent_dropout=0.5, kernel_regularizer="l2"),
        L.Dropout(0.9),
        L.Dense(1, activity_regularizer="l2"),
    )
    for plain in (True, False):
        net = learner(model, X, Plan(learning_rate=1e-12, plain=plain))
        losses = [net.step(X, LAST, None) for _ in range(3)]
        assert (np.ptp(losses) < 1e-6) == plain


def test_penalties_count_unless_plain() -> None:
    penalty = keras.regularizers.L2(50.0)

    def moved(plain: bool) -> float:
        model = functional(L.Flatten(), L.Dense(4, kernel_regularizer=penalty), L.Dense(1))
        net = learner(model, X, Plan(learning_rate=0.05, plain=plain))
        for _ in range(20):
            net.step(X, LAST, None)
        return float(np.abs(net.weights()[0].value).mean())

    assert moved(False) < 0.3 * moved(True)


def test_class_indices_and_several_outputs() -> None:
    labels = (LAST > 0).astype(float)
    net = learner(pooled(), X, Plan(outputs=2, loss="categorical", learning_rate=0.02))
    first = net.step(X, labels, MASK)
    assert first == pytest.approx(np.log(2), abs=0.3)
    assert min(net.step(X, labels, MASK) for _ in range(30)) < 0.7 * first
    with pytest.raises(ValueError, match="3 outputs"):
        learner(pooled(), X, Plan(outputs=3)).step(X, labels, MASK)


def test_inputs_in_a_dict() -> None:
    a, b = keras.Input((12, 2), name="a"), keras.Input((12,), dtype="bool", name="b")
    model = keras.Model({"a": a, "b": b}, L.Dense(1)(L.GlobalAveragePooling1D()(a, mask=b)))
    net = learner(model, {"a": X, "b": MASK}, Plan())
    assert np.isfinite(net.step({"a": X, "b": MASK}, LAST, MASK))


def test_a_builder_is_asked_where_a_model_cannot_be_made_again() -> None:
    with pytest.raises(ValueError, match="pass a function"):
        learner(Made(L.Dense(1)), X, Plan())
    net = learner(lambda: Made(L.Dense(1)), X, Plan())
    assert net.predict(X, None).shape == (24, 1)
    model = pooled()
    with pytest.raises(ValueError, match="the same one twice"):
        learner(lambda: model, X, Plan())


@pytest.mark.parametrize("given", [3, "model", lambda: 3])
def test_what_is_no_model_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match="must be a Keras model"):
        learner(given, X, Plan())


def test_a_model_without_weights_has_no_head() -> None:
    with pytest.raises(ValueError, match="layer with weights"):
        learner(functional(L.Flatten()), X, Plan())


def test_every_step_is_read_and_learned_where_it_is_labelled() -> None:
    squeezed = functional(L.Dense(1, activation="sigmoid"), L.Reshape((12,)))
    for model, units in ((squeezed, 1), (functional(L.Dense(3, activation="sigmoid")), 3)):
        net = learner(
            model, X, Plan(outputs=None, loss="binary", fresh=False, reads="every", seed=1)
        )
        logits = net.predict(X, MASK)
        assert logits.shape == (24, 12 * units)
        output = np.array(model(X)).reshape(24, -1)
        assert 1 / (1 + np.exp(-logits)) == pytest.approx(output, abs=1e-5)
        y = np.where(RNG.random(logits.shape) < 0.5, np.nan, RNG.random(logits.shape) < 0.5)
        expected = np.nanmean(np.logaddexp(0, logits) - y * logits)
        assert net.step(X, y, MASK) == pytest.approx(expected, rel=1e-5)


def test_class_indices_of_every_step() -> None:
    plan = Plan(outputs=None, loss="categorical", fresh=False, reads="every")
    net = learner(functional(L.Dense(3, activation="softmax")), X, plan)
    logits = net.predict(X, None).reshape(24, 12, 3)
    y = np.where(MASK, RNG.integers(0, 3, (24, 12)), np.nan)
    there = np.where(MASK, y, 0).astype(int)[:, :, None]
    surprise = np.log(np.exp(logits).sum(2)) - np.take_along_axis(logits, there, 2)[:, :, 0]
    assert net.step(X, y, None) == pytest.approx(surprise[MASK].mean(), rel=1e-5)
