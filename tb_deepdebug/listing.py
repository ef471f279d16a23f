"""What TensorBoard lists of our tags -> the records they make up, and what can't be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tb_deepdebug.stored import Problem, Record
from tb_deepdebug.wire import metadata, series
from tb_deepdebug.wire.errors import WireError

_MOST_BLOBS = 64  # of a frame; ours have fewer than ten, a lying shape can claim any number
_CLASSES = {"frame": "blob sequence", "series": "tensor"}


def records(
    tags: Iterable[tuple[str, str, str, Any]],
) -> tuple[dict[tuple[str, str, str], Record], list[Problem]]:
    """Records by run, name and kind, and what is none."""
    found: dict[tuple[str, str, str], Record] = {}
    problems: list[Problem] = []
    readable = []
    for run, tag, stored_as, entry in tags:
        try:
            content = _content(run, stored_as, entry)
        except WireError as error:
            problems.append(Problem(printable(run), tag, None, str(error)))
        else:
            # A tag of the usual name comes first: a damaged one can't take its place.
            stem = f"{metadata.tag_stem(content.name)}/{content.kind}"
            usual = tag in (stem, f"{stem}/series")
            readable.append(((run, not usual, tag), content, entry))
    for (run, _, tag), content, entry in sorted(readable, key=lambda item: item[0]):
        key = (run, content.name, content.kind)
        record = found.setdefault(key, Record(run, content.name, content.kind, entry.description))
        if content.part in record.tags:
            reason = f"a second {content.part} of {content.name!r}; {tag!r} is not shown"
            problems.append(Problem(run, tag, None, reason))
        else:
            record.tags[content.part] = tag
            record.stamps[content.part] = (entry.max_step, entry.max_wall_time)
    return found, problems


def flat(*listings: tuple[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Listings, each with how its tags are stored, as `(run, tag, stored as, entry)`."""
    for stored_as, listing in listings:
        for run, tags in listing.items():
            for tag, entry in tags.items():
                yield run, tag, stored_as, entry


def _content(run: str, stored_as: str, entry: Any) -> metadata.Content:
    """What a tag holds. Raises WireError unless it can be read, and asked for by name."""
    content = metadata.decode(entry.plugin_content)
    if printable(run) != run:
        raise WireError("the run's name is not valid Unicode")
    if printable(content.name) != content.name:
        raise WireError(f"unreadable metadata: {entry.plugin_content[:80]!r}")
    if content.kind not in series.SCALARS:
        raise WireError(f"unknown kind {content.kind!r}: a newer tb_deepdebug may have written it")
    if stored_as != _CLASSES[content.part]:
        raise WireError(
            f"a {content.part} must be stored as a {_CLASSES[content.part]}. Received: {stored_as}"
        )
    if stored_as == "blob sequence" and (entry.max_length or 0) > _MOST_BLOBS:
        raise WireError(
            f"a frame must have at most {_MOST_BLOBS} blobs. Received: {entry.max_length}"
        )
    return content


def printable(text: str) -> str:
    """The text, with what UTF-8 can't carry (halves of characters) escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
