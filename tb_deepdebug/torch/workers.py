"""The processes of a `torch.distributed` training: their statistics come together at rank 0."""

from __future__ import annotations

import datetime

import torch.distributed as dist

PATIENCE = datetime.timedelta(minutes=10)  # ranks reach the same line at different times


class Workers:
    """Implements `recorder.workers.Workers`. To be made on every rank: it forms a group.

    What is gathered goes over gloo, which needs no GPU, whatever the training itself uses.

    Raises:
      RuntimeError: `torch.distributed` is not initialised, or some rank makes no recorder.
    """

    def __init__(self) -> None:
        if not (dist.is_available() and dist.is_initialized()):
            raise RuntimeError(
                "torch.distributed must be initialised before the recorder is made. "
                "Received: no process group"
            )
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.is_chief = self.rank == 0
        # Rather now than in the first look, where the others would wait for ever.
        try:
            self._group = None
            if dist.get_backend() != "gloo":
                self._group = dist.new_group(backend="gloo", timeout=PATIENCE)
            dist.monitored_barrier(self._group, timeout=PATIENCE)
        except RuntimeError as error:
            raise RuntimeError(
                "The recorder must be made on every rank, or with workers=Alone() of "
                f"tb_deepdebug.recorder.workers on one. Received: {error}"
            ) from None

    def gather(self, payload: bytes) -> list[bytes]:
        """Everybody's payload in order of rank; of the others, their own."""
        if self.size == 1:
            return [payload]
        found: list[bytes] | None = [b""] * self.size if self.is_chief else None
        dist.gather_object(payload, found, dst=0, group=self._group)
        return [payload] if found is None else found
