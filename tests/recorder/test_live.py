"""Rules over a training that goes on: said once, answered as asked, and never in its way."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorder.nets import LeakyMemory, health

from tb_deepdebug import reader, run_views
from tb_deepdebug.findings.finding import Severity
from tb_deepdebug.probe import Graph, Node
from tb_deepdebug.recorder.recorder import Recorder
from tb_deepdebug.recorder.remembered import MOST_POINTS, MOST_STEPS, Remembered
from tb_deepdebug.recorder.settings import settings
from tb_deepdebug.records import activations

STEPS = 240


class Stuck(LeakyMemory):
    """Its loss does not fall; what follows the layer learns too."""

    def graph(self) -> Graph:
        nodes = (
            Node("dense", "Dense", "relu", (None, 6), 18, ("dense",)),
            Node("out", "Dense", None, (None, 1), 7),
        )
        return Graph("stuck", "numpy", nodes, ((0, 1),))

    def loss(self) -> float | None:
        return 1.0


def train(
    folder: Path, *, dies: int | None = 12, steps: int = STEPS, every: int = 10, **options: Any
) -> Recorder:
    """A training in which a ReLU layer dies after so many steps, and the loss stays where it is."""
    x = np.random.default_rng(1).normal(size=(100, 40, 3)).astype(np.float32)
    subject = Stuck(x)
    recorder = Recorder(folder, settings(every, {"picture_cells": 0, **options}))
    recorder.begin(subject, 0)
    for step in range(1, steps + 1):
        if dies is not None and step >= dies:
            subject.shift = 100.0
        loss = 1.0 if dies is not None else 1.0 * 0.99**step
        if recorder.is_due(step - 1, step):
            recorder.health(step, with_loss(loss))
            recorder.look(step)
        if recorder.should_stop:
            break
    recorder.end(step)
    return recorder


def with_loss(loss: float) -> Any:
    return dataclasses.replace(health(), loss=loss)


def said(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("DeepDebug: ")]


def test_a_finding_is_said_once_when_it_appears(tmp_path, capsys):
    found: list[Any] = []
    train(tmp_path, on_finding=found.append)
    lines = said(capsys.readouterr().err)
    dead = [line for line in lines if "[never-firing]" in line]
    assert len(dead) == 1
    assert dead[0].startswith("DeepDebug: CRITICAL since step 20: All 6 units of dense")
    keys = [(f.rule, f.layer) for f in found]
    assert keys.count(("never-firing", "dense")) == 1 and len(keys) == len(set(keys))
    assert all(f.severity >= Severity.WARNING for f in found)


def test_what_lasts_only_for_a_while_is_not_said_until_the_end(tmp_path, capsys):
    found: list[Any] = []
    train(tmp_path, dies=STEPS - 60, input_gradients=False, on_finding=found.append)
    lines = said(capsys.readouterr().err)
    assert not any("[never-firing]" in line for line in lines)
    assert lines[-1] == "DeepDebug: at the end of training"
    assert "never-firing" in [f.rule for f in found]


def test_what_is_not_finite_is_said_at_once(tmp_path, capsys):
    recorder = Recorder(tmp_path, settings(10, {}))
    recorder.begin(Stuck(np.ones((4, 5, 3), np.float32)), 0)
    recorder.health(1, with_loss(float("nan")))
    recorder.health(2, health(float("nan")))
    recorder.look(2)
    assert any("[non-finite]" in line for line in said(capsys.readouterr().err))


def test_at_the_end_causes_are_told_with_what_to_try(tmp_path, capsys):
    train(tmp_path)
    _, told = capsys.readouterr().err.split("DeepDebug: at the end of training\n")
    assert "rule: never-firing" in told and "try 1: " in told


def test_a_healthy_run_says_nothing(tmp_path, capsys):
    found: list[Any] = []
    train(tmp_path, dies=None, on_finding=found.append, input_gradients=False)
    assert said(capsys.readouterr().err) == [] and found == []


def test_a_training_is_stopped_only_on_request(tmp_path):
    stopped = train(tmp_path / "a", on_finding="stop")
    assert stopped.should_stop and stopped._looked < STEPS
    assert not train(tmp_path / "b").should_stop
    assert not train(
        tmp_path / "c", dies=None, on_finding="stop", input_gradients=False
    ).should_stop
    assert not train(tmp_path / "d", on_finding=lambda f: None).should_stop


def test_what_raises_is_noted_and_training_goes_on(tmp_path):
    def failing(finding: Any) -> None:
        raise RuntimeError("no mail today")

    recorder = train(tmp_path, on_finding=failing)
    assert recorder._looked == STEPS
    notes = {note.what: note.reason for note in recorder.sink.notes}
    assert notes["what on_finding does"] == "RuntimeError: no mail today"


def test_nothing_is_judged_that_was_not_asked_for(tmp_path, capsys):
    train(tmp_path, diagnose=False, on_finding="stop")
    assert said(capsys.readouterr().err) == []


def test_the_run_in_memory_is_the_run_in_the_log(tmp_path):
    recorder = train(tmp_path, steps=60)
    live = recorder._live._remembered.run("", recorder.sink.notes)
    read = run_views.view(reader.open_logdir(tmp_path), ".")
    assert [layer.name for layer in live.layers] == [layer.name for layer in read.layers]
    assert live.setup == read.setup and live.graph == read.graph
    for mine, theirs in zip(live.layers, read.layers, strict=True):
        a, b = mine.activations, theirs.activations
        if a is None or b is None:
            assert a is b
            continue
        assert a.axis == b.axis and a.units == b.units
        assert (a.steps == b.steps).all()
        for name in b.numbers:
            assert np.array_equal(a.number(name), b.number(name), equal_nan=True), name
        for name in b.vectors:
            assert np.array_equal(a.vectors[name], b.vectors[name], equal_nan=True), name
        for rows, others in ((a.history, b.history), (a.last_units.rows, b.last_units.rows)):
            assert rows.keys() == others.keys()
            assert all(np.array_equal(rows[k], others[k], equal_nan=True) for k in rows)
    a, b = live.parameters, read.parameters
    assert (a.names, a.layers, a.shapes) == (b.names, b.layers, b.shapes)
    assert np.array_equal(a.vector("gradient_norm"), b.vector("gradient_norm"))
    assert live.output_gradients.layers == read.output_gradients.layers
    assert np.array_equal(live.output_gradients.rms, read.output_gradients.rms)
    assert np.allclose(live.loss.values, read.loss.values) and live.loss.tag == read.loss.tag
    assert np.array_equal(live.input_gradients[0].steps, read.input_gradients[0].steps)
    assert live.input_gradients[0].bands.keys() == read.input_gradients[0].bands.keys()


def test_memory_is_bounded_and_first_and_last_steps_are_kept():
    remembered = Remembered()
    for step in range(1000):
        remembered.add("dense", activations.measure(np.full((4, 3), float(step))), step)
        remembered.scalar("loss", float(step), step)
    run = remembered.run("", ())
    steps = run.layers[0].activations.steps
    assert len(steps) <= MOST_STEPS and (steps[0], steps[-1]) == (0, 999)
    assert (np.diff(steps) > 0).all() and np.diff(steps).max() < 2 * 999 / (MOST_STEPS / 2)
    assert (run.layers[0].activations.number("max") == steps).all()
    assert run.layers[0].activations.first.rows["max"][0] == 0
    assert len(run.loss.steps) <= MOST_POINTS and run.loss.steps[-1] == 999


def test_a_training_that_begins_anew_overwrites():
    remembered = Remembered()
    for step in (0, 1, 2, 3, 1, 2):
        remembered.scalar("loss", float(step), step)
    assert remembered.run("", ()).loss.steps.tolist() == [0, 1, 2]


@pytest.mark.parametrize("wrong", ["halt", 3])
def test_what_on_finding_may_be(wrong):
    with pytest.raises(TypeError, match="`on_finding` must be a function of a finding"):
        settings(1, {"on_finding": wrong})
