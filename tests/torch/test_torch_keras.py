"""A Keras and a PyTorch model with the same weights give the same records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug import reader

torch = needs("torch")
needs("tensorflow")
keras = needs("keras")

from torch import nn  # noqa: E402

TIME, RATE = 24, 0.05


def _keras_net() -> Any:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((TIME, 3)),
            layers.Conv1D(8, 5, padding="same", activation="relu", name="conv"),
            layers.MaxPooling1D(2, name="pool"),
            layers.LSTM(6, return_sequences=True, name="lstm", bias_initializer="glorot_uniform"),
            layers.GRU(5, return_sequences=True, name="gru", bias_initializer="glorot_uniform"),
            layers.Dense(2, activation="sigmoid", name="out"),
        ]
    )


class TorchNet(nn.Module):
    """The same, with the weights of a Keras net."""

    def __init__(self, weights: dict[str, list[np.ndarray]]) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 8, 5, padding="same")
        self.pool = nn.MaxPool1d(2)
        self.lstm = nn.LSTM(8, 6, batch_first=True)
        self.gru = nn.GRU(6, 5, batch_first=True)
        self.out = nn.Linear(5, 2)
        kernel, bias = weights["conv"]
        self.conv.load_state_dict(_tensors(weight=kernel.transpose(2, 1, 0), bias=bias))
        kernel, recurrent, bias = weights["lstm"]
        self.lstm.load_state_dict(
            _tensors(weight_ih_l0=kernel.T, weight_hh_l0=recurrent.T, bias_ih_l0=bias)
            | {"bias_hh_l0": torch.zeros(24)}
        )
        kernel, recurrent, bias = (_reset_first(w) for w in weights["gru"])
        names = {"weight_ih_l0": kernel.T, "weight_hh_l0": recurrent.T}
        self.gru.load_state_dict(_tensors(**names, bias_ih_l0=bias[0], bias_hh_l0=bias[1]))
        kernel, bias = weights["out"]
        self.out.load_state_dict(_tensors(weight=kernel.T, bias=bias))
        self.lstm.bias_hh_l0.requires_grad_(False)  # Keras has one bias

    def forward(self, x: Any) -> Any:
        h = self.pool(torch.relu(self.conv(x.transpose(1, 2)))).transpose(1, 2)
        h, _ = self.lstm(h)
        h, _ = self.gru(h)
        return torch.sigmoid(self.out(h))


def _tensors(**arrays: np.ndarray) -> dict[str, Any]:
    return {name: torch.tensor(np.ascontiguousarray(a)) for name, a in arrays.items()}


def _reset_first(weights: np.ndarray) -> np.ndarray:
    """Keras has update, reset, candidate, PyTorch reset, update, candidate."""
    update, reset, candidate = np.split(weights, 3, axis=-1)
    return np.concatenate([reset, update, candidate], axis=-1)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[reader.Log, reader.Log]:
    """One step of gradient descent of either, looked at before and after."""
    from tb_deepdebug import keras as for_keras
    from tb_deepdebug import torch as for_torch

    folder = tmp_path_factory.mktemp("logs")
    random = np.random.default_rng(1)
    x = random.normal(size=(8, TIME, 3)).astype(np.float32)
    y = random.integers(0, 2, size=(8, TIME // 2, 2)).astype(np.float32)
    mask = np.arange(TIME) < random.integers(10, TIME, size=8)[:, None]
    options: dict[str, Any] = {"mask": mask, "every": 1, "jacobian": 3, "labels": y}

    net = _keras_net()
    twin = TorchNet({layer.name: layer.get_weights() for layer in net.layers})
    net.compile(keras.optimizers.SGD(RATE), "mse")
    debug = for_keras.DeepDebug(folder / "keras", x, **options)
    net.fit(x, y, batch_size=8, epochs=1, verbose=0, callbacks=[debug])

    optimizer = torch.optim.SGD(twin.parameters(), RATE)
    options |= {"optimizer": optimizer, "loss": nn.functional.mse_loss}
    options["labels"] = torch.tensor(y)
    with for_torch.DeepDebug(twin, folder / "torch", torch.tensor(x), **options) as debug:
        loss = nn.functional.mse_loss(twin(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        optimizer.step()
        debug.step(1, loss=loss)
    return reader.open_logdir(folder / "keras" / "train"), reader.open_logdir(folder / "torch")


GATES = [
    *(f"lstm/{gate}" for gate in ("input", "forget", "cell", "output")),
    *(f"gru/{gate}" for gate in ("update", "reset", "candidate")),
]
SAME = [
    *(("activations", name, "units") for name in ["conv", "lstm", "gru", "out", *GATES]),
    *(("activations", name, "history") for name in ["conv", "lstm", "gru", "out", *GATES]),
    *(("preactivations", name, "units") for name in ["conv", "out", *GATES]),
    *(("gates", name, plane) for name in ("lstm", "gru") for plane in ("left", "right", "count")),
]


def _planes(logs: Any, kind: str, name: Any, plane: str, step: int) -> tuple[Any, Any]:
    names = name if isinstance(name, tuple) else (name, name)
    found = []
    for log, one in zip(logs, names, strict=True):
        found.append(log.frame(log.find(".", one, kind), step).array(plane))
    return found[0], found[1]


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize(("kind", "name", "plane"), SAME)
def test_layers_and_gates(logs: Any, kind: str, name: str, plane: str, step: int) -> None:
    ours, theirs = _planes(logs, kind, name, plane, step)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["conv", "out", *GATES])
def test_histograms_but_for_cells_on_an_edge(logs: Any, name: str) -> None:
    totals = []
    for log in logs:
        frame = log.frame(log.find(".", name, "preactivations"), 1)
        totals.append(frame.array("layer_counts") if "layer_counts" in frame.header else None)
    if totals[0] is not None and totals[0].shape == totals[1].shape:
        assert np.abs(totals[0] - totals[1]).sum() <= 0.01 * totals[0].sum()


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize(
    ("kind", "plane"),
    [("input_gradients", "log_mean"), ("jacobian", "log_mean"), ("jacobian", "output_steps")],
)
def test_input_gradients(logs: Any, kind: str, plane: str, step: int) -> None:
    names = tuple(next(r.name for r in log.records if r.kind == kind) for log in logs)
    ours, theirs = _planes(logs, kind, names, plane, step)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


PARAMETERS = {
    "conv/kernel": "conv/weight",
    "conv/bias": "conv/bias",
    "lstm/kernel": "lstm/weight_ih_l0",
    "lstm/recurrent_kernel": "lstm/weight_hh_l0",
    "lstm/bias": "lstm/bias_ih_l0",
    "gru/kernel": "gru/weight_ih_l0",
    "gru/recurrent_kernel": "gru/weight_hh_l0",
    "out/kernel": "out/weight",
    "out/bias": "out/bias",
}


def test_the_health_of_the_step(logs: Any) -> None:
    tables = []
    for log in logs:
        frame = log.frame(log.find(".", "training", "health"), 1)
        assert frame.header["source"] == "applied"
        values = frame.array("parameters").T
        tables.append(dict(zip(frame.header["parameters"], values, strict=True)))
    for ours, theirs in PARAMETERS.items():
        np.testing.assert_allclose(tables[0][ours], tables[1][theirs], rtol=1e-3, atol=1e-6)


def test_the_loss_at_the_layers_outputs(logs: Any) -> None:
    tables = []
    for log in logs:
        kind, name = next(
            (r.kind, r.name) for r in log.records if r.kind == "health" and r.name == "outputs"
        )
        frame = log.frame(log.find(".", name, kind), 1)
        tables.append(dict(zip(frame.header["outputs"], frame.array("outputs").T, strict=True)))
    shared = set(tables[0]) & set(tables[1])
    assert {"conv", "lstm", "gru", "out"} <= shared
    for name in shared:
        np.testing.assert_allclose(tables[0][name], tables[1][name], rtol=1e-3, atol=1e-7)
