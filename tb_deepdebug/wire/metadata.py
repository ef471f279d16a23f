"""The small JSON in `SummaryMetadata` that says what a tag of ours is."""

from __future__ import annotations

import dataclasses
import functools
import json
import re

from tb_deepdebug.wire.errors import WireError

PLUGIN_NAME = "deepdebug"
VERSION = 1
PARTS = ("frame", "series")


@dataclasses.dataclass(frozen=True)
class Content:
    """What a tag holds: a part ("frame" or "series") of records of one kind under one name."""

    kind: str
    part: str
    name: str


@functools.lru_cache(maxsize=1024)  # the same two of every record at every step
def encode(content: Content) -> bytes:
    """`Content` as `SummaryMetadata.plugin_data.content`."""
    fields = {"version": VERSION, **dataclasses.asdict(content)}
    return json.dumps(fields, separators=(",", ":")).encode()


def decode(data: bytes) -> Content:
    """The reverse of `encode`. Raises WireError."""
    try:
        fields = json.loads(data)
        version, kind, part, name = (fields[k] for k in ("version", "kind", "part", "name"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise WireError(f"unreadable metadata: {data[:80]!r}") from None
    check_version(version)
    if part not in PARTS or not isinstance(kind, str) or not isinstance(name, str):
        raise WireError(f"unreadable metadata: {data[:80]!r}")
    return Content(kind=kind, part=part, name=name)


def check_version(version: object) -> None:
    """Raises WireError unless this reader knows the version."""
    if version != VERSION or isinstance(version, bool):
        raise WireError(
            f"unknown version {version!r}: this reader knows version {VERSION}; "
            "a newer tb_deepdebug may have written it"
        )


def tag_stem(name: str) -> str:
    """A name as it stands in tags: with quotes, backslashes and control characters escaped.

    TensorBoard's data server can't read back blobs under tags that hold them. Readers take the
    name from the metadata, where it stands as it is.
    """
    return re.sub(r'["\\\x00-\x1f\x7f]', lambda c: f"%{ord(c[0]):02X}", name)
