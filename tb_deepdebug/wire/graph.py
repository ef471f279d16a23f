"""The model's graph -> a header, no planes."""

from __future__ import annotations

import dataclasses
from typing import Any

from tb_deepdebug.records.graph import Graph
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


def planes(record: Graph) -> list[Plane]:
    """None."""
    return []


def series(record: Graph) -> Series:
    """The series scalars."""
    return Series({"nodes": len(record.nodes), "edges": len(record.edges)}, {})


def standard(record: Graph) -> dict[str, float]:
    """Nothing."""
    return {}
