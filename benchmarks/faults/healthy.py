"""Trainings in which nothing is wrong, of many kinds: any alarm in them is a false one."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.faults import data
from benchmarks.faults.bases import BASES, adam, sgd
from benchmarks.faults.nets import Mlp
from benchmarks.faults.recipe import Recipe, trainable


@dataclasses.dataclass(frozen=True)
class Variant:
    """A kind of healthy training: on which bases, and what it changes there."""

    name: str
    bases: tuple[str, ...]
    change: Callable[[Recipe], Recipe]
    seeds: int = 20


def _net(**arguments: object) -> Callable[[Recipe], Recipe]:
    return lambda recipe: recipe.with_net(**arguments)


def _decayed(recipe: Recipe) -> Recipe:
    return recipe.where(optimizer=functools.partial(torch.optim.AdamW, lr=3e-3, weight_decay=0.05))


def _warmed_up(recipe: Recipe) -> Recipe:
    """Linear over the first tenth, then a cosine to zero."""
    warm = recipe.steps // 10

    def rate(step: int) -> float:
        if step <= warm:
            return step / warm
        return 0.5 + 0.5 * math.cos(math.pi * (step - warm) / (recipe.steps - warm))

    return recipe.where(rate=rate)


def _sparse(recipe: Recipe) -> Recipe:
    norm = BASES["batchnorm"].net.keywords.get("norm") if recipe is BASES["batchnorm"] else False
    return recipe.where(
        data=functools.partial(data.clusters, sparse=0.9),
        net=functools.partial(Mlp, 80, 4, norm=norm),
        steps=400,
    )


def _padded(recipe: Recipe) -> Recipe:
    return recipe.where(data=functools.partial(recipe.data, least=5))


def _pretrained(recipe: Recipe) -> Recipe:
    """All but the last two layers with weights were trained before, and are frozen."""

    def train_and_freeze(net: nn.Module) -> None:
        told = recipe.data(0)
        optimizer = adam(3e-3)(trainable(net))
        for start in range(0, 150 * 64, 64):
            rows = torch.arange(start, start + 64) % len(told.x)
            optimizer.zero_grad()
            recipe.loss(net(told.x[rows]), told.y[rows]).backward()
            optimizer.step()
        layers = [layer for layer in net.children() if list(layer.parameters())]
        for layer in layers[:-1]:
            layer.requires_grad_(False)
        layers[-1].reset_parameters()

    return recipe.with_prepared(train_and_freeze)


def _residual(recipe: Recipe) -> Recipe:
    """Eight layers that add nothing at first."""
    return recipe.where(net=functools.partial(Mlp, 64, 10, depth=8, residual=True))


def _smoothed(recipe: Recipe) -> Recipe:
    return recipe.where(loss=nn.CrossEntropyLoss(label_smoothing=0.1))


def _imbalanced(recipe: Recipe) -> Recipe:
    shares = (0.75, 0.14, 0.07, 0.04)
    return recipe.where(data=functools.partial(data.clusters, weights=shares), steps=500)


def _small(recipe: Recipe) -> Recipe:
    """A few hundred examples, of which a small net must make do."""
    few = {"mlp": (data.breast_cancer, 30, 2), "batchnorm": (data.wine, 13, 3)}
    if recipe is BASES["regression"]:
        net = functools.partial(Mlp, 10, 1, width=8, depth=1)
        decayed = functools.partial(torch.optim.AdamW, lr=3e-3, weight_decay=0.1)
        return recipe.where(data=data.diabetes, net=net, optimizer=decayed, steps=200)
    name = "mlp" if recipe is BASES["mlp"] else "batchnorm"
    source, inputs, outputs = few[name]
    net = functools.partial(Mlp, inputs, outputs, width=16, norm=name == "batchnorm")
    return recipe.where(data=source, net=net, optimizer=sgd(0.02), steps=120)


PLAIN = Variant("plain", tuple(BASES), lambda recipe: recipe, 42)
VARIANTS = (
    PLAIN,
    Variant("leaky-relu", ("mlp", "cnn", "deep", "regression"), _net(activation=F.leaky_relu)),
    Variant("gelu", ("mlp", "cnn", "batchnorm", "regression"), _net(activation=F.gelu)),
    Variant("tanh", ("mlp", "cnn", "batchnorm", "regression"), _net(activation=torch.tanh)),
    Variant("dropout", ("mlp", "cnn", "batchnorm", "transformer"), _net(dropout=0.5)),
    Variant("weight-decay", ("mlp", "transformer", "regression", "deep"), _decayed),
    Variant("warm-up", ("cnn", "transformer", "deep", "regression"), _warmed_up),
    Variant("sparse-inputs", ("mlp", "batchnorm"), _sparse),
    Variant("padding", ("transformer", "recurrent"), _padded),
    Variant("pretrained", ("cnn", "mlp"), _pretrained),
    Variant("residual", ("deep",), _residual),
    Variant("label-smoothing", ("mlp", "cnn", "transformer", "batchnorm"), _smoothed),
    Variant("imbalanced", ("batchnorm",), _imbalanced),
    Variant("small-data", ("mlp", "batchnorm", "regression"), _small),
    Variant("gru", ("recurrent",), _net(cell=nn.GRU)),
    Variant("wide", ("mlp", "regression"), _net(width=256)),
)
