"""Two copies of a net on the real task, one budget: do other weights to begin with help?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks import rows as input_rows
from tb_deepdebug.checks.learner import Learner, Loss, Plan, Weight, learner
from tb_deepdebug.checks.task import Floats
from tb_deepdebug.checks.training import Budget
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.stats.bootstrap import Counts, resampled
from tb_deepdebug.stats.bootstrap_interval import interval, spread

_LOOKS = 20
_RESAMPLES = 1000


@dataclasses.dataclass(frozen=True, eq=False)
class RealTask:
    """What the net is for.

    Attributes:
      y: `[N]` or `[N, outputs]`; class indices of a categorical loss. NaN: not known.
      groups: `[N]`; train, held: rows.
    """

    x: Any
    y: Floats
    mask: NDArray[np.bool_] | None
    groups: NDArray[Any]
    train: NDArray[np.int64]
    held: NDArray[np.int64]
    loss: Loss

    def standardised(self) -> RealTask:
        """Numbers in z-scores by the training rows, so that a net need not learn their unit."""
        if self.loss != "mse":
            return self
        known = self.y[self.train]
        scale = np.nanstd(known, axis=0)
        y = (self.y - np.nanmean(known, axis=0)) / np.where(scale > 0, scale, 1)
        return dataclasses.replace(self, y=y)


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """One training.

    Attributes:
      steps, losses: the mean loss of held-out rows at each validation.
      best: of each held-out row at the best of them; NaN where its label is not known.
    """

    steps: Floats
    losses: Floats
    best: Floats


def trained(
    model_or_builder: Any,
    task: RealTask,
    budget: Budget,
    begin: Sequence[Weight] | None,
    tick: Callable[[int], None],
) -> Run:
    """A copy with its own head, trained from fresh weights, or from given ones.

    As whoever stops early would have it: at the learning rate and the validation with the lowest
    held-out loss. Which flatters every run alike.
    """
    rates = budget.learning_rates
    runs = [_run(model_or_builder, task, budget, rate, begin, tick) for rate in rates]
    return min(runs, key=_lowest)


def gain(task: RealTask, plain: Run, helped: Run, seed: int) -> Estimate:
    """1 - the loss of one / the loss of the other, on held-out users."""
    known = np.isfinite(plain.best) & np.isfinite(helped.best)
    users, groups = np.unique(task.groups[task.held][known], return_inverse=True)
    a, b = (
        np.bincount(groups, run.best[known], len(users)).astype(np.float64)
        for run in (helped, plain)
    )

    def measure(counts: Counts) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(1 - (counts @ a) / (counts @ b))[:, None]

    value = float(1 - a.sum() / b.sum())
    error = spread(resampled(len(users), _RESAMPLES, seed, measure)[0])[0]
    return Estimate(value, *interval("r2", value, float(error), len(users)))


def _run(
    model_or_builder: Any,
    task: RealTask,
    budget: Budget,
    rate: float,
    begin: Sequence[Weight] | None,
    tick: Callable[[int], None],
) -> Run:
    few = input_rows.taken(task.x, task.train[:4])
    plan = Plan(outputs=None, loss=task.loss, learning_rate=rate, seed=budget.seed)
    net = learner(model_or_builder, few, plan)
    if begin is not None:
        net.load(begin)
    every = max(1, budget.steps // _LOOKS)
    rng = np.random.default_rng(budget.seed)
    looks = [(0, _losses(net, task))]
    for step in range(1, budget.steps + 1):
        rows = rng.choice(task.train, min(budget.batch_size, len(task.train)), replace=False)
        mask = None if task.mask is None else task.mask[rows]
        net.step(input_rows.taken(task.x, rows), task.y[rows], mask)
        tick(step)
        if step % every == 0 or step == budget.steps:
            looks.append((step, _losses(net, task)))
    means = np.array([np.nanmean(losses) for _, losses in looks])
    best = int(np.where(np.isfinite(means), means, np.inf).argmin())
    return Run(np.array([float(step) for step, _ in looks]), means, looks[best][1])


def _lowest(run: Run) -> float:
    lowest = float(np.nanmean(run.best))
    return lowest if np.isfinite(lowest) else float("inf")


def _losses(net: Learner, task: RealTask) -> Floats:
    """Of each held-out row; NaN where no label of it is known."""
    mask = None if task.mask is None else task.mask[task.held]
    z, y = net.predict(input_rows.taken(task.x, task.held), mask), task.y[task.held]
    if task.loss == "categorical":
        log_sum = z.max(axis=1) + np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1))
        own = z[np.arange(len(z)), np.where(np.isfinite(y), y, 0).astype(int)]
        return np.where(np.isfinite(y), log_sum - own, np.nan)
    target = y[:, None] if y.ndim == 1 else y
    if target.shape != z.shape:
        raise ValueError(
            f"`y` must have the shape of the model's output, {z.shape[1:]} a row. "
            f"Received: shape={y.shape}"
        )
    each = (z - target) ** 2 if task.loss == "mse" else np.logaddexp(0, z) - z * target
    known = np.isfinite(each)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, each, 0).sum(axis=1) / np.maximum(count, 1), np.nan)
