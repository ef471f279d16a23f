"""The model's graph, and what is refused."""

import pytest

from tb_deepdebug.records.graph import Graph, Node

NODES = tuple(Node(name, "Dense") for name in "abc")


def test_a_graph():
    found = Graph("net", "keras", NODES, ((0, 1), (0, 2), (1, 2)))
    assert found.nodes[0].records == () and found.nodes[0].shape is None


@pytest.mark.parametrize("edge", [(0, 3), (-1, 2), (7, 0)])
def test_edges_are_places_in_the_nodes(edge):
    with pytest.raises(ValueError, match=r"places among 3 nodes. Received: \[\("):
        Graph("net", "keras", NODES, ((0, 1), edge))
