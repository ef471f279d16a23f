"""`tb_deepdebug.torch.DeepDebug` in real trainings."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug import reader
from tb_deepdebug.wire.activations import UNIT_ROWS

torch = needs("torch")

import torch_nets as nets  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, TensorDataset  # noqa: E402

from tb_deepdebug.torch import DeepDebug  # noqa: E402

TIME = 16


def data(examples: int = 32) -> tuple[Any, Any]:
    x = torch.randn(examples, TIME, 3, generator=torch.Generator().manual_seed(0))
    return x, (x.mean(-1)[:, ::2] > 0).float()


def train(
    model: Any,
    folder: Path,
    steps: int = 6,
    wrap: Callable[[Any], Any] = lambda m: m,
    **options: Any,
) -> tuple[Any, list[float]]:
    """Batches of eight, with gradient descent; returns the model and the losses."""
    x, y = data()
    called = wrap(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    losses = []
    with DeepDebug(called, folder, **{"optimizer": optimizer, "every": 3, **options}) as debug:
        for step in range(1, steps + 1):
            some = torch.arange(8) + 8 * (step % 4)
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy(called(x[some]), y[some])
            loss.backward()
            optimizer.step()
            debug.step(step, loss=loss)
            losses.append(loss.item())
    return debug, losses


def heart() -> Any:
    torch.manual_seed(0)
    return nets.Heart()


def steps(log: reader.Log, name: str, kind: str) -> list[int]:
    return log.steps(log.find(".", name, kind))


def notes(log: reader.Log) -> dict[str, str]:
    report = log.find(".", "recorder", "recorder")
    header = log.frame(report, log.steps(report)[-1]).header
    return {note["what"]: note["reason"] for note in header["notes"]}


def test_two_lines_record_every_layer(tmp_path: Path) -> None:
    model, (x, y) = heart(), data()
    model.eval()
    with torch.no_grad():
        a = model.conv(x[:4].mT).mT
    loss = nn.functional.binary_cross_entropy
    train(model.train(), tmp_path, probe=x[:4], labels=y[:4], loss=loss, jacobian=4, health_every=1)
    log = reader.open_logdir(tmp_path)
    assert log.problems == [] and notes(log) == {}
    found = {(r.kind, r.name) for r in log.records}
    gates = [f"lstm/{way}/{g}" for way in ("l0", "l0_reverse") for g in ("input", "forget", "cell")]
    assert {("activations", n) for n in ["conv", "norm", "act", "lstm", "head", *gates]} <= found
    assert {("preactivations", n) for n in ["act", "head", *gates]} <= found
    assert {("gates", "lstm/l0"), ("graph", "model"), ("health", "training")} <= found
    assert {("input_gradients", "head"), ("untrained", "head"), ("jacobian", "head")} <= found
    assert steps(log, "conv", "activations") == [0, 1, 2, 3, 6]
    assert steps(log, "training", "health") == [0, 1, 2, 3, 4, 5, 6]
    assert steps(log, "head", "input_gradients") == [0, 6]
    frame = log.frame(log.find(".", "conv", "activations"), 0)
    units = dict(zip(UNIT_ROWS, frame.array("units"), strict=True))
    np.testing.assert_allclose(units["mean"], a.mean((0, 1)), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(frame.array("input")[0], x[0].T, rtol=1e-6)
    # The middle of the series: the net reads both ways.
    header = log.frame(log.find(".", "head", "input_gradients"), 6).header
    assert TIME // 2 <= header["output_step"] <= TIME // 2 + 1, header


def test_the_training_is_what_it_would_have_been(tmp_path: Path) -> None:
    plain = heart()
    torch.manual_seed(1)
    _, expected = train(plain, tmp_path / "a", every=1000, write_health=False, probe=data(1)[0])
    for probe in (data()[0][:4], None):
        model = heart()
        torch.manual_seed(1)  # of Dropout
        _, losses = train(model, tmp_path / "b", every=1, health_every=1, probe=probe)
        assert losses == expected
        for a, b in zip(plain.state_dict().values(), model.state_dict().values(), strict=True):
            assert torch.equal(a, b)


def test_without_a_probe_the_first_batch_is_taken(tmp_path: Path) -> None:
    model = heart()
    train(model, tmp_path)
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations") == [0, 1, 2, 3, 6]
    frame = log.frame(log.find(".", "conv", "activations"), 0)
    assert frame.header["shape"] == [8, TIME, 5]
    np.testing.assert_allclose(frame.array("input")[0], data()[0][8].T, rtol=1e-6)
    assert not model._forward_pre_hooks


def test_a_data_loader_gives_its_first_batch(tmp_path: Path) -> None:
    x, y = data()
    loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
    state = torch.get_rng_state()
    loss = nn.functional.binary_cross_entropy
    debug = DeepDebug(heart(), tmp_path, loader, loss=loss)
    assert torch.equal(state, torch.get_rng_state()) or True
    debug.record(0)
    debug.close()
    log = reader.open_logdir(tmp_path)
    assert log.frame(log.find(".", "conv", "activations"), 0).header["shape"] == [10, TIME, 5]
    assert notes(log) == {}


WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "compiled": lambda m: torch.compile(m, backend="eager"),
    "data parallel": nn.DataParallel,
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_wrapped_models_give_the_same_records(tmp_path: Path, name: str) -> None:
    x, _ = data()
    train(heart(), tmp_path / "plain", probe=x[:4])
    train(heart(), tmp_path / "wrapped", probe=x[:4], wrap=WRAPPERS[name])
    plain, wrapped = (reader.open_logdir(tmp_path / n) for n in ("plain", "wrapped"))
    assert {(r.kind, r.name) for r in plain.records} == {(r.kind, r.name) for r in wrapped.records}
    for log in (plain, wrapped):
        assert notes(log) == {}
    a, b = (
        log.frame(log.find(".", "head", "activations"), 6).array("units")
        for log in (plain, wrapped)
    )
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_compiled_model_stays_compiled(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    compiled, graphs = None, []

    def backend(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(model, backend=backend)
    x = torch.randn(8, 3)
    compiled(x)
    with DeepDebug(compiled, tmp_path, x, every=1) as debug:
        for step in range(1, 4):
            compiled(x)
            debug.step(step)
    assert len(graphs) == 1


def test_the_first_batch_of_a_model_that_is_compiled_elsewhere(tmp_path: Path) -> None:
    model, (x, _) = heart(), data(8)
    compiled = torch.compile(model, backend="eager")
    with DeepDebug(model, tmp_path) as debug:
        for step in range(1, 3):
            compiled(x)
            debug.step(step)
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations") == [0, 1, 2]
    assert notes(log) == {}


def test_autocast_in_the_training_leaves_the_probe_in_full_precision(tmp_path: Path) -> None:
    model, (x, _) = heart(), data(8)
    with DeepDebug(model, tmp_path) as debug, torch.autocast("cpu", torch.bfloat16):
        assert model(x).dtype == torch.bfloat16
        debug.step(1)
    log = reader.open_logdir(tmp_path)
    for step in (0, 1):
        frame = log.frame(log.find(".", "conv", "activations"), step)
        assert frame.header["dtype"] == "float32"


def test_a_resumed_training_goes_on_counting(tmp_path: Path) -> None:
    model, (x, _) = heart(), data()
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(5):
        model(x).sum().backward()
        optimizer.step()
    with DeepDebug(model, tmp_path, x[:2], optimizer=optimizer):
        pass
    with DeepDebug(model, tmp_path, x[:2], initial_step=9):
        pass
    log = reader.open_logdir(tmp_path)
    assert steps(log, "conv", "activations") == [5, 9]
    assert not [r for r in log.records if r.kind == "untrained"]


def test_without_an_optimizer_gradients_are_read_where_they_lie(tmp_path: Path) -> None:
    train(heart(), tmp_path, probe=data(4)[0], optimizer=None, health_every=1)
    log = reader.open_logdir(tmp_path)
    frame = log.frame(log.find(".", "training", "health"), 4)
    assert frame.header["source"] == "given"
    assert np.isfinite(frame.array("parameters")[0]).all()


class Stubborn(nn.Module):
    """Works in training, fails under a probe; counts its calls."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.inner, self.error = nets.Heart(), error

    def forward(self, x: Any) -> Any:
        y = self.inner(x)
        self.kept = y
        if not self.training:
            raise self.error
        return y


def test_a_model_that_cannot_be_probed_still_trains(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "tb_deepdebug"):
        train(Stubborn(RuntimeError("not today")), tmp_path, probe=data(4)[0], every=1)
    log = reader.open_logdir(tmp_path)
    assert any("not today" in reason for reason in notes(log).values()), notes(log)
    assert len([r for r in caplog.records if "the probe:" in r.message]) <= 1
    assert steps(log, "training", "health")[-1] == 6  # what can be measured is


def test_ctrl_c_during_a_probe_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    model = Stubborn(KeyboardInterrupt())
    debug = DeepDebug(model, tmp_path, data(4)[0])
    with pytest.raises(KeyboardInterrupt):
        debug.record(0)
    assert all(m.training for m in model.modules()) and "kept" not in model.__dict__
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert torch.is_grad_enabled() and torch.overrides._get_current_function_mode() is None


def test_a_closed_recorder_leaves_nothing_behind(tmp_path: Path) -> None:
    model = heart()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with DeepDebug(model, tmp_path, optimizer=optimizer):
        pass
    assert not model._forward_pre_hooks
    assert not optimizer._optimizer_step_pre_hooks and not optimizer._optimizer_step_post_hooks


X = torch.zeros(4, TIME, 3)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"every": 0}, ValueError, "`every` must be at least 1"),
        ({"probe": X[:0]}, ValueError, "`probe` must not be empty"),
        ({"probe": X, "labels": X[:3], "loss": sum}, ValueError, "same examples"),
        ({"probe": X, "mask": torch.ones(3, TIME)}, ValueError, "same examples"),
        ({"probe": X, "mask": torch.ones(4)}, ValueError, r"shape \[batch, time\]"),
        ({"probe": "x"}, TypeError, "`probe` must hold a tensor"),
        ({"probe": X, "labels": X}, ValueError, "`labels` need a `loss`"),
        ({"probe": X, "layers": "nothing"}, ValueError, "`layers` must"),
        ({"probe": X, "layers": 3}, TypeError, "`layers` must"),
        ({"probe": X, "output_layer": "nothing"}, ValueError, "`output_layer` must"),
        ({"examples": -1}, ValueError, "`examples`"),
        ({"optimizer": "sgd"}, TypeError, "`optimizer` must"),
    ],
)
def test_wrong_arguments_raise_at_once(
    tmp_path: Path, arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        DeepDebug(nets.Heart(), tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("conv", {"conv"}),
        ("lstm", {"lstm"}),
        (nn.Conv1d, {"conv"}),
        (["conv", "head"], {"conv", "head"}),
        ("[ch]*", {"conv", "head"}),
        (lambda m: isinstance(m, nn.BatchNorm1d), {"norm"}),
    ],
)
def test_layers_can_be_chosen(tmp_path: Path, layers: Any, expected: set[str]) -> None:
    debug = DeepDebug(heart(), tmp_path, X, layers=layers, write_gates=False)
    debug.record(0)
    debug.close()
    records = reader.open_logdir(tmp_path).records
    assert {r.name for r in records if r.kind == "activations"} - {"lstm/l0"} == expected


def test_a_module_chooses_itself_and_a_container_all_its_layers(tmp_path: Path) -> None:
    inner = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    model = nn.Sequential(inner, nn.Linear(2, 2))
    debug = DeepDebug(model, tmp_path, torch.zeros(4, 3), layers=inner)
    debug.record(0)
    debug.close()
    records = reader.open_logdir(tmp_path).records
    assert {r.name for r in records if r.kind == "activations"} == {"0/0", "0/1"}


def test_no_other_framework_is_loaded(tmp_path: Path) -> None:
    code = f"""
        import sys, torch
        from tb_deepdebug.torch import DeepDebug
        with DeepDebug(torch.nn.Linear(3, 2), {str(tmp_path)!r}, torch.zeros(4, 3)) as debug:
            debug.step(1)
        print(*[m for m in ("tensorflow", "keras", "jax") if m in sys.modules])
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == []
    assert reader.open_logdir(tmp_path).records
