"""What came out of a model at the last look: the loss of the probe, and the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug.keras.objective import Targets, fresh_loss, labelled_loss


class Outcome:
    """Takes note of the outputs of each chunk of examples that is captured.

    Args:
      targets: of the probe, or None.
    """

    def __init__(self, model: Any, targets: Targets | None) -> None:
        self._model, self._targets = model, targets
        self._chunks: dict[int, tuple[list[np.ndarray], list[np.ndarray | None]]] = {}
        self._specs: Any = None
        self._compiled: tuple[Any, Any] = (None, None)  # the model's own loss, and a fresh one

    def add(
        self, start: int, specs: Any, outputs: list[np.ndarray], masks: list[np.ndarray | None]
    ) -> None:
        """Outputs of some examples, flat; those that begin with the first begin a look.

        Args:
          specs: the tensor specs of what the model returns, in its structure.
          masks: Keras's mask of each output, or None.
        """
        if start == 0:
            self._chunks = {}
        self._specs = specs
        self._chunks[start] = outputs, masks

    def outputs(self) -> list[np.ndarray]:
        """The outputs of the last look, flat."""
        parts = [outputs for outputs, _ in self._chunks.values()]
        return [np.concatenate(some) for some in zip(*parts, strict=True)]

    def loss(self, batch: int) -> float | None:
        """The loss of the last look, without penalties on weights; None where it is not known."""
        if self._targets is None or not self._chunks:
            return None
        outputs = self.outputs()
        if not outputs or any(len(one) != batch for one in outputs):
            return None
        predicted = keras.tree.pack_sequence_as(self._specs, self._masked(outputs))
        given = [tf.constant(a) for a in self._targets.arrays]
        if self._targets.loss is not None:
            return float(labelled_loss(self._targets, given, predicted))
        labels = self._targets.labels.packed(given[: len(self._targets.labels.arrays)])
        weights = None if self._targets.weights is None else given[-1]
        return float(self._fresh(self._targets)(labels, predicted, sample_weight=weights))

    def _masked(self, outputs: Sequence[np.ndarray]) -> list[Any]:
        """The outputs as tensors that carry their masks, which Keras's losses look for."""
        tensors = [tf.constant(one) for one in outputs]
        masks = [masks for _, masks in self._chunks.values()]
        for tensor, some in zip(tensors, zip(*masks, strict=True), strict=True):
            if all(one is not None for one in some):
                tensor._keras_mask = tf.constant(np.concatenate(some))
        return tensors

    def _fresh(self, targets: Targets) -> Any:
        own = self._model._compile_loss
        if self._compiled[0] is not own:
            self._compiled = own, fresh_loss(self._model, targets, self._specs)
        return self._compiled[1]
