"""Which examples and batches came before: 64-bit hashes of their bytes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_EXAMPLES = 4_000_000  # 32 MiB of hashes; later examples are counted and not compared


def example_hashes(arrays: Sequence[NDArray[np.generic]]) -> NDArray[np.uint64]:
    """A hash of each example's bytes over all inputs, `[batch]`.

    Python's own hash of bytes (SipHash, 64 bits): chance matches among a million examples have a
    probability of 3e-8. Negative and positive zero count as different, as do dtypes.
    """
    count = len(arrays[0]) if arrays else 0
    hashes = np.zeros(count, np.uint64)
    for array in arrays:
        rows = np.ascontiguousarray(array)
        for i in range(count):
            piece = hash(rows[i].tobytes()) & 0xFFFFFFFFFFFFFFFF
            hashes[i] = (int(hashes[i]) * 0x9E3779B97F4A7C15 + piece) & 0xFFFFFFFFFFFFFFFF
    return hashes


@dataclasses.dataclass(eq=False)
class Seen:
    """The hashes of one pass over the data.

    Attributes:
      examples: hashes of a batch's examples, batch by batch.
      batches: one hash a batch, whatever the order of its examples.
      first: the batch in which each batch hash was met first.
      repeats: `(batch, the earlier batch)` with the same examples.
      uncompared: examples beyond the most that are kept.
    """

    examples: list[NDArray[np.uint64]] = dataclasses.field(default_factory=list)
    batches: list[int] = dataclasses.field(default_factory=list)
    first: dict[int, int] = dataclasses.field(default_factory=dict)
    repeats: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    kept: int = 0
    uncompared: int = 0

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Takes in the next batch."""
        number = len(self.batches)
        whole = hash(np.sort(hashes).tobytes())
        self.batches.append(whole)
        if len(hashes) and whole in self.first:
            self.repeats.append((number, self.first[whole]))
        self.first.setdefault(whole, number)
        if self.kept + len(hashes) > MOST_EXAMPLES:
            self.uncompared += len(hashes)
            return
        self.kept += len(hashes)
        self.examples.append(hashes)

    def together(self) -> NDArray[np.uint64]:
        """The hashes of all examples, in order."""
        return np.concatenate(self.examples) if self.examples else np.zeros(0, np.uint64)

    def repeated_examples(self) -> int:
        """How many examples came before in this pass."""
        every = self.together()
        return len(every) - len(np.unique(every))
