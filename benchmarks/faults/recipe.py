"""A training as a value: what a healthy variant or a fault changes by one line."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.faults.data import Data, Source

Optimizer = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


def trainable(net: nn.Module) -> list[nn.Parameter]:
    """What an optimizer is to be given."""
    return [parameter for parameter in net.parameters() if parameter.requires_grad]


def constant(step: int) -> float:
    """The learning rate as it was given."""
    return 1.0


@dataclasses.dataclass(frozen=True, eq=False)
class Recipe:
    """Everything a training depends on but its seed.

    Attributes:
      data: seed -> examples.
      net, optimizer: make them.
      task: "classes" (outcome: accuracy) or "numbers" (outcome: loss).
      prepared: change the net before training.
      parameters: of a net, what the optimizer is given.
      gradients: change a net's gradients at a step, before the update.
      rate: step -> factor on the learning rate.
      mask: inputs -> which timesteps are valid.
      clears: gradients are cleared before each step. shuffles: batches are drawn at random.
      probe: examples that the recorder looks at, at most.
      injected: the step at which a fault sets in.
    """

    data: Source
    net: Callable[[], nn.Module]
    optimizer: Optimizer
    loss: Callable[[Tensor, Tensor], Tensor] = dataclasses.field(
        default_factory=nn.CrossEntropyLoss
    )
    task: str = "classes"
    prepared: tuple[Callable[[nn.Module], None], ...] = ()
    parameters: Callable[[nn.Module], Iterable[nn.Parameter]] = trainable
    gradients: tuple[Callable[[nn.Module, int], None], ...] = ()
    rate: Callable[[int], float] = constant
    mask: Callable[[Tensor], Tensor] | None = None
    clears: bool = True
    shuffles: bool = True
    steps: int = 300
    batch: int = 64
    probe: int = 3072
    injected: int = 0

    def where(self, **changes: Any) -> Recipe:
        """The same with some fields changed."""
        return dataclasses.replace(self, **changes)

    def with_net(self, **arguments: Any) -> Recipe:
        """The same with other arguments of the net."""
        return self.where(net=functools.partial(self.net, **arguments))

    def with_data(self, change: Callable[[Data, torch.Generator], Data]) -> Recipe:
        """The same with its data changed; what is random in it comes from the seed."""
        before = self.data

        def after(seed: int) -> Data:
            return change(before(seed), torch.Generator().manual_seed(seed))

        return self.where(data=after)

    def with_prepared(self, *changes: Callable[[nn.Module], None]) -> Recipe:
        """The same with more changes of the net before training."""
        return self.where(prepared=(*self.prepared, *changes))

    def with_gradients(self, *changes: Callable[[nn.Module, int], None]) -> Recipe:
        """The same with more changes of the gradients."""
        return self.where(gradients=(*self.gradients, *changes))
