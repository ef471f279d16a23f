"""What a fault is: a change of a healthy training, and what a diagnosis should say of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from benchmarks.faults.recipe import Recipe

GROUPS = (
    "data",
    "initialisation",
    "activation",
    "loss",
    "optimizer",
    "architecture",
    "regularisation",
)


@dataclasses.dataclass(frozen=True)
class Fault:
    """One line that is wrong.

    Attributes:
      name: of the fault; group: one of `GROUPS`.
      bases: seeds take turns on them.
      change: what is wrong, as a change of the recipe.
      rules: whose finding, as the first cause, names the right type of fault.
      fix: a regular expression: a fix is right if it matches "ARGUMENT ACTION" in lower case.
      layers: a part of the layers is at fault, and these name it (`*` matches all); empty where
        none is, or all are.
    """

    name: str
    group: str
    bases: tuple[str, ...]
    change: Callable[[Recipe], Recipe]
    rules: frozenset[str]
    fix: str
    layers: tuple[str, ...] = ()
    seeds: int = 5


def fault(
    name: str,
    bases: str,
    change: Callable[[Recipe], Recipe],
    rules: str,
    fix: str,
    layers: str = "",
    *,
    group: str,
) -> Fault:
    """A fault, its lists written as words with spaces between."""
    told = frozenset(rules.split())
    return Fault(name, group, tuple(bases.split()), change, told, fix, tuple(layers.split()))
