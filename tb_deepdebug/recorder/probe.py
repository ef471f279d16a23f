"""One look at a model: every tap measured over the whole probe batch, a chunk at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from tb_deepdebug.probe import Note, Subject, Tapped
from tb_deepdebug.recorder.lanes import Lanes
from tb_deepdebug.recorder.settings import Settings
from tb_deepdebug.recorder.threads import THREADS
from tb_deepdebug.records import Record, activations, gates, preactivations

Key = tuple[str, str]  # kind, name
Parts = dict[Key, list[Record]]
SQUASHED = frozenset({"input", "forget", "output", "update", "reset"})
_KINDS: dict[str, ModuleType] = {
    "activations": activations,
    "gates": gates,
    "preactivations": preactivations,
}


class Probe:
    """Measures a subject within budgets of memory and of pictured cells."""

    def __init__(self, subject: Subject, settings: Settings, lanes: Lanes | None) -> None:
        self._subject = subject
        self._settings = settings
        self._lanes = lanes
        self._chunk = 0  # examples at a time; 0 before the sizes are known
        self._pictured: dict[str, int] = {}
        self.notes: list[Note] = []

    def measure(self) -> Parts:
        """Every record of one look, in the parts in which it was measured: `merged` joins them.

        Raises:
          Exception: whatever the model raises, when even a single example is too much.
        """
        if not self._chunk:
            self._plan(list(self._subject.capture(0, 1)))
        found: Parts = {}
        start = 0
        while start < self._subject.batch:
            stop = min(start + self._chunk, self._subject.batch)
            try:
                tapped = list(self._subject.capture(start, stop))
            except Exception as error:
                if stop - start == 1 or not is_out_of_memory(error):
                    raise
                self._chunk = (stop - start) // 2
                continue
            gather(found, self._records(tapped, slice(start, stop)))
            start = stop
        return found

    def _plan(self, tapped: Sequence[Tapped]) -> None:
        """Chunks and pictures, from the size of one example."""
        batch = self._subject.batch
        size = sum(t.values.nbytes for t in tapped)
        most = min(max(self._settings.memory_bytes // max(size, 1), 1), batch)
        self._chunk = -(-batch // -(-batch // most))  # chunks of equal size
        cells = {
            t.tap.name: t.values.size
            for t in tapped
            if t.tap.role == "activation" and t.values.ndim > 2  # else the examples are columns
        }
        wanted = min(self._settings.examples, self._chunk)
        self._pictured, left_out = pictures(cells, wanted, self._settings.picture_cells)
        self.notes += [
            Note(f"picture of {name}", f"the size budget: {cells[name]:,} cells an example")
            for name in left_out
        ]

    def _records(self, tapped: Iterable[Tapped], examples: slice) -> Parts:
        jobs: list[tuple[Key, Callable[[], Record | None]]] = []
        opened: dict[str, list[Tapped]] = {}
        for one in tapped:
            kind = "activations" if one.tap.role == "activation" else "preactivations"
            measure = functools.partial(self._record, one, examples)
            jobs.append(((kind, one.tap.name), measure))
            if one.tap.role == "activation" and one.tap.gate in SQUASHED:
                opened.setdefault(one.tap.name.rpartition("/")[0], []).append(one)
        if self._settings.gates:
            jobs += [
                (("gates", layer), functools.partial(_gates, some))
                for layer, some in opened.items()
            ]
        found = zip(jobs, THREADS.map(self._measured, jobs), strict=True)
        return {key: [record] for (key, _), record in found if record is not None}

    def _measured(self, job: tuple[Key, Callable[[], Record | None]]) -> Record | None:
        """One layer that can't be measured must not hide the others."""
        (kind, name), measure = job
        try:
            return measure()
        except (TypeError, ValueError) as error:
            self.notes.append(Note(f"{kind} of {name}", str(error)))
            return None

    def _record(self, tapped: Tapped, examples: slice) -> Record | None:
        values, mask, tap = tapped.values, tapped.mask, tapped.tap
        if tap.gate is not None and not self._settings.gates:
            return None
        if tap.role == "preactivation":
            wanted = self._settings.preactivations
            return preactivations.measure(values, mask=mask) if wanted else None
        if not self._settings.activations:
            return None
        options: dict[str, Any] = {}
        pictured = self._pictured.get(tap.name, 0) if examples.start == 0 else 0
        if values.ndim > 2:
            options["examples"] = pictured
        if values.ndim == 3 and self._lanes is not None:
            options |= self._lanes.at(examples, values.shape[1])
        return activations.measure(values, mask=mask, **options)


def pictures(cells: dict[str, int], examples: int, budget: int) -> tuple[dict[str, int], list[str]]:
    """How many examples of each layer are pictured, and which layers find no room.

    As many as fit of all layers alike; where not even one does, the largest layers go first.
    """
    left_out = []
    kept = dict(cells)
    while kept and sum(kept.values()) > budget:
        largest = max(kept, key=lambda name: kept[name])
        left_out.append(largest)
        del kept[largest]
    together = sum(kept.values())
    fitting = examples if together * examples <= budget else budget // together
    return {name: min(examples, fitting) for name in kept}, sorted(left_out)


def gather(into: Parts, more: Parts) -> None:
    """Adds the parts of further examples: of a chunk, or of another worker."""
    for key, parts in more.items():
        into.setdefault(key, []).extend(parts)


def merged(parts: Parts) -> dict[Key, Record]:
    """One record of each, over all examples."""
    return {key: _KINDS[key[0]].merge(*some) for key, some in parts.items()}


def is_out_of_memory(error: BaseException) -> bool:
    """Whether any framework says that memory has run out."""
    name = type(error).__name__
    return isinstance(error, MemoryError) or name in ("ResourceExhaustedError", "OutOfMemoryError")


def _gates(tapped: Sequence[Tapped]) -> Record:
    values = {str(t.tap.gate): t.values for t in tapped}
    return gates.measure(values, mask=tapped[0].mask)
