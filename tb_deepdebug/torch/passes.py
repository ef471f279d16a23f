"""Watched passes of one model over examples of its probe."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.change import Change
from tb_deepdebug.output_steps import mask_at_output
from tb_deepdebug.torch.facts import Fact
from tb_deepdebug.torch.inputs import Inputs
from tb_deepdebug.torch.modules import tensors
from tb_deepdebug.torch.quiet import undisturbed
from tb_deepdebug.torch.trace import Trace


@dataclasses.dataclass(frozen=True, eq=False)
class Known:
    """What the first pass tells: names, axes, the graph, and what became of the outputs.

    Attributes:
      outputs: shape and facts of every tensor of floats that came out.
      output: what came out, as the model returned it.
    """

    trace: Trace
    outputs: list[tuple[tuple[int, ...], Fact]]
    output: Any


class Passes:
    """A model, unwrapped, and its probe.

    Args:
      mask: `[batch, time]` or None.
      gates: whether gates are recomputed.
      change: made to one layer, or None.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: Inputs,
        mask: NDArray[np.bool_] | None,
        gates: bool,
        change: Change | None = None,
    ) -> None:
        self.model, self.inputs, self.mask = model, inputs, mask
        self._gates, self.change = gates, change
        self.looped: frozenset[str] = frozenset()

    @functools.cached_property
    def known(self) -> Known:
        """A pass of the first example."""
        one = np.arange(1)
        known = self._run(one, check=True)
        while not known.trace.seen.loops <= self.looped:
            self.looped |= known.trace.seen.loops
            known = self._run(one, check=True)
        self.inputs.settle()
        return known

    def capture(self, rows: NDArray[np.int64]) -> Known:
        """A pass in which everything is kept, in main memory."""
        self.known  # noqa: B018 (the first pass says which calls are a loop, and what axes mean)
        return self._run(rows, check=False)

    def masked(self, rows: Any, timesteps: int) -> NDArray[np.bool_] | None:
        """The mask of examples at a series of so many timesteps."""
        if self.mask is None or timesteps > self.mask.shape[1]:
            return None
        return mask_at_output(self.mask[rows], timesteps)

    def _run(self, rows: NDArray[np.int64], *, check: bool) -> Known:
        trace = Trace(
            self.model,
            keep=_copied,
            looped=self.looped,
            gates=self._gates,
            check=check,
            change=self.change,
        )
        with undisturbed(self.model):
            args, kwargs = self.inputs.rows(rows)
            self.inputs.feed(trace, args, kwargs)
            with trace.watching():
                output = self.model(*args, **kwargs)
        facts = [(tuple(t.shape), trace.fact(t)) for t in floats(output)]
        return Known(trace, [(shape, fact) for shape, fact in facts if fact is not None], output)


def floats(output: Any) -> list[torch.Tensor]:
    """The tensors of floats in what a model, or a layer, returned."""
    return [t for t in tensors(output) if t.is_floating_point()]


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    """A copy in main memory, in a dtype that NumPy has."""
    wide = torch.float32 if tensor.dtype == torch.bfloat16 else tensor.dtype
    return tensor.detach().to("cpu", wide, copy=True)
