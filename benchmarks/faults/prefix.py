"""A run as it stood at an earlier step: its log, cut off there."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event

from tb_deepdebug import run_views
from tb_deepdebug.diagnosis import diagnose_run
from tb_deepdebug.findings.finding import Severity
from tb_deepdebug.findings.view import Run


def cut(folder: Path, step: int, into: Path) -> None:
    """Copies the event files of a folder without what was written after a step.

    A record is its length (8 bytes), a checksum of that (4), the event, a checksum of that (4).
    """
    for path in folder.glob("*tfevents*"):
        data, at, kept = path.read_bytes(), 0, []
        while at + 12 <= len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + length])
            if event.step <= step:
                kept.append(data[at : at + 16 + length])
            at += 16 + length
        (into / path.name).write_bytes(b"".join(kept))


def first_alarm(folder: Path, run: Run) -> int | None:
    """The earliest look at which the diagnosis of what was recorded until then alarms."""
    for step in _looks(run):
        with tempfile.TemporaryDirectory() as temporary:
            into = Path(temporary)
            cut(folder, step, into)
            told = run_views.of_logdir(str(into))
            if any(f.severity >= Severity.WARNING for r in told for f in diagnose_run(r).findings):
                return step
    return None


def _looks(run: Run) -> list[int]:
    steps = [layer.activations.steps for layer in run.layers if layer.activations is not None]
    return sorted(int(step) for step in np.unique(np.concatenate(steps))) if steps else []
