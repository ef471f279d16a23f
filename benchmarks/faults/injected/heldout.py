"""Faults of all groups that were written after the rules, and on which no rule was tuned.

What is expected of each was fixed before any diagnosis of it was seen.
"""

from __future__ import annotations

import dataclasses
import functools

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.faults.bases import adam, sgd
from benchmarks.faults.data import Data
from benchmarks.faults.fault import Fault
from benchmarks.faults.nets import Mlp
from benchmarks.faults.recipe import Recipe

_RATE = r"learning_rate|learning rate"
_FAST = "update-ratio exploding-gradient loss-divergence loss-spike loss-oscillation"


# -- data -----------------------------------------------------------------------------------


def _one_unscaled(data: Data, _: torch.Generator) -> Data:
    """A column that the scaler missed: in units of a thousandth of those of the others."""
    x, x_val = data.x.clone(), data.x_val.clone()
    x[:, 7] = 2000 * x[:, 7] + 9000
    x_val[:, 7] = 2000 * x_val[:, 7] + 9000
    return dataclasses.replace(data, x=x, x_val=x_val)


def _inverted(data: Data, _: torch.Generator) -> Data:
    """Black on white where the training has white on black."""
    return dataclasses.replace(data, x_val=1 - data.x_val)


def _leaked(data: Data, random: torch.Generator) -> Data:
    """A column that holds the answer, but not for those who are asked later."""
    x, x_val = data.x.clone(), data.x_val.clone()
    x[:, 0] = data.y.to(x.dtype)
    others = torch.randperm(len(x_val), generator=random)
    x_val[:, 0] = data.y_val[others].to(x.dtype)
    return dataclasses.replace(data, x=x, x_val=x_val)


def _blank(data: Data, random: torch.Generator) -> Data:
    """Most images could not be read, and are black."""
    x = data.x.clone()
    x[torch.rand(len(x), generator=random) < 0.95] = 0
    return dataclasses.replace(data, x=x)


# -- initialisation -------------------------------------------------------------------------


@torch.no_grad()
def _sure_of_one_class(net: nn.Module) -> None:
    net.logits.bias[0] = 100.0


@torch.no_grad()
def _large_recurrent(net: nn.Module) -> None:
    nn.init.normal_(net.rnn.weight_hh_l0, std=4.0)


@torch.no_grad()
def _one_sided(net: nn.Module) -> None:
    """The lower end of the interval given, the upper one forgotten."""
    nn.init.uniform_(net.dense_1.weight, -0.2, 0.0)


# -- activation -----------------------------------------------------------------------------


def _softmax(x: Tensor) -> Tensor:
    return torch.softmax(x, -1)


def _step(x: Tensor) -> Tensor:
    return (x > 0).to(x.dtype)


def _high_threshold(x: Tensor) -> Tensor:
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


def _cleared(net: nn.Module, _: int) -> None:
    """As by a `zero_grad` between `backward` and `step`."""
    for parameter in net.parameters():
        parameter.grad.zero_()


def _decayed_per_batch(step: int) -> float:
    """What is meant for epochs."""
    return 0.8**step


def _second_is_fast(net: nn.Module) -> list[dict[str, object]]:
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


def _mixed(recipe: Recipe) -> Recipe:
    return recipe.where(net=functools.partial(Mixed, *recipe.net.args, **recipe.net.keywords))


def _normed(x: Tensor) -> Tensor:
    """LayerNorm over one feature is zero whatever it is."""
    return F.layer_norm(x, x.shape[-1:])


def _plain_cell(recipe: Recipe) -> Recipe:
    """A cell without gates, for 32 timesteps of which the first ones matter; an LSTM learns it."""

    def longer(data: Data, _: torch.Generator) -> Data:
        x, x_val = (each.repeat_interleave(2, 1) for each in (data.x, data.x_val))
        return dataclasses.replace(data, x=x, x_val=x_val)

    slower = recipe.where(optimizer=adam(5e-3), steps=800)
    return slower.with_data(longer).with_net(cell=nn.RNN)


# -- regularisation -------------------------------------------------------------------------


def _always_dropped(x: Tensor) -> Tensor:
    """`training` is True unless told otherwise."""
    return F.dropout(F.relu(x), 0.8)


@torch.no_grad()
def _noisy(net: nn.Module, _: int) -> None:
    for parameter in net.parameters():
        parameter.grad.add_(torch.randn_like(parameter))


FAULTS = (
    Fault(
        "one-feature-unscaled",
        "data",
        ("regression", "batchnorm"),
        lambda recipe: recipe.with_data(_one_unscaled),
        frozenset(("input-data",)),
        r"scal|standardi|normali",
        seeds=4,
    ),
    Fault(
        "inverted-validation",
        "data",
        ("mlp", "cnn"),
        lambda recipe: recipe.with_data(_inverted),
        frozenset(("input-data", "train-eval", "fit")),
        r"preprocess|valid|same|input|scal|normali|distribution",
        seeds=4,
    ),
    Fault(
        "leaked-label",
        "data",
        ("batchnorm", "regression"),
        lambda recipe: recipe.with_data(_leaked),
        frozenset(("input-data", "labels", "train-eval", "fit")),
        r"leak|feature|input|split|label",
        seeds=4,
    ),
    Fault(
        "blank-images",
        "data",
        ("mlp", "cnn"),
        lambda recipe: recipe.with_data(_blank),
        frozenset(("input-data", "labels", "fit")),
        r"input|data|image|label",
        seeds=4,
    ),
    Fault(
        "output-bias",
        "initialisation",
        ("mlp", "deep"),
        lambda recipe: recipe.with_prepared(_sure_of_one_class),
        frozenset(("initialisation", "first-loss", "abnormal-weights")),
        r"initiali|bias",
        ("logits",),
        seeds=4,
    ),
    Fault(
        "recurrent-large",
        "initialisation",
        ("recurrent",),
        lambda recipe: recipe.with_prepared(_large_recurrent),
        frozenset(("initialisation", "gates", "saturated", "exploding-gradient", "amnesia")),
        r"initiali|orthogonal",
        ("rnn",),
        seeds=4,
    ),
    Fault(
        "one-sided",
        "initialisation",
        ("mlp", "deep"),
        lambda recipe: recipe.with_prepared(_one_sided),
        frozenset(("initialisation", "never-firing", "negative-preactivation", "abnormal-weights")),
        r"initiali|leaky|bias",
        ("dense_1",),
        seeds=4,
    ),
    Fault(
        "softmax-hidden",
        "activation",
        ("deep", "cnn"),
        lambda recipe: recipe.with_net(activation=_softmax),
        frozenset(("vanishing-gradient", "saturated", "variance-growth", "constant-over-batch")),
        r"activation|relu|softmax",
        seeds=4,
    ),
    Fault(
        "step-activation",
        "activation",
        ("deep",),
        lambda recipe: recipe.with_net(activation=_step),
        frozenset(("frozen", "vanishing-gradient", "saturated")),
        r"activation|relu|step|detach|gradient",
        ("dense_*",),
        seeds=4,
    ),
    Fault(
        "high-threshold",
        "activation",
        ("mlp", "cnn"),
        lambda recipe: recipe.with_net(activation=_high_threshold),
        frozenset(
            (
                *("never-firing", "rarely-firing", "negative-preactivation"),
                *("constant-over-batch", "dormant", "vanishing-gradient", "frozen"),
            )
        ),
        r"activation|leaky|relu|threshold",
        seeds=4,
    ),
    Fault(
        "ignored-class",
        "loss",
        ("mlp", "transformer", "batchnorm"),
        lambda recipe: recipe.where(loss=nn.CrossEntropyLoss(ignore_index=0)),
        frozenset(("output-loss", "labels", "fit")),
        r"ignore|label|class|loss|weight",
        seeds=6,
    ),
    Fault(
        "scaled-down",
        "loss",
        ("cnn", "batchnorm"),
        lambda recipe: recipe.where(loss=scaled_down),
        frozenset(
            (
                *("update-ratio", "loss-plateau", "first-loss", "output-loss"),
                *("vanishing-gradient", "frozen"),
            )
        ),
        _RATE + r"|scal|mean|loss",
        seeds=4,
    ),
    Fault(
        "log-of-zero",
        "loss",
        ("mlp", "deep"),
        lambda recipe: recipe.where(loss=log_of_zero, optimizer=adam(1e-2)),
        frozenset(("non-finite", "output-loss")),
        r"log|eps|clamp|softmax|stable|loss",
        seeds=4,
    ),
    Fault(
        "cleared-before-step",
        "optimizer",
        ("mlp", "cnn", "recurrent"),
        lambda recipe: recipe.with_gradients(_cleared),
        frozenset(("frozen", "update-ratio", "vanishing-gradient")),
        r"optimizer|step|zero_grad|gradient|trainable",
        seeds=6,
    ),
    Fault(
        "decayed-per-batch",
        "optimizer",
        ("mlp", "transformer", "recurrent"),
        lambda recipe: recipe.where(rate=_decayed_per_batch),
        frozenset(("update-ratio", "loss-plateau", "frozen", "fit")),
        _RATE + r"|schedule|decay",
        seeds=6,
    ),
    Fault(
        "one-group-fast",
        "optimizer",
        ("mlp", "deep", "cnn"),
        lambda recipe: recipe.where(parameters=_second_is_fast),
        frozenset(_FAST.split()),
        _RATE + r"|clip|warm",
        ("dense_2", "conv_2"),
        seeds=6,
    ),
    Fault(
        "mixed-rows",
        "architecture",
        ("mlp", "batchnorm", "regression"),
        _mixed,
        frozenset(("input-data", "labels", "fit", "loss-plateau")),
        r"label|input|shape|transpose|batch",
        seeds=6,
    ),
    Fault(
        "normed-output",
        "architecture",
        ("regression",),
        lambda recipe: recipe.with_net(final=_normed),
        frozenset(("constant-over-batch", "vanishing-gradient", "output-loss", "frozen")),
        r"norm|activation|output",
        ("logits",),
        seeds=4,
    ),
    Fault(
        "plain-cell",
        "architecture",
        ("recurrent",),
        _plain_cell,
        frozenset(("amnesia", "vanishing-gradient", "exploding-gradient", "saturated")),
        r"lstm|gru|cell|gate|skip|orthogonal|attention",
        ("rnn",),
        seeds=4,
    ),
    Fault(
        "dropout-always",
        "regularisation",
        ("mlp", "cnn"),
        lambda recipe: recipe.with_net(activation=_always_dropped),
        frozenset(("train-eval", "fit", "loss-plateau", "loss-oscillation")),
        r"dropout",
        seeds=4,
    ),
    Fault(
        "noisy-gradients",
        "regularisation",
        ("cnn", "mlp", "batchnorm"),
        lambda recipe: recipe.where(optimizer=sgd(0.05)).with_gradients(_noisy),
        frozenset((*_FAST.split(), "loss-plateau")),
        _RATE + r"|noise|clip|batch",
        seeds=6,
    ),
    Fault(
        "tiny-batches",
        "regularisation",
        ("batchnorm",),
        lambda recipe: recipe.where(batch=2),
        frozenset(("train-eval", "loss-oscillation", "loss-spike", "update-ratio")),
        _RATE + r"|batch|group|layer_?norm|momentum",
        ("norm_*",),
        seeds=4,
    ),
)
