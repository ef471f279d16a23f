"""What a model's parameters are called, and which layer each belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras


def parameter_names(
    model: Any, variables: Sequence[Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names ("encoder/conv1/kernel", no two the same) and layers ("encoder/conv1") of variables.

    A variable that no layer of the model owns goes by its own path.
    """
    owners: dict[int, str] = {}
    for layer, variable in _owned(model, ""):
        owners.setdefault(id(variable), layer)
    names: list[str] = []
    layers: list[str] = []
    for variable in variables:
        path = getattr(variable, "path", variable.name)
        layer = owners.get(id(variable), path.rpartition("/")[0] or path)
        name = f"{layer}/{variable.name}" if id(variable) in owners else path
        layers.append(layer)
        names.append(f"{name}#{names.count(name) + 1}" if name in names else name)
    return tuple(names), tuple(layers)


def frozen_variables(model: Any) -> list[Any]:
    """The variables of layers that the optimizer could train, and does not."""
    trained = {id(variable) for variable in model.trainable_variables}
    owned = {id(variable): variable for _, variable in _owned(model, "")}
    return [variable for key, variable in owned.items() if key not in trained]


def _owned(part: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every variable below a layer with the path of its owner; a recurrent cell is its layer's."""
    for variable in getattr(part, "_trainable_variables", ()):
        yield path or part.name, variable
    for child in getattr(part, "_layers", ()):
        is_cell = isinstance(part, keras.layers.RNN) and child is getattr(part, "cell", None)
        below = "/".join(filter(None, (path, child.name)))
        yield from _owned(child, path if is_cell else below)
