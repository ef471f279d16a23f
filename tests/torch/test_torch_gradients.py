"""Gradients by the input and by layers' outputs, against plain autograd and closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from needs import needs

torch = needs("torch")

import torch_nets as nets  # noqa: E402
from torch import nn  # noqa: E402

from tb_deepdebug.torch.subject import TorchSubject  # noqa: E402


def _noise(*shape: int) -> Any:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


class Decay(nn.Module):
    """h_t = a h_{t-1} + x_t, whose gradient is a^(T - t) exactly."""

    def __init__(self, a: float, **options: Any) -> None:
        super().__init__()
        self.rnn = nn.RNN(1, 1, nonlinearity="relu", bias=False, batch_first=True)
        with torch.no_grad():
            self.rnn.weight_hh_l0.fill_(a)
            self.rnn.weight_ih_l0.fill_(1.0)

    def forward(self, x: Any) -> Any:
        return self.rnn(x)[0]


def test_a_decay_is_followed_below_the_smallest_float32() -> None:
    subject = TorchSubject(Decay(0.5), torch.ones(2, 400, 1))
    found = subject.input_gradients(np.array([0, 1, 0]), "last")
    expected = 0.5 ** np.arange(399, -1, -1.0)  # 2e-120 at the far end
    assert found.gradients.shape == (3, 400, 1)
    np.testing.assert_array_equal(found.gradients[2, :, 0], expected)
    assert found.output_steps.tolist() == [399, 399, 399] and subject.output_timesteps() == 400


def test_every_row_has_its_own_output_step() -> None:
    subject = TorchSubject(Decay(0.5), torch.ones(2, 8, 1))
    found = subject.input_gradients(np.array([0, 0, 1]), np.array([0, 3, 7]))
    for row, step in enumerate([0, 3, 7]):
        expected = np.where(np.arange(8) <= step, 0.5 ** (step - np.arange(8.0)), 0)
        np.testing.assert_array_equal(found.gradients[row, :, 0], expected)


def test_the_last_valid_step_of_a_masked_series() -> None:
    mask = np.arange(8) < np.array([[5], [8]])
    found = TorchSubject(Decay(0.5), torch.ones(2, 8, 1), mask=mask).input_gradients(
        np.arange(2), "last"
    )
    assert found.output_steps.tolist() == [4, 7]
    assert (found.gradients[0, 5:] == 0).all() and (found.gradients[1] > 0).all()


def _logits(model: Any, x: Any) -> Any:
    """What `Heart` computes before its sigmoid."""
    h = model.pool(nn.functional.leaky_relu(model.norm(model.conv(x.transpose(1, 2)))))
    return model.head(model.lstm(h.transpose(1, 2))[0])[..., 0]


def test_a_saturated_output_is_differentiated_before_its_sigmoid() -> None:
    torch.manual_seed(0)
    model = nets.Heart()
    with torch.no_grad():
        model.head.bias.fill_(200.0)  # the sigmoid's derivative is exactly 0
    x = _noise(5, 16, 3)
    found = TorchSubject(model, x).input_gradients(np.arange(5), 4)
    x.requires_grad_()
    model.eval()
    (expected,) = torch.autograd.grad(_logits(model, x)[:, 4].sum(), x)
    np.testing.assert_allclose(found.gradients, expected.numpy(), rtol=1e-5, atol=1e-7)
    assert found.output_steps.tolist() == [9] * 5  # the last of the two that the pool covers
    assert found.name == "head"


def _first_of(model: Any, x: Any) -> Any:
    return model(x)


CASES: dict[str, tuple[Callable[[], Any], Any, Callable[[Any], Any]]] = {
    "channels first": (
        lambda: nn.Sequential(nn.Conv1d(3, 4, 3, padding=1), nn.Tanh(), nn.Conv1d(4, 2, 1)),
        _noise(4, 3, 9),
        lambda y: y[:, 1, -1],
    ),
    "time first inside": (
        lambda: nets.Recurrent(nn.GRU(3, 4), turned=True),
        _noise(4, 9, 3),
        lambda y: y[:, -1, 1],
    ),
    "attention": (nets.Attentive, _noise(4, 9, 4), lambda y: y[:, -1, 1]),
    "in place": (
        lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.LSTM(4, 2)),
        _noise(4, 9, 3),
        lambda y: y[0][:, -1, 1],
    ),
}


@pytest.mark.parametrize("name", [n for n in CASES if n != "in place"])
def test_input_gradients_are_autograds(name: str) -> None:
    make, x, chosen = CASES[name]
    torch.manual_seed(0)
    model = make()
    found = TorchSubject(model, x, output_index=1).input_gradients(np.arange(4), "last")
    again = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(chosen(model.eval()(again)).sum(), again)
    if name == "channels first":
        expected = expected.transpose(1, 2)
    np.testing.assert_allclose(found.gradients, expected.numpy(), rtol=1e-5, atol=1e-8)


def test_ids_are_differentiated_at_their_embedding() -> None:
    torch.manual_seed(0)
    model, ids = nets.Words(), torch.arange(30).reshape(6, 5) % 11
    found = TorchSubject(model, ids, output_index=2).input_gradients(np.arange(6), "last")
    embedded = model.embed(ids).detach().requires_grad_()
    logits = model.head(model.gru(embedded)[0][:, -1])
    (expected,) = torch.autograd.grad(logits[:, 2].sum(), embedded)
    np.testing.assert_allclose(found.gradients, expected.numpy(), rtol=1e-5, atol=1e-8)
    assert found.output_steps.tolist() == [4] * 6


def test_half_precision_shows_no_false_plateau() -> None:
    model = Decay(0.5).half()
    found = TorchSubject(model, torch.ones(1, 60, 1).half()).input_gradients(np.arange(1), "last")
    np.testing.assert_array_equal(found.gradients[0, :, 0], 0.5 ** np.arange(59, -1, -1.0))
    assert next(model.parameters()).dtype == torch.float16


def test_an_inner_layer_can_be_the_output() -> None:
    torch.manual_seed(0)
    model, x = nets.Heart(), _noise(3, 16, 3)
    found = TorchSubject(model, x, output_layer="conv").input_gradients(np.arange(3), 8)
    assert found.name == "conv"
    seen = np.abs(found.gradients).sum(axis=(0, 2)) > 0
    assert np.flatnonzero(seen).tolist() == [6, 7, 8, 9, 10]  # a kernel of five


@pytest.mark.parametrize(
    ("model", "x", "options", "says"),
    [
        (nn.Linear(3, 2), _noise(4, 3), {}, "must be a series"),
        (nn.Conv2d(3, 2, 1), _noise(4, 3, 5, 5), {}, "must be a series"),
        (nn.LSTM(3, 2, batch_first=True), _noise(4, 5, 3), {"output_index": 2}, "`output_index`"),
        (nets.TwoInputs(), {"series": _noise(4, 5, 3), "static": _noise(4, 2)}, {"wrt": 1}, "ser"),
    ],
)
def test_a_question_that_does_not_fit(model: Any, x: Any, options: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        TorchSubject(model, x, **options).input_gradients(np.arange(2), "last")


def test_of_several_inputs_the_series_is_taken() -> None:
    torch.manual_seed(0)
    x = {"series": _noise(4, 5, 3), "static": _noise(4, 2)}
    found = TorchSubject(nets.TwoInputs(), x, channels=["a", "b", "c"]).input_gradients(
        np.arange(4), 2
    )
    assert found.gradients.shape == (4, 5, 3) and found.channels == ("a", "b", "c")
    assert np.flatnonzero(np.abs(found.gradients).sum((0, 2))).tolist() == [2]


# -- by layers' outputs --------------------------------------------------------------------------


def _expected(gradient: Any) -> list[float]:
    g = gradient.double()
    return [float(g.square().mean().sqrt()), float(g.abs().max()), float((g == 0).double().mean())]


def test_the_loss_by_each_layer() -> None:
    torch.manual_seed(0)
    model, x = nets.Residual(), _noise(6, 3, 5, 7)
    y = _noise(6, 3, 5, 7)
    subject = TorchSubject(model, x, labels=y, loss=nn.functional.mse_loss)
    found = subject.output_gradients()
    assert found.objective == "loss"
    model.eval()
    a = model.conv1(x)
    b = model.bn1(a)
    c = torch.relu(b)
    d = model.conv2(c)
    e = model.bn2(d)
    f = torch.relu(e + x)
    gradients = torch.autograd.grad(nn.functional.mse_loss(f, y), [a, b, c, d, e, f])
    names = ["conv1", "bn1", "relu", "conv2", "bn2", "relu#2"]
    assert found.layers == tuple(names)
    rows = np.stack([found.rms, found.max, found.zero_fraction], 1)
    np.testing.assert_allclose(rows, [_expected(g) for g in gradients], rtol=1e-4)
    assert (found.nonfinite == 0).all()


def test_chunks_count_for_their_share_of_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model, x, y = nets.Attentive(), _noise(7, 5, 4), _noise(7, 5, 6)
    subject = TorchSubject(model, x, labels=y, loss=nn.functional.mse_loss)
    whole = subject.output_gradients()
    monkeypatch.setattr("tb_deepdebug.torch.output_gradients._MOST_CELLS", 200)
    parts = subject.output_gradients()
    np.testing.assert_allclose(parts.rms, whole.rms, rtol=1e-5)
    np.testing.assert_allclose(parts.max, whole.max, rtol=1e-5)


def test_a_softmax_is_summed_before_it() -> None:
    subject = TorchSubject(nets.Words(), torch.arange(30).reshape(6, 5) % 11)
    found = subject.output_gradients()
    assert found.objective == "output"
    assert dict(zip(found.layers, found.rms, strict=True))["head"] == 1.0  # of a softmax: 0


def test_layers_are_reached_through_packed_sequences() -> None:
    torch.manual_seed(0)
    model = nets.Recurrent(nn.LSTM(3, 4, batch_first=True, bidirectional=True), packed=True)
    found = TorchSubject(model, (_noise(3, 5, 3), torch.tensor([2, 5, 3]))).output_gradients()
    # The sum of what is padded again: 1 for every valid cell.
    assert found.max.tolist() == [1.0] and found.zero_fraction.tolist() == [0.0]


def test_frozen_models_have_gradients_too() -> None:
    model = nets.Words().requires_grad_(False)
    found = TorchSubject(model, torch.arange(30).reshape(6, 5) % 11).output_gradients()
    assert (found.rms > 0).all()


class Doubled(nn.Module):
    """What an activation function returned is changed in place."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(3, 4)

    def forward(self, x: Any) -> Any:
        h = torch.sigmoid(self.fc(x))
        h *= 2
        return h


def test_what_is_changed_in_place_later_was_the_layers_before() -> None:
    subject = TorchSubject(Doubled(), _noise(5, 3))
    found = subject.output_gradients()
    assert (found.layers, found.rms.tolist()) == (("fc",), [2.0])
    tapped = {t.tap.role: t.values for t in subject.capture(0, 5)}
    sigmoid = 1 / (1 + np.exp(-tapped["preactivation"]))
    np.testing.assert_allclose(tapped["activation"], sigmoid, rtol=1e-5)
