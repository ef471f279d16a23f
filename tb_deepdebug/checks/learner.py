"""What a framework's adapter gives a check: a trainable copy of a net, the user's own untouched."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Loss = Literal["mse", "binary", "categorical"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the copy is made and trained.

    Attributes:
      outputs: how many numbers it gives an example (a new head); None: its own head is kept, with
        a sigmoid or softmax at its end undone.
      loss: "mse", "binary" (a sigmoid's logit against 0 or 1) or "categorical" (softmax logits
        against a class index).
      reads: how an example's number is read from features with a time axis: at its last valid step
        or as the mean over its valid steps. "every": all of the model's own output is, step after
        step; `outputs` must be None.
      fresh: whether weights are drawn anew; else they are the model's own, but for a new head's.
      plain: whether regularisation, dropout, noise and augmentation are switched off.
      optimizer, learning_rate, clip_norm: Adam or plain SGD; the norm of all gradients together.
      seed: of weights and dropout.
    """

    outputs: int | None = 1
    loss: Loss = "mse"
    reads: Literal["last", "mean", "every"] = "last"
    fresh: bool = True
    plain: bool = False
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 1e-3
    clip_norm: float | None = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.loss not in ("mse", "binary", "categorical"):
            raise ValueError(
                f"`loss` must be 'mse', 'binary' or 'categorical'. Received: {self.loss!r}"
            )
        if self.reads not in ("last", "mean", *(["every"] if self.outputs is None else [])):
            raise ValueError(
                "`reads` must be 'last' or 'mean', or 'every' of a model's own outputs. "
                f"Received: {self.reads!r}"
            )
        if self.optimizer not in ("adam", "sgd"):
            raise ValueError(f"`optimizer` must be 'adam' or 'sgd'. Received: {self.optimizer!r}")


@dataclasses.dataclass(frozen=True, eq=False)
class Weight:
    """One array of weights of a net, all of them in the order of the net.

    Attributes:
      head: whether it belongs to the net's last layer, the one that a new head stands in for.
    """

    name: str
    value: NDArray[Any]
    head: bool = False


@dataclasses.dataclass(frozen=True)
class Move:
    """An array of weights that was moved into a model, or not, and why.

    Attributes:
      reason: why it was not; empty where it was.
    """

    name: str
    shape: tuple[int, ...]
    reason: str = ""

    @classmethod
    def of(cls, name: str, shape: tuple[int, ...], weight: Weight | None) -> Move:
        """What becomes of a model's array for which a copy has this weight."""
        if weight is None:
            return cls(name, shape, "the copy has no such array")
        if weight.head:
            return cls(name, shape, "of the last layer, in whose place the task had its own")
        if weight.value.shape != shape:
            return cls(name, shape, f"the copy's has another shape, {weight.value.shape}")
        return cls(name, shape)


class Learner(Protocol):
    """A copy of a net with an optimizer of its own."""

    @property
    def parameters(self) -> int:
        """How many it trains."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known of the copy: what could not be switched off or drawn anew."""

    def slow_down(self, factor: float) -> None:
        """Divides the learning rate by so much from the next step on."""

    def step(self, x: Any, y: NDArray[np.float64], mask: NDArray[np.bool_] | None) -> float:
        """One step of the optimizer on a batch; the loss before it, without any penalty.

        Args:
          x: as the model takes it, arrays with the examples first.
          y: `[batch, outputs]` or, of one output, `[batch]`; `[batch]` class indices for a
            categorical loss; where every step is read, `[batch, time * outputs]`, a step's outputs
            side by side, or `[batch, time]` class indices; NaN: left out.
          mask: `[batch, time]`, true where valid, or None.
        """

    def predict(self, x: Any, mask: NDArray[np.bool_] | None) -> NDArray[np.float64]:
        """Raw outputs `[batch, outputs]` (logits for binary and categorical), in inference mode.

        Where every step is read: `[batch, time * outputs]`, a step's outputs side by side.
        """

    def weights(self) -> list[Weight]:
        """What it has learned, the model's layers only: a new head is not among them."""

    def load(self, weights: Sequence[Weight]) -> None:
        """Takes over the weights of another copy of the same model, but for those of its head."""


def learner(model_or_builder: Any, x: Any, plan: Plan) -> Learner:
    """A trainable copy of a Keras or torch model, or of what a builder returns.

    Args:
      model_or_builder: a Keras model, a `torch.nn.Module`, or a function without arguments that
        returns a fresh one of either.
      x: a few rows of the input, to build what is not built yet.

    Raises:
      TypeError: it is neither.
      ValueError: it can't be copied, or no head can be found to replace; the message says what was
        looked for.
    """
    if is_model(model_or_builder):
        return adapter(model_or_builder).learner(model_or_builder, x, plan, built=False)
    if not callable(model_or_builder):
        raise _neither(model_or_builder)
    with seeded(plan.seed):
        one, two = model_or_builder(), model_or_builder()
    if not is_model(one):
        raise _neither(one)
    if one is two:
        raise ValueError(
            "A builder must return a fresh model at every call. Received: the same one twice"
        )
    return adapter(one).learner(two, x, plan, built=True)


def is_model(given: Any) -> bool:
    """Whether it is a Keras model (or layer) or a torch module; imports neither framework."""
    keras, torch = sys.modules.get("keras"), sys.modules.get("torch")
    is_keras = keras is not None and isinstance(given, keras.Layer)
    return is_keras or (torch is not None and isinstance(given, torch.nn.Module))


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Python's and torch's random numbers from a seed; the caller's go on afterwards as before.

    Keras draws the seeds of its initialisers from Python's.
    """
    torch = sys.modules.get("torch")
    python, of_torch = random.getstate(), None if torch is None else torch.get_rng_state()
    random.seed(seed)
    try:
        if torch is not None:
            torch.default_generator.manual_seed(seed)  # `torch.manual_seed` would reach GPUs too
        yield
    finally:
        random.setstate(python)
        if torch is not None and of_torch is not None:
            torch.set_rng_state(of_torch)


def adapter(model: Any) -> Any:
    """The module of the model's framework that makes learners."""
    keras = sys.modules.get("keras")
    if keras is None or not isinstance(model, keras.Layer):
        from tb_deepdebug.torch import learner as torch_learner

        return torch_learner
    if keras.backend.backend() != "tensorflow":
        raise NotImplementedError(
            "Checks train Keras models on the TensorFlow backend. "
            f"Received: backend={keras.backend.backend()!r}"
        )
    from tb_deepdebug.keras import learner as keras_learner

    return keras_learner


def _neither(given: Any) -> TypeError:
    return TypeError(
        "`model_or_builder` must be a Keras model, a torch.nn.Module, or a function without "
        f"arguments that returns one. Received: {type(given).__module__}."
        f"{type(given).__qualname__}"
    )
