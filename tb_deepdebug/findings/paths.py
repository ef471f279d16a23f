"""Ways through the net: which layers nothing can get around."""

from __future__ import annotations

from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.graph import Graph


def on_every_path(graph: Graph, place: int, aside: frozenset[str] = frozenset()) -> bool:
    """Whether every path from an input to an output leads through the node at `place`.

    A node to which no edge leads is an input, one from which none comes an output; inputs named in
    `aside` do not count. A residual branch is not on every path, nor is anything in a graph of
    several pieces.
    """
    after: dict[int, list[int]] = {}
    for a, b in graph.edges:
        after.setdefault(a, []).append(b)
    fed = {b for _, b in graph.edges}
    linked = fed | set(after)
    if place not in linked:
        return len(graph.nodes) == 1
    begin = [node for node in linked if node not in fed and node != place]
    waiting = [node for node in begin if graph.nodes[node].name not in aside]
    seen: set[int] = set(waiting)
    while waiting:
        node = waiting.pop()
        if node not in after:
            return False
        for child in after[node]:
            if child != place and child not in seen:
                seen.add(child)
                waiting.append(child)
    return True


def is_bottleneck(run: Run, layer: str) -> bool:
    """`on_every_path` for a layer by name; False where the graph is not known.

    What a mask tells of the lengths of sequences is no way around a layer.
    """
    names = [] if run.graph is None else [node.name for node in run.graph.nodes]
    if run.graph is None or layer not in names:
        return False
    inputs = run.setup.inputs if run.setup is not None else ()
    masks = frozenset(one.name for one in inputs if one.kind == "mask")
    return on_every_path(run.graph, names.index(layer), masks)


def before(run: Run, layer: str) -> tuple[str, ...]:
    """Names of the layers whose output a layer reads; the one before it where no graph tells."""
    if run.graph is None:
        place = run.place.get(layer, 0)
        return (run.layers[place - 1].name,) if place else ()
    names = [node.name for node in run.graph.nodes]
    return tuple(names[a] for a, b in run.graph.edges if names[b] == layer)
