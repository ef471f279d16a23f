"""What a PyTorch model makes of a whole table of examples (`recorder.examples_table.Predictor`)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.recorder.examples_table import Task
from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch.inputs import Inputs
from tb_deepdebug.torch.modules import flat
from tb_deepdebug.torch.passes import Passes, floats
from tb_deepdebug.torch.quiet import undisturbed, unwrapped
from tb_deepdebug.torch.subject import TorchSubject

_SERIES_AT_ONCE = 4096  # examples, of which one is passed through the model


class TorchPredictor:
    """A model and the examples of a table.

    Args:
      x: what the model is called with, of all examples: a tensor, a dict of keyword arguments, or
        a tuple or list of arguments; arrays are taken too. It may lie in main memory.
      rows: how many examples there are: the first axis of that size is theirs.
      asked: the recorder's options of a `TorchSubject`.
      batch_size: examples at a time.

    Raises:
      TypeError, ValueError: `x` holds no tensors, or not of so many examples.
    """

    def __init__(
        self,
        model: nn.Module,
        x: Any,
        rows: int,
        mask: NDArray[np.bool_] | None,
        asked: Mapping[str, Any],
        batch_size: int,
    ) -> None:
        self._model, self._x, self._rows = unwrapped(model), x, rows
        self._mask, self._asked, self._batch_size = mask, dict(asked), batch_size
        self._known: list[torch_axes.Axes] | None = None  # of each tensor that comes out
        sizes = [tuple(one.shape) for one in flat(x) if isinstance(one, torch.Tensor | np.ndarray)]
        if not any(rows in shape[:2] for shape in sizes):
            raise ValueError(
                f"`x` must hold the examples of `labels`, {rows}. Received: shapes={sizes}"
            )

    def predict(self) -> Any:
        """What the model gives, units last; by key where it gives a dict of several."""
        parts = [self._outputs(rows) for rows in _chunks(self._rows, self._batch_size)]
        joined = {key: _joined([part[key] for part in parts]) for key in parts[0]}
        return joined if len(joined) > 1 else next(iter(joined.values()))

    def series(self) -> NDArray[Any] | None:
        """What the model reads through time."""
        parts = []
        for rows in _chunks(self._rows, _SERIES_AT_ONCE):
            subject = TorchSubject(self._model, self._picked(rows), **self._asked)
            part = subject.series()
            if part is None:
                return None
            parts.append(part)
        return np.concatenate(parts)

    def subject(
        self, rows: NDArray[np.int64], task: Task
    ) -> tuple[TorchSubject, NDArray[np.int64]]:
        """One of these examples alone: the others stay where they are."""
        model, options = self._model, self._asked
        if isinstance(task, int):
            options = {**options, "output_index": task}
        elif task is not None:
            model = _only(model, task)
        mask = None if self._mask is None else self._mask[rows]
        subject = TorchSubject(model, self._picked(rows), mask=mask, **options)
        return subject, np.arange(len(rows))

    def _outputs(self, rows: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """A batch's outputs `[rows, units]` or `[rows, time, units]`, in main memory."""
        inputs = Inputs(self._model, self._picked(rows))
        for name, axes in inputs.axes.items():
            shape = inputs.tensors()[name].shape
            if len(shape) > 1 and shape[0] != len(rows) == shape[1]:
                torch_axes.tell(axes[1:], "N")
        if self._known is None:  # one example is passed to learn what the axes mean
            outputs = Passes(self._model, inputs, None, gates=False).known.outputs
            self._known = [fact.axes for _, fact in outputs]
        with undisturbed(self._model):
            args, kwargs = inputs.rows(np.arange(len(rows)))
            output = self._model(*args, **kwargs)
        by_key = output if isinstance(output, Mapping) else {"output": output}
        tensors = [(str(key), one) for key, several in by_key.items() for one in floats(several)]
        found: dict[str, NDArray[Any]] = {}
        for (key, one), axes in zip(tensors, self._known, strict=False):
            if key not in found:
                found[key] = torch_axes.units_last(one, axes, len(rows)).float().cpu().numpy()
        if not found:
            raise ValueError("The model must return floats. Received: none")
        return found

    def _picked(self, rows: NDArray[np.int64]) -> Any:
        index = torch.as_tensor(rows)

        def pick(one: Any) -> Any:
            if not isinstance(one, torch.Tensor | np.ndarray) or self._rows not in one.shape[:2]:
                return one
            axis = one.shape.index(self._rows)
            if isinstance(one, np.ndarray):
                return np.take(one, rows, axis)
            return one.detach().index_select(axis, index.to(one.device))

        return _mapped(self._x, pick)


def _only(model: nn.Module, key: str) -> nn.Module:
    """The model with one of the outputs that it gives in a dict; modules and names are its own."""

    def forward(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        outputs = type(model).forward(self, *args, **kwargs)
        return next(one for name, one in outputs.items() if str(name) == key)

    made = copy.copy(model)
    made.__class__ = type(type(model).__name__, (type(model),), {"forward": forward})
    return made


def _chunks(count: int, size: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, count, size):
        yield np.arange(start, min(start + size, count))


def _mapped(x: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(x, Mapping):
        return {name: _mapped(one, change) for name, one in x.items()}
    if isinstance(x, tuple | list):
        return [_mapped(one, change) for one in x]
    return change(x)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    """Batches as one; of packed sequences each ends with its longest."""
    if parts[0].ndim < 3:
        return np.concatenate(parts)
    longest = max(part.shape[1] for part in parts)
    spare = [((0, 0), (0, longest - part.shape[1]), (0, 0)) for part in parts]
    padded = [np.pad(p, s, constant_values=np.nan) for p, s in zip(parts, spare, strict=True)]
    return np.concatenate(padded)
