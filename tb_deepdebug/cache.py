"""A least-recently-used cache of byte strings, bounded in bytes."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Hashable


class BytesCache:
    """Keeps what was read last, up to a number of bytes. Safe to share between threads."""

    def __init__(self, most_bytes: int) -> None:
        """`most_bytes`: what the cached values may add up to."""
        self._most = most_bytes
        self._size = 0
        self._kept: collections.OrderedDict[Hashable, bytes] = collections.OrderedDict()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._size

    def get(self, key: Hashable, read: Callable[[], bytes]) -> bytes:
        """The value of `key`, read if it is not held.

        Two threads may read the same value at once: the lock is not held while reading.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = read()
        with self._lock:
            if key not in self._kept and len(value) <= self._most:
                self._kept[key] = value
                self._size += len(value)
                while self._size > self._most:
                    self._size -= len(self._kept.popitem(last=False)[1])
        return value
