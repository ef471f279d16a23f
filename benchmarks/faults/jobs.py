"""Which trainings the benchmark consists of, and where each keeps its log."""

from __future__ import annotations

import dataclasses
import fnmatch
from pathlib import Path

from benchmarks.faults.bases import BASES
from benchmarks.faults.faults import FAULTS
from benchmarks.faults.healthy import PLAIN, VARIANTS
from benchmarks.faults.recipe import Recipe

# The arm of Keras: its faults are those of the same name, its bases smaller; see `keras_arm`.
KERAS_BASES = ("mlp", "cnn", "recurrent")
KERAS_FAULTS = (
    "zeros",
    "bias-minus-ten",
    "rate-high-adam",
    "rate-low",
    "softmax-twice",
    "unscaled",
)
KERAS_LEFT_OUT = {("bias-minus-ten", "cnn"), ("bias-minus-ten", "recurrent")}
KERAS_SEEDS = 3


@dataclasses.dataclass(frozen=True)
class Job:
    """One training: a healthy variant or a fault, on one base, with one seed."""

    kind: str
    name: str
    base: str
    seed: int
    framework: str = "torch"

    @property
    def path(self) -> str:
        """Below the benchmark's folder: "faulty/zeros/mlp/03", of Keras "keras/faulty/..."."""
        stem = "" if self.framework == "torch" else f"{self.framework}/"
        return f"{stem}{self.kind}/{self.name}/{self.base}/{self.seed:02d}"

    def folder(self, out: Path) -> Path:
        """Of the log."""
        return out / self.path

    def recipe(self) -> Recipe:
        """The base with what the variant or the fault changes, in PyTorch."""
        told = VARIANTS if self.kind == "healthy" else FAULTS
        return next(one for one in told if one.name == self.name).change(BASES[self.base])


def jobs(*, only: str = "*", seeds: int | None = None, framework: str = "torch") -> list[Job]:
    """All of them, first seeds first, so that a part of them is a balanced sample.

    Args:
      only: a pattern of `Job.path`.
      seeds: at most so many of each variant and fault.
    """
    found = _of_keras(seeds) if framework == "keras" else _of_torch(seeds)
    matching = [job for job in found if fnmatch.fnmatch(job.path, only)]
    return sorted(matching, key=lambda job: job.seed)


def _of_torch(seeds: int | None) -> list[Job]:
    return [
        Job(kind, one.name, one.bases[seed % len(one.bases)], seed)
        for kind, several in (("healthy", VARIANTS), ("faulty", FAULTS))
        for one in several
        for seed in range(one.seeds if seeds is None else min(one.seeds, seeds))
    ]


def _of_keras(seeds: int | None) -> list[Job]:
    count = KERAS_SEEDS if seeds is None else min(KERAS_SEEDS, seeds)
    kinds = [("healthy", PLAIN.name), *(("faulty", name) for name in KERAS_FAULTS)]
    return [
        Job(kind, name, base, seed, "keras")
        for kind, name in kinds
        for base in KERAS_BASES
        for seed in range(count)
        if (name, base) not in KERAS_LEFT_OUT
    ]
