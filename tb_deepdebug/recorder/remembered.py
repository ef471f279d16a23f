"""What a recorder wrote, kept in memory as rules see it: thinned, so that it never grows."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tb_deepdebug.findings.build import Piece, build
from tb_deepdebug.findings.view import Curve, Floats, Run
from tb_deepdebug.probe import Note
from tb_deepdebug.records import Record
from tb_deepdebug.records.activations import Activations
from tb_deepdebug.records.graph import Graph
from tb_deepdebug.records.health import Health
from tb_deepdebug.records.recorder_report import RecorderReport
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.stats.quantise import Picture
from tb_deepdebug.wire import series as wire_series
from tb_deepdebug.wire import summary as wire_summary
from tb_deepdebug.wire.series import Series
from tb_deepdebug.wire.timeline import timeline

MOST_STEPS = 64  # of a record: a reader's rules must do with 50
MOST_POINTS = 256  # of a scalar
_ROWS = ("units", "history", "parameters", "numbers")  # planes that rules read
_MOST_CELLS = 1 << 22


class Remembered:
    """The series of every record as a log would give them back, and the last records themselves.

    Of a record with too many steps some are forgotten, never the first or the last; what must be
    exact is in the accumulators that the last record carries.
    """

    def __init__(self) -> None:
        self._tracks: dict[tuple[str, str], _Track] = {}
        self._scalars: dict[str, dict[int, float]] = {}
        self._graph: Graph | None = None
        self._setup: Setup | None = None

    def add(self, name: str, record: Record, step: int) -> Mapping[str, float]:
        """A record, as it was written; returns the numbers of its series."""
        if isinstance(record, Graph):
            self._graph = record
        elif isinstance(record, Setup):
            self._setup = record
        elif not isinstance(record, RecorderReport):
            kind = wire_summary.codec(record)[0]
            if isinstance(record, Health) and not math.isnan(record.parameters.loss):
                self.scalar(f"deepdebug/{name}/loss", record.parameters.loss, step)
            track = self._tracks.setdefault((kind, name), _Track(kind, name))
            return track.add(record, step).scalars
        return {}

    def scalar(self, tag: str, value: float, step: int) -> None:
        """A point of a standard scalar."""
        points = self._scalars.setdefault(tag, {})
        _put(points, step, value, MOST_POINTS)

    def run(self, name: str, notes: Iterable[Note]) -> Run:
        """All of it, as rules see a run."""
        return build(
            name,
            [track.piece() for track in self._tracks.values()],
            {tag: _curve(tag, points) for tag, points in self._scalars.items()},
            graph=self._graph,
            setup=self._setup,
            notes=tuple(notes),
        )


class _Track:
    """One record over the steps."""

    def __init__(self, kind: str, name: str) -> None:
        self._kind, self._name = kind, name
        self._series: dict[int, Series] = {}
        self._first: tuple[int, dict[str, Any]] | None = None
        self._last: Record | None = None

    def add(self, record: Record, step: int) -> Series:
        """As a log would keep it: in float32, without vectors that are too long."""
        encoded = wire_series.encode(self._kind, wire_summary.codec(record)[1].series(record))
        series = wire_series.decode(self._kind, encoded)
        _put(self._series, step, series, MOST_STEPS)
        self._last = record
        if self._first is None:
            self._first = step, _rows(record)
        return series

    def piece(self) -> Piece:
        """As `findings.build` takes it."""
        assert self._first is not None and self._last is not None
        numbers, vectors = timeline(self._kind, list(self._series.values()))
        return Piece(
            name=self._name,
            kind=self._kind,
            steps=np.array(list(self._series), np.int64),
            numbers=numbers,
            vectors=vectors,
            header=wire_summary.codec(self._last)[1].fields(self._last),
            first_step=self._first[0],
            first_rows=self._first[1],
            last_rows=_rows(self._last),
            cells=functools.partial(_cells, self._last),
        )


def _put(points: dict[int, Any], step: int, value: Any, most: int) -> None:
    """Adds a step to an ascending dict, in which a training that begins anew overwrites.

    Where that makes one too many, the one goes whose neighbours are the closest to each other.
    """
    for later in [known for known in points if known >= step]:
        del points[later]
    points[step] = value
    if len(points) > most:
        steps = np.fromiter(points, np.int64)
        del points[int(steps[1 + np.argmin(steps[2:] - steps[:-2])])]


def _rows(record: Record) -> dict[str, dict[str, Floats]]:
    """Plane -> row -> values."""
    return {
        plane.name: dict(zip(plane.rows, np.asarray(plane.array, np.float64), strict=True))
        for plane in wire_summary.codec(record)[1].planes(record)
        if plane.rows is not None and plane.name in _ROWS
    }


def _cells(record: Record) -> Floats | None:
    """The overview, or, where there is none, the picture."""
    if not isinstance(record, Activations) or not record.picture.codes.size:
        return None
    picture = record.picture
    if record.overview is not None:
        picture = dataclasses.replace(picture, codes=record.overview)
    return _values(picture) if picture.codes.size <= _MOST_CELLS else None


def _values(picture: Picture) -> Floats:
    return picture.values().astype(np.float64)


def _curve(tag: str, points: dict[int, float]) -> Curve:
    values = np.array(list(points.values()), np.float64)
    walls = np.full(len(values), math.nan)
    return Curve(tag, np.array(list(points), np.int64), values, walls)
