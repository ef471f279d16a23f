"""The activation functions of PyTorch, by the names under which they are called."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# What a function mode sees is `torch.nn.functional.relu`, `torch.relu`, `Tensor.relu`, `relu_`...:
# one name, and as modules the same functions once more.
# fmt: off
NAMES = frozenset((
    "celu", "elu", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "leaky_relu", "log_softmax", "logsigmoid", "mish", "prelu", "relu", "relu6", "rrelu",
    "selu", "sigmoid", "silu", "softmax", "softmin", "softplus", "softshrink", "softsign",
    "tanh", "tanhshrink", "threshold"
))
# fmt: on
_ALIASES = {
    "special_expit": "sigmoid",
    "log_sigmoid": "logsigmoid",
    "special_log_softmax": "log_softmax",
    "special_softmax": "softmax",
}
# Squashing functions whose argument is the logit: differentiated before them.
SQUASHING = frozenset(("sigmoid", "softmax", "log_softmax", "logsigmoid"))


# `x.clamp(min=0)`, under all of its names, is a relu.
_CLAMPS = frozenset(("clamp", "clip", "clamp_min"))


def activation_name(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
    """The activation function that a call of the function `name` is; None where it is none."""
    if name in NAMES:
        return name
    if name not in _CLAMPS:
        return None
    given = dict(zip(("low", "high"), args[1:], strict=False))
    low = kwargs.get("min", given.get("low"))
    high = kwargs.get("max", given.get("high"))
    zero = isinstance(low, int | float) and low == 0
    return "relu" if zero and high is None else None


@functools.cache
def plain_name(func: Callable[..., Any]) -> str:
    """A function's name, without what only says that it works in place."""
    name = getattr(func, "__name__", "")
    if name.endswith("_") and not name.endswith("__"):
        name = name[:-1]
    return _ALIASES.get(name, name)
