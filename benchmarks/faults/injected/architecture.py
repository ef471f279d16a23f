"""Nets that are built wrong."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.faults.bases import sgd
from benchmarks.faults.data import Data
from benchmarks.faults.fault import fault
from benchmarks.faults.nets import Mlp
from benchmarks.faults.recipe import Recipe

_fault = functools.partial(fault, group="architecture")


def _bias_spike(layer: str, at: int) -> Callable[[nn.Module, int], None]:
    """One huge gradient, of one layer's bias."""

    @torch.no_grad()
    def change(net: nn.Module, step: int) -> None:
        if step == at:
            getattr(net, layer).bias.grad.add_(1e3)

    return change


def _too_deep(recipe: Recipe) -> Recipe:
    return recipe.where(net=functools.partial(Mlp, 64, 10, depth=20, width=32))


def _one_token(recipe: Recipe) -> Recipe:
    """An embedding that knows one token, as of a vocabulary that was never filled."""

    def clipped(data: Data, _: torch.Generator) -> Data:
        told = {"x": data.x.clamp(max=1), "x_val": data.x_val.clamp(max=1)}
        return dataclasses.replace(data, **told)

    return recipe.with_data(clipped)


FAULTS = (
    _fault(
        "detached",
        "deep",
        lambda recipe: recipe.with_net(cut=6),
        "frozen vanishing-gradient",
        r"trainable|detach|gradient|optimizer",
        "dense_1 dense_2 dense_3 dense_4 dense_5 dense_6",
    ),
    _fault(
        "killed-relu",
        "cnn mlp deep",
        lambda recipe: recipe.where(
            optimizer=sgd(0.05 if recipe.net.func is not Mlp else 0.03), injected=120
        ).with_gradients(_bias_spike("conv_1" if recipe.net.func is not Mlp else "dense_1", 120)),
        "never-firing negative-preactivation exploding-gradient abnormal-weights",
        r"leaky|clip|learning_rate|learning rate",
        "conv_1 dense_1",
    ),
    _fault(
        "bottleneck",
        "deep batchnorm",
        lambda recipe: recipe.with_net(narrow=2),
        "fit loss-plateau clones",
        r"units|width|capacity",
        "dense_2",
    ),
    _fault(
        "too-deep",
        "deep",
        _too_deep,
        "vanishing-gradient variance-growth initialisation",
        r"initiali|residual|norm",
    ),
    _fault(
        "mask-ignored",
        "recurrent",
        lambda recipe: recipe.with_net(masked=False),
        "amnesia constant-over-time constant-over-batch",
        r"mask|valid|pack|last",
    ),
    _fault(
        "one-token",
        "transformer",
        _one_token,
        "input-data",
        r"token|vocabular|embedding|input",
    ),
)
