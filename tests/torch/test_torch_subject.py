"""What is captured of every kind of model, value by value, and that the model never notices."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from needs import needs

torch = needs("torch")

import torch_nets as nets  # noqa: E402
from torch import nn  # noqa: E402

from tb_deepdebug.probe import Tapped  # noqa: E402
from tb_deepdebug.torch.subject import TorchSubject  # noqa: E402

ACT: dict[str, Callable[[Any], Any]] = {
    "relu": torch.relu,
    "leaky_relu": nn.functional.leaky_relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "silu": nn.functional.silu,
    "gelu": nn.functional.gelu,
    "softmax": lambda x: torch.softmax(x, -1),
}
LSTM = ("input", "forget", "cell", "output")
GRU = ("update", "reset", "candidate")


def _gates(layer: str, names: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, Any]:
    return {f"{layer}/{name}": shape for name in names}


def _noise(*shape: int) -> Any:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


# kind -> (model, probe, pre-activations with shapes, further activations with shapes)
KINDS: dict[str, tuple[Callable[[], Any], Any, dict[str, Any], dict[str, Any]]] = {
    "functional": (
        nets.Functional,
        _noise(6, 4),
        {"a": (6, 4), "b": (6, 4), "c": (6, 4), "e": (6, 4), "tanh": (6, 4)},
        {"d": (6, 4)},
    ),
    "convolution, norm, leaky, bidirectional": (
        nets.Heart,
        _noise(6, 16, 3),
        {"act": (6, 16, 5), "head": (6, 8, 1)}
        | _gates("lstm/l0", LSTM, (6, 8, 4))
        | _gates("lstm/l0_reverse", LSTM, (6, 8, 4)),
        {"conv": (6, 16, 5), "norm": (6, 16, 5), "lstm": (6, 8, 8)},
    ),
    "channels first": (
        lambda: nn.Sequential(nn.Conv1d(3, 4, 3), nn.ReLU(), nn.Conv1d(4, 2, 1), nn.Flatten()),
        _noise(6, 3, 9),
        {"1": (6, 7, 4)},
        {"0": (6, 7, 4), "2": (6, 7, 2)},
    ),
    "pictures, residual, in place": (
        nets.Residual,
        _noise(6, 3, 5, 7),
        {"relu": (6, 5, 7, 3), "relu#2": (6, 5, 7, 3)},
        {"conv1": (6, 5, 7, 3), "bn1": (6, 5, 7, 3), "conv2": (6, 5, 7, 3), "bn2": (6, 5, 7, 3)},
    ),
    "volumes": (
        lambda: nn.Sequential(nn.Conv3d(2, 3, 1), nn.ReLU()),
        _noise(6, 2, 3, 4, 5),
        {"1": (6, 12, 5, 3)},
        {"0": (6, 12, 5, 3)},
    ),
    "nested": (
        lambda: nn.Sequential(nn.Sequential(nn.Linear(4, 3), nn.Tanh()), nn.Sigmoid()),
        _noise(6, 4),
        {"0/1": (6, 3), "1": (6, 3)},
        {"0/0": (6, 3)},
    ),
    "shared": (
        nets.Shared,
        _noise(6, 4),
        {"act": (6, 4), "act#2": (6, 4)},
        {"shared": (6, 4), "shared#2": (6, 4)},
    ),
    "LSTM of two layers, projected": (
        lambda: nets.Recurrent(nn.LSTM(3, 5, 2, batch_first=True, proj_size=2)),
        _noise(6, 9, 3),
        _gates("rnn/l0", LSTM, (6, 9, 5)) | _gates("rnn/l1", LSTM, (6, 9, 5)),
        {"rnn/l0": (6, 9, 2), "rnn": (6, 9, 2)},
    ),
    "LSTM, time first, no bias": (
        lambda: nets.Recurrent(nn.LSTM(3, 4, bias=False), turned=True),
        _noise(6, 9, 3),
        _gates("rnn", LSTM, (6, 9, 4)),
        {"rnn": (6, 9, 4)},
    ),
    "GRU": (
        lambda: nets.Recurrent(nn.GRU(3, 4, batch_first=True)),
        _noise(6, 9, 3),
        _gates("rnn", GRU, (6, 9, 4)),
        {"rnn": (6, 9, 4)},
    ),
    "GRU, both ways, two layers": (
        lambda: nets.Recurrent(nn.GRU(3, 4, 2, bidirectional=True, batch_first=True)),
        _noise(6, 9, 3),
        {
            name: shape
            for layer in ("l0", "l0_reverse", "l1", "l1_reverse")
            for name, shape in _gates(f"rnn/{layer}", GRU, (6, 9, 4)).items()
        },
        {"rnn/l0": (6, 9, 8), "rnn": (6, 9, 8)},
    ),
    "plain recurrent net": (
        lambda: nets.Recurrent(nn.RNN(3, 4, nonlinearity="relu", batch_first=True)),
        _noise(6, 9, 3),
        {"rnn": (6, 9, 4)},
        {},
    ),
    "packed LSTM, both ways": (
        lambda: nets.Recurrent(nn.LSTM(3, 4, batch_first=True, bidirectional=True), packed=True),
        (_noise(6, 9, 3), torch.tensor([9, 4, 7, 1, 9, 2])),
        _gates("rnn/l0", LSTM, (6, 9, 4)) | _gates("rnn/l0_reverse", LSTM, (6, 9, 4)),
        {"rnn": (6, 9, 8)},
    ),
    "packed LSTM from a state of its own, with noise": (
        nets.Started,
        (_noise(6, 9, 3), torch.tensor([9, 4, 7, 1, 9, 2])),
        _gates("lstm/l0", LSTM, (6, 9, 4)) | _gates("lstm/l0_reverse", LSTM, (6, 9, 4)),
        {"lstm": (6, 9, 8)},
    ),
    "LSTM cell in a loop": (
        lambda: nets.Cells(nn.LSTMCell),
        _noise(6, 12, 3),
        _gates("cell", LSTM, (6, 12, 4)) | {"head": (6, 12, 2)},
        {"cell": (6, 12, 4)},
    ),
    "GRU cell in a loop": (
        lambda: nets.Cells(nn.GRUCell),
        _noise(6, 12, 3),
        _gates("cell", GRU, (6, 12, 4)) | {"head": (6, 12, 2)},
        {"cell": (6, 12, 4)},
    ),
    "embedding, GRU, softmax": (
        nets.Words,
        torch.arange(30).reshape(6, 5) % 11,
        _gates("gru", GRU, (6, 5, 4)) | {"head": (6, 3)},
        {"embed": (6, 5, 5), "gru": (6, 5, 4)},
    ),
    "attention": (
        nets.Attentive,
        _noise(6, 5, 4),
        {"ff": (6, 5, 6)},
        {"mha": (6, 5, 4), "norm": (6, 5, 4)},
    ),
    "transformer encoder": (
        lambda: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(4, 2, 6, batch_first=True), 1, enable_nested_tensor=False
        ),
        _noise(6, 5, 4),
        {"layers/0/linear1": (6, 5, 6)},
        {
            "layers/0/self_attn": (6, 5, 4),
            "layers/0/linear2": (6, 5, 4),
            "layers/0/norm1": (6, 5, 4),
            "layers/0/norm2": (6, 5, 4),
        },
    ),
    "dicts in and out": (
        nets.TwoInputs,
        {"series": _noise(6, 9, 3), "static": _noise(6, 2)},
        {"sigmoid": (6, 9, 4)},
        {"left": (6, 9, 4), "right": (6, 4)},
    ),
    "function inside a layer": (
        lambda: nn.Sequential(nn.Linear(4, 3), nets.Swish()),
        _noise(6, 4),
        {"1/sigmoid": (6, 3)},
        {"0": (6, 3), "1": (6, 3)},
    ),
    "half precision": (
        lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU()).bfloat16(),
        _noise(6, 4).bfloat16(),
        {"1": (6, 3)},
        {"0": (6, 3)},
    ),
    "weight norm": (
        lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)), nn.ReLU()),
        _noise(6, 4),
        {"1": (6, 3)},
        {"0": (6, 3)},
    ),
    "one layer": (lambda: nn.Linear(4, 3), _noise(6, 4), {}, {"linear": (6, 3)}),
    "time folded into the batch": (
        lambda: nn.Sequential(nn.Flatten(0, 1), nn.Linear(3, 4), nn.ReLU()),
        _noise(6, 9, 3),
        {"2": (6, 9, 4)},
        {"1": (6, 9, 4)},
    ),
}


def _made(kind: str) -> tuple[Any, Any, dict[str, Any], dict[str, Any]]:
    make, x, before, after = KINDS[kind]
    torch.manual_seed(0)
    return make().train(), x, before, after


def _captured(subject: TorchSubject) -> dict[tuple[str, str], Tapped]:
    return {(t.tap.role, t.tap.name): t for t in subject.capture(0, subject.batch)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_what_goes_in_and_out_of_its_nonlinearities(kind: str) -> None:
    model, x, before, after = _made(kind)
    subject = TorchSubject(model, x)
    found = _captured(subject)
    assert subject.batch == 6
    assert subject.notes() == []
    shapes = {name: t.values.shape for (role, name), t in found.items() if role != "activation"}
    assert shapes == before
    shapes = {name: t.values.shape for (role, name), t in found.items() if role == "activation"}
    assert shapes == before | after
    for name in before:
        z, a = found["preactivation", name], found["activation", name]
        again = ACT[str(z.tap.activation)](torch.as_tensor(z.values))
        close = 2e-2 if "half" in kind else 1e-5
        valid = ... if a.mask is None or "/" in name else a.mask  # padding of a packed sequence
        np.testing.assert_allclose(again.numpy()[valid], a.values[valid], atol=close)
    nodes = {node.name for node in subject.graph().nodes}
    assert {t.tap.layer for t in found.values()} <= nodes


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_are_rows_of_the_whole(kind: str) -> None:
    model, x, _, _ = _made(kind)
    if "packed" in kind:  # as long as its longest sequence, or drawn anew
        pytest.skip("each chunk has a length of its own")
    subject = TorchSubject(model, x)
    whole = _captured(subject)
    parts = [{(t.tap.role, t.tap.name): t for t in subject.capture(i, i + 3)} for i in (0, 3)]
    for key, tapped in whole.items():
        both = np.concatenate([part[key].values for part in parts])
        np.testing.assert_allclose(both, tapped.values, atol=2e-2 if "half" in kind else 1e-5)


def _state(model: Any) -> dict[str, Any]:
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    return {
        "weights": {k: v.clone() for k, v in model.state_dict().items()},
        "modes": [m.training for m in model.modules()],
        "hooks": [[list(getattr(m, h)) for h in hooks] for m in model.modules()],
        "kept": [
            {k: v for k, v in m.__dict__.items() if not isinstance(v, dict)}
            for m in model.modules()
        ],
        "random": torch.get_rng_state(),
        "gradients": [None if p.grad is None else p.grad.clone() for p in model.parameters()],
        "enabled": torch.is_grad_enabled(),
        "default": torch.get_default_dtype(),
    }


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return bool(torch.equal(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return a is b or bool(a == b)


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_is_as_it_was(kind: str) -> None:
    model, x, _, _ = _made(kind)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    before = _state(model)
    subject = TorchSubject(model, x)
    subject.graph()
    list(subject.capture(0, 6))
    subject.output_gradients()
    if kind in ("GRU", "embedding, GRU, softmax", "convolution, norm, leaky, bidirectional"):
        subject.input_gradients(np.arange(2), "last")
    assert _same(before, _state(model))
    copy.deepcopy(model)
