"""Reads the answers of the HTTP API: a second reader of http_api.md, that checks as it goes."""

import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np

ROOT = "/data/plugin/deepdebug/"
_DTYPES = {"uint8": "u1", "uint32": "<u4", "float32": "<f4", "float64": "<f8"}


@dataclass(frozen=True)
class Envelope:
    """The JSON without its planes, and the planes by name: an array, or what is wrong with it."""

    fields: dict[str, Any]
    planes: dict[str, Any]
    specs: dict[str, dict[str, Any]]


def open_envelope(data: bytes) -> Envelope:
    """An envelope, every promise of the format checked."""
    fields, body = _split(data)
    specs = fields.pop("planes")
    planes = {spec["name"]: _array(spec, body) for spec in specs}
    return Envelope(fields, planes, {spec["name"]: spec for spec in specs})


def open_batch(data: bytes) -> list[tuple[int, Any]]:
    """A batch: (status, envelope or reason) a part."""
    fields, body = _split(data)
    return [
        (p["status"], open_envelope(_cut(body, p)) if p["status"] == 200 else p["reason"])
        for p in fields["parts"]
    ]


def query(route: str, **parameters: Any) -> str:
    """A question, as `batch` takes it: `frame?run=a&step=3`."""
    return f"{route}?{urlencode(parameters, quote_via=quote)}"


def _split(data: bytes) -> tuple[dict[str, Any], bytes]:
    magic, length = struct.unpack_from("<4sI", data)
    assert magic == b"DDE1"
    assert (8 + length) % 8 == 0
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def _cut(body: bytes, piece: dict[str, Any]) -> bytes:
    assert piece["offset"] % 8 == 0
    found = body[piece["offset"] : piece["offset"] + piece["length"]]
    assert len(found) == piece["length"]
    return found


def _array(spec: dict[str, Any], body: bytes) -> Any:
    stored = _cut(body, spec)
    if spec["damaged"]:
        assert stored == b""
        return spec["damaged"]
    assert zlib.crc32(stored) == spec["crc32"]
    try:
        raw = zlib.decompress(stored) if spec["codec"] == "deflate" else stored
        return np.frombuffer(raw, _DTYPES[spec["dtype"]]).reshape(spec["shape"])
    except (zlib.error, ValueError) as error:
        return f"{spec['name']}: {error}"
