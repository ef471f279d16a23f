"""The arrays given to a Keras model: one, or a list, tuple or dict of them, with their names."""

from typing import Any

import keras
import numpy as np

_WANTED = (
    "a float array [batch, time, channels], or ids [batch, time] that exactly one Embedding reads. "
    "For anything else pass wrt=, the layer to whose output the gradients are to be taken"
)


class Inputs:
    """Concrete model inputs, flattened; every array has the examples on its first axis.

    Attributes:
        arrays: the flat NumPy arrays, floats never narrower than float32.
        batch: the number of examples.
    """

    def __init__(self, model: Any, x: Any) -> None:
        self._structure = x if _holds_arrays(x) else np.asarray(x)
        self._model = model
        self.arrays = [_as_array(leaf) for leaf in keras.tree.flatten(self._structure)]
        sizes = {a.shape[:1] for a in self.arrays}
        if len(sizes) != 1 or () in sizes or (0,) in sizes:
            raise ValueError(
                "Every input must have the same, non-empty batch axis first. "
                f"Received: {self.described()}"
            )
        self.batch = len(self.arrays[0])

    @property
    def names(self) -> list[str]:
        """How `wrt` may name each array: its key, the model's own name for it, or its place."""
        if isinstance(self._structure, dict):
            paths = keras.tree.flatten_with_path(self._structure)
            return [".".join(map(str, path)) for path, _ in paths]
        # A model that is not built has no inputs yet.
        declared = [getattr(t, "name", "") for t in getattr(self._model, "inputs", None) or []]
        count = len(self.arrays)
        return declared if len(declared) == count else [str(i) for i in range(count)]

    @property
    def signature(self) -> tuple[Any, ...]:
        """What a traced graph depends on: structure, shapes without the batch, dtypes."""
        structure = repr(self.packed(range(len(self.arrays))))
        return (structure, *((a.shape[1:], a.dtype.str) for a in self.arrays))

    def packed(self, flat: Any) -> Any:
        """`flat`, one value per array, in the structure that the model is called with."""
        return keras.tree.pack_sequence_as(self._structure, list(flat))

    def described(self) -> str:
        """Names, shapes and dtypes, for error messages."""
        return ", ".join(
            f"{name!r}: shape={a.shape}, dtype={a.dtype}"
            for name, a in zip(self.names, self.arrays, strict=True)
        )

    def position(self, wrt: int | str) -> int | None:
        """The flat position of the input called `wrt`, or None where no input is called so."""
        if isinstance(wrt, str):
            return self.names.index(wrt) if wrt in self.names else None
        if not -len(self.arrays) <= wrt < len(self.arrays):
            raise ValueError(
                f"`wrt` must name one of {len(self.arrays)} inputs. Received: wrt={wrt}, with "
                f"{self.described()}"
            )
        return wrt % len(self.arrays)

    def series(self) -> list[int]:
        """Positions of the inputs that are float series [batch, time, channels]."""
        return [i for i, a in enumerate(self.arrays) if a.ndim == 3 and a.dtype.kind == "f"]

    def ids(self) -> list[int]:
        """Positions of the inputs that an Embedding may read as ids [batch, time]."""
        return [i for i, a in enumerate(self.arrays) if a.ndim == 2]

    def candidates(self, wrt: int | str | None) -> list[int]:
        """The inputs to differentiate by, of which the model must read exactly one.

        Raises:
            ValueError: when none fits or it is ambiguous which is meant.
        """
        if wrt is not None:
            position = self.position(wrt)
            chosen = [] if position is None else [position]
        else:
            chosen = self.series() or self.ids()
        fitting = [i for i in chosen if i in self.series() or i in self.ids()]
        if wrt is None and len(self.series()) > 1:
            raise ValueError(
                f"Several inputs are series: pass wrt=, one of {self.names}. "
                f"Received: {self.described()}"
            )
        if not fitting:
            raise ValueError(f"`x` must be {_WANTED}. Received: {self.described()}")
        if any(0 in self.arrays[i].shape for i in fitting):
            raise ValueError(f"`x` must not be empty. Received: {self.described()}")
        return fitting


def _holds_arrays(x: Any) -> bool:
    if isinstance(x, dict):
        return bool(x)
    return isinstance(x, list | tuple) and bool(x) and all(_is_nested_array(v) for v in x)


def _is_nested_array(x: Any) -> bool:
    return hasattr(x, "shape") or _holds_arrays(x)


def _as_array(leaf: Any) -> np.ndarray:
    try:
        array = np.asarray(leaf)
    except (TypeError, NotImplementedError, ValueError) as error:
        raise TypeError(
            f"`x` must hold concrete arrays or tensors. Received: {type(leaf).__name__}"
        ) from error
    if array.dtype.name in ("bfloat16", "float16"):
        return array.astype(np.float32)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"`x` must hold numbers. Received: dtype={array.dtype}")
    return array
