"""Weights and biases that begin wrong."""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.faults.fault import fault
from benchmarks.faults.recipe import Recipe

_fault = functools.partial(fault, group="initialisation")


def _set(pattern: str, change: Callable[[nn.Parameter], None]) -> Callable[[Recipe], Recipe]:
    @torch.no_grad()
    def prepare(net: nn.Module) -> None:
        for name, parameter in net.named_parameters():
            if fnmatch.fnmatch(name, pattern):
                change(parameter)

    return lambda recipe: recipe.with_prepared(prepare)


FAULTS = (
    _fault(
        "zeros",
        "mlp deep cnn",
        _set("*", lambda p: nn.init.zeros_(p)),
        "initialisation clones",
        r"initiali",
    ),
    _fault(
        "constant-weights",
        "mlp deep cnn",
        _set("*weight", lambda p: nn.init.constant_(p, 0.03)),
        "initialisation clones",
        r"initiali",
    ),
    _fault(
        "large-weights",
        "deep mlp regression",
        _set("*weight", lambda p: p.mul_(15)),
        "initialisation variance-growth first-loss",
        r"initiali",
    ),
    _fault(
        "small-weights",
        "deep cnn",
        _set("*", lambda p: p.mul_(0.03)),
        "initialisation variance-growth vanishing-gradient",
        r"initiali",
    ),
    _fault(
        "one-layer-large",
        "deep",
        _set("dense_4.weight", lambda p: p.mul_(300)),
        "initialisation variance-growth first-loss",
        r"initiali",
        "dense_4",
    ),
    _fault(
        "bias-minus-ten",
        "mlp deep",
        _set("dense_2.bias", lambda p: nn.init.constant_(p, -10)),
        "never-firing negative-preactivation initialisation abnormal-weights",
        r"bias|leaky|initiali",
        "dense_2",
    ),
    _fault(
        "bias-minus-three",
        "cnn",
        _set("conv_2.bias", lambda p: nn.init.constant_(p, -3)),
        "never-firing negative-preactivation initialisation abnormal-weights",
        r"bias|leaky|initiali",
        "conv_2",
    ),
    _fault(
        "forget-bias",
        "recurrent",
        _set("rnn.bias_hh_l0", lambda p: p[24:48].fill_(-10)),
        "gates amnesia initialisation abnormal-weights",
        r"forget|bias",
        "rnn",
    ),
)
