"""The model's graph -> a header, no planes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.wire.errors import WireError
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series


def fields(record: Graph) -> dict[str, Any]:
    """The header's fields."""
    return {
        "model": record.model,
        "framework": record.framework,
        "nodes": [dataclasses.asdict(node) for node in record.nodes],
        "edges": record.edges,
    }


def from_header(header: Mapping[str, Any]) -> Graph:
    """The reverse of `fields`. Raises WireError."""
    try:
        nodes = tuple(_node(entry) for entry in header["nodes"])
        edges = tuple((int(a), int(b)) for a, b in header["edges"])
        return Graph(str(header["model"]), str(header["framework"]), nodes, edges)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WireError(f"the graph can't be read: {type(error).__name__}: {error}") from None


def _node(entry: Mapping[str, Any]) -> Node:
    shape, activation = entry.get("shape"), entry.get("activation")
    return Node(
        name=str(entry["name"]),
        kind=str(entry["kind"]),
        activation=None if activation is None else str(activation),
        shape=None if shape is None else tuple(None if n is None else int(n) for n in shape),
        parameters=int(entry.get("parameters", 0)),
        records=tuple(str(name) for name in entry.get("records", ())),
    )


def planes(record: Graph) -> list[Plane]:
    """None."""
    return []


def series(record: Graph) -> Series:
    """The series scalars."""
    return Series({"nodes": len(record.nodes), "edges": len(record.edges)}, {})


def standard(record: Graph) -> dict[str, float]:
    """Nothing."""
    return {}
