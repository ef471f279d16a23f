"""Wrong steps, and parameters that get none."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.faults.bases import adam, sgd
from benchmarks.faults.fault import fault
from benchmarks.faults.recipe import Recipe

_fault = functools.partial(fault, group="optimizer")
_RATE = r"learning_rate|learning rate|clip|warm"
_FAST = "update-ratio exploding-gradient loss-divergence loss-spike loss-oscillation"


def _spike(factor: float, at: int) -> Callable[[nn.Module, int], None]:
    @torch.no_grad()
    def change(net: nn.Module, step: int) -> None:
        if step == at:
            for parameter in net.parameters():
                parameter.grad.mul_(factor)

    return change


def _rate_jump(recipe: Recipe) -> Recipe:
    return recipe.where(rate=lambda step: 1.0 if step < 150 else 500.0, injected=150)


def _only_the_last(net: nn.Module) -> list[nn.Parameter]:
    return list(net.logits.parameters())


def _of_another(net: nn.Module) -> list[nn.Parameter]:
    """The parameters of a net that was built anew since."""
    return [nn.Parameter(parameter.detach().clone()) for parameter in net.parameters()]


FAULTS = (
    _fault(
        "rate-high-adam",
        "mlp deep cnn recurrent",
        lambda recipe: recipe.where(optimizer=adam(0.5)),
        _FAST,
        _RATE,
    ),
    _fault(
        "rate-high-sgd",
        "cnn batchnorm regression",
        lambda recipe: recipe.where(optimizer=sgd(5.0)),
        _FAST,
        _RATE,
    ),
    _fault(
        "rate-low",
        "mlp cnn recurrent transformer",
        lambda recipe: recipe.where(optimizer=adam(1e-6)),
        "update-ratio loss-plateau frozen",
        r"learning_rate|learning rate",
    ),
    _fault(
        "layers-left-out",
        "deep recurrent",
        lambda recipe: recipe.where(parameters=_only_the_last),
        "frozen",
        r"optimizer|trainable|parameter",
        "dense_1 dense_2 dense_3 dense_4 dense_5 dense_6 dense_7 dense_8 rnn",
    ),
    _fault(
        "another-net",
        "mlp transformer",
        lambda recipe: recipe.where(parameters=_of_another),
        "frozen",
        r"optimizer|step",
    ),
    _fault(
        "gradients-kept",
        "cnn batchnorm mlp",
        lambda recipe: recipe.where(clears=False, optimizer=sgd(0.05)),
        _FAST,
        _RATE + r"|zero_grad|clear|accumul",
    ),
    _fault(
        "momentum",
        "cnn batchnorm",
        lambda recipe: recipe.where(optimizer=sgd(0.05, 0.9995)),
        _FAST,
        r"momentum|learning_rate|learning rate",
    ),
    _fault(
        "gradient-spike",
        "cnn mlp regression",
        lambda recipe: recipe.where(optimizer=sgd(0.05), injected=150).with_gradients(
            _spike(3000.0, 150)
        ),
        "exploding-gradient loss-spike",
        r"clip|learning_rate|learning rate",
    ),
    _fault(
        "rate-jump",
        "mlp deep cnn",
        _rate_jump,
        _FAST,
        _RATE + "|schedule",
    ),
)
