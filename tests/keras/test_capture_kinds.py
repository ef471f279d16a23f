"""Every kind of Keras model: which taps there are, and that act(pre) is post, by value."""

import keras_models
import numpy as np
import pytest
from keras_models import KINDS
from needs import needs

keras = needs("keras")
tf = needs("tensorflow")
from tb_deepdebug.keras.subject import KerasSubject  # noqa: E402

ROLES = {"both": ["preactivation", "activation"], "pre": ["preactivation"], "post": ["activation"]}


@pytest.fixture(autouse=True)
def seeded():
    keras.backend.clear_session()  # operations are numbered over the whole session
    keras.utils.set_random_seed(3)


def squashed(subject_model, tapped):
    """act(pre) by the layer itself where it is an activation layer, else by the name."""
    name = tapped.tap.activation
    layers = {layer.name: layer for layer in subject_model.layers}
    layer = layers.get(tapped.tap.name)
    if tapped.tap.name == "own":  # a layer is its activation
        return layer.activation(tapped.values).numpy()
    if isinstance(layer, keras.layers.LeakyReLU | keras.layers.PReLU | keras.layers.ELU):
        return layer(tapped.values).numpy()
    if name == "softmax" and tapped.values.ndim == 4:  # keys are on the axis before the heads
        return keras.activations.softmax(tapped.values, axis=2).numpy()
    if name == "softmax":
        return tf.nn.softmax(tapped.values).numpy()
    return keras.activations.get(name)(tapped.values).numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind):
    model, x, expected = KINDS[kind]()
    subject = KerasSubject(model, x)
    tapped = list(subject.capture(0, subject.batch))
    found = {}
    for one in tapped:
        found.setdefault(one.tap.name, []).append(one.tap.role)
    assert found == {name: ROLES[roles] for name, roles in expected.items()}

    half = "mixed" in kind
    values = {(one.tap.name, one.tap.role): one for one in tapped}
    for one in tapped:
        assert one.values.dtype == np.float32 and one.values.ndim in (2, 3, 4)
        assert len(one.values) == subject.batch and np.isfinite(one.values).all()
        assert one.mask is None or one.mask.shape == one.values.shape[:-1]
        if one.tap.role == "preactivation":
            post = values[one.tap.name, "activation"].values
            tolerance = {"rtol": 1e-2, "atol": 2e-2} if half else {"rtol": 1e-5, "atol": 1e-5}
            np.testing.assert_allclose(squashed(model, one), post, **tolerance)
            assert np.ptp(post) > 0

    output = np.asarray(keras.ops.cast(model(x, training=False), "float32"))
    last = tapped[-1].values * (2 if kind == "lambdas" else 1)  # what comes after is no tap
    rtol = 2e-2 if half else 1e-5
    np.testing.assert_allclose(last.reshape(output.shape), output, rtol=rtol, atol=rtol / 10)


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_of_every_kind(kind):
    model, x, _ = KINDS[kind]()
    subject = KerasSubject(model, x)
    graph, taps = subject.graph(), [one.tap for one in subject.capture(0, 1)]
    names = [node.name for node in graph.nodes]
    assert len(set(names)) == len(names)
    assert {tap.layer for tap in taps} <= set(names)
    recorded = {record for node in graph.nodes for record in node.records}
    assert recorded == {tap.name for tap in taps}
    assert all(a < b for a, b in graph.edges)
    assert sum(node.parameters for node in graph.nodes) == model.count_params()
    fed = {b for _, b in graph.edges}
    unfed = {n.kind for i, n in enumerate(graph.nodes) if i not in fed}
    assert unfed == {"Input"}
    leading = {a for a, _ in graph.edges}
    assert len(graph.nodes) - len(leading) == 1  # only the last leads nowhere


def test_edges_of_a_residual_model():
    model, x, _ = keras_models.transformer(0.0)
    graph = KerasSubject(model, x).graph()
    names = [node.name for node in graph.nodes]
    edges = {(names[a], names[b]) for a, b in graph.edges}
    chain = {("x", "attention"), ("attention", "sum"), ("sum", "norm"), ("norm", "wide")}
    assert edges == {*chain, ("x", "sum")}
    assert [n.activation for n in graph.nodes if n.name == "wide"] == ["gelu"]
    assert graph.nodes[-1].shape == (12, 8)
