"""Everything that is kept of passing batches."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.inputs.channels import Channels, Course
from tb_deepdebug.checks.inputs.hashes import Seen, example_hashes
from tb_deepdebug.checks.inputs.labels import Labels
from tb_deepdebug.checks.inputs.leaves import Batch
from tb_deepdebug.checks.inputs.padding import Padding
from tb_deepdebug.checks.inputs.rows import Choice

Kind = Literal["numbers", "tokens", "flags"]
_SHOWN_EXAMPLES = 3


@dataclasses.dataclass(eq=False)
class Input:
    """One input over all batches.

    Attributes:
      kind: "numbers", "tokens" (integers without an axis of channels) or "flags" (booleans).
      shapes, dtypes: how often each came; shapes are without the batch.
      first: the batch in which each shape and dtype came first.
      channels, course, padding: None for flags, or while nothing could be measured.
      shown: the first batch's first examples.
    """

    name: str
    kind: Kind
    shapes: Counter[Any] = dataclasses.field(default_factory=Counter)
    dtypes: Counter[Any] = dataclasses.field(default_factory=Counter)
    first: dict[Any, int] = dataclasses.field(default_factory=dict)
    channels: Channels | None = None
    course: Course | None = None
    padding: Padding | None = None
    shown: NDArray[Any] | None = None

    def add(self, array: NDArray[Any], mask: NDArray[np.bool_] | None, batch: int) -> None:
        """Takes in the next batch; one of another number of channels is counted only."""
        shape, dtype = tuple(array.shape[1:]), str(array.dtype)
        self.shapes[shape] += 1
        self.dtypes[dtype] += 1
        self.first.setdefault(shape, batch)
        self.first.setdefault(dtype, batch)
        if self.kind == "flags" or not array.size:
            return
        channels = array.shape[-1] if array.ndim > 1 and self.kind == "numbers" else 1
        # Sums along the memory are some ten times as fast as those across it.
        columns = np.ascontiguousarray(array.reshape(-1, channels).T)
        if columns.dtype not in (np.float32, np.float64):
            columns = columns.astype(np.float64)
        valid = _valid(array, mask)
        measured = columns if valid is None else columns[:, valid]
        if self.channels is None or self.course is None or self.padding is None:
            self.channels = Channels.of(channels)
            self.course = Course(measured)
            self.padding = Padding(columns)
            self.shown = array[:_SHOWN_EXAMPLES].copy()
        if len(self.channels.count) != channels:
            return
        self.padding.add(array, columns, mask if valid is not None else None)
        self.channels.add(measured, batch)
        self.course.add(measured)


def _valid(array: NDArray[Any], mask: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """The mask by cell, where it fits: `[batch, time]` beside `[batch, time, channels]`."""
    if mask is None or array.ndim != 3 or mask.shape != array.shape[:2]:
        return None
    return mask.reshape(-1)


class Account:
    """What is known of the batches of one dataset.

    Attributes:
      inputs: by name; `unread` names those that are no numbers, and why.
      passes: hashes of each pass, the one under way last.
      labels: of the first pass.
      chosen: a random choice of its examples.
      groups: who the examples of the first pass are of.
      sizes: how many examples a batch has, batch by batch, of the first pass.
      failed: what could not be measured, and why.
    """

    def __init__(self, seed: int = 0) -> None:
        self.inputs: dict[str, Input] = {}
        self.unread: dict[str, str] = {}
        self.passes: list[Seen] = []
        self.labels = Labels()
        self.unlabelled = 0
        self.chosen = Choice(seed)
        self.groups: set[Any] = set()
        self.sizes: list[int] = []
        self.failed: dict[str, str] = {}
        self.seconds = 0.0

    @property
    def batches(self) -> int:
        """How many passed, over all passes."""
        return sum(len(one.batches) for one in self.passes)

    @property
    def examples(self) -> int:
        """How many examples the first pass had."""
        return sum(self.sizes)

    def begin(self) -> None:
        """Another pass over the dataset."""
        self.passes.append(Seen())

    def add(
        self,
        batch: Batch,
        mask: NDArray[np.bool_] | None = None,
        groups: NDArray[Any] | None = None,
        *,
        measured: bool = True,
    ) -> None:
        """Takes in the next batch of the pass; unless `measured`, its hashes and labels only."""
        self.unread |= batch.unread
        hashes = example_hashes(list(batch.inputs.values()))
        number = self.batches
        self.passes[-1].add(hashes)
        if len(self.passes) > 1:
            return  # what follows is the same examples again
        self.sizes.append(batch.count)
        for name, array in batch.inputs.items():
            if name not in self.inputs:
                self.inputs[name] = Input(name, _kind(array))
            if measured:
                self.inputs[name].add(array, mask, number)
        if batch.labels is None:
            self.unlabelled += 1
        else:
            self.labels.add(batch.labels)
        if groups is not None:
            self.groups.update(groups.tolist())
        if not measured or not batch.count:
            return
        numbers = [
            array for name, array in batch.inputs.items() if self.inputs[name].kind == "numbers"
        ]
        if numbers:
            self.chosen.add(numbers, batch.labels, groups)


def _kind(array: NDArray[Any]) -> Kind:
    if array.dtype.kind == "b":
        return "flags"
    return "tokens" if array.dtype.kind in "iu" and array.ndim <= 2 else "numbers"
