"""A PyTorch training is judged as it goes on: said once, stopped on request, never disturbed."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from needs import needs

torch = needs("torch")

import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

from tb_deepdebug.torch import DeepDebug  # noqa: E402

X = np.random.default_rng(0).normal(size=(256, 16)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
STEPS = 160


def net(dead: bool) -> Any:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
    model.append(nn.Linear(32, 2))
    if dead:
        model[2].bias.data.fill_(-100)
    return model


def train(folder: Any, dead: bool, **options: Any) -> tuple[Any, int, Any]:
    model = net(dead)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    options = {"every": 20, "loss": F.cross_entropy, "labels": torch.from_numpy(Y)} | options
    debug = DeepDebug(model, folder, torch.from_numpy(X), optimizer=optimizer, **options)
    rng = np.random.default_rng(1)
    with debug:
        for step in range(1, STEPS + 1):
            rows = rng.integers(0, len(X), 32)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(torch.from_numpy(X[rows])), torch.from_numpy(Y[rows]))
            loss.backward()
            optimizer.step()
            debug.step(step, loss=loss)
            if debug.should_stop:
                break
    return debug, step, copy.deepcopy(model.state_dict())


def test_a_dead_layer_is_said_once_and_told_to_whoever_asked(tmp_path, capsys):
    found: list[Any] = []
    debug, step, _ = train(tmp_path, dead=True, on_finding=found.append)
    told, report = capsys.readouterr().err.split("DeepDebug: at the end of training\n")
    dead = [line for line in told.splitlines() if "[never-firing]" in line]
    assert len(dead) == 1 and dead[0].startswith("DeepDebug: CRITICAL")
    assert "All 32 units" in dead[0] and "since step 0" in dead[0]
    assert [f.rule for f in found].count("never-firing") == 1
    assert "All 32 units" in report and "try 1: " in report
    assert step == STEPS and not debug.should_stop


def test_a_healthy_training_says_nothing_and_learns_the_same(tmp_path, capsys):
    found: list[Any] = []
    _, _, judged = train(tmp_path / "a", dead=False, on_finding=found.append)
    assert capsys.readouterr().err == "" and found == []
    _, _, left_alone = train(tmp_path / "b", dead=False, diagnose=False)
    assert all(torch.equal(judged[key], left_alone[key]) for key in judged)


def test_a_training_that_asked_for_it_should_stop(tmp_path):
    debug, step, _ = train(tmp_path, dead=True, on_finding="stop")
    assert debug.should_stop and step < STEPS


def test_what_raises_is_noted_and_training_goes_on(tmp_path):
    def failing(finding: Any) -> None:
        raise OSError(28, "No space left on device")

    debug, step, _ = train(tmp_path, dead=True, on_finding=failing)
    reasons = [n.reason for n in debug._recorder.sink.notes if n.what == "what on_finding does"]
    assert step == STEPS and reasons == ["No space left on device"]


def test_what_is_no_answer_raises_at_once(tmp_path):
    with pytest.raises(TypeError, match="`on_finding` must be a function"):
        DeepDebug(net(False), tmp_path, on_finding="halt")
