"""Which trainings the benchmark consists of, and where each keeps its log."""

from __future__ import annotations

import dataclasses
import fnmatch
from pathlib import Path

from benchmarks.faults.bases import BASES
from benchmarks.faults.faults import FAULTS
from benchmarks.faults.healthy import VARIANTS
from benchmarks.faults.recipe import Recipe


@dataclasses.dataclass(frozen=True)
class Job:
    """One training: a healthy variant or a fault, on one base, with one seed."""

    kind: str
    name: str
    base: str
    seed: int

    @property
    def path(self) -> str:
        """Below the benchmark's folder: "faulty/zeros/mlp/03"."""
        return f"{self.kind}/{self.name}/{self.base}/{self.seed:02d}"

    def folder(self, out: Path) -> Path:
        """Of the log."""
        return out / self.path

    def recipe(self) -> Recipe:
        """The base with what the variant or the fault changes."""
        told = VARIANTS if self.kind == "healthy" else FAULTS
        return next(one for one in told if one.name == self.name).change(BASES[self.base])


def jobs(*, only: str = "*", seeds: int | None = None) -> list[Job]:
    """All of them, first seeds first, so that a part of them is a balanced sample.

    Args:
      only: a pattern of `Job.path`.
      seeds: at most so many of each variant and fault.
    """
    found = [
        Job(kind, one.name, one.bases[seed % len(one.bases)], seed)
        for kind, several in (("healthy", VARIANTS), ("faulty", FAULTS))
        for one in several
        for seed in range(one.seeds if seeds is None else min(one.seeds, seeds))
    ]
    matching = [job for job in found if fnmatch.fnmatch(job.path, only)]
    return sorted(matching, key=lambda job: job.seed)
