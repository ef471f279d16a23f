"""The one binary answer of the HTTP API: a JSON header, then planes or parts as they are."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

from tensorboard.backend import json_util

MAGIC = b"DDE1"
_ALIGN = 8


def encode(
    header: dict[str, Any], planes: Sequence[tuple[dict[str, Any], bytes, str | None]] = ()
) -> bytes:
    """An envelope of planes: (entry in the header, bytes, damage or None)."""
    entries, body = [], _Body()
    for spec, stored, damaged in planes:
        entries.append(
            {
                "rows": None,
                **spec,
                "offset": body.add(stored),
                "length": len(stored),
                "damaged": damaged,
            }
        )
    return _join({**header, "planes": entries}, body)


def encode_batch(parts: Sequence[tuple[int, str | None, bytes]]) -> bytes:
    """An envelope of envelopes: (status, reason or None, envelope)."""
    entries, body = [], _Body()
    for status, reason, content in parts:
        entries.append(
            {
                "status": status,
                "reason": reason,
                "offset": body.add(content),
                "length": len(content),
            }
        )
    return _join({"parts": entries, "planes": []}, body)


class _Body:
    """Pieces laid out one after the other, each at a multiple of 8."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> int:
        offset = self._size
        pad = -len(piece) % _ALIGN
        self.pieces += [piece, bytes(pad)]
        self._size += len(piece) + pad
        return offset


def _join(header: dict[str, Any], body: _Body) -> bytes:
    # Cleanse turns NaN and infinities into strings, which JSON can carry.
    text = json.dumps(json_util.Cleanse(header), separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % _ALIGN)
    return b"".join([MAGIC, struct.pack("<I", len(text)), text, *body.pieces])
