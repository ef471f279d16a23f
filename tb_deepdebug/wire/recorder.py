"""A recorder's report -> a header and its cost as a series."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from tb_deepdebug.records.recorder_report import Note, RecorderReport
from tb_deepdebug.wire.errors import WireError
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series


def fields(record: RecorderReport) -> dict[str, Any]:
    """The header's fields."""
    return {
        "notes": [dataclasses.asdict(note) for note in record.notes],
        "settings": {str(name): _plain(value) for name, value in record.settings.items()},
        "recorder_version": record.version,
    }


def notes_of(header: Mapping[str, Any]) -> tuple[Note, ...]:
    """The notes in a header. Raises WireError."""
    try:
        return tuple(
            Note(str(note["what"]), str(note["reason"]), note.get("step"))
            for note in header.get("notes", ())
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise WireError(f"the notes can't be read: {type(error).__name__}: {error}") from None


def _plain(value: Any) -> Any:
    """A setting as JSON has it; what JSON has not, in words."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return str(value)


def planes(record: RecorderReport) -> list[Plane]:
    """None."""
    return []


def series(record: RecorderReport) -> Series:
    """The series scalars."""
    return Series(
        {
            "seconds": record.seconds,
            "training_seconds": record.training_seconds,
            "bytes": record.bytes,
            "notes": len(record.notes),
            "probes": record.probes,
        },
        {},
    )


def standard(record: RecorderReport) -> dict[str, float]:
    """Nothing: what a recorder costs is no measure of the net."""
    return {}
