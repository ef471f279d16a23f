"""Fixes that several rules suggest, with the values that suit the run."""

from __future__ import annotations

import math

from tb_deepdebug.findings.finding import Fix
from tb_deepdebug.findings.grading import learning_rate
from tb_deepdebug.findings.view import Run


def lower_learning_rate(run: Run, reason: str, weight: float) -> Fix:
    """A tenth of the learning rate; the value is left out where the rate is not known."""
    rate = learning_rate(run)
    known = math.isfinite(rate) and rate > 0
    return Fix(
        f"Lower the learning rate to {rate / 10:.3g}" if known else "Lower the learning rate",
        reason,
        argument="learning_rate",
        value=f"{rate / 10:.3g}" if known else None,
        weight=weight,
    )


def clip_gradients(reason: str, weight: float) -> Fix:
    """Clipping of the gradient's norm at 1."""
    return Fix("Clip the gradient's norm at 1", reason, None, "clipnorm", "1.0", weight)


def use_activation(layer: str, activation: str, reason: str, weight: float) -> Fix:
    """Another activation function in a layer."""
    return Fix(f"Use {activation} in {layer}", reason, layer, "activation", activation, weight)


def initialise(layer: str, initializer: str, reason: str, weight: float) -> Fix:
    """Another initialiser of a layer's kernel."""
    words = f"Initialise {layer} with {initializer} and zero biases"
    return Fix(words, reason, layer, "kernel_initializer", initializer, weight)


def normalise_before(layer: str, reason: str, weight: float) -> Fix:
    """A normalisation layer before a layer's activation function."""
    words = f"Put batch or layer normalisation before the activation of {layer}"
    return Fix(words, reason, layer, "normalisation", "batch_normalization", weight)


def scale_inputs(reason: str, weight: float) -> Fix:
    """Inputs of zero mean and unit variance."""
    words = "Standardise the inputs to mean 0 and variance 1"
    return Fix(words, reason, argument="input_scale", value="standardise", weight=weight)


def ranked(*fixes: Fix) -> tuple[Fix, ...]:
    """The best first."""
    return tuple(sorted(fixes, key=lambda fix: -fix.weight))
