"""After a capture the model is what it was, and the capture holds on to nothing."""

import gc
import pickle
import threading
import weakref

import keras_models
import numpy as np
import pytest
from keras_models import KINDS, Stack, functional, series
from needs import needs

keras = needs("keras")
tf = needs("tensorflow")
from tb_deepdebug.keras.nonlinearities import Patches  # noqa: E402
from tb_deepdebug.keras.parts import components  # noqa: E402
from tb_deepdebug.keras.subject import KerasSubject  # noqa: E402

L = keras.layers
SOME = [
    "CNN with BatchNorm and activation layers", "Sequential", "subclassed", "BiLSTM",
    "attention with dropout", "nested", "shared", "operations", "nonlinearities by hand", "blocks",
]  # fmt: skip


def state(model):
    """Every instance attribute of every part, by identity."""
    return {
        id(part): {name: id(value) for name, value in vars(part).items()}
        for part in components(model)
    }


def functions():
    return [id(f) for _, _, f in Patches(lambda function, name: function)._originals]


def everything(subject):
    list(subject.capture(0, 2))
    subject.graph()
    subject.output_gradients()


@pytest.mark.parametrize("kind", SOME)
def test_every_attribute_is_what_it_was(kind):
    model, x, _ = KINDS[kind]()
    model(x, training=False)
    before, known = state(model), functions()
    everything(KerasSubject(model, x))
    assert state(model) == before
    assert functions() == known


class Failing(L.Layer):
    """Fails as the graph is traced, but not when it is called eagerly."""

    failure = None

    def call(self, x):
        if self.failure and not tf.executing_eagerly():
            raise self.failure
        return x


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError, MemoryError])
def test_an_interrupted_trace_leaves_nothing_behind(failure):
    layers = [L.Conv1D(3, 3, activation="relu"), L.LSTM(2, return_sequences=True), Failing()]
    model, x = Stack(*layers), series()
    model(x)
    layers[2].failure = failure
    before, known = state(model), functions()
    subject = KerasSubject(model, x)
    for _ in range(2):
        with pytest.raises(failure):
            list(subject.capture(0, 1))
    assert state(model) == before
    assert functions() == known
    layers[2].failure = None  # and the next attempt works
    assert list(subject.capture(0, 1))


def test_a_trained_model_is_saved_cloned_and_pickled_as_ever(tmp_path):
    model, x, _ = KINDS["BiLSTM"]()
    model.compile("adam", "mse")
    y = np.zeros((len(x), 4))
    model.fit(x, y, verbose=0)
    train, weights = model.train_function, model.get_weights()
    subject = KerasSubject(model, x, labels=y)
    everything(subject)
    assert model.train_function is train
    for old, new in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    for other in (
        keras.models.load_model(tmp_path / "model.keras"),
        pickle.loads(pickle.dumps(model)),
    ):
        np.testing.assert_allclose(other.predict(x, verbose=0), expected, rtol=1e-5)
    assert keras.models.clone_model(model).get_config() == model.get_config()
    model.fit(x, y, verbose=0)
    everything(subject)


def test_the_train_function_traced_while_subjects_exist_has_no_part_of_them():
    model, x, _ = KINDS["CNN with BatchNorm and activation layers"]()
    subject = KerasSubject(model, x)
    everything(subject)
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((len(x), 3)), verbose=0)
    list(subject.capture(0, 2))


def test_later_training_is_seen_without_a_new_trace():
    x = series()[:, 0]
    model = functional(x, L.Dense(2, activation="relu", name="a"))
    subject = KerasSubject(model, x)
    list(subject.capture(0, 5))
    program = subject._programs.sized("capture", 5)[1]
    model.layers[-1].kernel.assign_add(np.ones((3, 2)))
    pre = next(iter(subject.capture(0, 5))).values
    np.testing.assert_allclose(pre, x @ model.layers[-1].kernel.numpy(), rtol=1e-5)
    assert subject._programs.sized("capture", 5)[1] is program


def test_a_changed_model_is_traced_anew():
    x = series()[:, 0]
    dense = L.Dense(2, activation="relu", name="a")
    model = keras.Sequential([keras.Input(x.shape[1:]), dense])
    subject = KerasSubject(model, x)
    assert next(iter(subject.capture(0, 5))).tap.activation == "relu"
    dense.activation = keras.activations.tanh
    assert next(iter(subject.capture(0, 5))).tap.activation == "tanh"
    model.pop()
    model.add(L.Dense(4, activation="elu", name="b"))
    assert next(iter(subject.capture(0, 5))).values.shape == (5, 4)


@pytest.mark.parametrize("kind", ["GRU", "nonlinearities by hand", "blocks"])
def test_nothing_keeps_a_dropped_model_alive(kind):
    model, x, _ = KINDS[kind]()
    subject = KerasSubject(model, x)
    everything(subject)
    model, program = weakref.ref(model), subject._programs.sized("capture")[1]
    del subject
    keras.backend.clear_session()
    gc.collect()
    assert model() is None
    assert program.run is not None


def test_another_thread_is_let_through():
    """A function replaced while one thread traces is what it was for every other thread."""
    seen = []

    class Waiting(L.Layer):
        def call(self, x):
            if not (tf.executing_eagerly() or seen or x.shape[0] is None):
                other = threading.Thread(
                    target=lambda: seen.append(tf.nn.relu([-1.0, 2.0]).numpy())
                )
                other.start()
                other.join()
            return tf.nn.relu(x)

    model, x = Stack(Waiting(name="waiting")), series()
    taps = [t.tap.name for t in KerasSubject(model, x).capture(0, 1)]
    assert taps == ["waiting", "waiting"]
    np.testing.assert_array_equal(seen, [[0, 2]])  # what a replaced one returns has no value


def test_states_and_counters_are_not_moved():
    x = keras_models.series(4)
    layer = L.GRU(3, stateful=True, name="gru")
    first = keras.Input(batch_shape=x.shape)
    model = keras.Model(first, L.Dense(1)(layer(first)))
    model(x)
    before = layer.states[0].numpy().copy()
    subject = KerasSubject(model, x)
    everything(subject)
    np.testing.assert_array_equal(layer.states[0].numpy(), before)
    assert len(next(iter(subject.capture(1, 3))).values) == 2  # padded to the batch it takes
