"""Which call of a layer feeds which other, read off the graph of a traced model.

One way for functional, Sequential and subclassed models: from the tensors that a call returned,
back through the traced graph to the nearest tensors that earlier calls returned.
"""

from collections.abc import Iterable
from typing import Any

from tb_deepdebug.probe import Graph, Node


class Ancestry:
    """The calls of one trace as nodes, in the order in which they ended, and the edges."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._edges: list[tuple[int, int]] = []
        self._owners: dict[str, int] = {}  # a tensor's name -> the node that returned it last
        self._counted: set[int] = set()

    def owns(self, tensors: Iterable[Any]) -> bool:
        """Whether nodes returned all of the tensors already."""
        return all(tensor.name in self._owners for tensor in tensors)

    def add(self, node: Node, outputs: list[Any], weights: Iterable[Any] = ()) -> None:
        """A call that returned `outputs`; weights of an earlier node are not counted again."""
        parents = self._parents(outputs)
        place = len(self.nodes)
        fresh = [w for w in weights if id(w) not in self._counted]
        self._counted.update(map(id, fresh))
        parameters = sum(_size(weight.shape) for weight in fresh)
        shape = tuple(outputs[0].shape[1:]) if outputs and outputs[0].shape.rank else None
        self.nodes.append(Node(node.name, node.kind, node.activation, shape, parameters))
        self._edges += [(parent, place) for parent in sorted(parents)]
        self._owners.update({tensor.name: place for tensor in outputs})

    def adopt(self, tensor: Any, like: Any) -> None:
        """Counts `tensor`, such as a mask, among what the node of `like` returned."""
        if like.name in self._owners:
            self._owners.setdefault(tensor.name, self._owners[like.name])

    def owner(self, tensor: Any) -> Node | None:
        """The one node whose output `tensor` is, or comes from with only plain operations between;
        None where there are several."""
        found = self._parents([tensor])
        return self.nodes[found.pop()] if len(found) == 1 else None

    def graph(self, model: str, records: dict[str, tuple[str, ...]]) -> Graph:
        """The finished graph; `records` by the node's name."""
        nodes = tuple(
            Node(n.name, n.kind, n.activation, n.shape, n.parameters, records.get(n.name, ()))
            for n in self.nodes
        )
        return Graph(model, "keras", nodes, tuple(self._edges))

    def _parents(self, tensors: list[Any]) -> set[int]:
        waiting, seen, found = list(tensors), set(), set()
        while waiting:
            tensor = waiting.pop()
            if tensor.name in self._owners:
                found.add(self._owners[tensor.name])
            elif tensor.op.name not in seen:
                seen.add(tensor.op.name)
                waiting.extend(tensor.op.inputs)
        return found


def _size(shape: Iterable[int]) -> int:
    size = 1
    for n in shape:
        size *= int(n)
    return size
