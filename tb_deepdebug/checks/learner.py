"""What a framework's adapter gives a check: a trainable copy of a net, the user's own untouched."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Loss = Literal["mse", "binary", "categorical"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the copy is made and trained.

    Attributes:
      outputs: how many numbers it gives an example (a new head); None: its own head is kept.
      loss: "mse", "binary" (a sigmoid's logit against 0 or 1) or "categorical" (softmax logits
        against a class index).
      reads: how an example's number is read from features with a time axis: at its last valid step
        or as the mean over its valid steps.
      fresh: whether weights are drawn anew; else they are the model's own.
      plain: whether regularisation, dropout, noise and augmentation are switched off.
      optimizer, learning_rate, clip_norm: Adam or SGD.
      seed: of weights and batches.
    """

    outputs: int | None = 1
    loss: Loss = "mse"
    reads: Literal["last", "mean"] = "last"
    fresh: bool = True
    plain: bool = False
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 1e-3
    clip_norm: float | None = 1.0
    seed: int = 0


class Learner(Protocol):
    """A copy of a net with an optimizer of its own."""

    @property
    def parameters(self) -> int:
        """How many it trains."""

    def step(self, x: Any, y: NDArray[np.float64], mask: NDArray[np.bool_] | None) -> float:
        """One step of the optimizer on a batch; the loss before it.

        Args:
          x: as the model takes it, arrays with the examples first.
          y: `[batch, outputs]`; `[batch]` class indices for a categorical loss; NaN: left out.
          mask: `[batch, time]`, true where valid, or None.
        """

    def predict(self, x: Any, mask: NDArray[np.bool_] | None) -> NDArray[np.float64]:
        """Raw outputs `[batch, outputs]` (logits for binary and categorical), in inference mode."""


def learner(model_or_builder: Any, x: Any, plan: Plan) -> Learner:
    """A trainable copy of a Keras or torch model, or of what a builder returns.

    Args:
      model_or_builder: a Keras model, a `torch.nn.Module`, or a function without arguments that
        returns a fresh one of either.
      x: a few rows of the input, to build what is not built yet.

    Raises:
      TypeError: it is neither.
      ValueError: no head can be found to replace; the message says what was looked for.
    """
    raise NotImplementedError  # adapters follow
