"""A Keras training is judged as it goes on: said once, stopped on request, never disturbed."""

import numpy as np
import pytest
from needs import needs

keras = needs("keras")
tf = needs("tensorflow")
from tb_deepdebug.keras import DeepDebug  # noqa: E402

L = keras.layers
X = np.random.default_rng(0).normal(size=(512, 16)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
EPOCHS = 10  # of 16 steps


def net(dead):
    keras.utils.set_random_seed(0)
    layers = [L.Dense(32, "relu", name="a"), L.Dense(32, "relu", name="b"), L.Dense(2, name="out")]
    model = keras.Sequential([keras.Input((16,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss)
    if dead:
        model.get_layer("b").bias.assign(-100 * np.ones(32))
    return model


def fit(folder, dead, **options):
    model = net(dead)
    debug = DeepDebug(folder, X, labels=Y, **{"every": 20, **options})
    model.fit(X, Y, batch_size=32, epochs=EPOCHS, shuffle=False, verbose=0, callbacks=[debug])
    return debug, int(model.optimizer.iterations), [np.asarray(w) for w in model.weights]


def test_a_dead_layer_is_said_once_and_told_to_whoever_asked(tmp_path, capsys):
    found = []
    _, steps, _ = fit(tmp_path, dead=True, on_finding=found.append)
    told, report = capsys.readouterr().err.split("DeepDebug: at the end of training\n")
    dead = [line for line in told.splitlines() if "[never-firing]" in line]
    assert len(dead) == 1 and dead[0].startswith("DeepDebug: CRITICAL")
    assert "All 32 units of b" in dead[0]
    assert [f.rule for f in found].count("never-firing") == 1
    assert "All 32 units" in report and "try 1: " in report
    assert steps == 16 * EPOCHS


def test_a_healthy_training_says_nothing_and_learns_the_same(tmp_path, capsys):
    found = []
    _, _, judged = fit(tmp_path / "a", dead=False, on_finding=found.append)
    assert "DeepDebug: " not in capsys.readouterr().err and found == []
    _, _, left_alone = fit(tmp_path / "b", dead=False, diagnose=False)
    assert all((a == b).all() for a, b in zip(judged, left_alone, strict=True))


@pytest.mark.parametrize("every", [20, "epoch"])
def test_fit_ends_where_that_was_asked_for(tmp_path, every):
    debug, steps, _ = fit(tmp_path, dead=True, on_finding="stop", every=every)
    assert debug.should_stop and steps < 16 * EPOCHS


def test_what_raises_is_noted_and_training_goes_on(tmp_path):
    def failing(finding):
        raise RuntimeError("no mail today")

    debug, steps, _ = fit(tmp_path, dead=True, on_finding=failing)
    reasons = [n.reason for n in debug._recorder.sink.notes if n.what == "what on_finding does"]
    assert steps == 16 * EPOCHS and reasons == ["RuntimeError: no mail today"]


def test_a_loop_of_ones_own_is_told_that_it_should_stop(tmp_path):
    model = net(dead=True)
    optimizer, loss = model.optimizer, model.loss
    debug = DeepDebug(tmp_path, X, labels=Y, model=model, every=20, on_finding="stop")
    with debug:
        for step in range(1, 161):
            with tf.GradientTape() as tape:
                value = loss(Y, model(X, training=True))
            gradients = tape.gradient(value, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            debug.step(step, gradients=gradients, loss=value)
            if debug.should_stop:
                break
    assert debug.should_stop and step < 160
