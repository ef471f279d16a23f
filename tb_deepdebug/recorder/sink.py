"""Where a recorder writes: one that never raises, and knows what it could not do."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator

from tensorboard.compat.proto.summary_pb2 import Summary

from tb_deepdebug.probe import NotApplicable, Note
from tb_deepdebug.recorder.threads import THREADS
from tb_deepdebug.records import Record
from tb_deepdebug.wire import summary as wire_summary
from tb_deepdebug.writer import EventWriter

_LOG = logging.getLogger("tb_deepdebug")


class Sink:
    """Writes records, and keeps the recorder's account.

    Attributes:
      notes: what is not measured, and why; each is logged once.
      seconds: spent inside of `guarded` blocks.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        file_bytes: int,
        *,
        silent: bool = False,
        description: str | None = None,
    ) -> None:
        """Nothing is opened before the first record; `silent` writes nowhere at all.

        Raises:
          TypeError: the folder is no path.
        """
        self._folder = os.fspath(folder)
        self._file_bytes = file_bytes
        self._silent = silent  # of several workers one writes
        self._description = description
        self._writer: EventWriter | None = None
        self._earlier_bytes = 0
        self._depth = 0
        self.notes: list[Note] = []
        self.seconds = 0.0

    @property
    def bytes_written(self) -> int:
        """Bytes written so far."""
        return self._earlier_bytes + (0 if self._writer is None else self._writer.bytes_written)

    def write(self, name: str, record: Record, step: int) -> None:
        """Writes a record; it is the operating system's when this returns.

        Raises:
          OSError: as when the disk is full. The next record tries again.
        """
        self._add(self._encoded((name, record)), step)

    def write_all(self, records: Iterable[tuple[str, Record]], step: int) -> None:
        """Writes records of one step, whose bytes are made side by side. Raises as `write` does."""
        if self._silent:
            return
        for summary in THREADS.map(self._encoded, records):
            self._add(summary, step)

    def _encoded(self, named: tuple[str, Record]) -> Summary:
        name, record = named
        return wire_summary.encode(name, record, self._description)

    def write_scalar(self, tag: str, value: float, step: int) -> None:
        """Writes a standard scalar. Raises OSError as `write` does."""
        self._add(Summary(value=[wire_summary.scalar(tag, value)]), step)

    def _add(self, summary: Summary, step: int) -> None:
        if self._silent:
            return
        if self._writer is None:
            self._writer = EventWriter(self._folder, max_file_bytes=self._file_bytes)
        self._writer.add(summary, step)

    def note(self, note: Note) -> None:
        """Takes note, once, of what is not measured."""
        if any(known.what == note.what for known in self.notes):
            return
        self.notes.append(note)
        when = "" if note.step is None else f" (step {note.step})"
        _LOG.warning("DeepDebug does not measure %s: %s%s", note.what, note.reason, when)

    @contextlib.contextmanager
    def guarded(self, what: str, step: int | None = None) -> Iterator[None]:
        """Runs a part of the recorder: its time is counted, and no error leaves it.

        Ctrl-C and the like do: they are meant for the training.
        """
        began = time.perf_counter()
        self._depth += 1
        try:
            yield
        except NotApplicable as reason:
            _LOG.info("DeepDebug leaves out %s: %s", what, reason)
        except Exception as error:
            self.note(Note(what, told(error), step))
            _LOG.debug("in detail:", exc_info=True)
        finally:
            self._depth -= 1
            if not self._depth:
                self.seconds += time.perf_counter() - began

    def say(self, text: str) -> None:
        """A line for the person who watches the training."""
        if not self._silent:
            print(f"DeepDebug: {text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Closes the file; the next record begins a new one."""
        if self._writer is not None:
            self._earlier_bytes += self._writer.bytes_written
            self._writer.close()
            self._writer = None


def told(error: BaseException) -> str:
    """An error as one line, of bearable length."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    plain = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line.strip() for line in plain.split("\n") if line.strip()]
    # Keras puts a frame around what went wrong.
    inner = [line for line in lines if not line.startswith("Exception encountered")] or lines
    text = f"{type(error).__name__}: {inner[0]}" if inner else type(error).__name__
    return text if len(text) <= 300 else f"{text[:299]}…"
