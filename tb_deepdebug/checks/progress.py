"""A line of plain text on standard error that tells how far a check is."""

from __future__ import annotations

import sys
import time

_WIDTH = 24
_SECONDS = 0.2  # between two looks at the line


class Progress:
    """`mean 42% [##########              ] R2 0.81, 12 s left`, on one line of a terminal.

    Args:
      shown: None shows it where standard error is a terminal; elsewhere, if shown, each is a line.
    """

    def __init__(self, label: str, steps: int, shown: bool | None) -> None:
        self._label, self._steps = label, max(1, steps)
        self._terminal = sys.stderr.isatty()
        self._shown = self._terminal if shown is None else shown
        self._began, self._last = time.monotonic(), float("-inf")
        self._text = ""

    def at(self, step: int, text: str = "") -> None:
        """Shows a step; in a file only those that tell something new."""
        told, self._text = bool(text), text or self._text
        now = time.monotonic()
        if not self._shown or not (told or (self._terminal and now - self._last > _SECONDS)):
            return
        self._last = now
        share = min(1.0, step / self._steps)
        bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH)
        left = (now - self._began) * (1 - share) / share if share else float("nan")
        line = f"{self._label} {share:4.0%} [{bar}] {self._text}" + (
            f", {left:.0f} s left" if share else ""
        )
        print(
            f"\r{line:<78}" if self._terminal else line,
            end="" if self._terminal else "\n",
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        """Ends the line."""
        if self._shown and self._terminal:
            print(file=sys.stderr)
