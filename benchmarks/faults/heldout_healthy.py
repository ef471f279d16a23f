"""Healthy trainings of kinds that no rule was tuned on; see `injected.heldout`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.faults import data
from benchmarks.faults.bases import BASES, adam, sgd
from benchmarks.faults.data import Data
from benchmarks.faults.healthy import Variant
from benchmarks.faults.nets import Mlp, Recurrent
from benchmarks.faults.recipe import Recipe


class PreNorm(nn.Module):
    """`stem`, branches that are normalised before and added to their input, `norm`, `logits`."""

    def __init__(self, inputs: int, outputs: int, *, width: int = 64, depth: int = 6) -> None:
        super().__init__()
        self.stem = nn.Linear(inputs, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.wide = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(depth))
        self.back = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.logits = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """`[N, ...]` -> `[N, outputs]`."""
        h = self.stem(x.flatten(1))
        for norm, wide, back in zip(self.norms, self.wide, self.back, strict=True):
            h = h + back(F.relu(wide(norm(h))))
        return self.logits(self.norm(h))


class GroupNormCnn(nn.Module):
    """Two convolutions with GroupNorm, a mean over the image, `logits`, for `[N, 1, 8, 8]`."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 32, 3, padding=1, bias=False)
        self.norm_1 = nn.GroupNorm(4, 32)
        self.conv_2 = nn.Conv2d(32, 64, 3, padding=1, stride=2, bias=False)
        self.norm_2 = nn.GroupNorm(4, 64)
        self.conv_3 = nn.Conv2d(64, 64, 3, padding=1, bias=False)
        self.logits = nn.Linear(64, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """`[N, 1, 8, 8]` -> `[N, outputs]`."""
        h = F.relu(self.norm_1(self.conv_1(x)))
        h = F.relu(self.norm_2(self.conv_2(h)))
        return self.logits(F.relu(self.conv_3(h)).mean((2, 3)))


class Shared(nn.Module):
    """`stem`, one layer that is applied three times, `logits`."""

    def __init__(self, inputs: int, outputs: int, *, width: int = 64) -> None:
        super().__init__()
        self.stem = nn.Linear(inputs, width)
        self.shared = nn.Linear(width, width)
        self.logits = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """`[N, ...]` -> `[N, outputs]`."""
        h = F.relu(self.stem(x.flatten(1)))
        for _ in range(3):
            h = F.relu(self.shared(h))
        return self.logits(h)


class Accumulated(torch.optim.SGD):
    """Updates after every fourth batch, by the sum of their gradients."""

    _batches = 0

    def step(self, closure: Any = None) -> Any:
        """As of SGD, every fourth time."""
        self._batches += 1
        return super().step(closure) if self._batches % 4 == 0 else None

    def zero_grad(self, set_to_none: bool = True) -> None:
        """As of SGD, where an update has been."""
        if self._batches % 4 == 0:
            super().zero_grad(set_to_none)


def _noisy(recipe: Recipe) -> Recipe:
    """A third of the labels is wrong, or most of a number is chance; in validation too."""

    def changed(told: Data, random: torch.Generator) -> Data:
        y, y_val = (_with_noise(each, recipe.task, random) for each in (told.y, told.y_val))
        return Data(told.x, y, told.x_val, y_val)

    return recipe.with_data(changed).where(optimizer=adam(1e-3))


def _with_noise(y: Tensor, task: str, random: torch.Generator) -> Tensor:
    if task == "numbers":
        return (y + 1.5 * torch.randn(y.shape, generator=random)) / math.sqrt(1 + 1.5**2)
    others = torch.randint(0, int(y.max()) + 1, y.shape, generator=random)
    return torch.where(torch.rand(y.shape, generator=random) < 0.4, others, y)


def _large_batches(recipe: Recipe) -> Recipe:
    """A cosine from the first step to zero at the last, over batches of 512."""
    told = math.pi / recipe.steps
    return recipe.where(batch=512, rate=lambda step: 0.5 + 0.5 * math.cos(told * (step - 1)))


def _rare_class(seed: int) -> Data:
    """6,000 points of 20 features; one in twenty is of the second class."""
    from sklearn.datasets import make_classification

    x, y = make_classification(
        6000,
        20,
        n_informative=8,
        n_clusters_per_class=1,
        class_sep=2.0,
        flip_y=0.0,
        weights=[0.95, 0.05],
        random_state=seed,
    )
    cut, inputs = 4500, torch.from_numpy(x).float()
    inputs = (inputs - inputs.mean(0)) / inputs.std(0)
    labels = torch.from_numpy(y).long()
    return Data(inputs[:cut], labels[:cut], inputs[cut:], labels[cut:])


def _rare(recipe: Recipe) -> Recipe:
    net = functools.partial(Mlp, 20, 2, norm=recipe is BASES["batchnorm"])
    return recipe.where(data=_rare_class, net=net)


def _net(
    made: Callable[[], nn.Module], rate: float = 0.02, steps: int = 300
) -> Callable[[Recipe], Recipe]:
    """Another net, and SGD with momentum."""
    return lambda recipe: recipe.where(net=made, optimizer=sgd(rate), steps=steps)


def _accumulated(recipe: Recipe) -> Recipe:
    made = functools.partial(Accumulated, lr=0.02, momentum=0.9)
    return recipe.where(optimizer=made, steps=2 * recipe.steps, batch=32)


def _tanh_cell(recipe: Recipe) -> Recipe:
    """A cell without gates, begun orthogonally (Saxe et al. 2014), for eight timesteps."""
    short = functools.partial(data.signals, count=4000)

    def first_eight(told: Data, _: torch.Generator) -> Data:
        return Data(told.x[:, :8], told.y, told.x_val[:, :8], told.y_val)

    def orthogonal(net: nn.Module) -> None:
        assert isinstance(net, Recurrent)
        nn.init.orthogonal_(net.rnn.weight_hh_l0)

    changed = recipe.where(data=short, optimizer=adam(5e-3), steps=500)
    return changed.with_data(first_eight).with_net(cell=nn.RNN).with_prepared(orthogonal)


VARIANTS = (
    Variant("noisy-labels", ("batchnorm", "regression"), _noisy, 10),
    Variant("large-batches", ("cnn", "batchnorm"), _large_batches, 10),
    Variant("pre-norm", ("deep",), _net(functools.partial(PreNorm, 64, 10)), 10),
    Variant("group-norm", ("cnn",), _net(functools.partial(GroupNormCnn, 10), 0.05), 10),
    Variant("shared-layer", ("mlp",), _net(functools.partial(Shared, 64, 10), 0.03, 450), 10),
    Variant("rare-class", ("mlp", "batchnorm"), _rare, 10),
    Variant("accumulated", ("cnn", "mlp"), _accumulated, 10),
    Variant("tanh-cell", ("recurrent",), _tanh_cell, 10),
)
