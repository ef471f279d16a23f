"""The processes of a `torch.distributed` training: their statistics come together at rank 0."""

from __future__ import annotations

import torch.distributed as dist


class Workers:
    """Implements `recorder_workers.Workers`. To be made on every rank: it forms a group.

    What is gathered goes over gloo, which needs no GPU, whatever the training itself uses.

    Raises:
      RuntimeError: `torch.distributed` is not initialised.
    """

    def __init__(self) -> None:
        if not (dist.is_available() and dist.is_initialized()):
            raise RuntimeError(
                "torch.distributed must be initialised before the recorder is made. "
                "Received: no process group"
            )
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.is_chief = self.rank == 0
        self._group = None if dist.get_backend() == "gloo" else dist.new_group(backend="gloo")

    def gather(self, payload: bytes) -> list[bytes]:
        """Everybody's payload in order of rank; of the others, their own."""
        if self.size == 1:
            return [payload]
        found: list[bytes] | None = [b""] * self.size if self.is_chief else None
        dist.gather_object(payload, found, dst=0, group=self._group)
        return [payload] if found is None else found
