"""The model's layers and the edges between them."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Node:
    """One layer of the model's graph.

    Attributes:
      name: of the layer, as its records have it.
      kind: its class.
      activation: the name of its activation function, or None.
      shape: of its output, without the batch; None for a size (or a shape) that is not known.
      parameters: how many numbers it learns.
      records: names of the records kept of it.
    """

    name: str
    kind: str
    activation: str | None = None
    shape: tuple[int | None, ...] | None = None
    parameters: int = 0
    records: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Graph:
    """Layers in topological order and the edges between them, as places in `nodes`.

    Attributes:
      model: its name.
      framework: "keras" or "torch".
    """

    model: str
    framework: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        count = len(self.nodes)
        wrong = [edge for edge in self.edges if not all(0 <= place < count for place in edge)]
        if wrong:
            raise ValueError(f"`edges` must be places among {count} nodes. Received: {wrong[:5]}")
