"""How far back an output of a PyTorch model looks: its gradient by every timestep of the input."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.output_steps import at_input, resolve_output_steps
from tb_deepdebug.probe import InputGradient
from tb_deepdebug.torch.passes import Passes
from tb_deepdebug.torch.source import Question, Source

_MOST_TIMESTEPS = 32_768  # differentiated at once
_TRUSTED = {torch.float32: 2.0**-100, torch.float64: 0.0}  # less may be what underflow left


class InputGradients:
    """d output / d input_t of a model's probe.

    An output that ends in a sigmoid or (log-)softmax is differentiated before it: a saturated one
    has derivative 0. Examples don't mix in evaluation mode, so that the gradient of their sum is
    one gradient an example.
    """

    def __init__(self, passes: Passes, question: Question) -> None:
        self._passes, self._question = passes, question
        self._underflowed = False
        self.note: str | None = None  # why it can't be computed in float64

    def measure(self, examples: NDArray[np.int64], output_step: Any) -> InputGradient:
        """The gradients of some examples.

        Args:
          output_step: on the output's time axis: an integer, "last", or one a picked example. An
            output without a time axis counts as one at the last valid step.

        Raises:
          ValueError: the input has no time axis, or the question does not fit the model.
        """
        rows = np.asarray(examples)
        source = Source(self._passes, self._question)
        valid = self._passes.masked(rows, source.timesteps)
        length, step = source.output_timesteps, output_step
        if length is None and not isinstance(step, str | None) and source.is_flat:
            length = source.output_units  # an output [batch, time]
        if length is None:
            chosen = None
            looked_at = resolve_output_steps("last", len(rows), source.timesteps, valid)
        else:
            chosen = resolve_output_steps(step, len(rows), length, valid)
            looked_at = at_input(chosen, length, source.timesteps, valid)
        gradients = self._measured(source, rows, chosen, valid)
        return InputGradient(source.name, gradients, looked_at, valid, self._question.channels)

    def output_timesteps(self) -> int | None:
        """The length of the output's time axis; None for an output that has none."""
        return Source(self._passes, self._question).output_timesteps

    def _measured(
        self, source: Source, rows: Any, steps: Any, valid: NDArray[np.bool_] | None
    ) -> NDArray[np.float64]:
        most = max(1, _MOST_TIMESTEPS // source.timesteps)
        dtype = torch.float64 if self._underflowed else torch.float32
        gradients = self._all(source, rows, steps, most, dtype)
        if dtype == torch.float32 and self.note is None and _doubtful(gradients, valid):
            return self._wider(source, rows, steps, most, gradients)
        return gradients

    def series(self) -> NDArray[Any] | None:
        """The input that is differentiated by, `[batch, time, channels]`; None for a layer."""
        try:
            source = Source(self._passes, self._question)
        except ValueError:
            return None
        return source.series()

    def _wider(
        self, source: Source, rows: Any, steps: Any, most: int, narrow: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        try:
            wide = self._all(source, rows, steps, most, torch.float64)
        except (RuntimeError, TypeError, ValueError) as error:
            if type(error).__name__ == "OutOfMemoryError":
                raise
            self.note = f"the model does not run in float64: {error}"
            return narrow
        self._underflowed = True
        return wide

    def _all(
        self, source: Source, rows: Any, steps: Any, most: int, dtype: torch.dtype
    ) -> NDArray[np.float64]:
        with _model_in(self._passes.model, dtype) as model:
            chunks = np.array_split(np.arange(len(rows)), -(-len(rows) // most))
            parts = [
                source.gradients(model, rows[c], None if steps is None else steps[c], dtype)
                for c in chunks
            ]
        return np.concatenate(parts)


@contextlib.contextmanager
def _model_in(model: nn.Module, dtype: torch.dtype) -> Iterator[nn.Module]:
    """The model, or a copy that computes in another dtype."""
    dtypes = {p.dtype for p in model.parameters() if p.is_floating_point()}
    dtypes |= {b.dtype for b in model.buffers() if b.is_floating_point()}
    if dtypes <= {dtype}:
        yield model
        return
    default = torch.get_default_dtype()
    try:
        torch.set_default_dtype(dtype)  # of zeros and ones that a `forward` makes
        yield copy.deepcopy(model).to(dtype)
    finally:
        torch.set_default_dtype(default)


def _doubtful(gradients: NDArray[np.float64], valid: NDArray[np.bool_] | None) -> bool:
    cells = gradients if valid is None else gradients[valid]
    return bool((np.abs(cells) < _TRUSTED[torch.float32]).any() or not np.isfinite(cells).all())
