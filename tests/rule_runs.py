"""Runs made of plain numbers, for tests of rules: what is not given is not recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tb_deepdebug.findings.view import Curve, Layer, LayerRecord, Parameters, Run, UnitsAt
from tb_deepdebug.records.graph import Graph, Node

STEPS = (0, 10, 20, 30, 40, 50)
UNIT_ROWS = {
    "count": 4096.0,
    "nan": 0.0,
    "negative_infinity": 0.0,
    "positive_infinity": 0.0,
    "zero": 0.0,
    "negative": 0.0,
    "min": -1.0,
    "max": 1.0,
    "mean": 0.0,
    "variance": 1.0,
    "constant": 0.0,
}


def units_at(step: int, units: int, **rows: Any) -> UnitsAt:
    """Statistics of healthy units, with some rows changed (a number for all, or one a unit)."""
    full = {
        name: np.broadcast_to(np.asarray(rows.get(name, value), np.float64), units).copy()
        for name, value in UNIT_ROWS.items()
    }
    return UnitsAt(step, full)


def record(
    name: str,
    units: int = 8,
    steps: Sequence[int] = STEPS,
    *,
    axis: str = "example",
    first: Mapping[str, Any] | None = None,
    last: Mapping[str, Any] | None = None,
    vectors: Mapping[str, Any] | None = None,
    history: Mapping[str, Any] | None = None,
    cells: Any = None,
    **numbers: Any,
) -> LayerRecord:
    """One tap; a number stands for every step, a sequence gives one a step."""
    told = {"units": units, "count": 4096 * units, "examples": 4096, "timesteps": 1, **numbers}
    return LayerRecord(
        steps=np.array(steps, np.int64),
        numbers={
            key: np.broadcast_to(np.asarray(value, np.float64), len(steps)).copy()
            for key, value in told.items()
        },
        vectors={key: np.asarray(value, np.float64) for key, value in (vectors or {}).items()},
        name=name,
        axis=axis,
        first=units_at(steps[0], units, **(first or {})),
        last_units=units_at(steps[-1], units, **(last or {})),
        history={key: np.asarray(value, np.float64) for key, value in (history or {}).items()},
        cells=lambda: cells,
    )


def layer(
    name: str,
    kind: str = "Dense",
    activation: str | None = "relu",
    *,
    role: str = "hidden",
    shape: tuple[int | None, ...] = (8,),
    parameters: int = 100,
    **records: Any,
) -> Layer:
    """A layer; `records` are fields of `Layer`: activations, preactivations, parts, gates."""
    node = Node(name, kind, activation, shape, parameters, (name,))
    return Layer(name, node, role, **records)


def curve(values: Sequence[float], steps: Sequence[int] | None = None, tag: str = "loss") -> Curve:
    """A scalar at steps 1, 2, ... unless told."""
    at = np.arange(1, len(values) + 1) if steps is None else np.asarray(steps)
    return Curve(tag, at.astype(np.int64), np.asarray(values, np.float64), at.astype(np.float64))


LEARNING = tuple(2.0 * 0.93**i + 0.01 for i in range(60))
STUCK = tuple(2.0 + 0.02 * (-1) ** i for i in range(60))


def parameters(
    names: Sequence[str],
    steps: Sequence[int] = STEPS,
    *,
    shapes: Sequence[tuple[int, ...]] | None = None,
    vectors: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Parameters:
    """Parameters named `layer/name`; a vector is `[P]` (the same at every step) or `[S, P]`."""
    numbers = fields.pop("numbers", {})
    full = {
        key: np.broadcast_to(np.asarray(v, np.float64), (len(steps), len(names))).copy()
        for key, v in (vectors or {}).items()
    }
    return Parameters(
        steps=np.array(steps, np.int64),
        numbers={
            key: np.broadcast_to(np.asarray(v, np.float64), len(steps)).copy()
            for key, v in numbers.items()
        },
        vectors=full,
        names=tuple(names),
        layers=tuple(name.rpartition("/")[0] for name in names),
        shapes=tuple(shapes or [(8, 8)] * len(names)),
        **fields,
    )


def run(*layers: Layer, loss: Sequence[float] | None = LEARNING, **fields: Any) -> Run:
    """A run whose layers follow on one another."""
    nodes = tuple(one.node for one in layers if one.node is not None)
    edges = tuple((i, i + 1) for i in range(len(nodes) - 1))
    graph = fields.pop("graph", Graph("model", "keras", nodes, edges) if nodes else None)
    told = None if loss is None else curve(loss)
    return Run("run", layers=layers, graph=graph, loss=told, **fields)
