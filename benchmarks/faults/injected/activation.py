"""Activation functions that do not fit."""

from __future__ import annotations

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.faults.bases import sgd
from benchmarks.faults.fault import fault
from benchmarks.faults.nets import identity

_fault = functools.partial(fault, group="activation")


def _softmax(x: Tensor) -> Tensor:
    return torch.softmax(x, -1)


FAULTS = (
    _fault(
        "sigmoid",
        "deep",
        lambda recipe: recipe.with_net(activation=torch.sigmoid),
        "vanishing-gradient saturated variance-growth",
        r"activation|relu|sigmoid",
    ),
    _fault(
        "none",
        "regression",
        lambda recipe: recipe.with_net(activation=identity),
        "fit",
        r"activation|capacity|units|linear",
    ),
    _fault(
        "softmax-twice",
        "cnn mlp transformer",
        lambda recipe: recipe.with_net(final=_softmax).where(optimizer=sgd(0.05)),
        "output-loss",
        r"softmax|activation|logits",
        "logits",
    ),
    _fault(
        "relu-output",
        "regression transformer",
        lambda recipe: recipe.with_net(final=F.relu),
        "output-loss",
        r"activation|relu|linear",
        "logits",
    ),
    _fault(
        "sigmoid-output",
        "regression",
        lambda recipe: recipe.with_net(final=torch.sigmoid),
        "output-loss",
        r"activation|sigmoid|linear",
        "logits",
    ),
    _fault(
        "saturated-tanh",
        "batchnorm deep",
        lambda recipe: recipe.with_net(
            activation=lambda x: torch.tanh(30 * x), norm=False, depth=4, he=True
        ),
        "saturated vanishing-gradient initialisation exploding-gradient variance-growth",
        r"activation|initiali|norm",
    ),
)
