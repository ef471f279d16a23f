"""Losses that do not fit the task."""

from __future__ import annotations

import functools

import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.faults.bases import sgd
from benchmarks.faults.fault import fault

_fault = functools.partial(fault, group="loss")


def sign_flipped(outputs: Tensor, labels: Tensor) -> Tensor:
    """Is minimised where it should be maximised."""
    return -F.cross_entropy(outputs, labels)


def error_flipped(outputs: Tensor, labels: Tensor) -> Tensor:
    """Likewise, of numbers."""
    return -F.mse_loss(outputs, labels)


def class_index_error(outputs: Tensor, labels: Tensor) -> Tensor:
    """Takes the number of a class for a value."""
    return F.mse_loss(outputs.mean(-1), labels.to(outputs.dtype))


FAULTS = (
    _fault(
        "sign-flipped",
        "mlp cnn regression",
        lambda recipe: recipe.where(
            loss=error_flipped if recipe.task == "numbers" else sign_flipped
        ),
        "loss-divergence output-loss",
        r"sign|loss",
    ),
    _fault(
        "squared-class-index",
        "mlp batchnorm",
        lambda recipe: recipe.where(loss=class_index_error),
        "output-loss",
        r"loss|entropy",
    ),
    _fault(
        "broadcast",
        "regression",
        lambda recipe: recipe.with_net(column=True),
        "output-loss loss-plateau fit",
        r"shape|broadcast|loss|column",
    ),
    _fault(
        "nll-of-logits",
        "mlp cnn",
        lambda recipe: recipe.where(loss=nn.NLLLoss()),
        "output-loss loss-divergence",
        r"log_?softmax|activation|entropy",
        "logits",
    ),
    _fault(
        "summed",
        "cnn batchnorm",
        lambda recipe: recipe.where(loss=nn.CrossEntropyLoss(reduction="sum"), optimizer=sgd(0.05)),
        "exploding-gradient update-ratio loss-divergence first-loss loss-spike",
        r"learning_rate|learning rate|mean|clip",
    ),
)
