"""What a recorded training tells of its setup, read back from its log."""

from __future__ import annotations

from pathlib import Path

from tb_deepdebug import reader
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.wire.setup import from_header


def first_setup(folder: Path) -> tuple[Setup | None, list[int]]:
    """The setup of the only run, and the steps at which there is one."""
    log = reader.open_logdir(folder)
    found = [record for record in log.records if record.kind == "setup"]
    if not found:
        return None, []
    assert [record.name for record in found] == ["setup"] and not log.problems
    steps = log.steps(found[0])
    return from_header(log.frame(found[0], steps[0]).header), steps


def scalars(folder: Path) -> dict[str, dict[int, float]]:
    """The standard scalars of all runs: by tag, the value at each step."""
    log = reader.open_logdir(folder)
    found: dict[str, dict[int, float]] = {}
    for run, tags in log.scalar_tags().items():
        for tag in tags:
            steps, _, values = log.scalars(run, tag).tolist()
            found[tag] = dict(zip(map(int, steps), values, strict=True))
    return found
