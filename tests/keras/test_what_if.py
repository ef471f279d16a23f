"""A fix tried on the probe: what vanishes, against weights really changed; nothing is touched."""

import numpy as np
import pytest
from keras_models import functional, ids, series
from needs import needs

keras = needs("keras")
tf = needs("tensorflow")
from tb_deepdebug.findings.finding import Fix  # noqa: E402
from tb_deepdebug.keras import change as keras_change  # noqa: E402
from tb_deepdebug.keras.nonlinearities import Patches  # noqa: E402
from tb_deepdebug.keras.parts import components  # noqa: E402
from tb_deepdebug.what_if import what_if  # noqa: E402

L = keras.layers
X = series(6, 20)
Y = np.arange(6, dtype=np.float32)[:, None] % 2


class ByHand(keras.layers.Layer):
    """A ReLU called by hand in a layer made of another."""

    def __init__(self, **options):
        super().__init__(**options)
        self.conv = L.Conv1D(8, 3, padding="same", name="conv2")

    def call(self, x):
        return tf.nn.relu(self.conv(x))


class OfAnAttribute(ByHand):
    """The function is told by name: `relu(features=...)`."""

    def call(self, x):
        return tf.nn.relu(features=self.conv(x))


# what the second convolution is: layers -> the name of what is dead
SECOND = {
    "an argument": (
        lambda a: [L.Conv1D(8, 3, padding="same", activation=a, name="conv2")],
        "conv2",
    ),
    "Activation": (
        lambda a: [L.Conv1D(8, 3, padding="same", name="conv2"), L.Activation(a, name="act")],
        "act",
    ),
    "ReLU": (lambda a: [L.Conv1D(8, 3, padding="same", name="conv2"), L.ReLU(name="act")], "act"),
    "by hand": (lambda a: [ByHand(name="block")], "block/relu"),
    "by hand and name": (lambda a: [OfAnAttribute(name="block")], "block/relu"),
}


def net(second):
    """Three convolutions, the second of which is dead: every bias of it is -10."""
    keras.utils.set_random_seed(0)
    model = functional(
        X,
        L.Conv1D(8, 3, padding="same", activation="relu", name="conv1"),
        L.BatchNormalization(name="norm"),
        *second,
        L.Conv1D(8, 3, padding="same", activation="tanh", name="conv3"),
        L.Dropout(0.5),
        L.GlobalAveragePooling1D(),
        L.Dense(1, name="head"),
    )
    model.compile(keras.optimizers.Adam(0.01), "mse")
    conv(model).bias.assign(-10 * np.ones(8))
    model.get_layer("conv3").bias.assign(np.linspace(-1, 1, 8))
    return model


def conv(model):
    return next(part for part in components(model) if part.name == "conv2")


def by_layer(numbers):
    return {one.layer: one for one in numbers}


@pytest.mark.parametrize("kind", ["an argument", "by hand"])
def test_behind_a_dead_layer_nothing_varies_and_leaky_relu_wakes_it(kind):
    make, dead = SECOND[kind]
    found = what_if(net(make("relu")), X, dead, "leaky_relu", labels=Y)
    before, after = by_layer(found.before), by_layer(found.after)
    assert before[dead].dead == 1 and after[dead].dead == 0
    assert before["conv3"].constant == 1 and after["conv3"].constant == 0
    assert before["conv1"].gradient_rms == 0 < after["conv1"].gradient_rms
    gone = {(dead, "dead"), ("conv3", "constant"), ("conv1", "no gradient")}
    assert gone <= set(found.vanished)
    assert found.appeared == found.remaining == ()


@pytest.mark.parametrize("kind", SECOND)
@pytest.mark.parametrize("fix", ["leaky_relu", "bias_shift"])
def test_the_numbers_are_those_of_a_model_that_was_really_changed(kind, fix):
    make, dead = SECOND[kind]
    amount = {"leaky_relu": 0.3, "bias_shift": 9.5}[fix]
    found = what_if(net(make("relu")), X, dead, fix, amount=amount, labels=Y)
    changed = net(make("relu"))
    if fix == "bias_shift":
        conv(changed).bias.assign_add(amount * np.ones(8))
    else:
        changed = net(SECOND["an argument"][0](lambda x: keras.ops.leaky_relu(x, amount)))
    same(found, what_if(changed, X, "conv1", "bias_shift", amount=0.0, labels=Y))


def same(mine, theirs):
    """The layers that both have are the same after the one change as before the other."""
    ours, others = by_layer(mine.after), by_layer(theirs.before)
    for name in ("conv1", "norm", "conv3", "head"):
        for row in ("dead", "constant", "std", "mean", "preactivation_std", "gradient_rms"):
            one, other = getattr(ours[name], row), getattr(others[name], row)
            assert np.allclose(one, other, rtol=1e-3, equal_nan=True), (name, row)


@pytest.mark.parametrize("layer", ["conv2", "norm"])
def test_a_kernel_is_rescaled_about_the_bias(layer):
    make = SECOND["an argument"][0]
    changed = net(make("relu"))
    weight = conv(changed).kernel if layer == "conv2" else changed.get_layer("norm").gamma
    weight.assign(40 * weight)
    found = what_if(net(make("relu")), X, layer, "rescale_kernel", amount=40.0, labels=Y)
    same(found, what_if(changed, X, "conv1", "bias_shift", amount=0.0, labels=Y))
    own = by_layer(what_if(net(make("relu")), X, layer, "rescale_kernel").after)[layer]
    spread = own.preactivation_std if layer == "conv2" else own.std
    assert spread == pytest.approx(1, rel=1e-4)


def test_a_shared_layer_changes_at_every_call_and_at_every_timestep():
    keras.utils.set_random_seed(0)
    x = series(4, 5)
    inner = L.Dense(3, activation="relu", name="one")
    model = functional(x, L.TimeDistributed(inner, name="steps"), inner, inner)
    mine = what_if(model, x, "one", "bias_shift", amount=1.0).after
    stepwise = what_if(model, x, "steps/one", "bias_shift", amount=1.0).after
    inner.bias.assign_add(np.ones(3))
    theirs = by_layer(what_if(model, x, "one", "bias_shift", amount=0.0).before)
    assert [one.layer for one in mine] == ["steps/one", "one", "one#2"]
    # each of them with the layer as it is at the other's place
    assert by_layer(stepwise)["steps/one"].std == pytest.approx(theirs["steps/one"].std)
    assert by_layer(mine)["one"].std != pytest.approx(theirs["one"].std)


def test_masked_timesteps_are_left_out():
    model = functional(
        ids(), L.Embedding(10, 4, mask_zero=True), L.Dense(3, activation="relu", name="dense")
    )
    valid = ids() != 0
    model(ids())
    z = np.asarray(model.layers[1](ids())) @ model.layers[2].kernel.numpy()
    found = what_if(model, ids(), "dense", "bias_shift", mask=valid)
    assert by_layer(found.before)["dense"].mean == pytest.approx(z[valid].mean(), abs=1e-6)
    assert by_layer(found.after)["dense"].mean == pytest.approx(0, abs=1e-6)


def state(model):
    """Every instance attribute by identity, every number, and the random numbers to come."""
    attributes = {
        id(part): {name: id(value) for name, value in vars(part).items()}
        for part in components(model)
    }
    numbers = [np.asarray(v).tobytes() for v in [*model.variables, *model.optimizer.variables]]
    functions = [id(f) for _, _, f in Patches(lambda function, name: function)._originals]
    return attributes, numbers, functions


def trained():
    model = net(SECOND["Activation"][0]("relu"))
    model.fit(X, Y, verbose=0)
    return model


@pytest.mark.parametrize("fix", ["leaky_relu", "bias_shift", "rescale_kernel"])
def test_the_model_its_optimizer_and_the_random_numbers_are_what_they_were(fix):
    model = trained()
    before = state(model)
    tf.random.set_seed(7)
    drawn = tf.random.uniform([3]).numpy()
    tf.random.set_seed(7)
    what_if(model, X, "act", fix, labels=Y)
    assert (tf.random.uniform([3]).numpy() == drawn).all()
    assert state(model) == before


def test_the_model_is_what_it_was_after_an_error_on_the_way(monkeypatch):
    model = trained()
    before = state(model)

    def failing(*_):
        raise RuntimeError("on the way")

    monkeypatch.setattr(keras_change, "changed", failing)
    with pytest.raises(Exception, match="on the way"):
        what_if(model, X, "act", "leaky_relu")
    assert state(model) == before


def test_training_goes_on_as_if_nothing_had_been_asked():
    def course(ask):
        model = net(SECOND["an argument"][0]("relu"))
        model.fit(X, Y, verbose=0)
        if ask:
            what_if(model, X, "conv2", "leaky_relu", labels=Y)
        return model.fit(X, Y, epochs=2, verbose=0).history["loss"]

    assert course(True) == course(False)


def test_a_finding_names_what_to_try():
    model = net(SECOND["an argument"][0]("relu"))
    fix = Fix("", "", layer="conv2", argument="activation", value="leaky_relu")
    assert what_if(model, X, None, fix).helps
    with pytest.raises(ValueError, match="without training"):
        what_if(model, X, None, Fix("", "", layer="conv2", argument="clipnorm", value="1"))


WRONG = {
    "a loop": ("lstm", "bias_shift"),
    "a gate": ("lstm/forget", "bias_shift"),
    "no such layer": ("conv9", "leaky_relu"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_reached_is_said(case):
    layer, fix = WRONG[case]
    model = functional(X, L.LSTM(4, name="lstm"), L.Dense(1, activation="relu", name="out"))
    with pytest.raises(ValueError, match=r"`layer` must be one of \['out'\]"):
        what_if(model, X, layer, fix)


def test_half_precision_is_changed_too():
    layers = [L.Dense(4, activation="relu", dtype="mixed_float16", name="a"), L.Dense(1)]
    model = functional(X, *layers)
    for fix in ("bias_shift", "leaky_relu", "rescale_kernel"):
        found = what_if(model, X, "a", fix)
        assert by_layer(found.after)["a"].std != by_layer(found.before)["a"].std
