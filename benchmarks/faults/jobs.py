"""Which trainings the benchmark consists of, and where each keeps its log."""

from __future__ import annotations

import dataclasses
import fnmatch
from pathlib import Path

from benchmarks.faults import heldout_healthy
from benchmarks.faults.bases import BASES
from benchmarks.faults.fault import Fault
from benchmarks.faults.faults import FAULTS, HELDOUT
from benchmarks.faults.healthy import PLAIN, VARIANTS, Variant
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

_Several = dict[str, tuple[Variant, ...] | tuple[Fault, ...]]
_TOLD: _Several = {"healthy": VARIANTS, "faulty": FAULTS}
_HELDOUT: _Several = {"healthy": heldout_healthy.VARIANTS, "faulty": HELDOUT}


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
        told = {kind: (*_TOLD[kind], *_HELDOUT[kind]) for kind in _TOLD}[self.kind]
        return next(one for one in told if one.name == self.name).change(BASES[self.base])


def jobs(
    *,
    only: str = "*",
    seeds: int | None = None,
    framework: str = "torch",
    heldout: bool = False,
) -> list[Job]:
    """All of them, first seeds first, so that a part of them is a balanced sample.

    Args:
      only: a pattern of `Job.path`.
      seeds: at most so many of each variant and fault.
      heldout: those that are held out, all of PyTorch, rather than the others.
    """
    if heldout:
        found = _of_torch(_HELDOUT, seeds)
    else:
        found = _of_keras(seeds) if framework == "keras" else _of_torch(_TOLD, seeds)
    matching = [job for job in found if fnmatch.fnmatch(job.path, only)]
    return sorted(matching, key=lambda job: job.seed)


def _of_torch(told: _Several, seeds: int | None) -> list[Job]:
    return [
        Job(kind, one.name, one.bases[seed % len(one.bases)], seed)
        for kind, several in told.items()
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
