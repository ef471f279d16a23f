"""What a recorder says of itself: its cost, its settings, and what it could not measure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Note:
    """Something that is not measured, and why; `step` None: from the start."""

    what: str
    reason: str
    step: int | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class RecorderReport:
    """A recorder's account of itself so far.

    Attributes:
      notes: what is not measured.
      settings: the recorder's arguments by name: strings, numbers, None, and lists of them.
      version: of the package.
      seconds: spent by the recorder.
      training_seconds: since training began, the recorder's included.
      bytes: written so far.
      probes: taken so far.
    """

    notes: tuple[Note, ...] = ()
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    version: str = ""
    seconds: float = 0.0
    training_seconds: float = 0.0
    bytes: int = 0
    probes: int = 0
