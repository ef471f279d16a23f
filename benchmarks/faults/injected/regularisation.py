"""Too much of a good thing, and statistics that never follow."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.faults.bases import sgd
from benchmarks.faults.data import Data
from benchmarks.faults.fault import fault
from benchmarks.faults.recipe import Recipe

_fault = functools.partial(fault, group="regularisation")


def _clipped(norm: float) -> Callable[[nn.Module, int], None]:
    def change(net: nn.Module, _: int) -> None:
        torch.nn.utils.clip_grad_norm_(net.parameters(), norm)

    return change


def _decayed(rate: float, decay: float) -> Callable[[Recipe], Recipe]:
    made = functools.partial(torch.optim.AdamW, lr=rate, weight_decay=decay)
    return lambda recipe: recipe.where(optimizer=made)


def _stale(recipe: Recipe) -> Recipe:
    """Inputs that BatchNorm must follow far from where its averages begin."""

    def shifted(data: Data, _: torch.Generator) -> Data:
        return dataclasses.replace(data, x=data.x * 8 + 4, x_val=data.x_val * 8 + 4)

    return recipe.with_net(momentum=1e-4).with_data(shifted)


FAULTS = (
    _fault(
        "dropout",
        "mlp recurrent cnn",
        lambda recipe: recipe.with_net(dropout=0.95),
        "train-eval fit loss-plateau",
        r"dropout",
    ),
    _fault(
        "stale-batchnorm",
        "batchnorm",
        _stale,
        "train-eval",
        r"momentum",
        "norm_*",
    ),
    _fault(
        "weight-decay",
        "mlp cnn transformer",
        _decayed(3e-3, 30.0),
        "abnormal-weights update-ratio",
        r"weight_decay|weight decay",
    ),
    _fault(
        "l2",
        "cnn batchnorm regression",
        lambda recipe: recipe.where(optimizer=sgd(0.05, 0.0, weight_decay=2.0)),
        "abnormal-weights update-ratio",
        r"weight_decay|weight decay",
    ),
    _fault(
        "clipped-to-nothing",
        "cnn mlp",
        lambda recipe: recipe.where(optimizer=sgd(0.05)).with_gradients(_clipped(1e-4)),
        "update-ratio loss-plateau",
        r"learning_rate|learning rate|clip",
    ),
    _fault(
        "smoothed-away",
        "mlp cnn",
        lambda recipe: recipe.where(
            loss=nn.CrossEntropyLoss(label_smoothing=0.99), optimizer=sgd(0.02)
        ),
        "output-loss labels loss-plateau fit",
        r"smooth",
    ),
)
