"""`tb_deepdebug.keras.DeepDebug` in real trainings, beside Keras' own callback."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug import reader
from tb_deepdebug.wire.activations import UNIT_ROWS

tf = needs("tensorflow")
keras = needs("keras")

from tb_deepdebug.keras import DeepDebug  # noqa: E402 (needs Keras)

TIME = 32


@pytest.fixture(autouse=True)
def _same_seed() -> Iterator[None]:
    keras.utils.set_random_seed(0)
    yield


def data(examples: int = 64) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(examples, TIME, 3)).astype(np.float32)
    return x, x[:, :8, 0].mean(axis=1, keepdims=True)


def net(compiled: bool = True, recurrent: bool = False) -> Any:
    model = keras.Sequential(
        [
            keras.Input((TIME, 3)),
            keras.layers.Conv1D(8, 3, padding="same", activation="relu", name="conv"),
            *([keras.layers.LSTM(6, return_sequences=True, name="lstm")] if recurrent else []),
            keras.layers.Dense(1, name="out"),
            keras.layers.GlobalAveragePooling1D(name="mean"),
        ]
    )
    if compiled:
        model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def fit(model: Any, *callbacks: Any, epochs: int = 2) -> Any:
    """Sixteen batches of eight, in two epochs of eight."""
    x, y = data()
    quiet = {"shuffle": False, "verbose": 0}
    return model.fit(x, y, batch_size=8, epochs=epochs, callbacks=[*callbacks], **quiet)


def forward(log_dir: Path, probe: Any = None, **options: Any) -> DeepDebug:
    """A recorder of what takes no program for input gradients, which takes long to trace."""
    return DeepDebug(log_dir, probe, write_input_gradients=False, **options)


def steps(log: reader.Log, name: str, kind: str, run: str = "train") -> list[int]:
    return log.steps(log.find(run, name, kind))


def notes(log: reader.Log, run: str = "train") -> dict[str, str]:
    report = log.find(run, "recorder", "recorder")
    header = log.frame(report, log.steps(report)[-1]).header
    return {note["what"]: note["reason"] for note in header["notes"]}


def health(log: reader.Log, step: int, run: str = "train") -> dict[str, dict[str, float]]:
    frame = log.frame(log.find(run, "training", "health"), step)
    rows = dict(zip(frame.spec("parameters")["rows"], frame.array("parameters"), strict=True))
    return {
        name: {row: values[i] for row, values in rows.items()}
        for i, name in enumerate(frame.header["parameters"])
    }


def test_one_line_records_every_layer(tmp_path: Path) -> None:
    x, y = data()
    model = net(recurrent=True)
    z = model.layers[0](x[:4]).numpy()  # the untrained convolution
    debug = DeepDebug(
        tmp_path,
        x[:4],
        labels=y[:4],
        every=10,
        jacobian=4,
        output_layer="out",
        channels=["a", "b", "c"],
    )
    fit(model, debug)
    log = reader.open_logdir(tmp_path)
    assert log.problems == [] and notes(log) == {}
    gates = ["lstm/input", "lstm/forget", "lstm/cell", "lstm/output"]
    found = {(r.kind, r.name) for r in log.records}
    assert {("activations", n) for n in ["conv", "lstm", "out", *gates]} <= found
    assert {("preactivations", n) for n in ["conv", *gates]} <= found
    assert {("gates", "lstm"), ("graph", "model"), ("health", "training")} <= found
    assert {kind for kind, _ in found} >= {"input_gradients", "untrained", "jacobian", "recorder"}
    assert steps(log, "conv", "activations") == [0, 1, 2, 3, 4, 6, 8, 10, 16]
    frame = log.frame(log.find("train", "conv", "activations"), 0)
    units = dict(zip(UNIT_ROWS, frame.array("units"), strict=True))
    np.testing.assert_allclose(units["mean"], z.mean(axis=(0, 1)), rtol=1e-5)
    np.testing.assert_array_equal(units["count"], 4 * TIME)
    last = health(log, 16)
    assert set(last) == {
        *("conv/kernel", "conv/bias", "out/kernel", "out/bias"),
        *(f"lstm/{name}" for name in ("kernel", "recurrent_kernel", "bias")),
    }
    kernel = health(log, 10)["conv/kernel"]
    assert kernel["update_norm"] == pytest.approx(0.05 * kernel["gradient_norm"], rel=1e-3)  # SGD


def test_the_training_is_what_it_would_have_been(tmp_path: Path) -> None:
    plain = net()
    history = fit(plain).history["loss"]
    for probe in (data()[0][:4], None):
        keras.utils.set_random_seed(0)
        model = net()
        recorded = fit(model, forward(tmp_path, probe, every=3)).history["loss"]
        np.testing.assert_allclose(recorded, history, rtol=1e-5)
        for a, b in zip(plain.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_steps_agree_with_those_of_keras_own_callback(tmp_path: Path) -> None:
    own = keras.callbacks.TensorBoard(str(tmp_path), update_freq=1)
    fit(net(), own, forward(tmp_path, data()[0][:4], every=4))
    log = reader.open_logdir(tmp_path)
    assert log.runs() == ["train"]  # both write there
    batches, _, losses = log.scalars("train", "batch_loss")
    assert set(steps(log, "conv", "activations")) - {0} <= set(batches)
    assert max(batches) == max(steps(log, "conv", "activations")) == 16
    mine = log.scalars("train", "deepdebug/training/loss")
    assert mine[2][-1] > 0 and len(losses) == 16


def test_without_a_probe_the_first_batch_is_taken(tmp_path: Path) -> None:
    model = net()
    fit(model, forward(tmp_path, every=4))
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations")[0] == 0
    frame = log.frame(log.find("train", "conv", "activations"), 0)
    assert frame.header["shape"] == [8, TIME, 8]
    np.testing.assert_allclose(frame.array("input")[0], data()[0][0].T, rtol=1e-6)
    # Its labels came with it, so the loss is differentiated.
    assert log.frame(log.find("train", "outputs", "health"), 0).header["objective"] == "loss"


def test_a_dataset_gives_its_first_examples(tmp_path: Path) -> None:
    x, y = data(200)
    fit(net(), forward(tmp_path, tf.data.Dataset.from_tensor_slices((x, y)).batch(10), every=8))
    log = reader.open_logdir(tmp_path)
    frame = log.frame(log.find("train", "conv", "activations"), 0)
    assert frame.header["shape"] == [64, TIME, 8]


def test_epochs_can_be_counted(tmp_path: Path) -> None:
    fit(net(), forward(tmp_path, data()[0][:4], every="epoch"), epochs=3)
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations") == [0, 8, 16, 24]


def test_a_second_fit_goes_on_counting(tmp_path: Path) -> None:
    model, debug = net(), forward(tmp_path, data()[0][:4], every=8)
    fit(model, debug)
    fit(model, forward(tmp_path, data()[0][:4], every=8), epochs=1)  # as a new process would
    fit(model, debug, epochs=1)
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations") == [0, 1, 2, 3, 4, 6, 8, 16, 24, 32]


def test_several_steps_at_one_go(tmp_path: Path) -> None:
    model = net(compiled=False)
    model.compile("sgd", "mse", steps_per_execution=4)
    fit(model, forward(tmp_path, data()[0][:4], every=8))
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations") == [0, 4, 8, 16]


def test_a_loop_of_ones_own(tmp_path: Path) -> None:
    x, y = data(8)
    model, optimizer = net(compiled=False), keras.optimizers.SGD(0.05)
    with forward(tmp_path, x, model=model, every=2, health_every=1) as debug:
        for step in range(1, 6):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            debug.step(step, gradients=gradients, loss=loss)
            debug.scalar("loss", loss, step)
        norm = np.linalg.norm(gradients[0].numpy())
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations", ".") == [0, 1, 2, 4, 5]
    assert steps(log, "training", "health", ".") == [0, 1, 2, 3, 4, 5]
    kernel = health(log, 5, ".")["conv/kernel"]
    assert kernel["gradient_norm"] == pytest.approx(norm, rel=1e-5)
    assert kernel["update_norm"] == pytest.approx(0.05 * norm, rel=1e-3)
    assert log.scalars(".", "loss")[0].tolist() == [1, 2, 3, 4, 5]


def test_a_loop_inside_a_graph(tmp_path: Path) -> None:
    x, y = data(8)
    model, optimizer = net(compiled=False), keras.optimizers.SGD(0.05)
    optimizer.build(model.trainable_variables)
    norms = tf.Variable(tf.zeros((6,)), trainable=False)

    with forward(tmp_path, x, model=model, every=1) as debug:

        @tf.function
        def train(count: tf.Tensor) -> None:
            for step in tf.range(1, count + 1):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply(gradients, model.trainable_variables)
                norm = tf.norm(model.layers[0].kernel)
                norms.assign(tf.tensor_scatter_nd_update(norms, [[step]], [norm]))
                debug.step(step, gradients=gradients, loss=loss)

        train(tf.constant(5))
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations", ".") == [0, 1, 2, 3, 4, 5]
    for step in range(1, 6):
        norm = health(log, step, ".")["conv/kernel"]["weight_norm"]
        assert norm == pytest.approx(float(norms[step]), rel=1e-5), step


def test_a_step_can_be_looked_at_at_will(tmp_path: Path) -> None:
    debug = forward(tmp_path, data(8)[0], model=net())
    debug.record(7)
    debug.close()
    assert steps(reader.open_logdir(tmp_path), "conv", "activations", ".") == [7]


def test_a_model_that_can_t_be_probed_still_trains(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Stubborn(keras.Model):
        """Works in training, fails in inference."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = net(compiled=False)

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                raise RuntimeError("not today")
            return self.inner(x)

    stubborn = Stubborn()
    stubborn.compile("sgd", "mse")
    with caplog.at_level(logging.WARNING, "tb_deepdebug"):
        fit(stubborn, forward(tmp_path, data()[0][:4], every=1))
    log = reader.open_logdir(tmp_path)
    assert any("not today" in reason for reason in notes(log).values()), notes(log)
    assert len([r for r in caplog.records if "the probe:" in r.message]) <= 1
    assert steps(log, "training", "health")[-1] == 16  # what can be measured is


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"every": 0}, ValueError, "`every` must be at least 1"),
        ({"probe": np.zeros((0, 4, 3))}, ValueError, "`probe` must not be empty"),
        ({"probe": np.zeros((4, 8, 3)), "labels": np.zeros(3)}, ValueError, "same examples"),
        ({"probe": np.zeros((4, 8, 3)), "mask": np.ones((3, 8))}, ValueError, "same examples"),
        ({"probe": "x"}, TypeError, "`probe` must hold arrays"),
        ({"examples": -1}, ValueError, "`examples`"),
    ],
)
def test_wrong_arguments_raise_at_once(
    tmp_path: Path, arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        forward(tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_layers_that_are_not_there_raise_where_the_model_is_known(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing"):
        forward(tmp_path, data(4)[0], model=net(), layers="nothing")
    fit(net(), forward(tmp_path, data(4)[0], layers="nothing"))  # here nobody is stopped
    assert "nothing" in " ".join(notes(reader.open_logdir(tmp_path)).values())


def test_what_was_recorded_survives_a_kill(tmp_path: Path) -> None:
    script = """
        import os, signal, numpy as np, keras
        from tb_deepdebug.keras import DeepDebug
        x = np.random.randn(32, 16, 3).astype("float32")
        model = keras.Sequential([keras.Input((16, 3)), keras.layers.Conv1D(4, 3, name="conv")])
        model.compile("sgd", "mse")
        class Killed(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                if batch == 6:
                    os.kill(os.getpid(), signal.SIGKILL)
        debug = DeepDebug(os.environ["LOGDIR"], x[:4], every=1)
        model.fit(x, np.zeros((32, 14, 4)), batch_size=4, verbose=0, callbacks=[debug, Killed()])
    """
    environment = {**os.environ, "LOGDIR": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], env=environment, timeout=120, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    log = reader.open_logdir(tmp_path)
    assert log.problems == []
    assert steps(log, "conv", "activations") == list(range(8))
    assert steps(log, "training", "health") == list(range(8))


def test_the_loss_is_that_of_the_batch(tmp_path: Path) -> None:
    """Keras tells the mean since the epoch began."""
    x, y = data()
    model = net(compiled=False)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    fit(model, forward(tmp_path, x[:4], health_every=1))
    log = reader.open_logdir(tmp_path)
    seen, _, losses = log.scalars("train", "deepdebug/training/loss")
    squares = ((model.predict(x, verbose=0) - y) ** 2).reshape(8, 8).mean(axis=1)
    assert seen.tolist() == list(range(1, 17))
    np.testing.assert_allclose(losses, [*squares, *squares], rtol=1e-4)


def test_where_applied_gradients_can_t_be_seen_those_of_the_probe_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with an optimizer of another make, or a Keras to come."""
    from tb_deepdebug.keras.health import FitHealth

    def unseen(*_: Any) -> Any:
        raise RuntimeError("An optimizer can't be watched")

    monkeypatch.setattr(FitHealth, "after_batch", unseen)
    x, y = data()
    fit(net(), forward(tmp_path, x[:4], labels=y[:4], every=4))
    log = reader.open_logdir(tmp_path)
    assert "can't be watched" in notes(log)["applied gradients"]
    frame = log.frame(log.find("train", "training", "health"), 16)
    assert frame.header["source"] == "probe"
    assert health(log, 16)["conv/kernel"]["gradient_norm"] > 0
