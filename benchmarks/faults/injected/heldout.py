"""Faults of all groups that were written after the rules, and on which no rule was tuned.

What is expected of each was fixed before any diagnosis of it was seen.
"""

from __future__ import annotations

from torch import nn

from benchmarks.faults.bases import adam, sgd
from benchmarks.faults.fault import Fault
from benchmarks.faults.injected import heldout_changes as wrong

_RATE = r"learning_rate|learning rate"
_FAST = "update-ratio exploding-gradient loss-divergence loss-spike loss-oscillation"

FAULTS = (
    Fault(
        "one-feature-unscaled",
        "data",
        ("regression", "batchnorm"),
        lambda recipe: recipe.with_data(wrong.one_unscaled),
        frozenset(("input-data",)),
        r"scal|standardi|normali",
        seeds=4,
    ),
    Fault(
        "inverted-validation",
        "data",
        ("mlp", "cnn"),
        lambda recipe: recipe.with_data(wrong.inverted),
        frozenset(("input-data", "train-eval", "fit")),
        r"preprocess|valid|same|input|scal|normali|distribution",
        seeds=4,
    ),
    Fault(
        "leaked-label",
        "data",
        ("batchnorm", "regression"),
        lambda recipe: recipe.with_data(wrong.leaked),
        frozenset(("input-data", "labels", "train-eval", "fit")),
        r"leak|feature|input|split|label",
        seeds=4,
    ),
    Fault(
        "blank-images",
        "data",
        ("mlp", "cnn"),
        lambda recipe: recipe.with_data(wrong.blank),
        frozenset(("input-data", "labels", "fit")),
        r"input|data|image|label",
        seeds=4,
    ),
    Fault(
        "output-bias",
        "initialisation",
        ("mlp", "deep"),
        lambda recipe: recipe.with_prepared(wrong.sure_of_one_class),
        frozenset(("initialisation", "first-loss", "abnormal-weights")),
        r"initiali|bias",
        ("logits",),
        seeds=4,
    ),
    Fault(
        "recurrent-large",
        "initialisation",
        ("recurrent",),
        lambda recipe: recipe.with_prepared(wrong.large_recurrent),
        frozenset(("initialisation", "gates", "saturated", "exploding-gradient", "amnesia")),
        r"initiali|orthogonal",
        ("rnn",),
        seeds=4,
    ),
    Fault(
        "one-sided",
        "initialisation",
        ("mlp", "deep"),
        lambda recipe: recipe.with_prepared(wrong.one_sided),
        frozenset(("initialisation", "never-firing", "negative-preactivation", "abnormal-weights")),
        r"initiali|leaky|bias",
        ("dense_1",),
        seeds=4,
    ),
    Fault(
        "softmax-hidden",
        "activation",
        ("deep", "cnn"),
        lambda recipe: recipe.with_net(activation=wrong.softmax),
        frozenset(("vanishing-gradient", "saturated", "variance-growth", "constant-over-batch")),
        r"activation|relu|softmax",
        seeds=4,
    ),
    Fault(
        "step-activation",
        "activation",
        ("deep",),
        lambda recipe: recipe.with_net(activation=wrong.step),
        frozenset(("frozen", "vanishing-gradient", "saturated")),
        r"activation|relu|step|detach|gradient",
        ("dense_*",),
        seeds=4,
    ),
    Fault(
        "high-threshold",
        "activation",
        ("mlp", "cnn"),
        lambda recipe: recipe.with_net(activation=wrong.high_threshold),
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
        lambda recipe: recipe.where(loss=wrong.scaled_down),
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
        lambda recipe: recipe.where(loss=wrong.log_of_zero, optimizer=adam(1e-2)),
        frozenset(("non-finite", "output-loss")),
        r"log|eps|clamp|softmax|stable|loss",
        seeds=4,
    ),
    Fault(
        "cleared-before-step",
        "optimizer",
        ("mlp", "cnn", "recurrent"),
        lambda recipe: recipe.with_gradients(wrong.cleared),
        frozenset(("frozen", "update-ratio", "vanishing-gradient")),
        r"optimizer|step|zero_grad|gradient|trainable",
        seeds=6,
    ),
    Fault(
        "decayed-per-batch",
        "optimizer",
        ("mlp", "transformer", "recurrent"),
        lambda recipe: recipe.where(rate=wrong.decayed_per_batch),
        frozenset(("update-ratio", "loss-plateau", "frozen", "fit")),
        _RATE + r"|schedule|decay",
        seeds=6,
    ),
    Fault(
        "one-group-fast",
        "optimizer",
        ("mlp", "deep", "cnn"),
        lambda recipe: recipe.where(parameters=wrong.second_is_fast),
        frozenset(_FAST.split()),
        _RATE + r"|clip|warm",
        ("dense_2", "conv_2"),
        seeds=6,
    ),
    Fault(
        "mixed-rows",
        "architecture",
        ("mlp", "batchnorm", "regression"),
        wrong.mixed,
        frozenset(("input-data", "labels", "fit", "loss-plateau")),
        r"label|input|shape|transpose|batch",
        seeds=6,
    ),
    Fault(
        "normed-output",
        "architecture",
        ("regression",),
        lambda recipe: recipe.with_net(final=wrong.normed),
        frozenset(("constant-over-batch", "vanishing-gradient", "output-loss", "frozen")),
        r"norm|activation|output",
        ("logits",),
        seeds=4,
    ),
    Fault(
        "plain-cell",
        "architecture",
        ("recurrent",),
        wrong.plain_cell,
        frozenset(("amnesia", "vanishing-gradient", "exploding-gradient", "saturated")),
        r"lstm|gru|cell|gate|skip|orthogonal|attention",
        ("rnn",),
        seeds=4,
    ),
    Fault(
        "dropout-always",
        "regularisation",
        ("mlp", "cnn"),
        lambda recipe: recipe.with_net(activation=wrong.always_dropped),
        frozenset(("train-eval", "fit", "loss-plateau", "loss-oscillation")),
        r"dropout",
        seeds=4,
    ),
    Fault(
        "noisy-gradients",
        "regularisation",
        ("cnn", "mlp", "batchnorm"),
        lambda recipe: recipe.where(optimizer=sgd(0.05)).with_gradients(wrong.noisy),
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
