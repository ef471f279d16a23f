"""`tb_deepdebug.keras.DeepDebug.predictions`: the table, and the rows that are looked into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

import tb_deepdebug as dd
from tb_deepdebug import reader
from tb_deepdebug.stats.quantise import MASKED, Picture

tf = needs("tensorflow")
keras = needs("keras")

from tb_deepdebug.keras import DeepDebug  # noqa: E402 (needs Keras)

TIME, ROWS = 16, 40


@pytest.fixture(autouse=True)
def _same_seed() -> Iterator[None]:
    keras.utils.set_random_seed(0)
    yield


def data() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(ROWS, TIME, 2)).astype(np.float32)
    return x, (x[:, :4, 0].mean(axis=1) > 0).astype(np.float32)


def net(masking: bool = False) -> Any:
    model = keras.Sequential(
        [
            keras.Input((TIME, 2)),
            *([keras.layers.Masking(name="masking")] if masking else []),
            keras.layers.Conv1D(4, 3, padding="same", activation="relu", name="conv"),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Dropout(0.5, name="drop"),
            keras.layers.GRU(3, name="gru"),
            keras.layers.Dense(1, activation="sigmoid", name="risk"),
        ]
    )
    model.compile("sgd", "binary_crossentropy")
    return model


def examples(log: reader.Log, step: int, name: str = "table", run: str = "train") -> Any:
    return log.frame(log.find(run, name, "examples"), step)


def table(log: reader.Log, step: int, name: str = "table", run: str = "train") -> Any:
    return log.frame(log.find(run, name, "predictions"), step)


def picture(frame: Any, layer: str) -> Picture:
    at = [told["name"] for told in frame.header["layers"]].index(layer)
    return Picture(frame.array(f"{at}/values"), frame.array(f"{at}/scale"))


def test_rows_hold_what_the_model_does_with_each_of_them(tmp_path: Path) -> None:
    model, (x, y) = net(), data()
    debug = DeepDebug(tmp_path, x[:8], write_input_gradients=False)
    model.fit(x, y, batch_size=10, epochs=1, callbacks=[debug], verbose=0)
    before = [np.array(weight) for weight in model.get_weights()]
    debug.predictions("table", x, y, examples=5)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    log = reader.open_logdir(tmp_path)
    found = table(log, 4).array("prediction")
    assert found == pytest.approx(model.predict(x, verbose=0)[:, 0], abs=1e-6)
    frame = examples(log, 4)
    rows = frame.array("rows")
    assert len(rows) == 5 and np.array_equal(frame.array("input"), x[rows].transpose(0, 2, 1))
    gradient = dd.input_gradients(model, x[rows]).transpose(0, 2, 1)
    assert frame.array("gradient") == pytest.approx(gradient, rel=1e-5)
    names = [told["name"] for told in frame.header["layers"]]
    assert names[:2] == ["conv", "norm"] and names[-1] == "risk"
    conv = keras.Model(model.inputs, model.get_layer("conv").output)
    values = conv.predict(x[rows], verbose=0).transpose(0, 2, 1)
    shown = picture(frame, "conv")
    span = (shown.scale[1] - shown.scale[0])[None, :, None]
    assert (np.abs(shown.values() - values) <= span / 490).all()


def test_a_training_is_the_same_with_tables_written_in_its_middle(tmp_path: Path) -> None:
    x, y = data()
    weights, histories = [], []
    for writes in (False, True):
        keras.utils.set_random_seed(1)
        model = net()
        debug = DeepDebug(tmp_path / str(writes), x[:8], write_input_gradients=False, every=100)
        table_of = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda *_, debug=debug: debug.predictions(
                "table", x, y, examples=2, analyze=False
            )
        )
        callbacks = [debug, table_of] if writes else [debug]
        history = model.fit(x, y, batch_size=10, epochs=2, callbacks=callbacks, verbose=0)
        weights.append(model.get_weights())
        histories.append(history.history)
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))
    assert histories[0] == histories[1] and len(histories[0]["loss"]) == 2
    log = reader.open_logdir(tmp_path / "True")
    assert log.steps(log.find("train", "table", "examples")) == [4, 8]
    frame = examples(log, 8)
    gradient = dd.input_gradients(model, x[frame.array("rows")]).transpose(0, 2, 1)
    assert frame.array("gradient") == pytest.approx(gradient, rel=1e-5)
    assert frame.array("gradient") != pytest.approx(examples(log, 4).array("gradient"), rel=1e-2)


def test_masked_timesteps_are_told_apart(tmp_path: Path) -> None:
    model, (x, y) = net(masking=True), data()
    mask = np.ones((ROWS, TIME), bool)
    mask[:, 10:] = False
    x[:, 10:] = 0
    debug = DeepDebug(tmp_path, model=model)
    debug.predictions("table", x, y, mask=mask, examples=3)
    log = reader.open_logdir(tmp_path)
    frame = examples(log, 0, run=".")
    assert np.isnan(frame.array("gradient")[:, :, 10:]).all()
    assert np.isnan(frame.array("input")[:, :, 10:]).all()
    assert (picture(frame, "conv").codes[:, :, 10:] == MASKED).all()
    assert frame.array("output_steps").tolist() == [9] * 3
    gradient = dd.input_gradients(model, x[frame.array("rows")], mask=mask[frame.array("rows")])
    found = frame.array("gradient")[:, :, :10]
    assert found == pytest.approx(gradient.transpose(0, 2, 1)[:, :, :10], rel=1e-5)


def test_logits_of_each_step_become_the_probability_at_one(tmp_path: Path) -> None:
    x, y = data()
    model = keras.Sequential(
        [keras.Input((TIME, 2)), keras.layers.Conv1D(1, 3, padding="causal", name="out")]
    )
    debug = DeepDebug(tmp_path, model=model)
    debug.predictions("table", x, y, activation="sigmoid", output_step=6, examples=2, step=3)
    log = reader.open_logdir(tmp_path)
    logit = model.predict(x, verbose=0)[:, 6, 0]
    found = table(log, 3, run=".").array("prediction")
    assert found == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-6)
    frame = examples(log, 3, run=".")
    expected = dd.input_gradients(model, x[frame.array("rows")], output_step=6)
    assert frame.array("gradient") == pytest.approx(expected.transpose(0, 2, 1), rel=1e-5)


def test_every_output_has_a_table_and_gradients_of_its_own(tmp_path: Path) -> None:
    x, y = data()
    inputs = keras.Input((TIME, 2))
    h = keras.layers.GlobalAveragePooling1D()(keras.layers.Conv1D(4, 3, name="conv")(inputs))
    outputs = {
        name: keras.layers.Dense(1, activation="sigmoid", name=name)(h) for name in ("a", "b")
    }
    model = keras.Model(inputs, outputs)
    debug = DeepDebug(tmp_path, model=model)
    debug.predictions("table", x, {"a": y, "b": 1 - y}, examples=2)
    log = reader.open_logdir(tmp_path)
    for task in ("a", "b"):
        frame = examples(log, 0, f"table/{task}", run=".")
        expected = dd.input_gradients(model, x[frame.array("rows")], layer=task)
        assert frame.array("gradient") == pytest.approx(expected.transpose(0, 2, 1), rel=1e-4)


def test_a_model_that_fails_stops_no_training(tmp_path: Path) -> None:
    class Failing(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.out = keras.layers.Dense(1)

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                raise RuntimeError("only for training")
            return self.out(x[:, -1])

    model, (x, y) = Failing(), data()
    model.compile("sgd", "mse")
    debug = DeepDebug(tmp_path, x[:8])
    writes = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: debug.predictions("table", x, y)
    )
    history = model.fit(x, y, batch_size=10, epochs=2, callbacks=[debug, writes], verbose=0)
    assert len(history.history["loss"]) == 2
    log = reader.open_logdir(tmp_path)
    report = log.find("train", "recorder", "recorder")
    told = log.frame(report, log.steps(report)[-1]).header["notes"]
    assert any(note["what"] == "the predictions of table" for note in told)


def test_wrong_arguments_raise(tmp_path: Path) -> None:
    x, y = data()
    with pytest.raises(ValueError, match="pass model=, or call `fit` first"):
        DeepDebug(tmp_path).predictions("table", x, y)
    debug = DeepDebug(tmp_path, model=net())
    with pytest.raises(TypeError, match="`x` must be an array"):
        debug.predictions("table", tf.data.Dataset.from_tensor_slices(x), y)
    with pytest.raises(ValueError, match="one entry for each example of `x`, 40"):
        debug.predictions("table", x, y[:7])
    assert not list(tmp_path.iterdir())
