"""Which layers nothing can get around."""

import dataclasses
import itertools

import pytest

from tb_deepdebug.findings import paths
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.records.setup import InputFacts, Setup

GRAPHS = {
    # name: (edges, places that are on every path)
    "chain": (((0, 1), (1, 2), (2, 3)), {0, 1, 2, 3}),
    "residual": (((0, 1), (1, 2), (1, 3), (2, 3), (3, 4)), {0, 1, 3, 4}),
    "two inputs": (((0, 2), (1, 2), (2, 3)), {2, 3}),
    "two heads": (((0, 1), (1, 2), (1, 3)), {0, 1}),
    "two pieces": (((0, 1), (2, 3)), set()),
    "one beside": (((0, 1), (1, 3)), {0, 1, 3}),
    "loop": (((0, 1), (1, 2), (2, 1), (2, 3)), {0, 1, 2, 3}),
}


def graph(edges: tuple[tuple[int, int], ...]) -> Graph:
    count = max(itertools.chain(*edges)) + 1
    return Graph("m", "keras", tuple(Node(f"n{i}", "Dense") for i in range(count)), edges)


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_gets_around_a_bottleneck(name: str) -> None:
    edges, expected = GRAPHS[name]
    made = graph(edges)
    found = {i for i in range(len(made.nodes)) if paths.on_every_path(made, i)}
    assert found == expected


def test_a_net_of_one_layer_is_its_own_bottleneck() -> None:
    assert paths.on_every_path(Graph("m", "keras", (Node("a", "Dense"),), ()), 0)


def test_without_a_graph_nothing_is_said_to_block() -> None:
    assert not paths.is_bottleneck(Run("r"), "n0")
    run = Run("r", graph=graph(GRAPHS["residual"][0]))
    assert paths.is_bottleneck(run, "n1") and not paths.is_bottleneck(run, "n2")
    assert not paths.is_bottleneck(run, "unknown")
    assert paths.before(run, "n3") == ("n1", "n2")


def test_a_mask_is_no_way_around_a_layer() -> None:
    """0 and 1 are inputs; 1 goes around 2."""
    made = graph(((0, 2), (2, 3), (1, 3)))
    facts = InputFacts("n1", "bool", (8,), "mask", 8, 0, 0, 0.0, 1.0, 0.5, 0.5)
    assert not paths.is_bottleneck(Run("r", graph=made), "n2")
    assert paths.is_bottleneck(Run("r", graph=made, setup=Setup((facts,))), "n2")
    read = dataclasses.replace(facts, kind="numbers")
    assert not paths.is_bottleneck(Run("r", graph=made, setup=Setup((read,))), "n2")
