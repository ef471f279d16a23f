"""The recorder for Keras: `from tb_deepdebug.keras import DeepDebug`.

Names are loaded when they are first used: `dd.input_gradients` needs but a few modules of these.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tb_deepdebug.keras.callback import DeepDebug
    from tb_deepdebug.keras.workers import Workers

_HOMES = {"DeepDebug": "callback", "Workers": "workers"}

__all__ = ["DeepDebug", "Workers"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tb_deepdebug.keras' has no attribute {name!r}")
    return getattr(importlib.import_module(f"tb_deepdebug.keras.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
