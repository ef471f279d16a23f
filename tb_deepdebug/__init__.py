"""tb_deepdebug: see in TensorBoard why a deep net trains badly.

    import tb_deepdebug as dd

    dd.summary.activations("conv1", a, step=step)
    dd.summary.preactivations("conv1", z, step=step)
    dd.summary.input_gradients("risk", g, step=step, output_step=2048)

Importing the package imports no framework; each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tb_deepdebug import checks, summary
    from tb_deepdebug.analysis.predictions import analyze_predictions
    from tb_deepdebug.diagnosis import diagnose
    from tb_deepdebug.gradients import input_gradients
    from tb_deepdebug.what_if import what_if
    from tb_deepdebug.writer import EventWriter

__version__ = "0.1.0"

_HOMES = {
    "EventWriter": "writer",
    "analyze_predictions": "analysis.predictions",
    "diagnose": "diagnosis",
    "input_gradients": "gradients",
    "what_if": "what_if",
}

_MODULES = ("checks", "summary")

__all__ = [
    "EventWriter",
    "analyze_predictions",
    "checks",
    "diagnose",
    "input_gradients",
    "summary",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"tb_deepdebug.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"tb_deepdebug.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'tb_deepdebug' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
