"""The seven nets that everything else is a variation of; each learns its task well."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn

from benchmarks.faults import data
from benchmarks.faults.nets import Cnn, Mlp, Recurrent, Transformer
from benchmarks.faults.recipe import Recipe


def valid_timesteps(x: Tensor) -> Tensor:
    """Of `data.signals`, `[N, T]`."""
    return x[..., -1] > 0


def valid_tokens(x: Tensor) -> Tensor:
    """Of `data.tokens`, `[N, T]`."""
    return x != 0


def adam(rate: float, **others: float) -> functools.partial[torch.optim.Optimizer]:
    """Adam with this learning rate."""
    return functools.partial(torch.optim.Adam, lr=rate, **others)


def sgd(rate: float, momentum: float = 0.9, **others: float) -> functools.partial:
    """SGD with this learning rate."""
    return functools.partial(torch.optim.SGD, lr=rate, momentum=momentum, **others)


BASES: dict[str, Recipe] = {
    "mlp": Recipe(data.digits, functools.partial(Mlp, 64, 10), adam(2e-3)),
    "batchnorm": Recipe(
        data.clusters, functools.partial(Mlp, 20, 4, depth=3, norm=True), sgd(0.05), steps=400
    ),
    "cnn": Recipe(data.digits, functools.partial(Cnn, 10), sgd(0.05), probe=512),
    "deep": Recipe(
        data.digits, functools.partial(Mlp, 64, 10, depth=8, he=True), adam(1e-3), steps=300
    ),
    "recurrent": Recipe(
        data.signals,
        functools.partial(Recurrent, 4, 4),
        adam(2e-2),
        mask=valid_timesteps,
        steps=400,
        probe=256,
    ),
    "transformer": Recipe(
        data.tokens,
        functools.partial(Transformer, data.VOCABULARY, data.TIMESTEPS, 4),
        adam(3e-3),
        mask=valid_tokens,
        steps=240,
        batch=32,
        probe=256,
    ),
    "regression": Recipe(
        data.surface,
        functools.partial(Mlp, 10, 1, depth=2),
        adam(3e-3),
        loss=nn.MSELoss(),
        task="numbers",
        steps=400,
    ),
}
