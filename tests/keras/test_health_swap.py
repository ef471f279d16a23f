"""A recorded step leaves the model and its optimizer the user's own, whatever happens in it."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

tf = needs("tensorflow")
keras = needs("keras")
FitHealth = needs("tb_deepdebug.keras.health").FitHealth

X = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
Y = X[:, :1]


class Watching(keras.callbacks.Callback):
    """Records every second step."""

    def __init__(self, close: bool = True) -> None:
        super().__init__()
        self.close, self.found, self.functions = close, [], []
        self.health: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        self.health = self.health or FitHealth(self.model)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch % 2 == 0:
            self.health.before_batch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.functions.append(self.model.train_function)
        self.found.append(self.health.after_batch(logs))

    def on_train_end(self, logs: Any = None) -> None:
        if self.close:
            self.health.close()


class Raising(keras.callbacks.Callback):
    """Raises in one of its hooks, once."""

    def __init__(self, hook: str, error: BaseException) -> None:
        super().__init__()
        self.error: BaseException | None = error
        setattr(self, hook, self.throw)

    def throw(self, *args: Any, **kwargs: Any) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error


def compiled(**options: Any) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), "mse", **options)
    return model


def fit(model: Any, *callbacks: Any, x: Any = X, y: Any = Y, **options: Any) -> None:
    model.fit(x, y, batch_size=4, callbacks=list(callbacks), verbose=0, **options)


def attributes(model: Any) -> list[dict[str, Any]]:
    return [dict(part.__dict__) for part in (model, model.optimizer, *model.layers)]


def test_nothing_is_left_on_the_model() -> None:
    model = compiled()
    fit(model)
    before, own = attributes(model), model.train_function
    watching = Watching()
    fit(model, watching)
    assert [found is not None for found in watching.found] == [True, False, True, False]
    assert all(function is own for function in watching.functions)
    after = attributes(model)
    for old, new in zip(before, after, strict=True):
        assert old.keys() == new.keys()
        assert all(old[k] is new[k] for k in old if k not in ("_epoch_iterator", "history"))


def test_training_goes_as_it_goes_without() -> None:
    weights = []
    for callbacks in ([], [Watching()]):
        model = compiled()
        fit(model, *callbacks, epochs=3, shuffle=False)
        weights.append(model.get_weights())
    for plain, recorded in zip(*weights, strict=True):
        np.testing.assert_allclose(plain, recorded, rtol=1e-6)


class Interrupted(keras.Model):
    """Raises from within its train step when told to."""

    error: BaseException | None = None

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.dense(x)

    def train_step(self, data: Any) -> Any:
        logs = super().train_step(data)
        if Interrupted.error is not None:
            raise Interrupted.error
        return logs


@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError()])
def test_an_exception_in_the_step_finds_the_model_restored(
    error: BaseException, eager: bool
) -> None:
    model = Interrupted()
    model.compile("adam", "mse", run_eagerly=eager)
    fit(model)
    before, own = attributes(model), model.train_function
    watching = Watching(close=False)
    try:
        Interrupted.error = error
        with pytest.raises(type(error)):
            fit(model, watching)
    finally:
        Interrupted.error = None
    assert model.train_function is own
    for old, new in zip(before, attributes(model), strict=True):
        assert old.keys() == new.keys()
    fit(model, watching)
    assert watching.found[0] is not None and model.train_function is own


def test_an_exception_in_the_data_finds_the_model_restored() -> None:
    def broken() -> Any:
        yield X[:4], Y[:4]
        raise ZeroDivisionError

    model, watching = compiled(), Watching(close=False)
    fit(model)
    own = model.train_function
    specs = tf.TensorSpec((4, 4)), tf.TensorSpec((4, 1))
    data = tf.data.Dataset.from_generator(broken, output_signature=specs)
    with pytest.raises(tf.errors.OpError):
        model.fit(data, callbacks=[watching], verbose=0)
    assert model.train_function is own
    assert "apply" not in model.optimizer.__dict__


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end", "on_epoch_begin"])
@pytest.mark.parametrize("first", [True, False])
def test_another_fit_runs_the_users_function_after_another_callback_raised(
    hook: str, first: bool
) -> None:
    model, watching = compiled(), Watching(close=False)
    fit(model)
    own, ran = model.train_function, []

    def counting(iterator: Any) -> Any:
        ran.append(1)
        return own(iterator)

    model.train_function = counting
    raising = Raising(hook, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        fit(model, *([raising, watching] if first else [watching, raising]))
    ran.clear()
    fit(model)
    assert len(ran) == 4 and model.train_function is counting


def test_the_end_of_the_data_is_no_failure() -> None:
    model, watching = compiled(), Watching()
    data = tf.data.Dataset.from_tensor_slices((X[:12], Y[:12])).batch(4)
    model.fit(data, epochs=2, callbacks=[watching], verbose=0)  # of unknown length at first
    assert len(watching.found) == 6


def test_the_model_can_be_saved_pickled_and_cloned_between_the_hooks(tmp_path: Path) -> None:
    model = compiled()
    fit(model)
    health = FitHealth(model)
    health.before_batch()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for copy in (loaded, keras.models.clone_model(model), pickle.loads(pickle.dumps(model))):
        assert copy.count_params() == model.count_params()
    health.close()


def test_a_second_compile_is_followed() -> None:
    model = compiled()
    health = FitHealth(model)
    rates = []
    for rate in (0.5, 0.25):
        model.compile(keras.optimizers.SGD(rate), "mse")
        for _ in range(2):
            health.before_batch()
            model.train_on_batch(X, Y)
            found = health.after_batch()
        rates.append(found.learning_rate)
        ratio = found.measures["update_norm"] / found.measures["gradient_norm"]
        np.testing.assert_allclose(ratio, rate, rtol=1e-4)
    assert rates == [0.5, 0.25]


def test_the_second_function_is_traced_once() -> None:
    model = Interrupted()
    traces = []
    step = model.train_step
    model.train_step = lambda data: (traces.append(1), step(data))[1]
    model.compile("sgd", "mse", jit_compile=False)
    fit(model)
    alone = len(traces)
    traces.clear()
    fit(model, Watching(), epochs=4)
    assert len(traces) <= alone


def test_a_make_train_function_of_ones_own_is_kept() -> None:
    made = []

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def make_train_function(self, force: bool = False) -> Any:
            if self.train_function is None:
                made.append(1)
                step = tf.function(self.train_step)
                self.train_function = lambda iterator: step(next(iterator))
            return self.train_function

    model = Own()
    model.compile("sgd", "mse")
    health = FitHealth(model)
    for _ in range(2):
        health.before_batch()
        model.train_on_batch(X, Y)
        found = health.after_batch()
    assert found.measures["gradient_norm"].all() and len(made) == 2


def test_what_cant_be_watched_is_told_after_the_step_which_ran_all_the_same(
    monkeypatch: Any,
) -> None:
    updates = needs("tb_deepdebug.keras.health_updates")
    monkeypatch.setattr(updates, "_NEEDED", (*updates._NEEDED, "_of_another_keras"))
    model = compiled()
    health = FitHealth(model)
    health.before_batch()
    before = model.get_weights()[0]
    model.train_on_batch(X, Y)
    assert abs(model.get_weights()[0] - before).max() > 0
    with pytest.raises(RuntimeError, match="_of_another_keras"):
        health.after_batch()
    assert health.after_batch() is None


def test_a_measurement_that_fails_does_not_stop_the_training(monkeypatch: Any) -> None:
    graph = needs("tb_deepdebug.keras.health_graph")
    monkeypatch.setattr(graph, "rows", lambda *args, **kwargs: 1 / 0)
    model = compiled()
    health = FitHealth(model)
    health.before_batch()
    before = model.get_weights()[0]
    model.train_on_batch(X, Y)
    assert abs(model.get_weights()[0] - before).max() > 0
    with pytest.raises(RuntimeError, match="division by zero"):
        health.after_batch()
