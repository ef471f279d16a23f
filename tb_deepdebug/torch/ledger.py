"""What a pass is found to consist of: names of calls, places with their values, nodes and edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.weak import WeakTensorKeyDictionary

from tb_deepdebug.torch.facts import Node, Place, Value

MOST_CALLS = 8  # of one layer in one pass; more are a loop over time


class Ledger:
    """Fills as the pass goes on.

    Args:
      keep: what is held of a tensor that is of interest, such as a copy.
      looped: names whose calls are one layer, over time.
    """

    def __init__(
        self, keep: Callable[[torch.Tensor], torch.Tensor], looped: frozenset[str]
    ) -> None:
        self._keep, self._looped = keep, looped
        self._kept: Any = WeakTensorKeyDictionary()  # tensor -> its version and what is kept of it
        self._calls: dict[str, int] = {}
        self._places: dict[str, Place] = {}
        self._numbers: dict[str, int] = {}
        self.nodes: list[Node] = []
        self.edges: set[tuple[int, int]] = set()
        self.notes: list[tuple[str, str]] = []

    @property
    def places(self) -> list[Place]:
        """Where values were seen, in the order of the first calls."""
        return list(self._places.values())

    @property
    def loops(self) -> frozenset[str]:
        """Names of what was called so often that it is a loop over time."""
        often = (name for name, count in self._calls.items() if count > MOST_CALLS)
        return frozenset(name for name in often if self._has_two_axes(name))

    def call_name(self, path: str, module: nn.Module | None) -> str:
        """The name of this call: "shared", "shared#2"; in a loop over time always the same."""
        count = self._calls[path] = self._calls.get(path, 0) + 1
        if count == 1 or path in self._looped or isinstance(module, nn.RNNCellBase):
            return path
        return f"{path}#{count}"

    def place(self, name: str, node: int, module: nn.Module | None, **known: Any) -> Place:
        """The place of this name, made where there is none."""
        if name not in self._places:
            self._places[name] = Place(name, node, module, **known)
        return self._places[name]

    def place_of(self, node: int) -> Place | None:
        """The place that bears the name of a node."""
        return self._places.get(self.nodes[node].name)

    def promote(self, own: Place, name: str) -> Place:
        """Gives a place the name of the layer it ends: `nn.ReLU` is no more than a function."""
        del self._places[own.name]
        known = self._places.get(name)
        if known is None:
            own.name = name
            self._places[name] = own
            return own
        known.before += own.before  # in a loop over time
        known.after += own.after
        return known

    def node(self, name: str, kind: str, module: nn.Module | None) -> int:
        """The number of the node of this name, made where there is none."""
        if name not in self._numbers:
            self._numbers[name] = len(self.nodes)
            self.nodes.append(Node(name, kind, module))
        return self._numbers[name]

    def connect(self, sources: frozenset[int], node: int) -> None:
        """Edges to a node; what a loop leads back to earlier ones is left out."""
        self.edges |= {(source, node) for source in sources if source < node}

    def keep(self, value: Value) -> Value:
        """A value as it is now: one copy of what is one layer's output and another's input."""
        known = self._kept.get(value.tensor)
        if known is None or known[0] != value.tensor._version:
            known = (value.tensor._version, self._keep(value.tensor))
            self._kept[value.tensor] = known
        return Value(known[1], value.axes, value.mask)

    def keep_as(self, tensor: torch.Tensor, kept: torch.Tensor) -> None:
        """Notes that a tensor is the same as what is kept of another."""
        self._kept[tensor] = (tensor._version, kept)

    def _has_two_axes(self, name: str) -> bool:
        place = self._places.get(name)
        return place is not None and all(v.tensor.dim() <= 2 for v in place.after)
