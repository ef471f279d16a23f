"""Which layers of a Keras model are wanted: by name, path, pattern, class or predicate."""

import fnmatch
from typing import Any

import keras

from tb_deepdebug.keras.parts import part_paths


class Selection:
    """The layers that `layers` selects; a layer selects all that is inside it.

    Args:
        layers: None for all, or one or a list of: a layer's name or path ("encoder/conv1"), a
            pattern ("encoder/*", "conv?"), a class (`keras.layers.Conv1D`), a layer, or a
            function of a layer that returns whether it is wanted.

    Raises:
        TypeError, ValueError: for something else, and for what selects nothing.
    """

    def __init__(self, model: Any, layers: Any) -> None:
        self._chosen: set[int] | None = None
        if layers is None:
            return
        wanted = layers if isinstance(layers, list | tuple | set) else [layers]
        paths = part_paths(model)
        self._chosen = set()
        for one in wanted:
            found = {id(part) for path, part in paths if _matches(one, path, part)}
            if not found:
                raise ValueError(
                    "`layers` must select layers of the model, by name, path, pattern, class or "
                    f"predicate: {sorted({path for path, _ in paths})}. Received: {one!r}"
                )
            self._chosen |= found
        if not wanted:
            raise ValueError(f"`layers` must select something. Received: {layers!r}")

    def __call__(self, part: Any) -> bool:
        return self._chosen is None or id(part) in self._chosen


def _matches(wanted: Any, path: str, part: Any) -> bool:
    if isinstance(wanted, str):
        return wanted in (path, part.name) or fnmatch.fnmatchcase(path, wanted)
    if isinstance(wanted, type):
        return isinstance(part, wanted)
    if isinstance(wanted, keras.Operation):
        return part is wanted
    if callable(wanted):
        return bool(wanted(part))
    raise TypeError(
        "`layers` must hold names, patterns, classes, layers or functions of a layer. "
        f"Received: {wanted!r}"
    )
