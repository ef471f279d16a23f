"""The probe batch as users give it to the Keras recorder: arrays, structures or a dataset."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug.recorder.settings import most_examples


@dataclasses.dataclass(frozen=True, eq=False)
class ProbeBatch:
    """Concrete examples: what the model is called with, and what is known of them.

    Attributes:
      x: an array, or a list, tuple or dict of arrays, examples first.
      labels: likewise, or None.
      mask: bool `[batch, time]`, or None.
    """

    x: Any
    labels: Any = None
    mask: np.ndarray | None = None

    def __post_init__(self) -> None:
        sizes = {
            f"{what}{list(path) or ''}": np.shape(leaf)
            for what in ("x", "labels", "mask")
            if getattr(self, what) is not None
            for path, leaf in keras.tree.flatten_with_path(getattr(self, what))
        }
        if len({shape[:1] for shape in sizes.values()}) != 1 or () in sizes.values():
            raise ValueError(
                "`probe`, `labels` and `mask` must have the same examples on their first axis. "
                f"Received shapes: {sizes}"
            )
        if 0 in next(iter(sizes.values())):
            raise ValueError(f"`probe` must not be empty. Received shapes: {sizes}")

    def first(self, examples: int) -> ProbeBatch:
        """The first examples."""
        return ProbeBatch(
            *(
                None if part is None else keras.tree.map_structure(lambda a: a[:examples], part)
                for part in (self.x, self.labels, self.mask)
            )
        )


def given(probe: Any, labels: Any, mask: Any) -> ProbeBatch:
    """The whole of what was given as arrays or tensors.

    Raises:
      TypeError, ValueError: arguments of different lengths, or no arrays at all.
    """
    x = _concrete(probe, "probe")
    known = None if labels is None else _concrete(labels, "labels")
    valid = None if mask is None else np.asarray(mask).astype(bool)
    return ProbeBatch(x, known, valid)


def of_dataset(dataset: Iterable[Any], labels: Any, mask: Any) -> ProbeBatch:
    """The first examples of a dataset as `fit` takes it: batches of x, (x, y) or (x, y, weight)."""
    taken: list[tuple[Any, Any]] = []
    have, wanted = 0, 1
    for element in dataset:
        part = of_batch(element)
        taken.append((part.x, part.labels))
        have += len(keras.tree.flatten(part.x)[0])
        wanted = _most(part.x)
        if have >= wanted:
            break
    if not taken:
        raise ValueError("`probe` must not be empty. Received: a dataset without elements")
    x = keras.tree.map_structure(lambda *parts: np.concatenate(parts), *(x for x, _ in taken))
    y = None
    if all(y is not None for _, y in taken):
        y = keras.tree.map_structure(lambda *parts: np.concatenate(parts), *(y for _, y in taken))
    whole = ProbeBatch(x, y if labels is None else _concrete(labels, "labels"))
    chosen = whole.first(wanted)
    return dataclasses.replace(chosen, mask=None if mask is None else np.asarray(mask, bool))


def of_batch(batch: Any) -> ProbeBatch:
    """The examples of one training batch, as many as a probe needs."""
    x, y, _ = keras.utils.unpack_x_y_sample_weight(batch)
    whole = ProbeBatch(_concrete(x, "probe"), None if y is None else _concrete(y, "labels"))
    return whole.first(_most(whole.x))


def examples(batch: Any) -> int:
    """How many there are in a training batch."""
    return len(keras.tree.flatten(keras.utils.unpack_x_y_sample_weight(batch)[0])[0])


def is_dataset(probe: Any) -> bool:
    """Whether the probe is read batch by batch."""
    return isinstance(probe, tf.data.Dataset | keras.utils.PyDataset)


def _most(x: Any) -> int:
    return most_examples(max(_positions(a) for a in keras.tree.flatten(x)))


def _positions(array: np.ndarray) -> int:
    """The timesteps or pixels of one example; of `[batch, features]` one, of ids all."""
    between = array.shape[1:-1] if array.ndim > 2 or array.dtype.kind == "f" else array.shape[1:]
    return int(np.prod(between, dtype=np.int64))


def _concrete(value: Any, argument: str) -> Any:
    def array(leaf: Any) -> np.ndarray:
        if isinstance(leaf, str | bytes) or leaf is None:
            raise TypeError(f"`{argument}` must hold arrays. Received: {leaf!r}")
        found = np.asarray(leaf)
        if found.dtype.kind == "O":
            raise TypeError(
                f"`{argument}` must hold arrays of numbers. Received: {type(leaf).__name__}"
            )
        return found

    if isinstance(value, dict) or _is_structure(value):
        return keras.tree.map_structure(array, value)
    return array(value)


def _is_structure(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(hasattr(v, "shape") for v in value)
