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


def held_back(
    run: Run, *, dropout: float = 0.7, decay: float = 0.1, clipped: float = 1e-2
) -> tuple[Fix, ...]:
    """What of a training's setup holds a net back that learns nothing.

    Args:
      dropout: a rate beyond which little of a layer is left (Srivastava et al. 2014 use 0.5).
      decay: a weight decay beyond which weights shrink faster than they learn; usual are 1e-4 to
        0.05.
      clipped: a bound of the gradient's norm below which hardly any of it is left; usual is 1.
    """
    if run.setup is None:
        return ()
    found = []
    high = [(rate, name) for name, rate in run.setup.dropout if rate >= dropout]
    if high:
        rate, name = max(high)
        words = f"Lower the dropout of {name} from {rate:.3g} to 0.5 or less"
        reason = f"{100 * (1 - rate):.2g} % of its units are left at each step"
        found.append(Fix(words, reason, name, "dropout", "0.5", 0.75))
    optimizer = run.setup.optimizer
    if optimizer is not None and (optimizer.weight_decay or 0) >= decay:
        words = f"Lower the weight decay from {optimizer.weight_decay:.3g} to 0.0001"
        reason = "it shrinks the weights faster than they can learn"
        found.append(Fix(words, reason, None, "weight_decay", "0.0001", 0.75))
    bounds = (None,) if optimizer is None else (optimizer.clip_norm, optimizer.clip_value)
    if any(bound is not None and bound <= clipped for bound in bounds):
        found.append(
            Fix("Clip gradients at 1", "hardly any of them is left", None, "clipnorm", "1.0", 0.7)
        )
    return tuple(found)


def ranked(*fixes: Fix) -> tuple[Fix, ...]:
    """The best first."""
    return tuple(sorted(fixes, key=lambda fix: -fix.weight))
