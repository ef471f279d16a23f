"""The gates of one call of a recurrent function, in the order of the examples, as places."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch import gates as torch_gates
from tb_deepdebug.torch.facts import Value
from tb_deepdebug.torch.ledger import Ledger
from tb_deepdebug.torch.packed import lengths_mask


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """A gate, or the output of a layer inside a stack.

    Attributes:
      what: the values, and where they belong.
      mask: `[batch, time]` of a packed sequence, or None.
      order: where each example is among the packed ones, or None.
    """

    what: torch_gates.Gate | torch_gates.Inner
    mask: torch.Tensor | None
    order: torch.Tensor | None

    def enter(self, seen: Ledger, path: str, node: int, module: nn.Module | None) -> None:
        """Enters it under the layer `path`, whose node is `node`."""
        what = self.what
        name = "/".join(part for part in (path, what.part) if part)
        if isinstance(what, torch_gates.Inner):
            seen.place(name, node, module).after.append(seen.keep(self._value(what.values)))
            return
        place = seen.place(name, node, module, activation=what.activation, gate=what.gate)
        place.before.append(seen.keep(self._value(what.before)))
        if name != path:  # else what comes out is the layer's output
            place.after.append(seen.keep(self._value(what.after)))

    def _value(self, tensor: torch.Tensor) -> Value:
        axes = torch_axes.labelled("NTC" if tensor.dim() == 3 else "NC")
        if self.order is None:
            return Value(tensor, axes, self.mask)
        mask = None if self.mask is None else self.mask[self.order.to(self.mask.device)]
        return Value(tensor.index_select(0, self.order), axes, mask)


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """One call of a recurrent function.

    Attributes:
      name: of the function, "lstm" or "gru_cell".
      args, returned: what it was called with, and the tensors that it returned.
      packed: the packed sequence that its layer was called with, or None.
    """

    name: str
    args: Sequence[Any]
    returned: Sequence[torch.Tensor]
    packed: PackedSequence | None

    def parts(self, *, check: bool) -> list[Part]:
        """Its gates.

        Raises:
          torch_gates.Unequal: they do not reproduce the outputs, if that was to be checked.
        """
        if self.name in torch_gates.CELLS:
            gates = torch_gates.cell(self.name, self.args, self.returned, check=check)
            return [Part(gate, None, None) for gate in gates]
        mask = None
        if not isinstance(self.args[3], bool):
            mask = lengths_mask(torch_gates.dense(self.args[0], self.args[1])[1])
        order = None if self.packed is None else self.packed.unsorted_indices
        found = torch_gates.fused(self.name, self.args, self.returned, check=check)
        return [Part(what, mask, order) for what in found]
