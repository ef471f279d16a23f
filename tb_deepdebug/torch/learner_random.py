"""Random numbers of one's own: a stream that is taken up again, the caller's left where it was."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch


class Stream:
    """The generators' states, to be run from.

    Args:
      device: where a net lies, whose generator is switched as well as the CPU's.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self._gpu = device if device.type == "cuda" else None
        with self._kept():
            torch.default_generator.manual_seed(seed)
            if self._gpu is not None:
                with torch.cuda.device(self._gpu):
                    torch.cuda.manual_seed(seed)
            self._states = self._now()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Goes on where the stream stopped."""
        with self._kept():
            self._set(self._states)
            try:
                yield
            finally:
                self._states = self._now()

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        before = self._now()
        try:
            yield
        finally:
            self._set(before)

    def _now(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        gpu = None if self._gpu is None else torch.cuda.get_rng_state(self._gpu)
        return torch.get_rng_state(), gpu

    def _set(self, states: tuple[torch.Tensor, torch.Tensor | None]) -> None:
        torch.set_rng_state(states[0])
        if states[1] is not None and self._gpu is not None:
            torch.cuda.set_rng_state(states[1], self._gpu)
