"""A check -> header, one plane a line of its pictures, series."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tb_deepdebug.records.check import VERDICTS, Check, Line, Picture
from tb_deepdebug.wire.plain import plain
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series


def fields(record: Check) -> dict[str, Any]:
    """The header's fields: NaN is null, an infinity "inf" or "-inf"."""
    return {
        "check": record.check,
        "verdict": record.verdict,
        "sentence": record.sentence,
        "next": record.next,
        "numbers": plain(list(record.numbers)),
        "items": plain(list(record.items)),
        "settings": plain(list(record.settings)),
        "pictures": [_picture(i, picture) for i, picture in enumerate(record.pictures)],
    }


def _picture(i: int, picture: Picture) -> dict[str, Any]:
    return {
        "kind": picture.kind,
        "title": picture.title,
        "x_label": picture.x_label,
        "y_label": picture.y_label,
        "log_x": picture.log_x,
        "log_y": picture.log_y,
        "references": plain([{"name": name, "value": at} for name, at in picture.references]),
        "lines": [
            {
                "name": line.name,
                "plane": f"{i}/{j}",
                "labels": None if line.labels is None else list(line.labels),
            }
            for j, line in enumerate(picture.lines)
        ],
        "grid": None if picture.grid is None else f"{i}/grid",
        "extent": plain(picture.extent),
    }


def planes(record: Check) -> list[Plane]:
    """`<picture>/<line>` float64 with its rows named, `<picture>/grid` float32."""
    found = []
    for i, picture in enumerate(record.pictures):
        found += [_line(f"{i}/{j}", line) for j, line in enumerate(picture.lines)]
        if picture.grid is not None:
            found.append(Plane(f"{i}/grid", np.asarray(picture.grid, np.float32)))
    return found


def _line(name: str, line: Line) -> Plane:
    """Rows `x`, `y` and, with an interval, `low` and `high`; a shorter row ends in NaN."""
    rows = {"x": line.x, "y": line.y}
    if line.low is not None and line.high is not None:
        rows |= {"low": line.low, "high": line.high}
    table = np.full((len(rows), max(len(one) for one in rows.values())), np.nan)
    for row, one in zip(table, rows.values(), strict=True):
        row[: len(one)] = one
    return Plane(name, table, tuple(rows))


def series(record: Check) -> Series:
    """The series scalars; the verdict by its place in `VERDICTS`."""
    count = [sum(one.verdict == verdict for one in record.items) for verdict in VERDICTS]
    return Series(
        {
            "verdict": VERDICTS.index(record.verdict),
            "items": len(record.items),
            **dict(zip(VERDICTS, count, strict=True)),
            "value": record.numbers[0].value if record.numbers else math.nan,
        },
        {},
    )


def standard(record: Check) -> dict[str, float]:
    """Nothing: a check's own curves are written as it runs."""
    return {}
