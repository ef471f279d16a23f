"""Whether two runs trained the same net, and which layers and parameters correspond."""

from __future__ import annotations

from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.graph import Node

_MOST = 3  # differences that are named


def differences(run: Run, other: Run) -> tuple[str, ...]:
    """What keeps the nets of two runs from being compared, in words; empty where nothing does.

    Layers and parameters correspond by their place: names count up from net to net in one process.
    Activation functions may differ.
    """
    found: list[str] = []
    if run.graph is not None and other.graph is not None:
        mine, theirs = run.graph.nodes, other.graph.nodes
        if len(mine) != len(theirs):
            found.append(f"{len(mine)} layers against {len(theirs)}")
        for a, b in zip(mine, theirs, strict=False):
            if (a.kind, a.parameters) != (b.kind, b.parameters):
                found.append(f"{a.name} ({_told(a)}) against {b.name} ({_told(b)})")
    elif len(run.layers) != len(other.layers):
        found.append(f"{len(run.layers)} recorded layers against {len(other.layers)}")
    if run.parameters is not None and other.parameters is not None:
        shapes, others = run.parameters.shapes, other.parameters.shapes
        if len(shapes) != len(others):
            found.append(f"{len(shapes)} trained parameters against {len(others)}")
        for name, here, there in zip(run.parameters.names, shapes, others, strict=False):
            if here != there:
                found.append(f"{name} of shape {list(here)} against {list(there)}")
    if len(found) > _MOST:
        return (*found[:_MOST], f"{len(found) - _MOST} more")
    return tuple(found)


def _told(node: Node) -> str:
    return f"{node.kind}, {node.parameters} parameters"
