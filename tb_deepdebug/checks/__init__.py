"""WRITE: checks before and beside a training, each with a verdict, numbers and a sentence.

    import tb_deepdebug as dd

    print(dd.checks.overfit_small(model, x, y, logdir="logs/run1"))

Each returns a `Check` and, given a `logdir`, writes it there for the Checks panel. They are loaded
when first used; some need the `analysis` extra: `pip install "tb-deepdebug[analysis]"`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tb_deepdebug.checks.baselines import baseline
    from tb_deepdebug.checks.inputs.inspection import inspect_inputs
    from tb_deepdebug.checks.ladder import memory_ladder
    from tb_deepdebug.checks.overfit import overfit_small
    from tb_deepdebug.checks.pretraining import pretrain
    from tb_deepdebug.checks.synthetic import synthetic_task
    from tb_deepdebug.checks.tasks import TASKS, Task, register

_HOMES = {
    "TASKS": "tasks",
    "Task": "tasks",
    "baseline": "baselines",
    "inspect_inputs": "inputs.inspection",
    "memory_ladder": "ladder",
    "overfit_small": "overfit",
    "pretrain": "pretraining",
    "register": "tasks",
    "synthetic_task": "synthetic",
}

__all__ = [
    "TASKS",
    "Task",
    "baseline",
    "inspect_inputs",
    "memory_ladder",
    "overfit_small",
    "pretrain",
    "register",
    "synthetic_task",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"tb_deepdebug.checks.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'tb_deepdebug.checks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
