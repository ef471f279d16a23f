"""Weights learned on a task that is known exactly, moved into the real net; and what they gain."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tb_deepdebug.checks import rows as input_rows
from tb_deepdebug.checks.comparison import RealTask, Run, gain, trained
from tb_deepdebug.checks.learner import Loss, Move, adapter, is_model
from tb_deepdebug.checks.log import CheckLog
from tb_deepdebug.checks.problem import Given, given, posed, split
from tb_deepdebug.checks.progress import Progress
from tb_deepdebug.checks.synthetic import Taught, rates, taught
from tb_deepdebug.checks.task import Task
from tb_deepdebug.checks.tasks import found
from tb_deepdebug.checks.training import Budget
from tb_deepdebug.records.check import Check, Item, Line, Number, Picture, Verdict
from tb_deepdebug.records.estimate import Estimate


def pretrain(
    model: Any,
    task: Task | str,
    x: Any,
    y: Any = None,
    *,
    builder: Any = None,
    loss: Loss | None = None,
    mask: Any = None,
    timestamps: Any = None,
    groups: Any = None,
    channel: int = 0,
    period: float | None = None,
    inputs: Literal["own", "noise"] = "own",
    reads: Literal["last", "mean"] = "last",
    steps: int = 2000,
    real_steps: int | None = None,
    batch_size: int = 32,
    learning_rate: float | Sequence[float] = (1e-2, 1e-3),
    validation: float = 0.25,
    patience: int | None = 20,
    seed: int = 0,
    logdir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> Check:
    """Teaches a copy of a net a task, and moves all but its last layer's weights INTO THE MODEL.

    The one check that changes what it is given, which is its purpose. An optimizer that the model
    was compiled with keeps its state: compile it again.

    Args:
      model: a Keras model or torch module.
      y: labels of the real task, `[N]` or `[N, outputs]`; NaN: not known. With them two more
        copies, with the model's own head, are trained on it with the same budget, one from fresh
        weights and one from the moved ones, and compared on held-out users.
      builder: a function that builds such a model, where it can't be copied.
      real_steps: of each training on the real task; as many as `steps` by default.
      loss: of the real task; None: "binary" where all labels are 0 or 1, else "mse".

    Other arguments, and what is raised, are those of `synthetic_task`.

    Returns:
      Its items say what was moved and what was not; with `y` the verdict is about the gain: "pass"
      where the interval lies above 0, "fail" below, "partial" where it spans 0.
    """
    if not is_model(model):
        raise TypeError(
            "`model` must be a Keras model or a torch.nn.Module, into which the weights are moved. "
            f"Received: {type(model).__module__}.{type(model).__qualname__}"
        )
    chosen, facts = found(task), given(x, mask, timestamps, groups, period)
    budget = Budget(steps, batch_size, rates(learning_rate), patience, seed)
    real = None if y is None else _real(facts, y, loss, validation, seed)
    problem = posed(chosen, facts, channel=channel, validation=validation, inputs=inputs, seed=seed)
    copied = model if builder is None else builder
    asked = {"channel": channel, "inputs": inputs, "reads": reads}
    with CheckLog(logdir, f"pretrain/{chosen.name}") as log:
        result = taught(copied, problem, budget, log, progress, asked, reads=reads)
        if result.score is None or result.course.stopped == "by hand":
            check = _ended_early(result)
        else:
            weights = result.course.learner.weights()
            after = dataclasses.replace(budget, steps=real_steps or steps)
            runs = None if real is None else _compared(copied, real, after, weights, progress)
            moves = adapter(model).take_over(model, weights, input_rows.taken(facts.x, _FEW))
            worth = None
            if real is not None and runs is not None:
                worth = gain(real, *runs, seed)
            check = _check(chosen, result, moves, worth, runs)
        log.write(check, len(result.course.losses) + 1)
    return check


_FEW = np.arange(2)


def _real(facts: Given, y: Any, loss: Loss | None, validation: float, seed: int) -> RealTask:
    labels = np.asarray(y, np.float64)
    if labels.ndim not in (1, 2) or len(labels) != len(facts.groups):
        raise ValueError(
            f"`y` must have a row for each of the {len(facts.groups)} of `x`. "
            f"Received: shape={labels.shape}"
        )
    known = labels[np.isfinite(labels)]
    kind: Loss = loss or ("binary" if np.isin(known, (0, 1)).all() else "mse")
    labelled = np.flatnonzero(np.isfinite(labels).reshape(len(labels), -1).any(axis=1))
    _, groups = np.unique(facts.groups, return_inverse=True)
    known_users, known_groups = np.unique(groups[labelled], return_inverse=True)
    rng = np.random.default_rng(seed)
    train, held, _ = split(known_groups, len(known_users), validation, rng)
    rows = labelled[train], labelled[held]
    return RealTask(facts.x, labels, facts.mask, groups, *rows, kind).standardised()


def _compared(
    copied: Any, real: RealTask, budget: Budget, weights: Any, progress: bool | None
) -> tuple[Run, Run]:
    """From fresh weights, and from those of the task."""
    runs = []
    for name, begin in (("from scratch", None), ("pretrained", weights)):
        line = Progress(name, budget.steps, progress)
        try:
            runs.append(trained(copied, real, budget, begin, line.at))
        finally:
            line.close()
    return runs[0], runs[1]


def _ended_early(result: Taught) -> Check:
    check = result.check
    verdict: Verdict = "fail" if result.score is None else "unknown"
    return Check(
        "pretrain",
        verdict,
        f"Nothing was moved. {check.sentence}",
        check.next,
        check.numbers,
        check.items,
        check.pictures,
        check.settings,
    )


def _check(
    task: Task,
    result: Taught,
    moves: Sequence[Move],
    worth: Estimate | None,
    runs: tuple[Run, Run] | None,
) -> Check:
    moved = [one for one in moves if not one.reason]
    verdict, told = result.check.verdict, ""
    numbers = [
        Number("arrays moved", len(moved)),
        Number("arrays not moved", len(moves) - len(moved)),
    ]
    pictures = result.check.pictures
    if worth is not None and runs is not None:
        verdict, told = _judged(worth)
        numbers.insert(0, Number("gain on the real task", worth.value, worth.low, worth.high))
        pictures = (_curves(runs), *pictures)
    sentence = (
        f"{len(moved)} of {len(moves)} weight arrays were moved from a net that was taught to tell "
        f"{task.title} (R2 {result.check['R2 on held-out users'].value:.3f})."
    )
    learned = Item(
        "the task", result.check.verdict, result.check.sentence, picture=len(pictures) - 1
    )
    return Check(
        "pretrain",
        verdict,
        f"{told} {sentence}".strip(),
        _next(worth, verdict),
        (*numbers, *result.check.numbers),
        (learned, *_moved_items(moves)),
        pictures,
        result.check.settings,
    )


def _judged(worth: Estimate) -> tuple[Verdict, str]:
    shown = f"{worth.value:.1%}"
    if math.isfinite(worth.low):
        shown += f" [{worth.low:.1%}, {worth.high:.1%}]"
    shown += " of the held-out loss from scratch"
    if worth.low > 0:
        return "pass", f"Beginning with these weights gains {shown}."
    if worth.high < 0:
        return "fail", f"Beginning with these weights does harm: a gain of {shown}."
    return "partial", f"No gain is shown by beginning with these weights: {shown}."


def _next(worth: Estimate | None, verdict: Verdict) -> str:
    if worth is None:
        return "Train the model; give y= to compare with a training from scratch."
    if verdict == "pass":
        return "Train the model, from the weights that it now has."
    return "Try a task nearer to the real one, or train from scratch: rebuild the model."


def _moved_items(moves: Sequence[Move]) -> tuple[Item, ...]:
    moved = ", ".join(f"{one.name} {_shape(one.shape)}" for one in moves if not one.reason)
    items = [Item("moved", "pass" if moved else "fail", moved or "Nothing.")]
    for reason in dict.fromkeys(one.reason for one in moves if one.reason):
        names = ", ".join(
            f"{one.name} {_shape(one.shape)}" for one in moves if one.reason == reason
        )
        items.append(Item("not moved", "unknown", f"{names}: {reason}."))
    return tuple(items)


def _shape(shape: tuple[int, ...]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"


def _curves(runs: tuple[Run, Run]) -> Picture:
    names = ("from scratch", "pretrained")
    lines = tuple(Line(name, run.steps, run.losses) for name, run in zip(names, runs, strict=True))
    return Picture("lines", "The real task, held-out users", "step", "loss", lines)
