"""What can be told of a task without a net: the mean, the last step, the mean over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.problem import Problem
from tb_deepdebug.checks.task import Floats

_PENALTY = 1e-6  # of the squared weights, a row: two equal channels must not break the fit


def trivial_losses(problem: Problem) -> dict[str, Floats]:
    """The loss of each trivial predictor on every held-out row, `[H]`, in the target's units.

    Squared error of a number: the mean of the training users, and least squares on the last valid
    step and on the mean over valid steps, fitted on training users. Cross-entropy of a class: the
    shares of the training users.
    """
    if problem.task.classes is not None:
        return {"the shares of the classes": _cross_entropies(problem, problem.task.classes)}
    y, held = problem.y, problem.held
    guesses = {"the mean": np.full(len(held), y[problem.train].mean())}
    for name, features in (("the last step", last_step), ("the mean over time", time_mean)):
        guesses[name] = _fitted(features(problem.series, problem.mask), y, problem)
    return {name: (guess - y[held]) ** 2 for name, guess in guesses.items()}


def last_step(series: Floats, mask: NDArray[np.bool_] | None) -> Floats:
    """Each row's channels at its last valid step, `[N, C]`."""
    if mask is None:
        return series[:, -1]
    last = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
    return series[np.arange(len(series)), last]


def time_mean(series: Floats, mask: NDArray[np.bool_] | None) -> Floats:
    """Each row's channels on average over its valid steps, `[N, C]`."""
    if mask is None:
        return series.mean(axis=1)
    count = np.maximum(mask.sum(axis=1), 1)[:, None]
    return np.where(mask[:, :, None], series, 0).sum(axis=1) / count


def _fitted(features: Floats, y: Floats, problem: Problem) -> Floats:
    known = np.where(np.isfinite(features), features, 0)
    train = known[problem.train]
    mean, spread = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-12)
    z = (known - mean) / spread
    fit, target = z[problem.train], y[problem.train]
    gram = fit.T @ fit + _PENALTY * len(fit) * np.eye(fit.shape[1])
    weights = np.linalg.solve(gram, fit.T @ (target - target.mean()))
    return target.mean() + z[problem.held] @ weights


def _cross_entropies(problem: Problem, classes: int) -> Floats:
    counts = np.bincount(problem.y[problem.train].astype(int), minlength=classes) + 1.0
    return -np.log((counts / counts.sum())[problem.y[problem.held].astype(int)])
