"""A synthetic log whose pictures are known: what a browser must show of it can be computed."""

from pathlib import Path

import numpy as np

import tb_deepdebug as dd

STEPS = (0, 10, 20)
TIMESTEPS, UNITS = 4096, 32
OUTPUT_STEP = 2048
DEAD = 12  # of relu's units, from step 10 on
EXTREME = (20, 3000)  # unit and timestep of the one extreme cell
NAN = (25, slice(1000, 1400))
CONSTANT = 30
DECADES_PER_TIMESTEP = 6 / 452  # a millionfold over 452 timesteps, as in the talk


def write_story(logdir: Path, runs: tuple[str, ...] = ("relu", "leaky")) -> None:
    """A run whose layer dies and whose output forgets, and one that stays healthy."""
    for run in runs:
        with dd.EventWriter(logdir / run) as writer:
            for step in STEPS:
                write_step(writer, run, step)


def write_step(writer: dd.EventWriter, run: str, step: int) -> None:
    """All three records and the loss of one step."""
    sick = run == "relu"
    a, z, g = (make(sick, step) for make in (activations, preactivations, gradients))
    series = np.sin(np.arange(TIMESTEPS) / 300)[None, :, None]
    writer.add(dd.summary.activations_pb("conv1", a, input=series, input_channels=["hr"]), step)
    writer.add(dd.summary.preactivations_pb("conv1", z), step)
    writer.add(dd.summary.input_gradients_pb("risk", g, output_step=OUTPUT_STEP), step)
    writer.add_scalar("loss", 1 / (1 + step) + sick, step)


def activations(sick: bool, step: int) -> np.ndarray:
    """`[1, time, units]`: waves, and the special cells named above in the sick run."""
    t, u = np.arange(TIMESTEPS)[:, None], np.arange(UNITS)
    a = 1 + np.sin(t / (100 + 10 * u) + u)
    if sick and step >= 10:
        a[:, :DEAD] = 0
    if sick and step == 20:
        a[EXTREME[1], EXTREME[0]] = 50
        a[NAN[1], NAN[0]] = np.nan
        a[:, CONSTANT] = 1.5
    return a[None].astype(np.float32)


def preactivations(sick: bool, step: int) -> np.ndarray:
    """`[1, time, units]`: around zero, but wholly below it where the layer has died."""
    rng = np.random.default_rng(step)
    z = rng.normal(size=(1, 512, UNITS))
    return (z * 0.2 - 3 if sick and step >= 10 else z).astype(np.float32)


def gradients(sick: bool, step: int) -> np.ndarray:
    """`[examples, time, channels]`: flat, or falling with the lag in the sick run."""
    lag = np.abs(np.arange(TIMESTEPS) - OUTPUT_STEP)
    decay = 10.0 ** (-DECADES_PER_TIMESTEP * lag) if sick else np.ones(TIMESTEPS)
    sizes = np.linspace(0.9, 1.1, 6)[:, None, None]
    return np.maximum(decay, 1e-30)[None, :, None] * sizes * np.array([1.0, 0.5])
