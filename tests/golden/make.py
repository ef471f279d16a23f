"""Makes the golden event files: `python tests/golden/make.py [FOLDER]`.

They pin version 1 of the wire format: what was written once must be read, and written, for good.
A change of these files is a change of the format, and needs a new version.
"""

import dataclasses
import importlib.util
import sys
from pathlib import Path

import numpy as np

import tb_deepdebug as dd
from tb_deepdebug.records import activations, graph, health, input_gradients
from tb_deepdebug.records.recorder_report import Note, RecorderReport
from tb_deepdebug.records.setup import LossFacts, OptimizerFacts, Setup
from tb_deepdebug.records.setup_facts import input_facts, label_facts, output_facts
from tb_deepdebug.stats.history import follow
from tb_deepdebug.wire.summary import encode

HERE = Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("golden_checks", HERE / "checks.py")
checks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(checks)
WALL_TIME = 1_700_000_000.0
STEPS = (0, 10)


def arrays(step):
    """`(activations, pre-activations, gradients, mask)` of a step, all by plain arithmetic."""
    t, unit = np.arange(1100)[:, None], np.arange(3)
    wave = ((t * (unit + 3) + 7 * step) % 64 - 32) / 16.0
    z = np.stack([wave, -wave, wave / 4 - 1])[..., :3].astype(np.float32)
    z[0, 5, 0], z[1, 6, 1], z[2, 7, 2] = np.nan, np.inf, -np.inf
    mask = np.ones((3, 1100), bool)
    mask[1:, 1000:] = False
    a = np.maximum(z, 0)
    a[..., 2] = 0
    lag = np.abs(np.arange(60) - 40)
    g = np.exp2(-lag)[None, :, None] * np.array([1.0, -2.0, 0.0]) * np.arange(1, 7)[:, None, None]
    return a, z, g, mask


def summaries(step):
    """Each kind with all its options, by file name."""
    return {**of_arrays(step), **of_a_recorder(step), **of_checks(step)}


def of_arrays(step):
    """What the summary functions write."""
    a, z, g, mask = arrays(step)
    return {
        "activations": dd.summary.activations_pb(
            "conv1",
            a,
            mask=mask,
            channels=["left", "right", "dead"],
            timestamps=np.arange(1100.0) * 60,
            input=z[..., :1],
            input_channels=["heart rate"],
            description="Golden.",
        ),
        "preactivations": dd.summary.preactivations_pb("conv1", z, mask=mask),
        "input_gradients": dd.summary.input_gradients_pb(
            "risk", g, output_step=40, reductions=("mean", "rms", "signed_mean")
        ),
        "gates": dd.summary.gates_pb(
            "lstm",
            {"forget": np.minimum(a[:, :100], 1), "input": np.abs(z[:, :100] / 2) ** 0.5},
            mask=mask[:, :100],
        ),
        "jacobian": dd.summary.jacobian_pb("risk", g[:, None, :50, :2], output_steps=[40]),
    }


def of_a_recorder(step):
    """What else a recorder writes."""
    a, _, g, _ = arrays(step)
    record = activations.measure(np.where(np.isfinite(a), a, 0), examples=0)
    dead = activations.measure(np.zeros_like(a), examples=0)
    history = follow(follow(None, dead.stats, 0), record.stats, step + 1)
    profile = input_gradients.measure(g[:2, 30:50], output_step=10)
    fields = {f.name: getattr(profile, f.name) for f in dataclasses.fields(profile)}
    nodes = (
        graph.Node("series", "InputLayer", shape=(None, 3)),
        graph.Node("conv1", "Conv1D", "relu", (1100, 3), 12, ("conv1",)),
    )
    settings = {"every": 10, "layers": ["conv*"], "examples": None}
    notes = (Note("attend", "its output is a dict"), Note("pictures", "no room", 10))
    return {
        "history": encode("conv1", dataclasses.replace(record, history=history)),
        "health": encode("training", training(step)),
        "untrained": encode("risk", input_gradients.Untrained(**fields)),
        "graph": encode("model", graph.Graph("net", "keras", nodes, ((0, 1),))),
        "recorder": encode(
            "recorder", RecorderReport(notes, settings, "0.1.0", 1.5, 96, 1 << 20, 2)
        ),
        "setup": encode("setup", a_setup(step)),
    }


def of_checks(step):
    """What a check, a table of predictions and its chosen rows leave."""
    return {
        "check": encode("synthetic_task/mean", checks.a_check(step)),
        "examples": encode("apnea", checks.some_examples(step)),
        "predictions": encode("apnea", checks.a_table(step), "Golden."),
    }


def a_setup(step):
    """Everything that is known of a training, of a classifier of three classes."""
    square = np.arange(8)[:, None] % 2 * np.array([1.0, 2.0, 0.0]) + step
    square[7] = np.nan, np.inf, step
    return Setup(
        inputs=(input_facts("series", square[None, :, :], np.arange(8)[None, :] != 6),),
        labels=label_facts(np.array([0, 2, 2, 9]), ignored=9),
        output=output_facts(np.array([[0.25, 0.5, 0.25], [0, 1, 0]]), "softmax"),
        loss=LossFacts("cross_entropy", "categorical", True, 0.125, 1.25),
        optimizer=OptimizerFacts("sgd", 2.0**-7, momentum=0.875, clip_norm=1.0),
        frozen=("conv1/kernel",),
        dropout=(("dropout", 0.5),),
        batch_size=8,
        planned_steps=1000,
    )


def training(step):
    """Three parameters, the last without a gradient, and the outputs of two layers."""
    weights = [np.arange(-6, 6).reshape(3, 4) / 8, np.arange(4) / 4, np.full((), 2.0)]
    gradients = [weights[0] * 2.0 ** -(20 + step), np.array([0, np.nan, 0.5, -np.inf]), None]
    known = health.from_arrays(
        ("conv1/kernel", "conv1/bias", "scale"),
        weights,
        gradients,
        [weights[0] / -1024, None, None],
        loss=0.5,
        learning_rate=2.0**-10,
    )
    outputs = health.OutputGradients("loss", ("conv1", "fc"), *np.arange(8.0).reshape(4, 2) / 8)
    return health.measure(known, outputs, step=step)


def make(folder):
    """Writes the event files into `folder`."""
    found = {step: summaries(step) for step in STEPS}
    for file in found[0]:
        with dd.EventWriter(folder) as writer:
            for step in STEPS:
                writer.add(found[step][file], step, wall_time=WALL_TIME + step)
        Path(writer.path).rename(Path(folder) / f"{file}.tfevents")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
