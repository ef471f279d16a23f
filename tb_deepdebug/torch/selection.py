"""Which layers of a model are meant: by name, pattern, class, predicate or the module itself."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from typing import Any

from torch import nn

from tb_deepdebug.torch.modules import watched

Selection = Callable[[str, str, nn.Module | None], bool]


def selection(model: nn.Module, layers: Any) -> Selection:
    """A test of a record's name, its layer's name and its module.

    Args:
      layers: None for all; a name, a pattern, a module, a class, a function of the module, or a
        list of these. A container stands for all its layers.

    Raises:
      TypeError, ValueError: something else, or a name or pattern that fits no module.
    """
    if layers is None:
        return lambda name, layer, module: True
    wanted = list(layers) if isinstance(layers, tuple | list | set | frozenset) else [layers]
    tests = [_test(model, one) for one in wanted]
    return lambda name, layer, module: any(test(name, layer, module) for test in tests)


def name_of(model: nn.Module, wanted: Any, argument: str) -> str | None:
    """The name of the module that is, or is called, `wanted`; None for None.

    Raises:
      TypeError, ValueError: it is none of the model's.
    """
    if wanted is None:
        return None
    named = dict(watched(model))
    if isinstance(wanted, str):
        name = wanted.replace(".", "/")
        if name in named:
            return name
        names = [n for n in named if n]
        raise ValueError(f"`{argument}` must be one of {names}. Received: {wanted!r}")
    for name, one in named.items():
        if one is wanted:
            return name
    raise TypeError(
        f"`{argument}` must be a module of the model, or its name. Received: {wanted!r}"
    )


def _test(model: nn.Module, wanted: Any) -> Selection:
    if isinstance(wanted, str):
        return _by_pattern(model, wanted.replace(".", "/"))
    if isinstance(wanted, nn.Module):
        name_of(model, wanted, "layers")
        parts = set(wanted.modules())
        return lambda name, layer, found: found in parts
    if isinstance(wanted, type):
        return lambda name, layer, found: isinstance(found, wanted)
    if callable(wanted):
        return lambda name, layer, found: found is not None and bool(wanted(found))
    raise TypeError(
        "`layers` must be names, patterns, modules, classes or functions of a module. "
        f"Received: {wanted!r}"
    )


def _by_pattern(model: nn.Module, pattern: str) -> Selection:
    named = [name for name, _ in watched(model) if name]
    if "#" not in pattern and not any(_fits(name, pattern) for name in named):
        functions = "".join(c for c in pattern if c not in "*?[]").rpartition("/")[0]
        if not any(char in pattern for char in "*?[") and functions not in named:
            raise ValueError(f"`layers` must fit layers of {named}. Received: {pattern!r}")
    return lambda name, layer, found: _fits(name, pattern) or _fits(layer, pattern)


def _fits(name: str, pattern: str) -> bool:
    plain = name.partition("#")[0]
    whole = [name, plain, *(plain[:i] for i, char in enumerate(plain) if char == "/")]
    return any(fnmatch.fnmatchcase(one, pattern) for one in whole)
