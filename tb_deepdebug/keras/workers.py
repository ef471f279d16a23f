"""The workers of a `tf.distribute.MultiWorkerMirroredStrategy`, who share what they measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


class Workers:
    """The processes that train one model together, in order of rank, the chief first.

    Args:
      strategy: the one they train with; by default that of the scope we are in. Any other than a
        multi-worker one is a single process.
    """

    def __init__(self, strategy: Any = None) -> None:
        self._strategy = strategy or tf.distribute.get_strategy()
        self._rank, self._size = _place(getattr(self._strategy, "cluster_resolver", None))

    @property
    def is_chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self._rank == 0

    @property
    def size(self) -> int:
        """How many processes there are."""
        return self._size

    def gather(self, payload: bytes) -> list[bytes]:
        """Everybody's payload, in order of rank, on every worker; all must call it, in step."""
        if self._size == 1:
            return [payload]
        lengths = self._rows(np.array([len(payload)], np.int32))[:, 0]
        padded = np.zeros(-(-int(lengths.max()) // 4) * 4, np.uint8)
        padded[: len(payload)] = np.frombuffer(payload, np.uint8)
        rows = self._rows(padded.view(np.int32))  # collectives know no bytes
        return [row.tobytes()[:n] for row, n in zip(rows, lengths, strict=True)]

    def _rows(self, row: np.ndarray) -> np.ndarray:
        """The int32 row `[n]` of every worker, `[size, n]`."""
        if not row.size:
            return np.zeros((self._size, 0), np.int32)

        def every() -> Any:
            context = tf.distribute.get_replica_context()
            return context.all_gather(tf.constant(row[None]), axis=0)

        gathered = self._strategy.experimental_local_results(self._strategy.run(every))[0].numpy()
        return gathered[:: len(gathered) // self._size]  # one of each worker's replicas


def _place(resolver: Any) -> tuple[int, int]:
    """The rank of this process and the number of processes."""
    cluster = {} if resolver is None else resolver.cluster_spec().as_dict()
    names = [(job, i) for job in ("chief", "worker") for i in range(len(cluster.get(job, ())))]
    if len(names) < 2:
        return 0, 1
    return names.index((resolver.task_type, resolver.task_id)), len(names)
