"""Whether a net can learn a few rows by heart: if not, more data won't help."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks import rows as inputs
from tb_deepdebug.checks.learner import Loss, Plan
from tb_deepdebug.checks.log import CheckLog
from tb_deepdebug.checks.overfit_labels import labels
from tb_deepdebug.checks.overfit_report import Told, beyond, report
from tb_deepdebug.checks.overfit_rows import Few, chosen, conflicting, twins
from tb_deepdebug.checks.overfit_run import best, ladder
from tb_deepdebug.checks.overfit_targets import Targets, joined
from tb_deepdebug.checks.overfit_watch import OWN, RANDOM, Watch
from tb_deepdebug.records.check import Check

Floats = NDArray[np.float64]

_COMPARED = 20_000  # rows that are searched for equal inputs


def overfit_small(
    model_or_builder: Any,
    x: Any,
    y: Any,
    *,
    loss: Loss | None = None,
    examples: int = 32,
    groups: Any = None,
    mask: Any = None,
    reads: Literal["last", "mean"] = "last",
    fresh: bool = True,
    learning_rates: Sequence[float] = (1e-2, 1e-3, 1e-4),
    steps: int = 1000,
    random_labels: bool = True,
    logdir: str | os.PathLike[str] | None = None,
    seed: int = 0,
    progress: bool = True,
) -> Check:
    """Trains a copy of a net on a few rows until it knows them, then on random labels.

    The copy has no regularisation, dropout or augmentation; all rows are one batch. Each learning
    rate is tried until one succeeds: AUROC at least 0.99, every class right, or R2 at least 0.99,
    relative to the best score that rows with the same input and different labels leave (Adam).
    Labels of every timestep are scored together, those of all rows.

    PASS: both labellings are learned. PARTIAL: random labels are not (little capacity, or few
    steps), or the loss was still falling. FAIL: its own labels are not; random labels tell whether
    inputs and labels (they are learned) or architecture and optimisation (they are not) are at
    fault.

    Args:
      model_or_builder: a Keras or torch model, which is copied and never touched, or a function
        without arguments that returns a fresh one.
      x: its input, arrays with the rows first.
      y: `[N]` or `[N, outputs]`: 0 and 1, class indices, one-hot rows, or values; NaN: missing. Of
        a model whose own output has a time axis also `[N, time]` or `[N, time, outputs]`, a label
        for each of its timesteps; `[N, time]` with as many timesteps as outputs, or one, is taken
        for `[N, outputs]`.
      loss: "binary", "categorical" or "mse"; None: told from `y` and the model's outputs.
      examples: how many rows, of every class in turn.
      groups: `[N]`: each row's user; at most one row of each is taken.
      mask: `[N, time]`, true where valid; labels of other timesteps are left out.
      reads: of an output with a time axis, where a row has one label: its last valid step, or the
        mean over its valid steps.
      fresh: draw weights anew; False: begin with the model's own.
      learning_rates: tried in this order.
      steps: at each learning rate, at most.
      random_labels: whether the second training is made.
      logdir: where the check and its curves are written; None: nowhere.
      progress: a line on standard error for each learning rate.

    Returns:
      The check; verdict "unknown", with the reason, where rows or classes are too few.

    Raises:
      TypeError, ValueError: the model can't be copied, or shapes and values do not go together.
    """
    x = inputs.concrete(x)
    label = labels(y, inputs.count(x))
    _require(label, groups, mask, examples, learning_rates, steps, reads)
    masked = None if mask is None else np.asarray(mask, bool)
    plan = Plan(outputs=None, reads=reads, fresh=fresh, plain=True, seed=seed)
    targets = joined(model_or_builder, x, masked, label, plan, loss)
    plan = targets.plan
    users = None if groups is None else np.asarray(groups)
    rows = chosen(targets.by_row, users, examples, plan.loss != "mse", seed)
    settings = _settings(targets, learning_rates, steps, len(rows))
    with CheckLog(logdir, "overfit_small") as log:
        reason = _reason_against(targets, rows)
        if reason:
            check = Check("overfit_small", "unknown", reason, settings=settings)
            log.write(check, 0)
            return check
        few = _few(x, masked, targets, rows)
        watch = Watch(log, settings, progress)
        own = ladder(model_or_builder, few, plan, learning_rates, steps, watch.on(OWN))
        dealt, random = few.relabelled(seed + 1), []
        too_many = random_labels and beyond(few, own)
        if random_labels and np.isfinite(dealt.reachable) and not too_many:
            first = best(own).learning_rate
            rates = sorted(learning_rates, key=lambda rate: rate != first)
            random = ladder(model_or_builder, dealt, plan, rates, steps, watch.on(RANDOM))
        whole = _conflicts(x, masked, targets.y)
        check = report(Told(few, dealt, own, random, whole, settings, too_many))
        log.write(check, watch.step)
    return check


def _require(
    label: Floats,
    groups: Any,
    mask: Any,
    examples: int,
    learning_rates: Sequence[float],
    steps: int,
    reads: str,
) -> None:
    if reads not in ("last", "mean"):
        raise ValueError(f"`reads` must be 'last' or 'mean'. Received: {reads!r}")
    if examples < 2 or steps < 1:
        raise ValueError(
            "`examples` must be at least 2 and `steps` at least 1. "
            f"Received: examples={examples}, steps={steps}"
        )
    if not learning_rates or not all(rate > 0 for rate in learning_rates):
        raise ValueError(
            f"`learning_rates` must be some numbers above 0. Received: {learning_rates!r}"
        )
    if groups is not None and np.shape(groups) != (len(label),):
        raise ValueError(
            f"`groups` must name the user of each of the {len(label)} rows. "
            f"Received: shape={np.shape(groups)}"
        )
    if mask is not None and (np.ndim(mask) != 2 or len(mask) != len(label)):
        raise ValueError(
            f"`mask` must be [N, time], for each of the {len(label)} rows. "
            f"Received: shape={np.shape(mask)}"
        )


def _reason_against(targets: Targets, rows: NDArray[np.int64]) -> str:
    """Why these rows can't be learned by heart, or nothing."""
    if len(rows) < 2:
        return f"Can't be tried: {len(rows)} labelled rows, of as many users, are too few."
    cells = targets.y[rows].reshape(len(rows) * targets.timesteps, -1)
    if not (np.fmax.reduce(cells) > np.fmin.reduce(cells)).any():
        return f"Can't be tried: all labels of the rows are {np.nanmax(cells):g}."
    return ""


def _few(
    x: Any,
    mask: NDArray[np.bool_] | None,
    targets: Targets,
    rows: NDArray[np.int64],
) -> Few:
    taken, masked = inputs.taken(x, rows), None if mask is None else mask[rows]
    same, y = twins(taken, masked), targets.of(rows)
    return Few(taken, masked, y, targets.plan.loss, same, targets.timesteps)


def _conflicts(x: Any, mask: NDArray[np.bool_] | None, label: Floats) -> tuple[int, int]:
    """Rows whose input is that of a row labelled otherwise, and of how many: the first 20,000."""
    first = np.arange(min(len(label), _COMPARED))
    same = twins(inputs.taken(x, first), None if mask is None else mask[first])
    return conflicting(label[first], same), len(first)


def _settings(
    targets: Targets, learning_rates: Sequence[float], steps: int, rows: int
) -> tuple[tuple[str, str], ...]:
    plan, timesteps = targets.plan, targets.timesteps
    return (
        ("rows", str(rows)),
        ("labels", f"of each of {timesteps:,} timesteps" if timesteps > 1 else "of a row"),
        ("loss", plan.loss),
        ("learning rates", ", ".join(f"{rate:g}" for rate in learning_rates)),
        ("steps at each", str(steps)),
        ("weights", "drawn anew" if plan.fresh else "the model's own"),
        ("seed", str(plan.seed)),
    )
