"""One array as bytes with a checksum, and back."""

from __future__ import annotations

import dataclasses
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.wire.errors import WireError

DTYPES = {"uint8": "|u1", "uint32": "<u4", "float32": "<f4", "float64": "<f8"}
CODECS = ("raw", "deflate")

# A damaged or hostile header must not make a reader allocate without bound.
LARGEST_PLANE = 1 << 31
_LARGEST_RANK = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Plane:
    """A named array; `rows` names its first axis where that lists measures."""

    name: str
    array: NDArray[Any]
    rows: tuple[str, ...] | None = None


def encode(plane: Plane) -> tuple[dict[str, Any], bytes]:
    """A plane's entry in the header, and its bytes.

    Run-length matching is as small as full matching on quantised activations and twice as fast.
    """
    dtype = plane.array.dtype.name
    if dtype not in DTYPES:
        raise TypeError(f"A plane's dtype must be one of {sorted(DTYPES)}. Received: {dtype}")
    raw = (
        np.ascontiguousarray(plane.array, dtype=DTYPES[dtype]).data.cast("B")
        if plane.array.size
        else memoryview(b"")
    )
    strategy = zlib.Z_RLE if dtype == "uint8" else zlib.Z_DEFAULT_STRATEGY
    packer = zlib.compressobj(1, strategy=strategy)
    packed = packer.compress(raw) + packer.flush()
    smaller = len(packed) < len(raw)
    stored = packed if smaller else bytes(raw)
    spec: dict[str, Any] = {
        "name": plane.name,
        "dtype": dtype,
        "shape": list(plane.array.shape),
        "codec": "deflate" if smaller else "raw",
        "crc32": zlib.crc32(stored),
    }
    if plane.rows is not None:
        spec["rows"] = list(plane.rows)
    return spec, stored


def check_spec(spec: Any) -> None:
    """Raises WireError unless `spec` describes a plane that this reader can hold."""
    try:
        name, dtype, shape, codec = (spec[k] for k in ("name", "dtype", "shape", "codec"))
        rows = spec.get("rows")
        fine = (
            isinstance(name, str)
            and dtype in DTYPES
            and codec in CODECS
            and isinstance(spec["crc32"], int)
            and isinstance(shape, list)
            and len(shape) <= _LARGEST_RANK
            and all(type(n) is int and 0 <= n <= LARGEST_PLANE for n in shape)
            and math.prod(max(n, 1) for n in shape) * np.dtype(DTYPES[dtype]).itemsize
            <= LARGEST_PLANE
            and (rows is None or isinstance(rows, list))
            and all(isinstance(row, str) for row in rows or ())
        )
    except (KeyError, TypeError, AttributeError):
        fine = False
    if not fine:
        raise WireError(f"a plane is described wrongly: {str(spec)[:120]}")


def check(spec: dict[str, Any], stored: bytes) -> None:
    """Raises WireError unless the bytes are those that were written."""
    crc = zlib.crc32(stored)
    if crc != spec["crc32"]:
        raise WireError(
            f"plane {spec['name']!r} is damaged: checksum {crc:08x}, "
            f"expected {spec['crc32'] & 0xFFFFFFFF:08x}"
        )


def decode(spec: dict[str, Any], stored: bytes) -> Plane:
    """The reverse of `encode`. Raises WireError."""
    check_spec(spec)
    check(spec, stored)
    dtype = np.dtype(DTYPES[spec["dtype"]])
    size = math.prod(spec["shape"]) * dtype.itemsize
    raw = stored
    if spec["codec"] == "deflate":
        try:
            raw = zlib.decompressobj().decompress(stored, size + 1)
        except zlib.error as error:
            raise WireError(f"plane {spec['name']!r} can't be inflated: {error}") from None
    if len(raw) != size:
        raise WireError(
            f"plane {spec['name']!r} has {len(raw)} bytes, its shape {spec['shape']} needs {size}"
        )
    rows = spec.get("rows")
    array = np.frombuffer(raw, dtype).reshape(spec["shape"])
    return Plane(spec["name"], array, None if rows is None else tuple(rows))
