"""What readers keep between looks: byte strings up to a bound, and what is known of tags."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Hashable
from typing import Any


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


class TagMemory:
    """The last known value of each tag, as long as its stamp has not changed."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[Hashable, Any]] = {}

    def get(self, tag: Hashable, stamp: Hashable) -> Any:
        """The value put under this stamp, or None."""
        known, value = self._known.get(tag, (None, None))
        return value if known == stamp else None

    def put(self, tag: Hashable, stamp: Hashable, value: Any) -> None:
        """Replaces what is known of a tag. (One assignment: threads need no lock.)"""
        self._known[tag] = (stamp, value)
