"""What a Keras model makes of a whole table of examples (`recorder.examples_table.Predictor`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.keras import probe as keras_probe
from tb_deepdebug.keras.inputs import Inputs
from tb_deepdebug.keras.subject import KerasSubject
from tb_deepdebug.recorder.examples_table import Task


class KerasPredictor:
    """A model and the examples of a table.

    Args:
      x: as `model.predict` takes it, but for datasets.
      asked: the recorder's options of a `KerasSubject`.

    Attributes:
      batch_size: of `model.predict`; None: its default.

    Raises:
      TypeError, ValueError: `x` holds no arrays, or they differ in their examples.
    """

    def __init__(self, model: Any, x: Any, mask: Any, asked: Mapping[str, Any]) -> None:
        if keras_probe.is_dataset(x):
            raise TypeError(
                "`x` must be an array, or a dict, list or tuple of them, so that its rows can be "
                f"told apart. Received: {type(x).__name__}"
            )
        self._model, self._given, self._asked = model, (x, mask), dict(asked)
        self._batch = keras_probe.given(x, None, mask)
        self.batch_size: int | None = None
        self._subjects: dict[Task, KerasSubject] = {}

    @property
    def rows(self) -> int:
        """How many examples there are."""
        return len(keras.tree.flatten(self._batch.x)[0])

    def is_of(self, model: Any, x: Any, mask: Any) -> bool:
        """Whether these are the same objects: then the traced programs serve again."""
        return model is self._model and x is self._given[0] and mask is self._given[1]

    def predict(self) -> Any:
        """What the model gives, by the names of its outputs where it has several."""
        history = getattr(self._model, "history", None)
        try:
            found = self._model.predict(self._batch.x, batch_size=self.batch_size, verbose=0)
        finally:
            if history is not None:  # some versions of Keras put that of `predict` in its place
                self._model.history = history
        return self._chosen(found)

    def series(self) -> NDArray[Any] | None:
        """What the model reads through time; ids as one channel."""
        found = series_read(self._model, self._batch.x, self._asked["wrt"])
        if found is not None:
            return found
        inputs = Inputs(self._model, self._batch.x)
        ids = [i for i in inputs.ids() if inputs.arrays[i].dtype.kind in "iu"]
        alone = len(ids) == 1 and not inputs.series()
        return inputs.arrays[ids[0]][..., None] if alone else None

    def subject(
        self, rows: NDArray[np.int64], task: Task
    ) -> tuple[KerasSubject, NDArray[np.int64]]:
        """One of all examples, so that what was traced once serves any of them."""
        if task not in self._subjects:
            options = self._asked
            if isinstance(task, str):
                options = {**options, "output_layer": task, "output_index": 0}
            elif task is not None:
                options = {**options, "output_index": task}
            self._subjects[task] = KerasSubject(
                self._model, self._batch.x, mask=self._batch.mask, **options
            )
        return self._subjects[task], rows

    def _chosen(self, found: Any) -> Any:
        """The only output, the one that the recorder looks at, or all by name."""
        if isinstance(found, list | tuple):
            names = getattr(self._model, "output_names", None) or range(len(found))
            found = dict(zip(names, found, strict=True))
        if not isinstance(found, Mapping):
            return np.asarray(found, np.float32)
        arrays = {str(name): np.asarray(one, np.float32) for name, one in found.items()}
        wanted = self._asked["output_layer"]
        wanted = getattr(wanted, "name", wanted)
        if len(arrays) == 1 or wanted in arrays:
            return arrays[wanted] if wanted in arrays else next(iter(arrays.values()))
        return arrays


def series_read(model: Any, x: Any, wrt: Any) -> NDArray[Any] | None:
    """The float series that a model reads, `[batch, time, channels]`: its only one, or `wrt`."""
    inputs = Inputs(model, x)
    found = inputs.series()
    if wrt is not None:
        found = [i for i in found if i == inputs.position(wrt)]
    return inputs.arrays[found[0]] if len(found) == 1 else None
