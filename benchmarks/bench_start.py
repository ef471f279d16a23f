"""TensorBoard's start with the plugin installed and without it, in fresh processes.

A folder on PYTHONPATH holds an empty distribution that has our name: it hides the installed one
from `importlib.metadata`, and has our entry point in one arm and none in the other. TensorFlow is
hidden in the main pair, which makes the start short and so the comparison strict.
"""

import json
import os
import resource
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

import tb_deepdebug as dd
from benchmarks.board import tensorboard
from benchmarks.figure import Figure
from benchmarks.measure import interleave, quartiles, ratio, stopwatch

_METADATA = "Metadata-Version: 2.1\nName: tb-deepdebug\nVersion: 0\n"
_ENTRY_POINT = "[tensorboard_plugins]\ndeepdebug = tb_deepdebug.plugin.loader:Loader\n"


class Start(NamedTuple):
    """Seconds until the list of plugins is answered, and of processor time until the end."""

    wall: float
    processor: float


def run(quick: bool) -> list[Figure]:
    """Wall time from the start of the process to the answered list of plugins."""
    with tempfile.TemporaryDirectory() as folder:
        logdir = _log(Path(folder) / "logs")
        bare = _figure("without TensorFlow", Path(folder), logdir, False, 3 if quick else 15)
        full = _figure("with TensorFlow", Path(folder), logdir, True, 1 if quick else 5)
    return [bare, full]


def _figure(what: str, folder: Path, logdir: Path, tensorflow: bool, rounds: int) -> Figure:
    arms: dict[str, Callable[[], Start]] = {}
    for name, installed in (("with", True), ("without", False), ("without again", False)):
        path = _python_path(folder / f"{what} {installed}", installed, tensorflow)
        arms[name] = _arm(path, logdir, installed)
    taken = interleave(arms, rounds=rounds)
    wall = {name: [start.wall for start in starts] for name, starts in taken.items()}
    processor = {name: [start.processor for start in starts] for name, starts in taken.items()}
    return Figure(
        f"TensorBoard's start, {what}: with the plugin / without it",
        ratio(wall["with"], wall["without"]),
        at_most=1.05,
        same=ratio(wall["without again"], wall["without"]),
        note=f"with {quartiles(wall['with'])} s, without {quartiles(wall['without'])} s; "
        f"processor time {ratio(processor['with'], processor['without'])}, "
        f"A/A {ratio(processor['without again'], processor['without'])}",
    )


def _arm(python_path: str, logdir: Path, installed: bool) -> Callable[[], Start]:
    return lambda: _start(python_path, logdir, installed)


def _start(python_path: str, logdir: Path, installed: bool) -> Start:
    before = _processor_seconds()
    environment = {**os.environ, "PYTHONPATH": python_path}
    with stopwatch() as elapsed, tensorboard(logdir, environment) as address:
        with urllib.request.urlopen(f"{address}data/plugins_listing") as answer:
            listing = json.load(answer)
        wall = elapsed()
    if ("deepdebug" in listing) is not installed:
        raise RuntimeError(f"deepdebug must be listed: {installed}. Received: {sorted(listing)}")
    return Start(wall, _processor_seconds() - before)


def _processor_seconds() -> float:
    """Of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _python_path(folder: Path, installed: bool, tensorflow: bool) -> str:
    distribution = folder / "tb_deepdebug-0.dist-info"
    distribution.mkdir(parents=True, exist_ok=True)
    (distribution / "METADATA").write_text(_METADATA)
    if installed:
        (distribution / "entry_points.txt").write_text(_ENTRY_POINT)
    if not tensorflow:
        (folder / "tensorflow.py").write_text("raise ImportError('hidden')\n")
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


def _log(folder: Path) -> Path:
    data = np.random.default_rng(0).normal(size=(1, 512, 16))
    with dd.EventWriter(folder / "run") as writer:
        writer.add(dd.summary.activations_pb("conv1", data), step=0)
    return folder
