"""A frame: a checked JSON header and one blob a plane."""

from __future__ import annotations

import functools
import json
import math
import zlib
from collections.abc import Sequence
from typing import Any, NoReturn

from tb_deepdebug.wire import planes
from tb_deepdebug.wire.errors import WireError
from tb_deepdebug.wire.metadata import VERSION, check_version

MAGIC = b"DD1 "
_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
MOST_PLANES = 63  # a frame of ours has ten; a log's author must not make a reader slow


def encode(kind: str, fields: dict[str, Any], content: Sequence[planes.Plane]) -> list[bytes]:
    """The blobs of a frame: header, then the planes in order."""
    packed = [planes.encode(plane) for plane in content]
    header = {"version": VERSION, "kind": kind, **fields, "planes": [spec for spec, _ in packed]}
    pairs = (f"{_encoder.encode(key)}:{_json(value)}" for key, value in header.items())
    text = f"{{{','.join(pairs)}}}".encode("ascii")
    return [MAGIC + b"%08x " % zlib.crc32(text) + text, *(stored for _, stored in packed)]


def _json(value: Any) -> str:
    """`value` as JSON. What stays the same from step to step comes as tuples, and is kept.

    Tuples must hold strings and whole numbers only: 1, 1.0 and True are one key.
    """
    return _kept_json(value) if isinstance(value, tuple) else _encoder.encode(value)


@functools.lru_cache(maxsize=256)
def _kept_json(value: tuple[Any, ...]) -> str:
    return _encoder.encode(value)


def decode_header(blob: bytes) -> dict[str, Any]:
    """A frame's header, its plane entries checked. Raises WireError."""
    if not blob.startswith(b"DD"):
        raise WireError(f"not a frame: it begins with {blob[:8]!r}")
    if not blob.startswith(MAGIC):
        check_version(blob[2:4].strip().decode("latin-1"))
    text = blob[len(MAGIC) + 9 :]
    if blob[len(MAGIC) : len(MAGIC) + 9] != b"%08x " % zlib.crc32(text):
        raise WireError(f"the header is damaged: checksum {zlib.crc32(text):08x} is not its own")
    try:  # whoever can write a log can write its checksum
        header = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header can't be read: {error}") from None
    check_version(header.get("version") if isinstance(header, dict) else None)
    if not isinstance(header.get("planes"), list):
        raise WireError("the header lists no planes")
    if len(header["planes"]) > MOST_PLANES:
        raise WireError(f"the header lists {len(header['planes'])} planes, at most {MOST_PLANES}")
    for spec in header["planes"]:
        planes.check_spec(spec)
    return dict(header)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
