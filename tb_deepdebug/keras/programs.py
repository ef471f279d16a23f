"""The traced programs of one model, each bound to a number of examples, and how they are run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tb_deepdebug.keras import trace as keras_trace
from tb_deepdebug.keras.parts import fingerprint, same_fingerprint

_KEPT = 2  # batch sizes for which a program of a kind is kept


class Programs:
    """Keeps programs as long as the model has the same weights, layers and activations.

    Args:
        trace: by kind, makes the program for a number of examples.
        changed: called when the model is another than before.
    """

    def __init__(
        self, model: Any, trace: Mapping[str, Callable[[int], Any]], changed: Callable[[], None]
    ) -> None:
        self._model, self._trace, self._changed = model, trace, changed
        self._programs: dict[tuple[str, int], Any] = {}
        self._fingerprint: list[Any] = []

    def sized(self, kind: str, size: int | None = None) -> tuple[int, Any]:
        """A program for at least so many examples (None: for any), and its number of them.

        A graph runs faster when it knows its batch size, and tracing takes longer than running.
        """
        current = fingerprint(self._model)
        if not same_fingerprint(self._fingerprint, current):
            self._programs.clear()
            self._fingerprint = current
            self._changed()
        kept = sorted(n for k, n in self._programs if k == kind)
        size = keras_trace.fixed_batch(self._model) or size or next(iter(kept), 1)
        if size not in kept:
            larger = [n for n in kept if n > size]
            if larger and len(kept) >= _KEPT:
                return larger[0], self._programs[kind, larger[0]]
            if len(kept) >= _KEPT:
                del self._programs[kind, kept[-1]]
            self._programs[kind, size] = self._trace[kind](size)
        return size, self._programs[kind, size]


def fetched(
    run: Any, size: int, rows: np.ndarray, feed: Callable[[np.ndarray], Sequence[Any]], axis: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Values and masks of the rows, `size` examples at a time; the last repeats its last one.

    Args:
        run: a program: the tensors of `feed(rows)` -> (values, masks).
        axis: that of the examples in the values; in masks it is the first.
    """
    chunks = []
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        padded = np.pad(chunk, (0, size - len(chunk)), "edge")
        values, masks = run(*([tf.constant(a) for a in arrays] for arrays in feed(padded)))
        kept = (slice(None),) * axis + (slice(len(chunk)),)
        chunks.append(([v.numpy()[kept] for v in values], [m.numpy()[kept[axis:]] for m in masks]))
    values, masks = (zip(*part, strict=True) for part in zip(*chunks, strict=True))
    return [_joined(v, axis) for v in values], [_joined(m, 0) for m in masks]


def _joined(parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)
