"""README's Python runs as it stands, block by block, with the names that a reader would have."""

from __future__ import annotations

import pathlib
import re
from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.reader import open_logdir

_README = pathlib.Path(__file__).parents[1] / "README.md"
_BLOCKS = re.findall(r"```python\n(.*?)```", _README.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """A net, a batch and a step, in both frameworks."""
    keras = needs("keras")
    tf = needs("tensorflow")
    torch = needs("torch")
    x = np.random.default_rng(0).standard_normal((4, 40, 3)).astype(np.float32)
    given = keras.Input((40, 3))
    hidden = keras.layers.Conv1D(8, 5, padding="same", name="conv1")(given)
    hidden = keras.layers.ReLU(name="relu1")(hidden)
    model = keras.Model(
        given, keras.layers.Dense(1)(keras.layers.LSTM(4, return_sequences=True)(hidden))
    )
    model.compile("sgd", "mse")
    net = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    torch_x = torch.tensor(x, requires_grad=True)
    torch_z = torch.nn.Linear(3, 8)(torch_x)
    return {
        "keras": keras,
        "tf": tf,
        "torch": torch,
        "model": model,
        "x": x,
        "y": np.zeros((4, 40, 1), np.float32),
        "net": net,
        "batch": torch.tensor(x),
        "optimizer": torch.optim.SGD(net.parameters(), 0.1),
        "step": 3,
        "torch_x": torch_x,
        "torch_z": torch_z,
        "torch_a": torch_z.relu(),
        "torch_y": torch_z.relu().sum((1, 2)),
        "z": model.layers[1](x),
        "a": model.layers[2](model.layers[1](x)),
    }


def test_readme_has_its_blocks() -> None:
    assert len(_BLOCKS) == 7


@pytest.fixture(scope="module")
def study(names: dict[str, Any]) -> dict[str, Any]:
    """A small net for one label a row, and some rows of each of 30 users."""
    keras = names["keras"]
    rng = np.random.default_rng(0)
    x = rng.standard_normal((90, 12, 2)).astype(np.float32)
    y = (x[..., 0].mean(axis=1) > 0).astype(np.float32)
    layers = keras.layers
    parts = [keras.Input((12, 2)), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    return {
        "model": keras.Sequential(parts),
        "x": x,
        "y": y,
        "users": np.repeat(np.arange(30), 3),
        "people": {"age": np.repeat(rng.integers(20, 80, 30), 3), "sex": ["f", "m", "f"] * 30},
        "predicted": np.clip(y * 0.4 + rng.random(90) * 0.6, 0, 1),
        "simple": rng.random(90),
        "batches": [(x[i : i + 10], y[i : i + 10]) for i in range(0, 90, 10)],
    }


@pytest.mark.parametrize(
    "block",
    _BLOCKS,
    ids=["keras", "torch_module", "checks", "predictions", "tensorflow", "torch", "numpy"],
)
def test_block_runs_and_writes(
    block: str,
    names: dict[str, Any],
    study: dict[str, Any],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    beside = study if "dd.checks" in block or "predictions_pb" in block else {}
    exec(compile(block, "README.md", "exec"), {**names, **beside})
    if "logs/" in block:
        log = open_logdir(tmp_path / "logs")
        assert log.records and not log.problems
        assert all(not log.frame(r, log.steps(r)[-1]).damaged for r in log.records)
