"""What a model is called with: its examples picked, and its axes known once the model has run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch.trace import Trace


class Inputs:
    """A tensor, a dict of keyword arguments, or a tuple or list of arguments.

    Arrays become tensors in the model's dtype; what lies in main memory while the model does not
    is moved, lengths `[batch]` apart.

    Raises:
      TypeError, ValueError: there is no tensor, or they differ in the number of examples.
    """

    def __init__(self, model: nn.Module, x: Any) -> None:
        self._keys: list[str | int]
        if isinstance(x, Mapping):
            self._keys, given = list(x), list(x.values())
        elif isinstance(x, tuple | list):
            self._keys, given = list(range(len(x))), list(x)
        else:
            self._keys, given = [0], [x]
        like = next((p for p in model.parameters() if p.is_floating_point()), None)
        self._given = [_tensor(one, like) for one in given]
        self.axes = {
            name: torch_axes.fresh(one.dim())
            for name, one in self.tensors().items()
            if one.dim() > 0
        }
        if not self.axes:
            raise TypeError(f"`probe` must hold a tensor or an array. Received: {x!r:.60}")
        shapes = [tuple(self.tensors()[name].shape) for name in self.axes]
        if any(0 in shape for shape in shapes):
            raise ValueError(f"`probe` must not be empty. Received: shapes={shapes}")

    def check_examples(self, what: str, count: int) -> None:
        """Sees that something is there for each example.

        Raises:
          ValueError: it is not, whether the batch is the first axis or the second.
        """
        shape = next(iter(self.tensors()[name].shape for name in self.axes))
        if count not in shape[:2]:
            raise ValueError(
                f"`{what}` must belong to the same examples as `probe`, {shape[0]}. "
                f"Received: {count}"
            )

    def tensors(self) -> dict[str, torch.Tensor]:
        """The tensors among the inputs, by name."""
        pairs = zip(self._keys, self._given, strict=True)
        return {self.name(k): one for k, one in pairs if isinstance(one, torch.Tensor)}

    def name(self, key: str | int) -> str:
        """An input's name: that of its keyword, or "input", "input_2"."""
        if isinstance(key, str):
            return key
        return "input" if key == 0 else f"input_{key + 1}"

    @property
    def batch(self) -> int:
        """How many examples there are."""
        name, axes = next(iter(self.axes.items()))
        return int(self.tensors()[name].shape[self._batch_axis(axes)])

    def settle(self) -> None:
        """Ends the search for what the axes mean: what nothing tells is batch, time, units.

        Raises:
          ValueError: inputs have different numbers of examples.
        """
        for axes in self.axes.values():
            if not any(axis.label == "N" for axis in axes):
                axes[self._batch_axis(axes)].label = "N"
        sizes = {n: int(t.shape[self._batch_axis(self.axes[n])]) for n, t in self._batched()}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"Inputs must have the same number of examples. Received: {sizes}")

    def rows(self, rows: NDArray[np.int64]) -> tuple[list[Any], dict[str, Any]]:
        """Arguments and keyword arguments with these examples."""
        index = torch.as_tensor(rows)
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for key, one in zip(self._keys, self._given, strict=True):
            picked = one
            if isinstance(one, torch.Tensor) and one.dim() > 0:
                axis = self._batch_axis(self.axes[self.name(key)])
                picked = one.index_select(axis, index.to(one.device))
            if isinstance(key, str):
                kwargs[key] = picked
            else:
                args.append(picked)
        return args, kwargs

    def feed(self, trace: Trace, args: list[Any], kwargs: dict[str, Any]) -> None:
        """Tells a trace of the inputs that the model is about to be called with."""
        for name, one in self.named(args, kwargs).items():
            trace.feed(name, one, self.axes[name])

    def named(self, args: list[Any], kwargs: dict[str, Any]) -> dict[str, torch.Tensor]:
        """The tensors of a call, by the names of the inputs."""
        found = {self.name(i): one for i, one in enumerate(args)} | kwargs
        return {name: one for name, one in found.items() if name in self.axes}

    def _batched(self) -> list[tuple[str, torch.Tensor]]:
        return [(n, t) for n, t in self.tensors().items() if n in self.axes]

    @staticmethod
    def _batch_axis(axes: torch_axes.Axes) -> int:
        labels = [axis.label for axis in axes]
        return labels.index("N") if "N" in labels else 0


def _tensor(given: Any, like: torch.Tensor | None) -> Any:
    if isinstance(given, np.ndarray):
        given = torch.as_tensor(given)
        if given.is_floating_point() and like is not None:
            given = given.to(like.dtype)
    if not isinstance(given, torch.Tensor):
        return given
    given = given.detach()
    lengths = given.dim() == 1 and not given.is_floating_point()
    if like is not None and given.device.type == "cpu" and not lengths:
        given = given.to(like.device)
    return given
