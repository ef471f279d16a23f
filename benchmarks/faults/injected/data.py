"""Wrong inputs and labels, in training only: validation data are as they should be.

Of what the inputs are scaled by, both have it wrong, as a pipeline would.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.faults.data import Data
from benchmarks.faults.fault import fault
from benchmarks.faults.recipe import Recipe

_fault = functools.partial(fault, group="data")


def _both(change: Callable[[Tensor], Tensor]) -> Callable[[Recipe], Recipe]:
    def changed(data: Data, _: torch.Generator) -> Data:
        return dataclasses.replace(data, x=change(data.x), x_val=change(data.x_val))

    return lambda recipe: recipe.with_data(changed)


def _labels(change: Callable[[Tensor, torch.Generator], Tensor]) -> Callable[[Recipe], Recipe]:
    def changed(data: Data, random: torch.Generator) -> Data:
        return dataclasses.replace(data, y=change(data.y, random))

    return lambda recipe: recipe.with_data(changed)


def _missing(data: Data, random: torch.Generator) -> Data:
    x = data.x.clone()
    x.view(len(x), -1)[torch.randperm(len(x), generator=random)[:8], 0] = float("nan")
    return dataclasses.replace(data, x=x)


def _without_cue(x: Tensor) -> Tensor:
    x = x.clone()
    x[..., 1] = 0
    return x


def _shuffled(y: Tensor, random: torch.Generator) -> Tensor:
    return y[torch.randperm(len(y), generator=random)]


def _one_wild(y: Tensor, random: torch.Generator) -> Tensor:
    y = y.clone()
    y[torch.randperm(len(y), generator=random)[:10]] = 1e4
    return y


def _sorted(data: Data, _: torch.Generator) -> Data:
    order = torch.argsort(data.y, stable=True)
    return dataclasses.replace(data, x=data.x[order], y=data.y[order])


FAULTS = (
    _fault(
        "unscaled",
        "regression cnn mlp",
        _both(lambda x: 300 * x + 500),
        "input-data",
        r"scal|standardi|normali",
    ),
    _fault(
        "scaled-twice",
        "cnn mlp",
        _both(lambda x: x / 4096),
        "input-data",
        r"scal|standardi|normali",
    ),
    _fault(
        "nan-inputs",
        "mlp regression",
        lambda recipe: recipe.with_data(_missing),
        "non-finite input-data",
        r"mask|missing|nan|input|replace",
    ),
    _fault(
        "constant-channel",
        "recurrent",
        _both(_without_cue),
        "input-data",
        r"channel|input|constant",
    ),
    _fault(
        "shuffled-labels",
        "mlp batchnorm transformer",
        _labels(_shuffled),
        "labels fit loss-plateau",
        r"label",
    ),
    _fault("one-class", "mlp batchnorm", _labels(lambda y, _: 0 * y), "labels", r"label|shuffle"),
    _fault(
        "labels-off-by-one",
        "mlp batchnorm",
        _labels(lambda y, _: (y + 1) % (y.max() + 1)),
        "labels fit",
        r"label|class",
    ),
    _fault(
        "sorted-batches",
        "mlp batchnorm cnn",
        lambda recipe: recipe.with_data(_sorted).where(shuffles=False),
        "loss-oscillation loss-spike labels fit",
        r"shuffle|batch",
    ),
    _fault(
        "wild-labels",
        "regression",
        _labels(_one_wild),
        "labels loss-spike exploding-gradient",
        r"label|standardi|clip",
    ),
)
