"""The same net trained on inputs that are not those of their labels: what it says without them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.baseline_rows import Rows
from tb_deepdebug.checks.learner import Learner, Loss, Plan, learner
from tb_deepdebug.checks.rows import concrete, taken
from tb_deepdebug.records.predictions import Task

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
STEPS, BATCH = 200, 32
_LOSSES: dict[Task, Loss] = {
    "binary": "binary",
    "multiclass": "categorical",
    "regression": "mse",
}


def predictions_without_inputs(
    model: Any, x: Any, mask: Mask | None, judged: Rows, seed: int
) -> Floats:
    """What the net predicts of the true inputs once it was trained on shuffled ones.

    A row's label says nothing of the input it was trained with, so the rows that it was trained on
    can be predicted as well. A new head, new weights, a small budget (200 steps of 32 rows).

    Returns:
      `[K]` (binary: a logit; regression: a value), or `[K, classes]` logits.
    """
    x = concrete(x)
    rows = np.flatnonzero(judged.kept)
    random = np.random.default_rng(seed)
    others = random.permutation(rows)
    label, centre, scale = judged.label, 0.0, 1.0
    if judged.task == "regression":
        centre, scale = float(label.mean()), float(label.std())
    target = (label - centre) / scale
    plan = Plan(outputs=judged.classes, loss=_LOSSES[judged.task], seed=seed)
    net = learner(model, taken(x, rows[:2]), plan)
    for _ in range(STEPS):
        batch = random.choice(len(rows), min(BATCH, len(rows)), replace=False)
        y = target[batch] if judged.task == "multiclass" else target[batch, None]
        net.step(taken(x, others[batch]), y, None if mask is None else mask[others[batch]])
    found = predicted(net, x, mask, rows) * scale + centre
    return found if judged.task == "multiclass" else found[:, 0]


def predicted(net: Learner, x: Any, mask: Mask | None, rows: NDArray[Any]) -> Floats:
    """What a net says of some rows, a few of them at a time."""
    parts = np.array_split(rows, -(-len(rows) // 256))
    return np.concatenate(
        [net.predict(taken(x, one), None if mask is None else mask[one]) for one in parts]
    )
