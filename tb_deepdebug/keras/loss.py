"""The loss of single batches, which Keras tells only as the mean since the epoch began."""

from __future__ import annotations

from typing import Any


class BatchLoss:
    """Reads the model's running mean before and after a batch, and takes the difference.

    The mean is kept in float32, so that late in a long epoch the difference is good to about one
    part in 10^7 times the batches before it.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._before: tuple[float, float] | None = None

    def begin(self) -> None:
        """A batch begins."""
        self._before = self._total()

    def end(self) -> float | None:
        """Its loss; None where the model keeps no running mean."""
        before, after = self._before, self._total()
        self._before = None
        if before is None or after is None or not after[1] > before[1]:
            return None
        return (after[0] - before[0]) / (after[1] - before[1])

    def _total(self) -> tuple[float, float] | None:
        tracker = getattr(self._model, "_loss_tracker", None)
        total, count = getattr(tracker, "total", None), getattr(tracker, "count", None)
        if total is None or count is None:
            return None
        return float(total.numpy()), float(count.numpy())
