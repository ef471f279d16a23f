"""Several processes that train one model: their statistics are merged, and one of them writes."""

from __future__ import annotations

from typing import Protocol


class Workers(Protocol):
    """The processes of one training, each with a share of the probe."""

    @property
    def is_chief(self) -> bool:
        """Whether this process is the one that writes."""

    @property
    def size(self) -> int:
        """How many there are."""

    def gather(self, payload: bytes) -> list[bytes]:
        """Everybody's payload in order of rank; every process must call it. May give only its own
        payload to those that are not the chief.
        """


class Alone:
    """A training of one process."""

    is_chief = True
    size = 1

    def gather(self, payload: bytes) -> list[bytes]:
        """Its own payload."""
        return [payload]
