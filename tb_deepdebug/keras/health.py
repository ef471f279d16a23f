"""The health of a Keras model as it trains: gradients, updates and weights of every parameter.

`FitHealth` sees the gradients that `fit` and `train_on_batch` apply, without a second backward
pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.keras import health_graph as graph
from tb_deepdebug.keras.fit import OneShot
from tb_deepdebug.keras.health_updates import Watch, optimizers_of, watching
from tb_deepdebug.keras.loss import BatchLoss
from tb_deepdebug.keras.parameters import parameter_names
from tb_deepdebug.probe import ParameterHealth

Rows = NDArray[np.float64]


class FitHealth:
    """Health of single steps of `model.fit` or `model.train_on_batch`.

    Call `before_batch` just before a step that is to be recorded and `after_batch` just after it.
    That step runs a train function of its own, traced once, in which the optimizers tell what they
    apply; all others run the user's own. Of `steps_per_execution` steps the last is recorded.

    Args:
      cells: entries of a parameter that its histograms count, at most; 0: no histograms; None:
        all. Whatever else is measured is of all entries.
    """

    def __init__(self, model: Any, *, cells: int | None = graph.CELLS) -> None:
        if keras.backend.backend() != "tensorflow":
            raise RuntimeError(
                "The gradients that `fit` applies can be seen on Keras' TensorFlow backend. "
                f"Received: backend={keras.backend.backend()!r}"
            )
        self._model, self._cells = model, cells
        self._watches: dict[int, Watch] = {}
        self._scales: list[Any] = []
        self._loss = BatchLoss(model)
        self._shot = OneShot(model, self._prepare, self._watching)

    def before_batch(self) -> None:
        """The next step is recorded."""
        self._loss.begin()
        self._shot.load()

    def after_batch(self, logs: Mapping[str, Any] | None = None) -> ParameterHealth | None:
        """What the step did; None if no step ran since `before_batch`, or no optimizer in it.

        Args:
          logs: of the step, as callbacks get them; their loss, a mean since the epoch began, is
            taken where the model does not tell that of the batch.

        Raises:
          RuntimeError: this model, or this Keras, does not let us see. The step was run all the
            same, and steps to come will be.
        """
        fired = self._shot.unload()
        loss = self._loss.end()
        for watch in self._watches.values():
            if watch.failure is not None:
                failure, watch.failure = watch.failure, None
                raise RuntimeError(f"An optimizer can't be watched: {failure}") from failure
        watches = [watch for watch in self._watches.values() if watch.applied]
        if not fired or not watches:
            return None
        told = [watch.read() for watch in watches]
        gradients = np.concatenate([part[0] for part in told])
        weights = np.concatenate([part[1] for part in told])
        updates = weights[:, graph.ROW :]
        for (part, _), rows in zip(told, _split(updates, told), strict=True):
            if np.isnan(part[:, -1]).all():  # gradients were only accumulated
                rows[:] = np.nan
        rates = gradients[~np.isnan(gradients[:, -1]), -1]
        return packed(
            "applied",
            self._model,
            [v for watch in watches for v in watch.variables],
            (gradients[:, : graph.ROW], weights[:, : graph.ROW], updates),
            histograms=self._cells != 0,
            loss=float((logs or {}).get("loss", np.nan)) if loss is None else loss,
            learning_rate=float(rates[0]) if len(rates) else float("nan"),
        )

    def close(self) -> None:
        """Leaves nothing behind."""
        self._shot.forget()
        self._watches.clear()

    def _prepare(self) -> bool:
        """Finds the optimizers; whether there are new ones to be traced."""
        optimizers, self._scales = optimizers_of(self._model)
        known = self._watches
        self._watches = {id(o): known.get(id(o)) or Watch(o, self._cells) for o in optimizers}
        prepared = [watch.prepare() for watch in self._watches.values()]
        for watch in self._watches.values():
            watch.empty()
        return any(prepared)

    def _watching(self) -> AbstractContextManager[None]:
        return watching(list(self._watches.values()), self._scales)


def _split(rows: Rows, told: Sequence[tuple[Rows, Rows]]) -> list[Rows]:
    return np.split(rows, np.cumsum([len(part) for part, _ in told])[:-1])


def packed(
    source: Literal["applied", "probe", "given"],
    model: Any,
    variables: Sequence[Any],
    rows: tuple[Rows, Rows, Rows],
    *,
    histograms: bool,
    **scalars: float,
) -> ParameterHealth:
    """Rows of gradients, weights and updates in the language of the recorders."""
    gradients, weights, updates = rows
    names, layers = parameter_names(model, variables)
    shapes = tuple(tuple(v.shape) for v in variables)
    return ParameterHealth(
        source=source,
        names=names,
        layers=layers,
        shapes=shapes,
        measures=graph.measures(gradients, weights, updates, shapes),
        weight_counts=graph.counts(weights) if histograms else None,
        gradient_counts=graph.counts(gradients) if histograms else None,
        **scalars,
    )
