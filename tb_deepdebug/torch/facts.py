"""What a watched pass finds: values, the places they were seen at, and facts about tensors."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch
from torch import nn

from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch.axes import Axes


@dataclasses.dataclass(eq=False)
class Value:
    """A tensor that was kept, what its axes mean, and which of its timesteps are valid."""

    tensor: torch.Tensor
    axes: Axes
    mask: torch.Tensor | None = None


@dataclasses.dataclass(eq=False)
class Place:
    """Where values were seen: one a call, several in a loop over time."""

    name: str
    node: int
    module: nn.Module | None
    activation: str | None = None
    gate: str | None = None
    absorbs: bool = False  # an activation function that follows becomes this layer's own
    before: list[Value] = dataclasses.field(default_factory=list)
    after: list[Value] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(eq=False)
class Node:
    """A layer of the graph: one call of a module, or an activation function that is no module's."""

    name: str
    kind: str
    module: nn.Module | None
    output: Value | None = None
    activation: str | None = None
    squash: int | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Fact:
    """What is known of a tensor that comes from the inputs.

    Attributes:
      axes: what they mean.
      sources: the nodes it comes from, with only functions in between.
      place: whose output it is, the order of its axes aside.
      squash: the count of the squashing function that made it; later looks and shapes don't
        change that.
    """

    axes: Axes
    sources: frozenset[int]
    place: Place | None = None
    squash: int | None = None


def stacked(values: Sequence[Value]) -> Value:
    """The values of one place: of a loop one after the other, along an axis of time."""
    if len(values) == 1:
        return values[0]
    together = torch.stack([v.tensor for v in values], 1)
    units = "C" if together.dim() == 3 else "C" * (together.dim() - 2)
    return Value(together, torch_axes.labelled("NT" + units))
