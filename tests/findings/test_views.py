"""A run as rules see it: roles, reach, timelines, and what is made of a log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dying_net import STEPS, UNITS, write_dying
from ingesters import INGESTERS, opened
from rule_runs import curve, layer, record, run

import tb_deepdebug as dd
from tb_deepdebug import run_views
from tb_deepdebug.findings.build import build
from tb_deepdebug.findings.guards import first_lasting, onset, rate_bound
from tb_deepdebug.findings.roles import roles
from tb_deepdebug.records.graph import Graph, Node


def node(name: str, kind: str, parameters: int = 10, *, recorded: bool = True) -> Node:
    return Node(name, kind, None, (8,), parameters, (name,) if recorded else ())


def test_roles_come_from_the_class_and_the_place() -> None:
    nodes = (
        node("x", "InputLayer", 0, recorded=False),
        node("tokens", "Embedding"),
        node("lstm", "Bidirectional"),
        node("norm", "LayerNormalization"),
        node("drop", "Dropout", 0),
        node("hidden", "Linear"),
        node("pool", "MaxPool1d", 0),
        node("logits", "Linear"),
        node("softmax", "Softmax", 0),
        node("reshape", "Reshape", 0, recorded=False),
    )
    chain = tuple((i, i + 1) for i in range(len(nodes) - 1))
    assert roles(Graph("m", "torch", nodes, chain)) == [
        *("input", "embedding", "recurrent", "normalisation", "dropout", "hidden", "pooling"),
        *("output", "output", "other"),
    ]
    # A circle, as shared layers make, and two heads.
    circle = Graph("m", "torch", (node("a", "Linear"), node("b", "Linear")), ((0, 1), (1, 0)))
    assert roles(circle) == ["hidden", "hidden"]
    heads = Graph(
        "m",
        "torch",
        (node("a", "Conv1d"), node("b", "Linear"), node("c", "Linear")),
        ((0, 1), (0, 2)),
    )
    assert roles(heads) == ["hidden", "output", "output"]


def test_reach_follows_the_edges() -> None:
    seen = run(*(layer(name) for name in "abcd"))
    assert seen.upstream("c") == {"a", "b"} and seen.downstream("c") == {"d"}
    bare = run(layer("a"), layer("b"), graph=None)
    assert bare.downstream("a") == {"b"} and bare.upstream("a") == frozenset()


def test_an_onset_holds_to_the_end_and_for_long_enough() -> None:
    steps = np.arange(0, 60, 10)
    hit = np.array([True, False, True, True, True, True])
    assert onset(steps, hit) == (20, 2, 4)
    assert onset(steps, hit, persistence=5) is None
    assert onset(steps, ~hit) is None
    assert onset(steps, hit, start=50) == (20, 2, 4)  # one look is judged: all there are
    assert onset(steps[:0], hit[:0]) is None
    assert first_lasting(steps, np.array([0, 1, 1, 1, 0, 0], bool)) == (10, 1, 3)
    assert first_lasting(steps, np.array([0, 1, 1, 0, 1, 1], bool)) is None
    assert rate_bound(3000) == 0.001 and rate_bound(0) == 1.0


@pytest.mark.parametrize("ingester", INGESTERS)
def test_a_log_becomes_a_run(tmp_path: Path, ingester: str) -> None:
    write_dying(tmp_path / "dying")
    with opened(ingester, tmp_path) as served:
        seen = run_views.view(served.log(), "dying")
        picture = seen.by_name["dense_2"].activations
        cells = None if picture is None else picture.cells()  # read when asked for
    assert [one.name for one in seen.layers] == ["input", "dense_1", "dense_2", "dense_3", "output"]
    assert [one.role for one in seen.layers] == ["input", "hidden", "hidden", "hidden", "output"]
    dense = seen.by_name["dense_2"]
    assert dense.is_relu and dense.activations is not None and dense.preactivations is not None
    assert dense.activations.steps.tolist() == [*STEPS]
    assert dense.activations.number("dead").tolist() == [0] * 5 + [UNITS] * 5
    assert dense.activations.last_units is not None
    assert dense.activations.last_units.dead.all()
    assert dense.activations.first is not None and not dense.activations.first.dead.any()
    counts = dense.preactivations.vectors["counts"]
    assert (counts.sum(axis=1) == dense.preactivations.number("count")).all()
    middle = counts.shape[1] // 2
    assert counts[0, middle:].sum() > 0 and counts[-1, middle:].sum() == 0  # dead: all below zero
    assert cells is not None and cells.shape[1] == UNITS
    health = seen.parameters
    assert health is not None and health.layers == ("dense_1", "dense_2", "dense_3", "output")
    assert health.vector("gradient_norm").shape == (len(health.steps), 4)
    assert (health.vector("gradient_norm")[-1, :2] == 0).all()
    assert health.shapes[0] == (UNITS, UNITS) and set(health.latest) >= {"weight_norm"}
    assert seen.loss is not None and seen.loss.tag == "loss"
    assert seen.last_step == 180


def test_losses_are_told_apart_by_their_tags() -> None:
    told = build("r", [], {tag: curve([1.0, 2.0], tag=tag) for tag in ("val_loss", "batch_loss")})
    assert told.loss is not None and told.loss.tag == "batch_loss"
    assert told.validation is not None and told.validation.tag == "val_loss"
    assert build("r", []).loss is None


def test_keras_validation_run_belongs_to_its_training(tmp_path: Path) -> None:
    for name, tags in (
        ("train", ("epoch_loss",)),
        ("validation", ("epoch_loss", "epoch_accuracy")),
    ):
        with dd.EventWriter(tmp_path / "fit" / name) as writer:
            if name == "train":
                writer.add(dd.summary.activations_pb("a", np.ones((4, 2))), step=0)
            for tag in tags:
                for epoch in range(3):
                    writer.add_scalar(tag, {"train": 1.0, "validation": 2.0}[name], step=epoch)
    with opened("python", tmp_path) as served:
        seen = run_views.view(served.log(), "fit/train")
    assert seen.loss is not None and seen.loss.values.tolist() == [1.0] * 3
    assert seen.validation is not None and seen.validation.values.tolist() == [2.0] * 3


def test_records_without_a_graph_are_layers_by_name() -> None:
    seen = run(layer("a", activations=record("a")), graph=None)
    assert seen.layers[0].activations is not None and seen.graph is None
