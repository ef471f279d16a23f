"""Watched passes of one model over examples of its probe."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.output_steps import mask_at_output
from tb_deepdebug.torch_inputs import Inputs
from tb_deepdebug.torch_quiet import undisturbed
from tb_deepdebug.torch_trace import Fact, Trace, tensors


@dataclasses.dataclass(frozen=True, eq=False)
class Known:
    """What the first pass tells: names, axes, the graph, and what became of the output."""

    trace: Trace
    output: Fact | None


class Passes:
    """A model, unwrapped, and its probe.

    Args:
      mask: `[batch, time]` or None.
      gates: whether gates are recomputed.
    """

    def __init__(
        self, model: nn.Module, inputs: Inputs, mask: NDArray[np.bool_] | None, gates: bool
    ) -> None:
        self.model, self.inputs, self.mask = model, inputs, mask
        self._gates = gates
        self.looped: frozenset[str] = frozenset()

    @functools.cached_property
    def known(self) -> Known:
        """A pass of the first example."""
        one = np.arange(1)
        known = self._run(one, check=True)
        while not known.trace.loops <= self.looped:
            self.looped |= known.trace.loops
            known = self._run(one, check=True)
        self.inputs.settle()
        return known

    def capture(self, rows: NDArray[np.int64]) -> Trace:
        """A pass in which everything is kept, in main memory."""
        self.known  # noqa: B018 (the first pass says which calls are a loop, and what axes mean)
        return self._run(rows, check=False).trace

    def masked(self, rows: Any, timesteps: int) -> NDArray[np.bool_] | None:
        """The mask of examples at a series of so many timesteps."""
        if self.mask is None or timesteps > self.mask.shape[1]:
            return None
        return mask_at_output(self.mask[rows], timesteps)

    def _run(self, rows: NDArray[np.int64], *, check: bool) -> Known:
        trace = Trace(self.model, keep=_copied, looped=self.looped, gates=self._gates, check=check)
        with undisturbed(self.model):
            args, kwargs = self.inputs.rows(rows)
            self.inputs.feed(trace, args, kwargs)
            with trace.watching():
                output = self.model(*args, **kwargs)
            chosen = first_float(output)
            return Known(trace, None if chosen is None else trace.fact(chosen))


def first_float(output: Any) -> torch.Tensor | None:
    """The first tensor of floats in what a model returned."""
    return next((t for t in tensors(output) if t.is_floating_point()), None)


def rows_that_fit(cells: int, most: int, batch: int) -> Sequence[int]:
    """The first examples of so many cells each that stay within a budget of cells; at least one."""
    return range(min(batch, max(1, most // max(cells, 1))))


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    """A copy in main memory, in a dtype that NumPy has."""
    wide = torch.float32 if tensor.dtype == torch.bfloat16 else tensor.dtype
    return tensor.detach().to("cpu", wide, copy=True)
