"""Callbacks of Keras that take turns within one training, so that their steps can be compared."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from benchmarks.steps import Meter, Spent


class Arm(NamedTuple):
    """A callback, or none, and the folder that it writes to."""

    callback: keras.callbacks.Callback | None = None
    folder: Path | None = None


class Turns(keras.callbacks.Callback):
    """Every callback sees its own steps only: a block of them a round.

    The loop of `fit`, the weights and the data are the same for all, and neither the beginning nor
    the end of the training is timed: `fit` may idle for seconds before it returns.
    """

    def __init__(self, arms: Mapping[str, Arm], *, block: int, rounds: int, warm_up: int) -> None:
        super().__init__()
        self.arms, self._block = arms, block
        self._order = [
            name for turn in range(warm_up + rounds) for name in _rotated(list(arms), turn)
        ]
        self._warm = warm_up * len(arms)  # blocks that trace and compile
        self.steps = len(self._order) * block
        self.taken: dict[str, list[Spent]] = {name: [] for name in arms}
        self._meter = Meter(None)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        for callback in self._callbacks():
            callback.set_model(model)

    def on_train_begin(self, logs: Any = None) -> None:
        for callback in self._callbacks():
            callback.on_train_begin(logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        arm = self.arms[self._order[batch // self._block]]
        if batch % self._block == 0:
            self._meter = Meter(arm.folder)
        if arm.callback is not None:
            arm.callback.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        block = batch // self._block
        arm = self.arms[self._order[block]]
        if arm.callback is not None:
            arm.callback.on_train_batch_end(batch, logs)
        if (batch + 1) % self._block == 0:
            spent = self._meter.read(self._block)
            if block >= self._warm:
                self.taken[self._order[block]].append(spent)

    def on_train_end(self, logs: Any = None) -> None:
        for callback in self._callbacks():
            callback.on_train_end(logs)

    def _callbacks(self) -> list[keras.callbacks.Callback]:
        return [arm.callback for arm in self.arms.values() if arm.callback is not None]


class KerasHistograms(keras.callbacks.Callback):
    """`keras.callbacks.TensorBoard(histogram_freq=1)` made to write after every step."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._board = keras.callbacks.TensorBoard(folder, histogram_freq=1, write_graph=False)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self._board.set_model(model)

    def on_train_begin(self, logs: Any = None) -> None:
        self._board.on_train_begin(logs)
        self._steps = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._board.on_epoch_end(self._steps, {})
        self._steps += 1

    def on_train_end(self, logs: Any = None) -> None:
        self._board.on_train_end(logs)


def train(model: Any, x: Any, y: Any, turns: Turns) -> None:
    """One `fit` over the same batch again and again."""
    batches = tf.data.Dataset.from_tensors((x, y)).repeat()
    model.fit(batches, steps_per_epoch=turns.steps, shuffle=False, verbose=0, callbacks=[turns])


def _rotated(names: list[str], turn: int) -> list[str]:
    first = turn % len(names)
    return names[first:] + names[:first]
