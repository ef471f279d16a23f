"""What came out of a model at the last look: the loss of the probe, and facts of the output."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.setup import LossFacts, OutputFacts
from tb_deepdebug.records.setup_facts import together
from tb_deepdebug.torch import losses as torch_losses
from tb_deepdebug.torch.losses import Recognised
from tb_deepdebug.torch.output_gradients import Loss, picked
from tb_deepdebug.torch.passes import Known
from tb_deepdebug.torch.setup import output_of


class Outcome:
    """Takes note of each chunk of examples that is captured; nothing here raises while it does.

    Args:
      labels, loss: of the probe, or None.
    """

    def __init__(self, labels: Any, loss: Loss | None) -> None:
        self._labels, self._loss = labels, loss
        self._losses: dict[int, tuple[int, float]] = {}  # by the first example: how many, the loss
        self._outputs: list[OutputFacts] = []
        self._found: Recognised | None = None
        self._error: Exception | None = None
        self._told = False

    def add(self, known: Known, rows: NDArray[np.int64]) -> None:
        """A pass over some examples; one that begins with the first begins a look."""
        if rows[0] == 0:
            self._losses, self._error = {}, None
            self._outputs = []
        try:
            if not self._told:  # it is asked for before training only
                found = output_of(known.trace, known.output, len(rows))
                self._outputs += [] if found is None else [found]
            if self._loss is not None and self._labels is not None:
                labels = picked(self._labels, rows)
                value, self._found = torch_losses.watched(self._loss, known.output, labels)
                self._losses[int(rows[0])] = len(rows), float(value)
        except Exception as error:  # told by `loss`, which may raise
            self._error = error

    def loss(self, batch: int) -> float | None:
        """The mean of the loss over the examples of the last look; None where it is not known.

        Raises:
          Exception: what the loss function raised.
        """
        if self._error is not None:
            raise self._error
        counts, values = np.array(list(self._losses.values()), np.float64).reshape(-1, 2).T
        if counts.sum() != batch:
            return None
        return float((counts * values).sum() / batch)

    def recognised(self) -> Recognised | None:
        """Which loss function it is; None where there is none."""
        if self._found is None and self._loss is not None:
            return torch_losses.recognised(self._loss)
        return self._found

    def loss_facts(self, batch: int) -> LossFacts | None:
        """Facts of the loss function, with the loss of the last look."""
        found = self.recognised()
        if found is None:
            return None
        first = None if self._error is not None else self.loss(batch)
        return dataclasses.replace(found.facts, first=float("nan") if first is None else first)

    def output(self) -> OutputFacts | None:
        """Facts of the output at the last look; later ones are not looked at."""
        self._told = True
        return together(self._outputs)
