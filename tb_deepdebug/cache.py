"""What readers keep between looks: byte strings up to a bound, and what is known of tags."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Collection, Hashable
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
    """The last known value of each tag, as long as its stamp has not changed.

    Holds the tags of the last listing, of the few experiments that were looked at last.
    """

    def __init__(self, experiments: int = 4) -> None:
        """`experiments`: how many are remembered."""
        self._most = experiments
        self._known: collections.OrderedDict[str, dict[Hashable, tuple[Hashable, Any]]] = (
            collections.OrderedDict()
        )
        self._listings: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def keep_listing(self, experiment: str, listing: Any) -> None:
        """Remembers the last listing, and when it was made."""
        with self._lock:
            self._listings = {
                known: kept for known, kept in self._listings.items() if known in self._known
            }
            self._listings[experiment] = (time.monotonic(), listing)

    def listing(self, experiment: str, patience: float) -> Any:
        """The last listing, or None if it is older than `patience` seconds."""
        with self._lock:
            made, listing = self._listings.get(experiment, (0.0, None))
        return listing if patience and time.monotonic() - made <= patience else None

    def get(self, experiment: str, tag: Hashable, stamp: Hashable) -> Any:
        """The value put under this stamp, or None."""
        with self._lock:
            known, value = self._known.get(experiment, {}).get(tag, (None, None))
        return value if known == stamp else None

    def put(self, experiment: str, tag: Hashable, stamp: Hashable, value: Any) -> None:
        """Replaces what is known of a tag."""
        with self._lock:
            self._known.setdefault(experiment, {})[tag] = (stamp, value)
            self._known.move_to_end(experiment)
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def keep(self, experiment: str, tags: Collection[Hashable]) -> None:
        """Forgets the tags that are gone."""
        with self._lock:
            known = self._known.get(experiment, {})
            for tag in known.keys() - tags:
                del known[tag]
