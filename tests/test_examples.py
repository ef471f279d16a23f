"""The examples run, learn something, and write records that can be read."""

from __future__ import annotations

import importlib.util
import pathlib
from types import ModuleType

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.reader import open_logdir

_EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, _EXAMPLES / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_digits_learns_and_logs_three_kinds(tmp_path: pathlib.Path) -> None:
    needs("tensorflow")
    accuracy = _load("digits").main(str(tmp_path), epochs=4)
    assert accuracy > 0.8
    log = open_logdir(tmp_path)
    assert {(r.name, r.kind) for r in log.records} == {
        ("conv", "preactivations"),
        ("relu", "activations"),
        ("three", "input_gradients"),
    }
    for record in log.records:
        assert log.steps(record) == [0, 1, 2, 3, 4]
    steps, _, values = log.scalars("digits", "accuracy")
    assert steps[-1] == 4
    assert values[-1] == pytest.approx(accuracy)


def test_torch_example_logs_its_own_gradients(tmp_path: pathlib.Path) -> None:
    needs("torch")
    _load("torch_sine").main(str(tmp_path), steps=10)
    log = open_logdir(tmp_path)
    record = log.find("torch-sine", "y", "input_gradients")
    profile = log.frame(record, 10).array("log_mean")
    assert profile.shape == (2, 100)
    # One channel: combined is the channel. An untrained LSTM looks at the near past most.
    np.testing.assert_allclose(profile[0], profile[1])
    assert profile[0, -1] > profile[0, 0] + 3


def test_breast_cancer_is_checked_trained_on_and_told(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("tensorflow")
    needs("sklearn")
    verdicts = _load("breast_cancer").main(str(tmp_path), epochs=4, overfit_steps=60)
    assert verdicts["raw inputs"] == "partial"  # scales of 540 and 0.0026, far from zero
    assert verdicts["inputs"] == verdicts["overfit_small"] == "pass"
    assert "varies 2.08e+05 times as much" in capsys.readouterr().out
    log = open_logdir(tmp_path)
    checks = {(r.run, r.name) for r in log.records if r.kind == "check"}
    mine = {("breast-cancer/train", name) for name in ("inputs", "overfit_small", "baseline")}
    assert checks == {("raw", "inputs")} | mine
    table = {r.kind for r in log.records if r.name == "malignant"}
    assert table == {"predictions"}  # rows without a time axis: no series to look into
