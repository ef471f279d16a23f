"""`tb_deepdebug.torch.DeepDebug.predictions`: the table, and the rows that are looked into."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug import reader
from tb_deepdebug.stats.quantise import MASKED, Picture

torch = needs("torch")

import torch_nets as nets  # noqa: E402
from torch import nn  # noqa: E402

from tb_deepdebug.torch import DeepDebug  # noqa: E402

TIME, ROWS = 16, 40


def data() -> tuple[Any, Any]:
    x = torch.randn(ROWS, TIME, 3, generator=torch.Generator().manual_seed(0))
    return x, (x[:, :4, 0].mean(1) > 0).float()


class Channels(nn.Module):
    """Reads `[batch, channels, time]` and gives a logit a timestep, likewise."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.drop = nn.Conv1d(3, 4, 3, padding=1), nn.Dropout(0.5)
        self.norm, self.out = nn.BatchNorm1d(4), nn.Conv1d(4, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.drop(torch.relu(self.norm(self.conv(x)))))


def written(folder: Path, step: int = 0, name: str = "table") -> tuple[Any, Any]:
    log = reader.open_logdir(folder)
    frames = [log.frame(log.find(".", name, kind), step) for kind in ("predictions", "examples")]
    return frames[0], frames[1]


def picture(frame: Any, layer: str) -> Picture:
    at = [told["name"] for told in frame.header["layers"]].index(layer)
    return Picture(frame.array(f"{at}/values"), frame.array(f"{at}/scale"))


def gradients(model: nn.Module, x: torch.Tensor, logit_of: Any) -> np.ndarray:
    """The slow, obvious way: one example after the other."""
    found = []
    model.eval()
    for one in x:
        by = one[None].clone().requires_grad_()
        logit_of(model(by)).backward()
        found.append(by.grad[0])
    return torch.stack(found).numpy()


def test_rows_hold_what_the_model_does_with_each_of_them(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x, y = data()
    model = nets.Heart().train()
    state = {name: one.clone() for name, one in model.state_dict().items()}
    random = torch.get_rng_state()
    debug = DeepDebug(model, tmp_path)
    debug.predictions("table", x, y, examples=5, step=9, batch_size=16)
    assert model.training and model.drop.training and torch.equal(random, torch.get_rng_state())
    assert all(torch.equal(state[name], one) for name, one in model.state_dict().items())
    table, frame = written(tmp_path, 9)
    middle = TIME // 4  # of the output: the net is bidirectional and pools by two
    with torch.no_grad():
        expected = model.eval()(x)[:, middle].numpy()
    assert table.array("prediction") == pytest.approx(expected, abs=1e-6)
    rows = frame.array("rows").astype(int)
    assert np.array_equal(frame.array("input"), x[rows].numpy().transpose(0, 2, 1))
    own = gradients(model, x[rows], lambda out: torch.logit(out[0, middle]))
    assert frame.array("gradient") == pytest.approx(own.transpose(0, 2, 1), rel=1e-3, abs=1e-8)
    shown = picture(frame, "conv")
    values = model.conv(x[rows].transpose(1, 2)).detach().numpy()
    span = (shown.scale[1] - shown.scale[0])[None, :, None]
    assert (np.abs(shown.values() - values) <= span / 490).all()


def test_a_training_is_the_same_with_tables_written_in_its_middle(tmp_path: Path) -> None:
    x, y = data()
    states = []
    for writes in (False, True):
        torch.manual_seed(1)
        model = nets.Heart()
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        with DeepDebug(model, tmp_path / str(writes), x[:8], optimizer=optimizer) as debug:
            for step in range(1, 4):
                optimizer.zero_grad()
                nn.functional.binary_cross_entropy(model(x)[:, -1], y).backward()
                optimizer.step()
                debug.step(step)
                if writes:
                    debug.predictions("table", x, y, examples=2, analyze=False)
        states.append(model.state_dict())
    assert all(torch.equal(one, states[1][name]) for name, one in states[0].items())
    log = reader.open_logdir(tmp_path / "True")
    assert log.steps(log.find(".", "table", "examples")) == [1, 2, 3]


def test_channels_first_and_masks(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x, y = data()
    model, turned = Channels(), x.transpose(1, 2).contiguous()
    mask = np.ones((ROWS, TIME), bool)
    mask[:, 10:] = False
    debug = DeepDebug(model, tmp_path)
    debug.predictions("table", turned, y, activation="sigmoid", mask=mask, examples=3)
    table, frame = written(tmp_path)
    with torch.no_grad():
        expected = torch.sigmoid(model.eval()(turned)[:, 0, 9]).numpy()
    assert table.array("prediction") == pytest.approx(expected, abs=1e-6)
    rows = frame.array("rows").astype(int)
    assert frame.array("output_steps").tolist() == [9] * 3
    assert np.array_equal(frame.array("input")[:, :, :10], turned[rows][:, :, :10].numpy())
    own = gradients(model, turned[rows], lambda out: out[0, 0, 9])
    found = frame.array("gradient")
    assert found[:, :, :10] == pytest.approx(own[:, :, :10], rel=1e-4, abs=1e-8)
    assert np.isnan(found[:, :, 10:]).all() and np.isnan(frame.array("input")[:, :, 10:]).all()
    assert (picture(frame, "conv").codes[:, :, 10:] == MASKED).all()


class Heads(nn.Module):
    """Two questions to one net, answered in a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.gru, self.a, self.b = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        last = self.gru(x)[0][:, -1]
        return {"a": torch.sigmoid(self.a(last)), "b": torch.sigmoid(self.b(last))}


@pytest.mark.parametrize("task", ["a", "b"])
def test_every_output_has_a_table_and_gradients_of_its_own(tmp_path: Path, task: str) -> None:
    torch.manual_seed(0)
    (x, y), model = data(), Heads()
    debug = DeepDebug(model, tmp_path)
    debug.predictions("table", x, {"a": y, "b": 1 - y}, examples=3, analyze=False)
    table, frame = written(tmp_path, name=f"table/{task}")
    with torch.no_grad():
        expected = model.eval()(x)[task][:, 0].numpy()
    assert table.array("prediction") == pytest.approx(expected, abs=1e-6)
    own = gradients(model, x[frame.array("rows").astype(int)], lambda out: torch.logit(out[task]))
    assert frame.array("gradient") == pytest.approx(own.transpose(0, 2, 1), rel=1e-3, abs=1e-8)
    assert [told["name"] for told in frame.header["layers"]][-1] == "b"


def test_packed_sequences_of_different_lengths(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x, _ = data()
    lengths = torch.randint(4, TIME + 1, (ROWS,))
    mask = np.arange(TIME) < lengths.numpy()[:, None]
    model = nets.Recurrent(nn.GRU(3, 1, batch_first=True), packed=True)
    debug = DeepDebug(model, tmp_path)
    labels = np.zeros(ROWS) + 0.5
    debug.predictions(
        "table", {"x": x, "lengths": lengths}, labels, mask=mask, examples=4, batch_size=8
    )
    table, frame = written(tmp_path)
    with torch.no_grad():
        out = model(x, lengths)[torch.arange(ROWS), lengths - 1, 0].numpy()
    assert table.array("prediction") == pytest.approx(out, abs=1e-6)
    rows = frame.array("rows").astype(int)
    assert frame.array("output_steps").tolist() == (lengths[rows] - 1).tolist()
    for i, row in enumerate(rows):
        codes = picture(frame, frame.header["layers"][0]["name"]).codes[i]
        assert (codes[:, int(lengths[row]) :] == MASKED).all()


def test_wrong_arguments_raise_and_failures_are_notes(tmp_path: Path) -> None:
    x, y = data()
    debug = DeepDebug(nets.Heart(), tmp_path)
    with pytest.raises(ValueError, match="`x` must hold the examples of `labels`, 7"):
        debug.predictions("table", x, y[:7])
    with pytest.raises(ValueError, match="`activation` must be one of"):
        debug.predictions("table", x, y, activation="relu")
    assert not list(tmp_path.iterdir())
    debug.predictions("table", x[:, :, :2], y)  # two channels where the net reads three
    log = reader.open_logdir(tmp_path)
    notes = log.frame(log.find(".", "recorder", "recorder"), 0).header["notes"]
    assert "the predictions of table" in {note["what"] for note in notes}
