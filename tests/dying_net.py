"""A log of a ReLU net of which one layer dies: what a diagnosis has to find."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import tb_deepdebug as dd
from tb_deepdebug.records import graph, health
from tb_deepdebug.records.graph import Node
from tb_deepdebug.wire.summary import encode

LAYERS = ("dense_1", "dense_2", "dense_3")
STEPS = tuple(range(0, 200, 20))
DIES = 100  # the first look at which dense_2 is dead
EXAMPLES, UNITS = 4000, 8


def write_dying(folder: Path, *, dies: int | None = DIES) -> None:
    """A net whose dense_2 is dead from step `dies` on, and learns nothing from there.

    From then on dense_3 reads zeros, and no gradient reaches dense_1 and dense_2. With None it
    learns.
    """
    rng = np.random.default_rng(0)
    z = rng.normal(size=(EXAMPLES, UNITS)).astype(np.float32)
    weights = {name: rng.normal(size=(UNITS, UNITS)) / 2 for name in (*LAYERS, "output")}
    with dd.EventWriter(folder) as writer:
        writer.add(encode("model", _graph()), step=0)
        for step in range(0, STEPS[-1] + 1, 5):
            dead = dies is not None and step >= dies
            loss = 2.0 if dead else 2.0 * 0.98**step
            writer.add_scalar("loss", loss + 0.01 * np.sin(step), step=step)
            writer.add(encode("training", _health(weights, step, dead, dies)), step=step)
            if step in STEPS:
                for name, values in _layers(z, dead).items():
                    if name != "output":
                        writer.add(dd.summary.preactivations_pb(name, values), step=step)
                        values = np.maximum(values, 0)
                    writer.add(dd.summary.activations_pb(name, values, examples=16), step=step)


def _layers(z: np.ndarray, dead: bool) -> dict[str, np.ndarray]:
    """Pre-activations, and the output."""
    still = np.broadcast_to(np.linspace(0.1, 0.8, UNITS, dtype=np.float32), z.shape)
    return {
        "dense_1": z,
        "dense_2": z - 9 if dead else z[::-1],
        "dense_3": still if dead else z[:, ::-1],
        "output": still[:, :1] if dead else z[:, :1] + z[:, 1:2],
    }


def _graph() -> graph.Graph:
    hidden = [Node(name, "Dense", "relu", (UNITS,), UNITS**2, (name,)) for name in LAYERS]
    nodes = (
        Node("input", "Input", None, (UNITS,)),
        *hidden,
        Node("output", "Dense", None, (1,), UNITS, ("output",)),
    )
    return graph.Graph("net", "keras", nodes, tuple((i, i + 1) for i in range(len(nodes) - 1)))


def _health(
    weights: dict[str, np.ndarray], step: int, dead: bool, dies: int | None
) -> health.Health:
    gradients, updates = [], []
    for name, weight in weights.items():
        scale = 0.0 if dead and name in ("dense_1", "dense_2") else 0.01
        if dies is not None and step == dies - 5:
            scale = 0.6  # the spike that kills
        gradients.append(scale * weight)
        updates.append(-0.1 * scale * weight)
    names = [f"{name}/kernel" for name in weights]
    found = health.from_arrays(names, list(weights.values()), gradients, updates)
    return health.measure(found, step=step)
