"""What is wrong in the faults of `heldout`, a function each."""

from __future__ import annotations

import dataclasses
import functools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.faults.bases import adam
from benchmarks.faults.data import Data
from benchmarks.faults.nets import Mlp
from benchmarks.faults.recipe import Recipe

# -- data -----------------------------------------------------------------------------------


def one_unscaled(data: Data, _: torch.Generator) -> Data:
    """A column that the scaler missed: in units of a thousandth of those of the others."""
    x, x_val = data.x.clone(), data.x_val.clone()
    x[:, 7] = 2000 * x[:, 7] + 9000
    x_val[:, 7] = 2000 * x_val[:, 7] + 9000
    return dataclasses.replace(data, x=x, x_val=x_val)


def inverted(data: Data, _: torch.Generator) -> Data:
    """Black on white where the training has white on black."""
    return dataclasses.replace(data, x_val=1 - data.x_val)


def leaked(data: Data, random: torch.Generator) -> Data:
    """A column that holds the answer, but not for those who are asked later."""
    x, x_val = data.x.clone(), data.x_val.clone()
    x[:, 0] = data.y.to(x.dtype)
    others = torch.randperm(len(x_val), generator=random)
    x_val[:, 0] = data.y_val[others].to(x.dtype)
    return dataclasses.replace(data, x=x, x_val=x_val)


def blank(data: Data, random: torch.Generator) -> Data:
    """Most images could not be read, and are black."""
    x = data.x.clone()
    x[torch.rand(len(x), generator=random) < 0.95] = 0
    return dataclasses.replace(data, x=x)


# -- initialisation -------------------------------------------------------------------------


@torch.no_grad()
def sure_of_one_class(net: nn.Module) -> None:
    """A prior that was to be log(100)."""
    net.logits.bias[0] = 100.0


@torch.no_grad()
def large_recurrent(net: nn.Module) -> None:
    """A standard deviation that fits a layer of no width."""
    nn.init.normal_(net.rnn.weight_hh_l0, std=4.0)


@torch.no_grad()
def one_sided(net: nn.Module) -> None:
    """The lower end of the interval given, the upper one forgotten."""
    nn.init.uniform_(net.dense_1.weight, -0.2, 0.0)


# -- activation -----------------------------------------------------------------------------


def softmax(x: Tensor) -> Tensor:
    """Of the hidden layers: units compete for a sum of one."""
    return torch.softmax(x, -1)


def step(x: Tensor) -> Tensor:
    """Has no derivative."""
    return (x > 0).to(x.dtype)


def high_threshold(x: Tensor) -> Tensor:
    """ReLU with a threshold that inputs never reach."""
    return F.threshold(x, 10.0, 0.0)


# -- loss -----------------------------------------------------------------------------------


def scaled_down(outputs: Tensor, labels: Tensor) -> Tensor:
    """The mean is divided by the number of examples once more."""
    return F.cross_entropy(outputs, labels) / 4096


def log_of_zero(outputs: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy by hand: 0 log 0 once a probability is rounded to one."""
    chances = torch.softmax(outputs, -1)
    told = F.one_hot(labels, outputs.shape[-1])
    return -(told * chances.log() + (1 - told) * (1 - chances).log()).sum(-1).mean()


# -- optimizer ------------------------------------------------------------------------------


def cleared(net: nn.Module, _: int) -> None:
    """As by a `zero_grad` between `backward` and `step`."""
    for parameter in net.parameters():
        parameter.grad.zero_()


def decayed_per_batch(step: int) -> float:
    """What is meant for epochs."""
    return 0.8**step


def second_is_fast(net: nn.Module) -> list[dict[str, object]]:
    """A group of its own for the second layer, whose rate was meant as a factor."""
    second = net.dense_2 if hasattr(net, "dense_2") else net.conv_2
    mine = set(second.parameters())
    others = [parameter for parameter in net.parameters() if parameter not in mine]
    return [{"params": others}, {"params": list(mine), "lr": 100.0}]


# -- architecture ---------------------------------------------------------------------------


class Mixed(Mlp):
    """Transposes and reshapes so that the features of many examples end up in each row."""

    def forward(self, x: Tensor) -> Tensor:
        """As of `Mlp`."""
        return super().forward(x.flatten(1).T.reshape(len(x), -1))


def mixed(recipe: Recipe) -> Recipe:
    """Another forward of the same net."""
    net = recipe.net
    assert isinstance(net, functools.partial)
    return recipe.where(net=functools.partial(Mixed, *net.args, **net.keywords))


def normed(x: Tensor) -> Tensor:
    """LayerNorm over one feature is zero whatever it is."""
    return F.layer_norm(x, x.shape[-1:])


def plain_cell(recipe: Recipe) -> Recipe:
    """A cell without gates, for 32 timesteps of which the first ones matter; an LSTM learns it."""

    def longer(data: Data, _: torch.Generator) -> Data:
        x, x_val = (each.repeat_interleave(2, 1) for each in (data.x, data.x_val))
        return dataclasses.replace(data, x=x, x_val=x_val)

    slower = recipe.where(optimizer=adam(5e-3), steps=800)
    return slower.with_data(longer).with_net(cell=nn.RNN)


# -- regularisation -------------------------------------------------------------------------


def always_dropped(x: Tensor) -> Tensor:
    """`training` is True unless told otherwise."""
    return F.dropout(F.relu(x), 0.8)


@torch.no_grad()
def noisy(net: nn.Module, _: int) -> None:
    """Noise as for privacy, without clipping or a batch large enough to outweigh it."""
    for parameter in net.parameters():
        parameter.grad.add_(torch.randn_like(parameter))
