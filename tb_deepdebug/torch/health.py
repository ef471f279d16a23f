"""What an optimizer's step did to every parameter, seen from the optimizer's own hooks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.probe import ParameterHealth
from tb_deepdebug.torch import sizes as torch_sizes
from tb_deepdebug.torch.quiet import unwrapped
from tb_deepdebug.torch.sizes import LARGEST, LOST, NORM, ZEROS

_NAN = float("nan")


class StepHealth:
    """The health of a model's trainable parameters at each step of its optimizers.

    Gradients are those that the optimizer applies: it is asked right before it does, after they
    were clipped and their loss scale was undone. Weights are compared before and after, so that
    weight decay and momentum count as what they do.

    Args:
      model: whose parameters.
      optimizers: one, several (as of a GAN), or none: then `given` reads the gradients.
      wanted: asked before each step: whether it is to be measured. Only then is anything done.
      guarded: what runs around every measurement, to catch its errors.
      histograms: whether entries are counted in bins too.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizers: torch.optim.Optimizer | Iterable[torch.optim.Optimizer] | None = None,
        *,
        wanted: Callable[[], bool] = lambda: True,
        guarded: Callable[[], AbstractContextManager[Any]] = contextlib.nullcontext,
        histograms: bool = True,
    ) -> None:
        inner = unwrapped(model)
        named = [(n, p) for n, p in inner.named_parameters() if p.requires_grad]
        self._parameters = [p for _, p in named]
        self._layers, self._names = _names(inner, [n for n, _ in named])
        self._wanted, self._guarded, self._histograms = wanted, guarded, histograms
        if isinstance(optimizers, torch.optim.Optimizer):
            optimizers = [optimizers]
        self._optimizers: list[Any] = list(optimizers or ())
        self._before: dict[Any, dict[int, torch.Tensor]] = {}  # optimizer -> place -> old weights
        self._gradients: _Measured | None = None
        self._updates = self._unknown()
        self._handles = [
            handle
            for optimizer in self._optimizers
            for handle in (
                optimizer.register_step_pre_hook(self._begin),
                optimizer.register_step_post_hook(self._end),
            )
        ]

    def close(self) -> None:
        """Lets go of the optimizers."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self._before, self._gradients = {}, None

    def applied(self, loss: float = _NAN) -> ParameterHealth | None:
        """What the last step did, once; None where it was not measured."""
        gradients, updates = self._gradients, self._updates
        self._gradients, self._updates = None, self._unknown()
        return None if gradients is None else self._health("applied", gradients, updates, loss)

    def given(self, loss: float = _NAN) -> ParameterHealth:
        """The gradients as they lie with the parameters now."""
        return self._health("given", self._measured_gradients(1.0), self._unknown(), loss)

    # -- around a step of an optimizer ------------------------------------------------------

    def _begin(self, optimizer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        self._before.pop(optimizer, None)
        with self._guarded(), torch.no_grad():
            if not self._wanted():
                return
            own = {id(p) for group in optimizer.param_groups for p in group["params"]}
            mine = [(i, p) for i, p in enumerate(self._parameters) if id(p) in own]
            if not _closure(args, kwargs):
                self._take(optimizer, [i for i, _ in mine])
            self._before[optimizer] = {i: p.detach().clone() for i, p in mine}

    def _end(self, optimizer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        before = self._before.pop(optimizer, None)
        if before is None:
            return
        with self._guarded(), torch.no_grad():
            if _closure(args, kwargs):  # which computes the gradients during the step
                self._take(optimizer, list(before))
            changes = [torch_sizes.flat(self._parameters[i] - old) for i, old in before.items()]
            self._updates[:, list(before)] = torch_sizes.sizes(changes)

    def _take(self, optimizer: Any, places: Sequence[int]) -> None:
        """Takes down the gradients of one optimizer's parameters."""
        # A fused optimizer undoes the loss scale itself, after this.
        scale = getattr(optimizer, "grad_scale", None)
        found = self._measured_gradients(1.0 if scale is None else 1.0 / float(scale), places)
        self._gradients = found if self._gradients is None else found.filled(self._gradients)

    def _unknown(self) -> NDArray[np.float64]:
        return np.full((4, len(self._parameters)), _NAN)

    # -- measuring --------------------------------------------------------------------------

    def _measured_gradients(self, factor: float, places: Sequence[int] | None = None) -> _Measured:
        asked = range(len(self._parameters)) if places is None else places
        gradients = {i: g for i in asked if (g := self._parameters[i].grad) is not None}
        with torch.no_grad():
            tensors = [torch_sizes.flat(g) for g in gradients.values()]
            if factor != 1.0:
                tensors = [t * factor for t in tensors]
            rows = self._unknown()
            rows[:, list(gradients)] = torch_sizes.sizes(tensors)
            return _Measured(rows, self._counts(tensors, list(gradients)))

    def _counts(
        self, tensors: Sequence[torch.Tensor], there: Sequence[int]
    ) -> NDArray[np.int64] | None:
        if not self._histograms:
            return None
        found = torch_sizes.histograms(tensors)
        counts = np.zeros((len(self._parameters), found.shape[1]), np.int64)
        counts[list(there)] = found
        return counts

    def _health(
        self, source: Any, gradients: _Measured, updates: NDArray[np.float64], loss: float
    ) -> ParameterHealth:
        with torch.no_grad():
            tensors = [torch_sizes.flat(p) for p in self._parameters]
            weights = torch_sizes.sizes(tensors)
            counts = self._counts(tensors, range(len(tensors)))
        ratio = np.full(len(tensors), _NAN)
        np.divide(updates[NORM], weights[NORM], out=ratio, where=weights[NORM] > 0)
        measures = {
            "gradient_norm": gradients.rows[NORM],
            "update_ratio": ratio,
            "weight_norm": weights[NORM],
            "update_norm": updates[NORM],
            "weight_max": weights[LARGEST],
            "gradient_max": gradients.rows[LARGEST],
            "weight_nonfinite": weights[LOST],
            "gradient_nonfinite": gradients.rows[LOST],
            "gradient_zero": gradients.rows[ZEROS],
        }
        return ParameterHealth(
            source=source,
            names=self._names,
            layers=self._layers,
            shapes=tuple(tuple(p.shape) for p in self._parameters),
            measures=measures,
            weight_counts=counts,
            gradient_counts=gradients.counts,
            loss=float(loss),
            learning_rate=self._learning_rate(),
        )

    def _learning_rate(self) -> float:
        if not self._optimizers:
            return _NAN
        return float(self._optimizers[0].param_groups[0].get("lr", _NAN))


class _Measured:
    """Rows `[4, P]` of gradients, NaN where there is none, and their counts."""

    def __init__(self, rows: NDArray[np.float64], counts: NDArray[np.int64] | None) -> None:
        self.rows, self.counts = rows, counts

    def filled(self, other: _Measured) -> _Measured:
        """With what another optimizer's gradients are, where there is none."""
        missing = np.isnan(self.rows[LOST])
        counts = self.counts
        if counts is not None and other.counts is not None:
            counts = np.where(missing[:, None], other.counts, counts)
        return _Measured(np.where(missing, other.rows, self.rows), counts)


def _closure(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    given = [*args[1:], kwargs.get("closure")]  # the first is the optimizer itself
    return any(callable(one) for one in given)


def _names(model: nn.Module, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The layer of each parameter and its name, as "encoder/conv1" and "encoder/conv1/weight"."""
    root = type(model).__name__.lower()
    layers, paths = [], []
    for name in names:
        parts = [p for p in name.split(".") if p != "_orig_mod"]
        owner = parts[: parts.index("parametrizations")] if "parametrizations" in parts else None
        layers.append("/".join(parts[:-1] if owner is None else owner) or root)
        paths.append("/".join(parts))
    return tuple(layers), tuple(paths)
