"""Trainable copies of torch modules: the user's own untouched, the head found, read and renewed."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.checks.learner import Plan, learner

torch = needs("torch")
nn = torch.nn
F = torch.nn.functional
RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 12, 2)).astype(np.float32)
MASK = np.arange(12) < RNG.integers(3, 13, (24, 1))
LAST = X[np.arange(24), MASK.sum(axis=1) - 1, 0]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than so small a net."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Heart(nn.Module):
    """Convolution, LSTM, dropout by hand; one probability a timestep, squeezed."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv1d(2, 6, 3, padding=1), nn.BatchNorm1d(6)
        self.lstm, self.head = nn.LSTM(6, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x: Any) -> Any:
        h = F.max_pool1d(torch.relu(self.norm(self.conv(x.transpose(1, 2)))), 2)
        h, _ = self.lstm(h.transpose(1, 2))
        return torch.sigmoid(self.head(F.dropout(h, 0.2, self.training))).squeeze(-1)


class TimeFirst(nn.Module):
    """Its LSTM and head see `[time, batch, units]`."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(2, 4), nn.Linear(4, 1)

    def forward(self, x: Any) -> Any:
        return self.head(self.lstm(x.transpose(0, 1))[0]).transpose(0, 1)


class Rows(nn.Module):
    """Its head sees `[batch * time, units]`."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(2, 3)

    def forward(self, x: Any) -> Any:
        return F.softmax(self.head(x.reshape(-1, 2)), dim=-1).view(len(x), -1, 3)


class Seq(nn.Sequential):
    """Takes `[batch, time, channels]` to what convolutions take."""

    def forward(self, x: Any) -> Any:
        return super().forward(x.transpose(1, 2))


def fingerprint(model: Any) -> str:
    arrays = [v.numpy().tobytes() for v in model.state_dict().values()]
    return hashlib.sha256(b"".join(arrays)).hexdigest()


@pytest.mark.parametrize("build", [Heart, TimeFirst])
@pytest.mark.parametrize("built", [False, True])
def test_a_copy_learns_and_the_model_is_untouched(build: Any, built: bool) -> None:
    model = build().eval()
    model.register_forward_hook(lambda *_: pytest.fail("the model's own hooks are not the copy's"))
    before, state = fingerprint(model), torch.get_rng_state()
    net = learner(build if built else model, X, Plan(learning_rate=0.02))
    losses = [net.step(X, LAST, MASK) for _ in range(40)]
    net.predict(X, MASK)
    assert np.mean(losses[-5:]) < 0.7 * losses[0]
    assert fingerprint(model) == before and torch.equal(torch.get_rng_state(), state)
    assert not model.training and all(p.grad is None for p in model.parameters())


def test_a_seed_gives_the_same_copy_whatever_the_caller_draws() -> None:
    model, losses = Heart(), []
    for seed in (3, 3, 4):
        net = learner(model, X, Plan(seed=seed))
        torch.rand(seed + len(losses))
        losses.append([net.step(X, LAST, MASK) for _ in range(3)])
    assert losses[0] == losses[1] != losses[2]


def test_weights_can_be_kept_and_the_sigmoid_is_undone() -> None:
    model = Heart().eval()
    net = learner(model, X, Plan(outputs=None, loss="binary", fresh=False))
    valid = MASK.reshape(24, 6, 2).any(axis=2)
    last = model(torch.as_tensor(X)).detach().numpy()[np.arange(24), valid.sum(axis=1) - 1]
    logits = net.predict(X, MASK)[:, 0]
    assert 1 / (1 + np.exp(-logits)) == pytest.approx(last, abs=1e-5)
    assert not np.allclose(logits, last)


def test_the_head_is_averaged_over_valid_steps() -> None:
    model = TimeFirst()
    series = model(torch.as_tensor(X)).detach().numpy()[:, :, 0]
    net = learner(model, X, Plan(outputs=None, fresh=False, reads="mean"))
    expected = (series * MASK).sum(axis=1) / MASK.sum(axis=1)
    assert net.predict(X, MASK)[:, 0] == pytest.approx(expected, abs=1e-5)


def test_rows_of_timesteps_are_put_back_together() -> None:
    model = Rows()
    probabilities = model(torch.as_tensor(X)).detach().numpy()
    net = learner(model, X, Plan(outputs=None, fresh=False))
    logits = torch.as_tensor(net.predict(X, MASK))
    last = probabilities[np.arange(24), MASK.sum(axis=1) - 1]
    assert F.softmax(logits, dim=-1).numpy() == pytest.approx(last, abs=1e-5)
    new = learner(model, X, Plan(outputs=1))
    moved = np.where(MASK[:, :, None], X, 9.0).astype(np.float32)  # padding is not read
    assert new.predict(moved, MASK) == pytest.approx(new.predict(X, MASK), abs=1e-6)


@pytest.mark.parametrize(
    ("model", "outputs", "parameters"),
    [
        (Heart, 3, 42 + 12 + 336 + 21),
        (lambda: Seq(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Conv1d(4, 5, 3), nn.ReLU()), 2, 28 + 26),
        (lambda: Seq(nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4)), 1, 28 + 8 + 5),
        (lambda: nn.GRU(2, 4, batch_first=True), 1, 96 + 5),
    ],
)
def test_the_last_linear_layer_is_replaced(model: Any, outputs: int, parameters: int) -> None:
    net = learner(model(), X, Plan(outputs=outputs))
    assert net.parameters == parameters
    assert net.predict(X, None).shape == (24, outputs)


def test_plain_switches_off_dropout_of_every_kind() -> None:
    class Drops(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(2, 4, 2, batch_first=True, dropout=0.5)
            self.drop, self.head = nn.Dropout(0.5), nn.Linear(4, 1)

        def forward(self, x: Any) -> Any:
            return self.head(F.dropout(self.drop(self.lstm(x)[0]), training=self.training))

    for plain in (True, False):
        net = learner(Drops(), X, Plan(learning_rate=1e-12, plain=plain))
        assert (np.ptp([net.step(X, LAST, None) for _ in range(3)]) < 1e-6) == plain


def test_parameters_that_nobody_knows_to_draw_are_named() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale, self.head = nn.Parameter(torch.ones(2)), nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            return self.head(x * self.scale)

    assert "scale" in learner(Own(), X, Plan()).notes[0]


def test_keyword_arguments_and_classes() -> None:
    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(2, 2)

        def forward(self, x: Any, valid: Any) -> Any:
            return (self.head(x) * valid[:, :, None]).sum(dim=1)

    inputs = {"x": X, "valid": MASK}
    net = learner(Named(), inputs, Plan(outputs=None, loss="categorical", learning_rate=0.1))
    labels = np.where(np.arange(24) < 3, np.nan, LAST > 0)
    losses = [net.step(inputs, labels, None) for _ in range(30)]
    assert losses[-1] < losses[0]
    with pytest.raises(ValueError, match="2 outputs"):
        learner(Named(), inputs, Plan(outputs=None)).step(inputs, LAST, None)


def test_a_builder_must_build() -> None:
    model = Heart()
    with pytest.raises(ValueError, match="the same one twice"):
        learner(lambda: model, X, Plan())
    with pytest.raises(ValueError, match="layer with weights"):
        learner(nn.Flatten(), X, Plan())


class Channels(Seq):
    """Its output comes as a convolution gives it, `[batch, outputs, time]`."""

    def __init__(self, outputs: int) -> None:
        super().__init__(nn.Conv1d(2, outputs, 1), nn.Sigmoid())


@pytest.mark.parametrize("build", [Heart, lambda: Channels(1), lambda: Channels(3)])
def test_every_step_is_read_and_learned_where_it_is_labelled(build: Any) -> None:
    model = build().eval()
    output = model(torch.as_tensor(X)).detach()
    output = output[:, :, None] if output.dim() == 2 else output.transpose(1, 2)
    kept = Plan(outputs=None, loss="binary", fresh=False, reads="every", plain=True)
    net = learner(model, X, kept)
    logits = net.predict(X, MASK)
    assert 1 / (1 + np.exp(-logits)) == pytest.approx(output.flatten(1).numpy(), abs=1e-5)
    if build is not Heart:  # whose normalisation is by the batch while it learns
        y = np.where(RNG.random(logits.shape) < 0.5, np.nan, RNG.random(logits.shape) < 0.5)
        expected = np.nanmean(np.logaddexp(0, logits) - y * logits)
        assert net.step(X, y, MASK) == pytest.approx(expected, rel=1e-5)
        last = learner(model, X, Plan(outputs=None, fresh=False)).predict(X, MASK)
        steps = logits.reshape(24, 12, -1)
        assert last == pytest.approx(steps[np.arange(24), MASK.sum(axis=1) - 1], abs=1e-5)


def test_class_indices_of_every_step() -> None:
    net = learner(Rows(), X, Plan(outputs=None, loss="categorical", fresh=False, reads="every"))
    logits = net.predict(X, None).reshape(24, 12, 3)
    y = np.where(MASK, RNG.integers(0, 3, (24, 12)), np.nan)
    there = np.where(MASK, y, 0).astype(int)[:, :, None]
    surprise = np.log(np.exp(logits).sum(2)) - np.take_along_axis(logits, there, 2)[:, :, 0]
    assert net.step(X, y, None) == pytest.approx(surprise[MASK].mean(), rel=1e-5)
