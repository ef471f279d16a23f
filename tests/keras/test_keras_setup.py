"""What the Keras recorder tells of a training's setup."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs
from setup_logs import first_setup, scalars

tf = needs("tensorflow")
keras = needs("keras")

from tb_deepdebug.keras import DeepDebug  # noqa: E402
from tb_deepdebug.keras.loss_facts import recognised  # noqa: E402
from tb_deepdebug.keras.subject import KerasSubject  # noqa: E402

L, K = keras.layers, keras.losses
SPARSE, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"
RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 4)).astype(np.float32)
CLASSES = np.arange(24) % 3


class Own(keras.losses.Loss):
    """A loss of one's own."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.abs(y_pred), axis=-1)


def my_loss(y_true: Any, y_pred: Any) -> Any:
    return keras.losses.mean_squared_error(y_true, y_pred)


# loss -> name, family, takes logits, weighted
LOSSES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "name": (SPARSE, (SPARSE, "categorical", False, False)),
    "class": (K.SparseCategoricalCrossentropy(), (SPARSE, "categorical", False, False)),
    "of logits": (
        K.SparseCategoricalCrossentropy(from_logits=True),
        (SPARSE, "categorical", True, False),
    ),
    "function": (K.sparse_categorical_crossentropy, (SPARSE, "categorical", False, False)),
    "partial": (
        functools.partial(K.sparse_categorical_crossentropy, from_logits=True),
        (SPARSE, "categorical", True, False),
    ),
    "focal": (
        K.CategoricalFocalCrossentropy(),
        ("categorical_focal_crossentropy", "categorical", False, False),
    ),
    "binary": (BINARY, (BINARY, "binary", False, False)),
    "binary of logits": (K.BinaryCrossentropy(from_logits=True), (BINARY, "binary", True, False)),
    "a sum": (
        K.SparseCategoricalCrossentropy(reduction="sum"),
        (SPARSE, "categorical", False, True),
    ),
    "short name": ("mse", ("mean_squared_error", "regression", None, False)),
    "sizes": ("mean_absolute_error", ("mean_absolute_error", "regression", None, False)),
    "Huber": (K.Huber(), ("huber", "regression", None, False)),
    "divergence": ("kl_divergence", ("kl_divergence", "other", None, False)),
    "hinge": (K.Hinge(), ("hinge", "other", None, False)),
    "one's own class": (Own(), ("own", "other", None, False)),
    "one's own function": (my_loss, ("my_loss", "other", None, False)),
    "a lambda": (lambda y, p: keras.ops.mean(p), ("loss", "other", None, False)),
}


def net(end: Any = None, loss: Any = None, **compiled: Any) -> Any:
    model = keras.Sequential(
        [
            keras.Input((4,), name="features"),
            L.Dense(5, "relu", name="hidden"),
            L.Dropout(0.25, name="drop"),
            L.Dense(3, end, name="head"),
        ]
    )
    if loss is not None:
        model.compile(keras.optimizers.SGD(0.125, momentum=0.5), loss, **compiled)
    return model


@pytest.mark.parametrize("case", LOSSES)
def test_losses(case: str) -> None:
    loss, expected = LOSSES[case]
    for found in (recognised(net(), loss), recognised(net(None, loss))):
        assert found is not None
        facts = found.facts
        assert (facts.name, facts.family, facts.from_logits, facts.weighted) == expected


def test_what_is_said_to_a_loss() -> None:
    smooth = recognised(net(), K.CategoricalCrossentropy(label_smoothing=0.125))
    assert smooth is not None and smooth.facts.label_smoothing == 0.125
    ignoring = recognised(net(), K.SparseCategoricalCrossentropy(ignore_class=2))
    assert ignoring is not None and ignoring.ignored == 2
    weighted = recognised(net(None, ["mse"], loss_weights=[3.0]))
    assert weighted is not None and weighted.facts.weighted
    assert recognised(net()) is None
    x = keras.Input((4,))
    both = keras.Model(x, {"a": L.Dense(1, name="a")(x), "b": L.Dense(1, name="b")(x)})
    both.compile("sgd", {"a": "mse", "b": "mae"})
    several = recognised(both)
    assert several is not None
    assert (several.facts.name, several.facts.family) == ("several", "other")


class Ends(keras.Model):
    """A head whose last function is called by hand."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self.head, self.function = L.Dense(3, name="head"), function

    def call(self, x: Any) -> Any:
        return self.function(self.head(x))


OUTPUTS: dict[str, tuple[Any, str | None, bool]] = {
    "linear": (lambda: net(), "linear", False),
    "softmax": (lambda: net("softmax"), "softmax", True),
    "sigmoid": (lambda: net("sigmoid"), "sigmoid", False),
    "relu": (lambda: net("relu"), "relu", False),
    "a layer": (lambda: keras.Sequential([*net().layers, L.Softmax()]), "softmax", True),
    "another": (lambda: keras.Sequential([*net().layers, L.Activation("tanh")]), "tanh", False),
    "by hand": (lambda: Ends(keras.ops.softmax), "softmax", True),
    "and a look": (lambda: Ends(lambda z: keras.ops.sigmoid(z)[:, None, :1]), "sigmoid", False),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_the_output(case: str) -> None:
    make, activation, sums = OUTPUTS[case]
    model = make()
    subject = KerasSubject(model, X)
    list(subject.capture(0, 20)), list(subject.capture(20, 24))
    found = subject.setup().output
    expected = np.asarray(model(X, training=False))
    assert found is not None and (found.activation, found.row_sums_to_one) == (activation, sums)
    assert found.shape == expected.shape[1:]
    assert (found.min, found.max) == pytest.approx((expected.min(), expected.max()), rel=1e-5)


def test_inputs_labels_and_a_mask_of_kerass() -> None:
    ids = keras.Input((5,), dtype="int32", name="ids")
    series = keras.Input((5, 2), name="series")
    read = L.Concatenate()([L.Embedding(20, 3, mask_zero=True)(ids), series])
    tagged = L.Dense(4, "softmax", name="head")(
        L.GRU(4, return_sequences=True, dropout=0.5, name="reader")(read)
    )
    model = keras.Model({"ids": ids, "series": series}, tagged)
    model.compile("sgd", SPARSE)
    words = np.array([[1, 2, 3, 4, 5], [6, 7, 0, 0, 0]], np.int32)
    x = {"ids": words, "series": RNG.normal(size=(2, 5, 2)).astype("f4")}
    labels = np.array([[0, 1, 2, 3, 3], [1, 1, 9, 9, 9]]) % 4
    subject = KerasSubject(model, x, labels=labels)
    list(subject.capture(0, 2))
    found = subject.setup()
    tokens, numbers = found.inputs
    assert (tokens.name, tokens.kind, tokens.padded, tokens.min) == ("ids", "tokens", 3, 1)
    assert (numbers.kind, numbers.shape, numbers.padded) == ("numbers", (5, 2), 6)
    assert found.labels is not None and found.labels.class_counts == (1, 3, 1, 2)
    assert found.labels.ignored == 3 and found.dropout == (("reader", 0.5),)
    # As `evaluate` has it: Keras's loss leaves masked timesteps out.
    expected = model.evaluate(x, labels, verbose=0)
    assert subject.loss() == pytest.approx(expected, rel=1e-5)
    assert found.loss is not None and found.loss.first == pytest.approx(expected, rel=1e-5)


EQUAL = ("name", "of logits", "function", "a sum", "one's own function", "a lambda")


@pytest.mark.parametrize("case", EQUAL)
def test_the_loss_of_the_probe_is_that_of_evaluate(case: str) -> None:
    loss, _ = LOSSES[case]
    regression = case.startswith("one's own")
    labels = keras.utils.to_categorical(CLASSES, 3) if regression else CLASSES
    end = None if case == "of logits" else "softmax"
    given, compiled = net(end), net(end, loss)
    given.set_weights(compiled.get_weights())
    expected = compiled.evaluate(X, labels, batch_size=24, verbose=0)
    for model, options in ((compiled, {}), (given, {"loss": loss})):
        subject = KerasSubject(model, X, labels=labels, **options)
        assert subject.loss() is None
        list(subject.capture(0, 10))
        assert subject.loss() is None  # of some examples alone
        list(subject.capture(10, 24))
        if case != "a sum" or not options:
            assert subject.loss() == pytest.approx(expected, rel=1e-5)


def fit(folder: Path, labelled: bool = True, **options: Any) -> tuple[Any, Any]:
    keras.utils.set_random_seed(0)
    model = net("softmax")
    model.get_layer("hidden").trainable = False
    model.compile(
        keras.optimizers.SGD(0.125, momentum=0.5, clipnorm=1.0), SPARSE, metrics=["accuracy"]
    )
    probe = {"probe": X, "labels": CLASSES if labelled else None}
    first = model.evaluate(X, CLASSES, verbose=0)[0]
    found = model.fit(
        *(X, CLASSES),
        validation_data=(X[:8], CLASSES[:8]),
        batch_size=8,
        epochs=2,
        shuffle=False,
        verbose=0,
        callbacks=[DeepDebug(folder, **{"every": 2, **probe, **options})],
    )
    return found.history, (first, model.evaluate(X, CLASSES, verbose=0)[0])


def test_a_fit_writes_its_setup_once_and_what_keras_says_of_its_epochs(tmp_path: Path) -> None:
    history, (first, last) = fit(tmp_path)
    found, steps = first_setup(tmp_path)
    assert found is not None and steps == [0]
    assert found.loss is not None and found.loss.first == pytest.approx(first, rel=1e-5)
    assert found.labels is not None and found.labels.class_counts == (8, 8, 8)
    assert found.optimizer is not None and found.optimizer.name == "sgd"
    rate = found.optimizer
    assert (rate.learning_rate, rate.momentum, rate.clip_norm) == (0.125, 0.5, 1)
    assert found.frozen == ("hidden/kernel", "hidden/bias")
    assert found.dropout == (("drop", 0.25),) and found.planned_steps == 6
    assert [one.name for one in found.inputs] == ["features"]
    told = scalars(tmp_path)
    assert told["deepdebug/probe/loss"][0] == pytest.approx(first, rel=1e-5)
    assert told["deepdebug/probe/loss"][6] == pytest.approx(last, rel=1e-5)
    for name, values in history.items():
        assert told[f"deepdebug/epoch/{name}"] == pytest.approx(
            dict(zip((3, 6), values, strict=True))
        )


def test_the_first_batch_has_labels_and_a_size(tmp_path: Path) -> None:
    fit(tmp_path, probe=None, labelled=False)
    found, _ = first_setup(tmp_path)
    assert found is not None and found.batch_size == 8
    assert found.labels is not None and found.labels.count == 8


def test_without_labels_the_rest_is_known(tmp_path: Path) -> None:
    fit(tmp_path, labelled=False)
    found, _ = first_setup(tmp_path)
    assert found is not None and found.loss is not None and math.isnan(found.loss.first)
    assert found.loss.name == SPARSE and found.labels is None and found.batch_size is None
    assert found.output is not None and found.output.activation == "softmax"
    assert "deepdebug/probe/loss" not in scalars(tmp_path)


def test_nothing_is_written_without_health(tmp_path: Path) -> None:
    fit(tmp_path, write_health=False)
    assert first_setup(tmp_path) == (None, [])
    ours = ("deepdebug/probe", "deepdebug/epoch")
    assert not [tag for tag in scalars(tmp_path) if tag.startswith(ours)]
