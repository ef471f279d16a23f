"""What a reader gives: records, frames and series as a log holds them, damage included."""

from __future__ import annotations

import dataclasses
from typing import Any

from numpy.typing import NDArray

from tb_deepdebug.wire import planes, series
from tb_deepdebug.wire.errors import WireError


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something in a log that can't be read, and why; `step` is None for a whole tag."""

    run: str
    tag: str
    step: int | None
    reason: str


@dataclasses.dataclass(frozen=True)
class Record:
    """The records of one kind under one name in one run.

    Attributes:
      tags: part ("frame", "series") -> tag.
      stamps: part -> last step and wall time; they change when anything is written.
    """

    run: str
    name: str
    kind: str
    description: str
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    stamps: dict[str, tuple[int, float]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, eq=False)
class StoredPlane:
    """A plane as stored: its entry in the header, its bytes (empty if damaged), and the damage."""

    spec: dict[str, Any]
    stored: bytes
    damaged: str | None

    def array(self) -> NDArray[Any]:
        """The decoded array. Raises WireError."""
        if self.damaged:
            raise WireError(self.damaged)
        return planes.decode(self.spec, self.stored).array


@dataclasses.dataclass(frozen=True, eq=False)
class StoredFrame:
    """A frame as stored; with `damaged`, the header can't be read and there are no planes."""

    step: int
    wall_time: float
    header: dict[str, Any]
    planes: list[StoredPlane]
    damaged: str | None = None

    def array(self, name: str) -> NDArray[Any]:
        """A plane by name. Raises WireError if it is damaged, KeyError if it is not here."""
        return self._plane(name).array()

    def spec(self, name: str) -> dict[str, Any]:
        """A plane's entry in the header. Raises KeyError if it is not here."""
        return self._plane(name).spec

    def _plane(self, name: str) -> StoredPlane:
        for plane in self.planes:
            if plane.spec["name"] == name:
                return plane
        raise KeyError(name)


@dataclasses.dataclass(frozen=True, eq=False)
class SeriesSteps:
    """A series: the healthy steps in order, and the damaged ones with the reason.

    A damaged step of None stands for all of them: TensorBoard can't decode the series.
    """

    steps: list[int]
    wall_times: list[float]
    values: list[series.Series]
    damaged: list[tuple[int | None, str]]
