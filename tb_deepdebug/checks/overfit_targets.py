"""Labels joined to a net's own head: one row of them for each example, or for every timestep."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks import rows as inputs
from tb_deepdebug.checks.learner import Loss, Plan, learner
from tb_deepdebug.checks.overfit_labels import fitted, scaled, told_loss
from tb_deepdebug.output_steps import mask_at_output

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Targets:
    """Labels in the shape that a learner's step takes, and how it is to read the net.

    Attributes:
      y: `[N, outputs]`, or `[N]` class indices; of every timestep `[N, timesteps * outputs]`, a
        step's outputs side by side, or `[N, timesteps]` class indices; NaN: missing or masked.
      timesteps: how many of each row have labels of their own; 1: a row is labelled as a whole.
      predicted: `[some * timesteps, outputs]`: what the net gives before it is trained.
    """

    y: Floats
    timesteps: int
    plan: Plan
    predicted: Floats

    @property
    def by_row(self) -> Floats:
        """The labels, or what stands for them where rows of every class are to be picked.

        Of every timestep: `[N]`, the class that a row has and the fewest timesteps have.
        """
        if self.timesteps == 1 or self.plan.loss == "mse":
            return self.y
        classes, counts = np.unique(self.y[np.isfinite(self.y)], return_counts=True)
        found = np.full(len(self.y), np.nan)
        for one in classes[np.argsort(-counts)]:
            found[(self.y == one).any(axis=1)] = one
        return found

    def of(self, rows: NDArray[np.int64]) -> Floats:
        """The labels of some rows; values are scaled by these."""
        some = self.y[rows]
        if self.plan.loss != "mse":
            return some
        outputs = self.predicted.shape[1]
        return scaled(some.reshape(-1, outputs), self.predicted).reshape(some.shape)


def joined(
    model_or_builder: Any,
    x: Any,
    mask: NDArray[np.bool_] | None,
    label: Floats,
    plan: Plan,
    loss: Loss | None,
) -> Targets:
    """The labels as the net's head takes them.

    Args:
      label: `[N, columns]` or `[N, time, columns]`.
      plan: how an output with a time axis is read where a row is labelled as a whole.

    Raises:
      ValueError: they do not fit the head.
    """
    predicted = _predicted(model_or_builder, x, mask, plan)
    outputs, timesteps = predicted.shape[1], 1
    if label.ndim == 3 or label.shape[1] not in (1, outputs):
        every = dataclasses.replace(plan, reads="every")
        found = _predicted(model_or_builder, x, mask, every)
        timesteps = _timesteps(label.shape, outputs, found.shape[1] // outputs)
        if timesteps > 1:
            plan, predicted = every, found.reshape(-1, outputs)
            label = _unmasked(label.reshape(len(label), timesteps, -1), mask)
    cells = label.reshape(len(label) * timesteps, -1)
    plan = dataclasses.replace(plan, loss=told_loss(cells, outputs, loss))
    y = fitted(cells, outputs, plan.loss)
    return Targets(y if timesteps == 1 else y.reshape(len(label), -1), timesteps, plan, predicted)


def _predicted(model: Any, x: Any, mask: NDArray[np.bool_] | None, plan: Plan) -> Floats:
    two = np.arange(min(2, inputs.count(x)))
    some = inputs.taken(x, two)
    return learner(model, some, plan).predict(some, None if mask is None else mask[two])


def _timesteps(shape: tuple[int, ...], outputs: int, length: int) -> int:
    """How many timesteps have labels of their own; 1: a row is labelled as a whole.

    Args:
      length: of the output's time axis; 1 where it has none.

    Raises:
      ValueError: there are labels of timesteps, but of others than the output has.
    """
    if shape[1] == length or (len(shape) == 2 and length == 1):
        return length
    if length == 1:
        raise ValueError(
            "`y` must be [N, outputs] where the model's output has no time axis. "
            f"Received: shape={shape}"
        )
    rows = "" if len(shape) == 3 else f" or [N, {outputs}], a label for each of its outputs"
    raise ValueError(
        f"`y` must be [N, {length}, ...], labels for each of the {length} timesteps of the model's "
        f"output (pool them where the model pools){rows}. Received: shape={shape}, labels of "
        f"{shape[1]} timesteps"
    )


def _unmasked(label: Floats, mask: NDArray[np.bool_] | None) -> Floats:
    """Labels `[N, timesteps, columns]` with NaN at masked steps."""
    if mask is None:
        return label
    return np.where(mask_at_output(mask, label.shape[1])[:, :, None], label, np.nan)
