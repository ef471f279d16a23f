"""Tables whose rows of one user are alike, and how often intervals hold the truth about them."""

from __future__ import annotations

import dataclasses
import functools
from typing import Literal

import numpy as np

from tb_deepdebug.analysis.estimates import Bootstrap, measure
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.analysis import Metrics
from tb_deepdebug.records.estimate import Estimate

ROWS_A_USER = 5
# The truth is what a table of so many users says.
_EVERYBODY = 100_000

Task = Literal["binary", "regression"]


@dataclasses.dataclass(frozen=True)
class World:
    """A population: the intra-class correlation is that of the label, the model, the baseline.

    Attributes:
      threshold: of a binary label, in standard deviations: 0 makes half of them positive.
    """

    task: Task
    users: int
    correlation: float
    threshold: float = 0.0


def table(world: World, seed: int) -> Table:
    """A sample of a population."""
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(world.users), ROWS_A_USER)
    of_user, of_row = np.sqrt(world.correlation), np.sqrt(1 - world.correlation)
    latent, error, other = (
        of_user * rng.normal(size=world.users)[user] + of_row * rng.normal(size=len(user))
        for _ in range(3)
    )
    if world.task == "regression":
        return Table(
            world.task, 10 * latent, 10 * latent + 3 * error, 10 * latent + 4 * other, group=user
        )
    label = (latent > world.threshold).astype(np.float64)
    model, baseline = (1 / (1 + np.exp(-z)) for z in (1.5 * latent + error, latent + other))
    return Table(world.task, label, model, baseline, group=user)


def coverage(world: World, tables: int, resamples: int) -> dict[str, float]:
    """In how many % of the tables each interval holds the truth; 0 resamples: by influence.

    Of the tables that have the interval: with few users of a rare class it is n/a.
    """
    truth = _flat(_truth(dataclasses.replace(world, users=_EVERYBODY)))
    hits, known = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0)
    for seed in range(tables):
        found = _flat(measure(table(world, seed), Bootstrap(resamples, seed)))
        for name, estimate in found.items():
            known[name] += estimate.low == estimate.low
            hits[name] += estimate.low <= truth[name].value <= estimate.high
    return {name: 100 * count / max(known[name], 1) for name, count in hits.items()}


@functools.cache
def _truth(world: World) -> Metrics:
    return measure(table(world, 2**32 - 1), Bootstrap(0))


def _flat(metrics: Metrics) -> dict[str, Estimate]:
    differences = {f"{name} difference": one for name, one in (metrics.difference or {}).items()}
    return {**metrics.model, **differences}
