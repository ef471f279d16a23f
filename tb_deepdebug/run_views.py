"""READ: a log -> its runs as rules see them."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tensorboard import errors

from tb_deepdebug import reader
from tb_deepdebug.findings import build
from tb_deepdebug.findings.build import Piece
from tb_deepdebug.findings.view import Curve, Floats, Run
from tb_deepdebug.reader import Log
from tb_deepdebug.stats.quantise import Picture
from tb_deepdebug.stored import Record, SeriesSteps, StoredFrame
from tb_deepdebug.wire import graph as wire_graph
from tb_deepdebug.wire import recorder as wire_recorder
from tb_deepdebug.wire import setup as wire_setup
from tb_deepdebug.wire.errors import WireError
from tb_deepdebug.wire.timeline import timeline

# Which planes of the first and of the last frame hold numbers that rules need.
_PLANES = {
    "activations": ("units", "history"),
    "preactivations": ("units",),
    "health": ("parameters", "history"),
    "input_gradients": ("numbers",),
}
_HEADERS = ("graph", "recorder", "setup")  # whose header is all there is
_NEVER = (*_HEADERS, "jacobian")
# Of the many records of layers so many steps: what must not be missed, accumulators keep.
_OF_LAYERS, _MOST_STEPS = ("activations", "preactivations", "gates"), 64
_FROM_THE_FIRST = ("activations", "preactivations", "health")  # of which the first frame tells
_SCALARS = 40  # standard scalars of a run that are looked at, at most
_MOST_CELLS = 1 << 22  # of a picture that is inflated to compare units


def training_runs(log: Log) -> list[str]:
    """The runs that hold records of ours, by name."""
    return sorted({record.run for record in log.records})


def view(log: Log, run: str) -> Run:
    """One run. What can't be read counts as not recorded."""
    mine = [record for record in log.records if record.run == run]
    log.load_frames(mine)
    layers = [record for record in mine if record.kind in _OF_LAYERS]
    log.load_series(layers, _MOST_STEPS)
    log.load_series([r for r in mine if r not in layers and r.kind not in _NEVER])
    frames = _frames(log, mine)
    pieces = [_piece(log, record, frames) for record in mine if record.kind not in _NEVER]
    headers = {
        record.kind: _header(frames.get((id(record), "last")))
        for record in mine
        if record.kind in _HEADERS
    }
    walls = [stamp[1] for record in mine for stamp in record.stamps.values()]
    return build.build(
        run,
        pieces,
        _curves(log, run),
        graph=_read(wire_graph.from_header, headers.get("graph")),
        setup=_read(wire_setup.from_header, headers.get("setup")),
        notes=_read(wire_recorder.notes_of, headers.get("recorder")) or (),
        last_wall_time=max(walls, default=math.nan),
    )


def _read(decode: Any, header: Mapping[str, Any] | None) -> Any:
    try:
        return None if not header else decode(header)
    except WireError:
        return None


def _header(found: StoredFrame | None) -> Mapping[str, Any]:
    return {} if found is None else found.header


Frames = dict[tuple[int, str], StoredFrame | None]  # by the record's id, and "first" or "last"


def _frames(log: Log, records: Sequence[Record]) -> Frames:
    """The first and the last frame of each record, as far as rules need them, in one go."""
    keys, wanted = [], []
    for record in records:
        steps = log.steps(record) if record.kind != "jacobian" else []
        planes = _PLANES.get(record.kind, ())
        for which, step in [("last", steps[-1:]), ("first", steps[:1])]:
            twice = which == "first" and (len(steps) < 2 or record.kind not in _FROM_THE_FIRST)
            if step and not twice:
                pictured = which == "last" and record.kind == "activations"
                keys.append((id(record), which))
                wanted.append((record, step[0], functools.partial(_chosen, planes, pictured)))
    return dict(zip(keys, log.frames(wanted), strict=True))


def _chosen(planes: Sequence[str], pictured: bool, names: list[str]) -> list[str]:
    """The planes that rules need, and the smallest one that pictures the units."""
    picture = ["overview" if "overview" in names else "values", "scale"] if pictured else []
    return [name for name in names if name in planes or name in picture]


def _piece(log: Log, record: Record, frames: Frames) -> Piece:
    told: SeriesSteps = log.series(record)
    numbers, vectors = timeline(record.kind, told.values)
    steps = log.steps(record)
    last = frames.get((id(record), "last"))
    first = frames.get((id(record), "first"), last)
    return Piece(
        name=record.name,
        kind=record.kind,
        steps=np.array(told.steps, np.int64),
        numbers=numbers,
        vectors=vectors,
        header=_header(last),
        first_step=steps[0] if steps else 0,
        first_rows=_rows(first),
        last_rows=_rows(last),
        cells=functools.partial(_cells, last if record.kind == "activations" else None),
    )


def _rows(found: StoredFrame | None) -> dict[str, dict[str, Floats]]:
    """Plane -> row -> values; planes that are damaged are left out."""
    rows: dict[str, dict[str, Floats]] = {}
    for plane in found.planes if found is not None and not found.damaged else ():
        names = plane.spec.get("rows") or ()
        try:
            array = plane.array()
        except WireError:
            continue
        if len(names) == len(array):
            rows[plane.spec["name"]] = dict(zip(names, array.astype(np.float64), strict=True))
    return rows


def _cells(found: StoredFrame | None) -> Floats | None:
    """The picture of a frame, the overview where there is one; None if it can't be read."""
    named = {} if found is None else {plane.spec["name"]: plane for plane in found.planes}
    picture, scale = named.get("overview", named.get("values")), named.get("scale")
    if picture is None or scale is None:
        return None
    try:
        if math.prod(picture.spec["shape"]) > _MOST_CELLS:
            return None
        codes, ends = picture.array(), scale.array()
    except WireError:
        return None
    if codes.ndim != 3 or codes.dtype != np.uint8 or ends.shape != (2, codes.shape[1]):
        return None
    return Picture(codes, ends).values().astype(np.float64)


# -- standard scalars -----------------------------------------------------------------------


def _curves(log: Log, run: str) -> dict[str, Curve]:
    """Scalars of the run, and those of its validation run beside it, which win over none."""
    tags = log.scalar_tags()
    known = {*build.LOSS_TAGS, *build.VALIDATION_TAGS}
    wanted = [
        (source, tag)
        for source in [run, *_validation_runs(run, tags)]
        # Losses come first, if there are very many.
        for tag in sorted(filter(_is_told, tags.get(source, ())), key=lambda t: (t not in known, t))
    ][:_SCALARS]
    reads = [functools.partial(_curve, log, *one) for one in wanted]
    found: dict[str, Curve] = {}
    for (source, tag), curve in zip(wanted, reader.together(*reads), strict=True):
        if curve is not None:
            found.setdefault(tag if source == run else _validation_tag(tag), curve)
    return found


def _is_told(tag: str) -> bool:
    """Whether a scalar says what no record does."""
    ours = tag.startswith("deepdebug/")
    return not ours or tag.startswith(
        ("deepdebug/epoch/", "deepdebug/probe/", "deepdebug/training/")
    )


def _validation_runs(run: str, runs: Mapping[str, Any]) -> list[str]:
    """Keras writes `logs/train` and `logs/validation`."""
    stem, _, last = run.rpartition("/")
    beside = f"{stem}/validation" if stem else "validation"
    return [beside] if last == "train" and beside in runs else []


def _validation_tag(tag: str) -> str:
    """`epoch_loss` of the validation run is another curve than that of training."""
    return f"epoch_val_{tag.removeprefix('epoch_')}" if tag.startswith("epoch_") else tag


def _curve(log: Log, run: str, tag: str) -> Curve | None:
    try:
        points = log.scalars(run, tag)
    except (KeyError, WireError, errors.PublicError):
        return None
    order = np.argsort(points[0], kind="stable")
    steps, walls, values = points[:, order]
    return Curve(tag, steps.astype(np.int64), values, walls)


def runs(log: Log) -> list[Run]:
    """Every run that holds records of ours, by name."""
    return [view(log, run) for run in training_runs(log)]


def of_logdir(logdir: str) -> list[Run]:
    """The runs in a folder."""
    return runs(reader.open_logdir(logdir))
