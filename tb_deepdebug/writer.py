"""A fast event-file writer that needs no TensorFlow."""

from __future__ import annotations

import itertools
import operator
import os
import socket
import struct
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import crc32c
from tensorboard.compat.proto import event_pb2, summary_pb2

from tb_deepdebug.wire import summary as wire_summary

_FILE_NUMBERS = itertools.count()
# Copying more than this into one piece takes longer than writing the pieces one by one.
_COPIED_BYTES = 64 << 10
_SUMMARY_FIELD = b"\x2a"  # field 5 of an Event, length-delimited


class EventWriter:
    """Appends summaries to one event file in a run's folder.

    Every `add` is handed to the operating system before it returns, so nothing that was added is
    lost when the process is killed. Safe to share between threads. Where the file was
    deleted meanwhile, a new one is begun, as TensorFlow's own writer does.

    TensorBoard's default ingester reads every file of a folder; the one behind
    `--load_fast=false` reads them in order of their names and does not go back: give each
    process a run folder of its own.
    """

    def __init__(
        self, log_dir: str | os.PathLike[str], *, max_file_bytes: int | None = None
    ) -> None:
        """Creates the folder if need be, and a new event file in it.

        Args:
          max_file_bytes: a file that has passed this size is followed by a new one. TensorBoard
            reads a file up to its first damaged byte, so smaller files lose less. None: one file.

        Raises:
          OSError: the folder or the file can't be made.
          ValueError: `max_file_bytes` is not positive.
        """
        if max_file_bytes is not None and max_file_bytes < 1:
            raise ValueError(
                f"`max_file_bytes` must be positive. Received: max_file_bytes={max_file_bytes}"
            )
        self._lock = threading.Lock()
        self._closed = False
        self._folder = os.path.abspath(os.fspath(log_dir))
        self._largest = max_file_bytes
        self._written = 0
        self._begin()

    @property
    def bytes_written(self) -> int:
        """Bytes written so far, over all files."""
        return self._written

    def add(
        self, summary: summary_pb2.Summary | bytes, step: int, wall_time: float | None = None
    ) -> None:
        """Appends a summary at a training step.

        Args:
          summary: what a `*_pb` function returned (or its serialised bytes).
          step: the training step.
          wall_time: seconds since the epoch; now by default.

        Raises:
          TypeError: `summary` is something else, or the step is not an integer.
          ValueError: the writer is closed, or the bytes are no summary.
          OSError: the file can't be written (a full disk); the file keeps what it had.
        """
        now = time.time() if wall_time is None else wall_time
        body = _serialised(summary)
        head = event_pb2.Event(wall_time=now, step=_whole(step)).SerializeToString()
        # An Event around the summary, without a copy of what may be millions of bytes.
        self._append(_record(head + _SUMMARY_FIELD + _varint(len(body)), body))

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """Appends one point of a standard scalar, such as the loss, for the Scalars tab."""
        self.add(summary_pb2.Summary(value=[wire_summary.scalar(tag, value)]), step)

    def close(self) -> None:
        """Closes the file; more adds raise. Closing twice is fine."""
        with self._lock:
            self._closed = True
            self._file.close()

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _append(self, record: Sequence[bytes]) -> None:
        with self._lock:
            if self._closed:
                raise ValueError(
                    f"The writer must be open. Received: an add after close, {self.path}"
                )
            full = self._largest is not None and self._size >= self._largest
            # Nobody would read a file that was deleted.
            if full or self._file.closed or not os.path.exists(self.path):
                self._file.close()
                self._begin()
            self._write_all(record)

    def _begin(self) -> None:
        """Opens a new file in the folder, and writes what every event file begins with."""
        os.makedirs(self._folder, exist_ok=True)
        self.path = os.path.join(self._folder, _file_name())
        self._file = open(self.path, "xb", buffering=0)  # noqa: SIM115 (closed by close)
        self._size = 0
        version = event_pb2.Event(wall_time=time.time(), file_version="brain.Event:2")
        self._write_all([frame_record(version.SerializeToString())])

    def _write_all(self, record: Sequence[bytes]) -> None:
        """Writes all of a record, or none of it: half a record would hide all later ones.

        Not only a full disk stops half-way: so does Ctrl-C between two parts of a long write.
        """
        try:
            for piece in record:
                left = memoryview(piece)
                while left:
                    left = left[self._file.write(left) :]
        except BaseException:
            self._file.truncate(self._size)
            self._file.seek(self._size)
            raise
        size = sum(map(len, record))
        self._size += size
        self._written += size


def _whole(step: Any) -> int:
    try:
        return operator.index(step)
    except TypeError:
        raise TypeError(f"`step` must be an integer. Received: step={step!r}") from None


def _serialised(summary: summary_pb2.Summary | bytes) -> bytes:
    if isinstance(summary, summary_pb2.Summary):
        return summary.SerializeToString()
    if not isinstance(summary, bytes | bytearray | memoryview):
        raise TypeError(
            f"`summary` must be a Summary proto or its bytes. Received: {type(summary).__name__}"
        )
    data = bytes(summary)
    try:
        summary_pb2.Summary.FromString(data)
    except Exception as error:  # protobuf's DecodeError, whose module has no types
        raise ValueError(
            f"`summary` must be a Summary proto or its bytes. Received: {len(data)} bytes, {error}"
        ) from None
    return data


def _varint(number: int) -> bytes:
    """Protobuf's encoding of a length: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def _file_name() -> str:
    """A name that TensorBoard takes for an event file, unique on this machine, in time order."""
    who = f"{socket.gethostname()}.{os.getpid()}.{next(_FILE_NUMBERS):05d}"
    return f"events.out.tfevents.{int(time.time()):010d}.{who}.deepdebug.v2"


def frame_record(data: bytes) -> bytes:
    """A TFRecord: length, its checksum, data, its checksum (all little-endian).

    Format: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
    """
    return b"".join(_record(b"", data))


def _record(head: bytes, body: bytes) -> list[bytes]:
    """The TFRecord of `head + body` in pieces; a small one is a single piece."""
    length = struct.pack("<Q", len(head) + len(body))
    crc = crc32c.crc32c(body, crc32c.crc32c(head))
    pieces = [length + _masked(crc32c.crc32c(length)) + head, body, _masked(crc)]
    return pieces if len(body) > _COPIED_BYTES else [b"".join(pieces)]


def _masked(crc: int) -> bytes:
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)
