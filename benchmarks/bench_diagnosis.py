"""What a diagnosis takes: of one long run of a deep net, and of fifty short runs.

The log is loaded first, as TensorBoard does once; a diagnosis reads it through the data provider,
decodes, builds the run and applies every rule.
"""

import dataclasses
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import tb_deepdebug as dd
from benchmarks.figure import Figure
from benchmarks.measure import interleave, quartiles, ratio
from tb_deepdebug import diagnosis, reader, run_views
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records import graph, health
from tb_deepdebug.records.graph import Node
from tb_deepdebug.rules import CATALOGUE
from tb_deepdebug.wire.summary import encode

LAYERS, STEPS, UNITS, EXAMPLES = 200, 1000, 16, 32
RUNS, FEW_LAYERS, FEW_STEPS = 50, 8, 40


def run(quick: bool) -> list[Figure]:
    """Of a run of 200 layers x 1,000 recorded steps, and of 50 runs of 8 layers x 40 steps."""
    rounds = 3 if quick else 9
    with tempfile.TemporaryDirectory() as folder:
        deep, many = Path(folder) / "deep", Path(folder) / "many"
        write_run(deep / "run", LAYERS, 100 if quick else STEPS)
        for i in range(RUNS):
            write_run(many / f"run{i}", FEW_LAYERS, FEW_STEPS, seed=i)
        return [
            *_deep(deep, rounds),
            *_many(many, rounds),
        ]


def _deep(folder: Path, rounds: int) -> list[Figure]:
    figures = []
    offline = diagnosis.OFFLINE_SAMPLES
    for samples, what in ((offline, "as the command keeps them"), (50, "as the tab keeps them")):
        began = time.perf_counter()
        log = reader.open_logdir(folder, samples)
        loaded = time.perf_counter() - began
        arms = {"a": _timed(log, ["run"]), "b": _timed(log, ["run"])}
        taken = interleave(arms, rounds=rounds)
        found = diagnosis.diagnose_log(log, "run")
        note = f"{samples} steps a record, {len(CATALOGUE)} rules, {len(found.findings)} findings"
        note += f"; loaded in {loaded:.0f} s"
        figures.append(
            Figure(
                f"diagnosis of {LAYERS} layers x {STEPS:,} steps, {what}",
                quartiles(taken["a"]),
                "s",
                at_most=2,
                same=ratio(taken["b"], taken["a"]),
                note=note,
            )
        )
    return figures


def _many(folder: Path, rounds: int) -> list[Figure]:
    log = reader.open_logdir(folder, 50)
    names = [f"run{i}" for i in range(RUNS)]
    taken = interleave({"a": _timed(log, names), "b": _timed(log, names)}, rounds=rounds)
    what = f"diagnosis of {RUNS} runs of {FEW_LAYERS} layers x {FEW_STEPS} steps"
    same = ratio(taken["b"], taken["a"])
    whole = Figure(what, quartiles(taken["a"]), "s", same=same, note="one after the other")
    return [whole, _examination(run_views.view(log, names[0]), rounds)]


def _examination(seen: Run, rounds: int) -> Figure:
    """What a recorder spends each time it applies the rules to what it has in memory."""

    def take() -> float:
        fresh = dataclasses.replace(seen)  # nothing is remembered of an earlier look
        began = time.perf_counter()
        diagnosis.diagnose_run(fresh)
        return 1000 * (time.perf_counter() - began)

    taken = interleave({"a": take, "b": take}, rounds=5 * rounds)
    what = f"rules over a run in memory, {FEW_LAYERS} layers x {FEW_STEPS} looks"
    return Figure(what, quartiles(taken["a"]), "ms", same=ratio(taken["b"], taken["a"]))


def _timed(log: reader.Log, runs: list[str]) -> Callable[[], float]:
    def take() -> float:
        fresh = reader.Log(log.provider)  # nothing is remembered of an earlier look
        began = time.perf_counter()
        for name in runs:
            diagnosis.diagnose_log(fresh, name)
        return time.perf_counter() - began

    return take


def write_run(folder: Path, layers: int, steps: int, seed: int = 0) -> None:
    """A net of ReLU layers that learns until a layer in the middle dies halfway."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(EXAMPLES, UNITS)).astype(np.float32)
    names = [f"dense_{i}" for i in range(layers)]
    alive = [_layer(name, z) for name in names]
    dead = [_layer(name, z - 9.0 if i == layers // 2 else z) for i, name in enumerate(names)]
    weights = [rng.normal(size=(UNITS, UNITS)) / 4 for _ in names]
    parameters = health.from_arrays(
        [f"{name}/kernel" for name in names],
        weights,
        [0.01 * w for w in weights],
        [0.001 * w for w in weights],
        layers=names,
    )
    nodes = tuple(Node(name, "Dense", "relu", (UNITS,), UNITS**2, (name,)) for name in names)
    edges = tuple((i, i + 1) for i in range(layers - 1))
    with dd.EventWriter(folder) as writer:
        writer.add(encode("model", graph.Graph("net", "keras", nodes, edges)), step=0)
        for step in range(steps):
            loss = 2 * 0.99 ** min(step, steps // 2)
            writer.add_scalar("loss", loss, step=step)
            writer.add(encode("training", health.measure(parameters)), step=step)
            for summary in alive if step < steps // 2 else dead:
                writer.add(summary, step=step)


def _layer(name: str, z: np.ndarray) -> object:
    both = dd.summary.activations_pb(name, np.maximum(z, 0), examples=0)
    both.MergeFrom(dd.summary.preactivations_pb(name, z))
    return both
