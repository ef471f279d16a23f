"""One array as bytes with a checksum, and back."""

from __future__ import annotations

import dataclasses
import math
import zlib
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.wire.errors import WireError

DTYPES = {"uint8": "|u1", "uint32": "<u4", "float32": "<f4", "float64": "<f8"}
_NAMES = {np.dtype(stored): name for name, stored in DTYPES.items()}
CODECS = ("raw", "deflate")

# A damaged or hostile header must not make a reader allocate without bound.
LARGEST_PLANE = 1 << 31
_LARGEST_RANK = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Plane:
    """A named array; `rows` names its first axis where that lists measures.

    `packing` is how hard its bytes are pressed: not at all, by their runs (as small as by all
    repetitions, and faster, where most bytes are those beside them), or by all repetitions. By
    default by runs where a cell is a byte, else by all.
    """

    name: str
    array: NDArray[Any]
    rows: tuple[str, ...] | None = None
    packing: Literal["none", "runs", "all"] | None = None


def encode(plane: Plane) -> tuple[dict[str, Any], bytes]:
    """A plane's entry in the header, and its bytes."""
    dtype = _NAMES.get(plane.array.dtype.newbyteorder("<"))
    if dtype is None:
        raise TypeError(
            f"A plane's dtype must be one of {sorted(DTYPES)}. Received: {plane.array.dtype}"
        )
    raw = (
        np.ascontiguousarray(plane.array, dtype=DTYPES[dtype]).data.cast("B")
        if plane.array.size
        else memoryview(b"")
    )
    packed = _packed(raw, plane.packing or ("runs" if dtype == "uint8" else "all"))
    smaller = len(packed) < len(raw)
    stored = bytes(packed if smaller else raw)
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


def _packed(raw: memoryview, packing: str) -> bytes | memoryview:
    if packing == "none":
        return raw
    strategy = zlib.Z_RLE if packing == "runs" else zlib.Z_DEFAULT_STRATEGY
    packer = zlib.compressobj(1, strategy=strategy)
    return packer.compress(raw) + packer.flush()


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
