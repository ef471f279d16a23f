"""Where a check is written: its record, and the curves it draws while it runs."""

from __future__ import annotations

import os
import sys
from types import TracebackType

from tensorboard.compat.proto.summary_pb2 import Summary

from tb_deepdebug.records.check import Check
from tb_deepdebug.wire import summary as wire_summary
from tb_deepdebug.writer import EventWriter


class CheckLog:
    """Writes the records of one check; without a folder it writes nothing.

    A check that can't be written is still returned: the reason is said once, on standard error.
    """

    def __init__(self, logdir: str | os.PathLike[str] | None, name: str) -> None:
        """Nothing is opened before the first record. Raises TypeError: the folder is no path."""
        self._folder = None if logdir is None else os.fspath(logdir)
        self._name = name
        self._writer: EventWriter | None = None

    def write(self, check: Check, step: int) -> None:
        """Writes the check as it stands; the last one written is what is shown."""
        self._add(wire_summary.encode(self._name, check), step)

    def scalar(self, measure: str, value: float, step: int) -> None:
        """A point of a curve in the Scalars tab: `deepdebug/check/<name>/<measure>`."""
        tag = f"deepdebug/check/{self._name}/{measure}"
        self._add(Summary(value=[wire_summary.scalar(tag, value)]), step)

    def _add(self, summary: Summary, step: int) -> None:
        if self._folder is None:
            return
        try:
            if self._writer is None:
                self._writer = EventWriter(self._folder)
            self._writer.add(summary, step)
        except OSError as error:
            folder, self._folder = self._folder, None
            print(
                f"DeepDebug: the check is not written to {folder}: {error.strerror or error}",
                file=sys.stderr,
            )

    def close(self) -> None:
        """Closes the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> CheckLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
