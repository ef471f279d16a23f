"""A log like that of a training run: some runs, some layers, and the standard scalars."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tb_deepdebug as dd
from benchmarks.nets import activations, input_gradients, preactivations

# The ingester keeps 100 steps of a histogram: as many as its own tab ever shows.
RUNS, LAYERS, STEPS = 2, 4, 100


@contextmanager
def training_log() -> Iterator[Path]:
    """Every layer is 128 units x 4,096 timesteps, with its pre-activations in both tabs.

    A layer's measurements are the same at all steps: what is read does not know, and writing takes
    seconds instead of minutes.
    """
    with tempfile.TemporaryDirectory() as folder:
        for run in range(RUNS):
            _write(Path(folder) / f"run{run}", run)
        yield Path(folder)


def _write(folder: Path, run: int) -> None:
    summaries = []
    for layer in range(LAYERS):
        seed = 1000 * run + layer
        x = input_gradients(1, seed=seed)
        a, z = activations(1, seed=seed), preactivations(1, seed=seed)
        summaries.append(dd.summary.activations_pb(f"conv{layer}", a, input=x))
        summaries.append(dd.summary.preactivations_pb(f"conv{layer}", z))
    g = input_gradients(8, seed=run)
    summaries.append(dd.summary.input_gradients_pb("risk", g, output_step=2048))
    with dd.EventWriter(folder) as writer:
        for step in range(STEPS):
            writer.add_scalar("loss", math.exp(-step / 8) + 0.1 * run, step=step)
            for summary in summaries:
                writer.add(summary, step=step)
