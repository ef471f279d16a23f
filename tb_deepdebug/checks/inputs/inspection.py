"""`inspect_inputs`: batches pass through unchanged, in any loop, and are measured on their way."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.inputs import report
from tb_deepdebug.checks.inputs.account import Account
from tb_deepdebug.checks.inputs.hashes import example_hashes
from tb_deepdebug.checks.inputs.leaves import Unpack, first_two, taken_apart
from tb_deepdebug.checks.inputs.stages import Stage
from tb_deepdebug.checks.log import CheckLog
from tb_deepdebug.records.cells import to_numpy
from tb_deepdebug.records.check import Check

NAME = "inputs"
_WRITE_EVERY = 20.0  # seconds, while a pass is under way
_VALIDATION_BATCHES = 200


def inspect_inputs(
    dataset: Iterable[Any],
    *,
    logdir: str | os.PathLike[str] | None = None,
    unpack: Unpack = first_two,
    mask: Callable[[Any], Any] | None = None,
    groups: Callable[[Any], Any] | None = None,
    channels: Sequence[str] | None = None,
    channel_axis: int = -1,
    validation: Iterable[Any] | None = None,
    reference: tuple[Any, Any] | None = None,
    stages: Mapping[str, Any] | None = None,
    inverse: Callable[[Any], Any] | None = None,
    every: int = 1,
    name: str = NAME,
    seed: int = 0,
) -> Inspection:
    """Looks at the batches of a dataset as they pass into a training loop.

        for x, y in dd.checks.inspect_inputs(dataset, logdir="logs/run1"):
            ...                                    # train as ever; batches are not touched

        print(dd.checks.inspect_inputs(dataset).run())          # or without training

    What it looks at: shapes and dtypes, NaN, ranges, zero-centring, scales of the channels,
    constant channels, padding, repeated batches and examples, the order of the labels and whether
    they belong to these inputs, users and examples that are in training and validation, drift
    between the two. The record is written at the end of each pass, and every 20 s within.

    Args:
      dataset: anything that gives batches: a `tf.data.Dataset`, a torch `DataLoader`, a Keras
        `PyDataset`, a list, a generator.
      logdir: where the record goes; None: nowhere.
      unpack: batch -> (inputs, labels); by default its first two parts.
      mask: batch -> `[batch, time]`, true where valid.
      groups: batch -> who each example is of (users), `[batch]`.
      channels: names of the input's channels.
      channel_axis: where they are: 1 for torch's images.
      validation: the validation batches, of which at most 200 are read, when the result is made.
      reference: `(x, y)` of the source, as the net shall see them: labels are compared by example.
      stages: name -> labels (or how many examples there are) after each stage of filtering, in
        order; the dataset is the last. `stage` adds to it.
      inverse: undoes the preprocessing of `x` (NumPy) for the picture of a batch.
      every: measure each so many-th batch; hashes and labels are of all.
      name: of the record, unless a run has several datasets.
      seed: of the examples that are chosen for the tests.

    Raises:
      TypeError, ValueError: wrong arguments. What a batch does wrong is never raised: it is in the
        result.
    """
    if isinstance(dataset, tuple | str | bytes | Mapping) or not (
        hasattr(dataset, "__iter__") or hasattr(dataset, "__getitem__")
    ):
        raise TypeError(
            "`dataset` must give batches one by one: a tf.data.Dataset, a DataLoader, a list of "
            f"(x, y), a generator. Received: {type(dataset).__name__}"
        )
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise ValueError(f"`every` must be an integer, at least 1. Received: every={every!r}")
    if reference is not None and (not isinstance(reference, tuple) or len(reference) != 2):
        raise ValueError(f"`reference` must be (x, y). Received: {type(reference).__name__}")
    return Inspection(
        dataset,
        log=CheckLog(logdir, name),
        unpack=unpack,
        mask=mask,
        groups=groups,
        channels=None if channels is None else tuple(str(one) for one in channels),
        channel_axis=channel_axis,
        validation=validation,
        reference=reference,
        stages=[Stage.of(at, given) for at, given in (stages or {}).items()],
        inverse=inverse,
        every=every,
        seed=seed,
    )


class Inspection:
    """The batches of a dataset, and what is known of those that passed."""

    def __init__(
        self,
        dataset: Any,
        *,
        log: CheckLog,
        unpack: Unpack,
        mask: Callable[[Any], Any] | None,
        groups: Callable[[Any], Any] | None,
        channels: tuple[str, ...] | None,
        channel_axis: int,
        validation: Iterable[Any] | None,
        reference: tuple[Any, Any] | None,
        stages: list[Stage],
        inverse: Callable[[Any], Any] | None,
        every: int,
        seed: int,
    ) -> None:
        self._dataset = dataset
        self._log = log
        self._unpack, self._mask, self._groups = unpack, mask, groups
        self._channels, self._channel_axis = channels, channel_axis
        self._validation, self._reference = validation, reference
        self._stages, self._inverse, self._every = stages, inverse, every
        self._account = Account(seed)
        self._beside: Account | None = None
        self._source: tuple[NDArray[np.uint64], NDArray[np.float64]] | None = None

    def __len__(self) -> int:
        """How many batches a pass has. Raises TypeError where the dataset does not tell."""
        return len(self._dataset)

    def __iter__(self) -> Iterator[Any]:
        """The batches of one pass, as they are; the record is written when it ends, or is left."""
        account = self._account
        account.begin()
        written = time.monotonic()
        try:
            for batch in _batches(self._dataset):
                self._measure(account, batch)
                yield batch
                if time.monotonic() - written > _WRITE_EVERY:
                    written = time.monotonic()
                    self._write(running=True)
        finally:
            self._write(running=False)

    def run(self, batches: int | None = None) -> Check:
        """Lets batches pass (None: all of them) without a training loop, and gives the result."""
        for i, _ in enumerate(self, start=1):
            if batches is not None and i >= batches:
                break
        return self.result

    def stage(self, name: str, labels: Any) -> None:
        """Tells how many examples are left after a stage of filtering, with their labels if known.

        Args:
          labels: `[examples]`, or how many there are.

        Raises:
          ValueError: it is neither.
        """
        self._stages.append(Stage.of(name, labels))

    @property
    def result(self) -> Check:
        """What the batches that have passed tell."""
        if self._validation is not None and self._beside is None:
            self._beside = self._look_at(self._validation)
        if self._reference is not None and self._source is None:
            self._source = self._hashed(*self._reference)
        return report.check(
            self._account,
            channels=self._channels,
            beside=self._beside,
            source=self._source,
            stages=self._stages,
            inverse=self._inverse,
        )

    @property
    def seconds(self) -> float:
        """Spent measuring so far."""
        return self._account.seconds

    def _measure(self, account: Account, batch: Any) -> None:
        """Whatever a batch is made of must not stop the loop that it passes into."""
        began = time.perf_counter()
        try:
            self._take(account, batch)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            account.failed.setdefault(text[:200], f"batch {account.batches}")
        account.seconds += time.perf_counter() - began

    def _take(self, account: Account, batch: Any) -> None:
        x, y = self._unpack(batch)
        taken = taken_apart(x, y, self._channel_axis)
        mask = self._asked(account, "mask", self._mask, batch, taken.count)
        groups = self._asked(account, "groups", self._groups, batch, taken.count)
        measured = account.batches % self._every == 0
        account.add(taken, None if mask is None else mask.astype(bool), groups, measured=measured)

    def _asked(
        self,
        account: Account,
        argument: str,
        function: Callable[[Any], Any] | None,
        batch: Any,
        count: int,
    ) -> NDArray[Any] | None:
        """What a function of the user gives, one a row; None where it fails."""
        if function is None:
            return None
        try:
            found = to_numpy(function(batch))
            if found.ndim and len(found) == count:
                return found if argument == "mask" else found.reshape(count, -1)[:, 0]
            text = f"must give one a row. Received: shape={found.shape} for {count} rows"
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
        account.failed.setdefault(f"`{argument}` {text}"[:200], f"batch {account.batches}")
        return None

    def _look_at(self, dataset: Iterable[Any]) -> Account:
        beside = Account()
        beside.begin()
        for i, batch in enumerate(_batches(dataset)):
            if i >= _VALIDATION_BATCHES:
                break
            self._measure(beside, batch)
        return beside

    def _hashed(self, x: Any, y: Any) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
        taken = taken_apart(x, y, self._channel_axis)
        labels = np.full(taken.count, np.nan) if taken.labels is None else taken.labels
        return example_hashes(list(taken.inputs.values())), labels

    def _write(self, running: bool) -> None:
        if self._account.batches:
            self._log.write(self._as_it_stands(running), self._account.batches)
        if not running:
            self._log.close()

    def _as_it_stands(self, running: bool) -> Check:
        """A test that fails must not stop the loop that the batches pass into."""
        if not running:
            try:
                return self.result
            except Exception as error:
                self._account.failed.setdefault(f"{type(error).__name__}: {error}"[:200], "the end")
        return report.running(self._account)


def _batches(dataset: Any) -> Iterator[Any]:
    """One pass; a dataset that is only indexed ends at its length."""
    if hasattr(dataset, "__iter__"):
        yield from dataset
        return
    for i in range(len(dataset)):
        yield dataset[i]
