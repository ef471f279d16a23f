"""Answers to the six questions of the HTTP API, as pure functions of a log and parameters."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard import errors
from werkzeug.datastructures import MultiDict

from tb_deepdebug import diagnosis, reader
from tb_deepdebug.findings.as_json import as_json
from tb_deepdebug.plugin import envelope
from tb_deepdebug.reader import Log
from tb_deepdebug.rules import DOCUMENTED
from tb_deepdebug.stats.quantise import Picture
from tb_deepdebug.stats.similarity import Similarity, similarity
from tb_deepdebug.stored import Record, SeriesSteps, StoredFrame
from tb_deepdebug.wire import planes
from tb_deepdebug.wire.errors import WireError
from tb_deepdebug.wire.metadata import VERSION

Params = MultiDict[str, str]
# An hour-long request helps nobody, nor does one that needs all memory: correlations of 4096
# units with each other take 128 MiB, several times, so one picture is ordered at a time.
MOST_ORDERED_CELLS = 4096 * 4096
MOST_ORDERED_UNITS = 4096
_ORDERING = threading.Lock()
# Of several runs asked for together, side by side is no faster: rules hold the interpreter.
_DIAGNOSING = threading.Lock()


class RequestError(Exception):
    """The client asked wrongly: an HTTP status and a reason that is safe to show."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def index(log: Log, params: Params) -> dict[str, Any]:
    """What the log holds: runs, records with their steps and last numbers, problems."""
    _check(params, "index")
    records, scalars = log.records, log.scalar_tags()
    frames, last = reader.together(lambda: log.load_frames(records), lambda: log.load_last(records))
    places = {run: i for i, run in enumerate(sorted(log.runs(), key=natural))}
    problems = [*log.problems, *frames, *last]
    mine: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        numbers, problem = log.last(record)
        if problem:
            problems.append(problem)
        mine.setdefault(record.run, []).append(_entry(log, record, numbers))
    runs = [
        {
            "name": run,
            "color_index": places.get(run, i),
            "records": sorted(mine[run], key=lambda r: (natural(r["name"]), r["kind"])),
            "scalars": sorted(scalars.get(run, []), key=natural),
        }
        for i, run in enumerate(sorted(mine, key=natural))
    ]
    return {
        "version": VERSION,
        "runs": runs,
        "problems": [
            {"run": p.run, "tag": p.tag, "step": p.step, "reason": p.reason} for p in problems
        ],
    }


def _entry(log: Log, record: Record, last: dict[str, float] | None) -> dict[str, Any]:
    steps = log.steps(record)
    return {
        "name": record.name,
        "kind": record.kind,
        "description": record.description,
        "steps": steps,
        "wall_time": log.wall_time(record, steps[-1]) if steps else None,
        "last": last,
    }


def series(log: Log, params: Params) -> bytes:
    """`series`: every step of a series, as one matrix per name."""
    record = _record(log, params)
    stamps = tuple(sorted(record.stamps.items()))
    key = (log.experiment, "series", stamps, tuple(sorted(params.items())))
    return _kept(log, key, lambda: _series(log, record, params))


class _Damaged(Exception):
    """An answer that another try may better, so that it must not be kept."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("damaged")
        self.answer = answer


def _kept(log: Log, key: Hashable, read: Callable[[], bytes]) -> bytes:
    """An answer that holds for as long as nothing is written: its key has the stamps."""
    try:
        return log.cache.get(key, read)
    except _Damaged as damaged:
        return damaged.answer


def _series(log: Log, record: Record, params: Params) -> bytes:
    found = log.series(record)
    kept = _spread(len(found.steps), _integer(params, "limit", least=1))
    values = [found.values[i] for i in kept]
    names = list(values[-1].scalars) if values else []
    matrix = np.array([[v.scalars.get(n, np.nan) for n in names] for v in values], np.float32)
    stacked = [planes.Plane("scalars", matrix.reshape(len(values), len(names)), tuple(names))]
    stacked += [
        planes.Plane(name, _stack([v.vectors.get(name) for v in values]))
        for name in _vector_names(found, params)
    ]
    header = {
        **_named(record),
        "steps": [found.steps[i] for i in kept],
        "wall_times": [found.wall_times[i] for i in kept],
        "damaged": [{"step": step, "reason": reason} for step, reason in found.damaged],
    }
    encoded = envelope.encode(header, [(*planes.encode(plane), None) for plane in stacked])
    if found.damaged:
        raise _Damaged(encoded)
    return encoded


def frame(log: Log, params: Params) -> bytes:
    """`frame`: one step's planes, as stored."""
    record = _record(log, params)
    step = _step(params)
    asked = params["planes"].split(",") if "planes" in params else None
    choose = _overview_first if asked is None else lambda _: asked
    # A frame of examples has a picture of every layer, of which one is looked at.
    at_once = record.kind != "examples"
    try:
        found = log.frame(record, step, choose, at_once=at_once)
    except KeyError:
        raise _no_step(log, record, step) from None
    header = {
        **_named(record),
        "step": step,
        "wall_time": found.wall_time,
        "header": found.header,
        "damaged": found.damaged,
    }
    try:
        return envelope.encode(header, [(p.spec, p.stored, p.damaged) for p in found.planes])
    except RecursionError:
        return envelope.encode({**header, "header": {}, "damaged": "the header nests too deeply"})


def _overview_first(names: list[str]) -> list[str]:
    """Unless told otherwise, the full picture waits until somebody zooms in."""
    return [name for name in names if name != "values" or "overview" not in names]


def scalars(log: Log, params: Params) -> bytes:
    """`scalars`: a standard scalar, such as the loss."""
    run, tag = _text(params, "run"), _text(params, "tag")
    key = (log.experiment, "scalars", run, tag, log.scalar_stamp(run, tag))
    return _kept(log, key, lambda: _scalars(log, run, tag))


def _scalars(log: Log, run: str, tag: str) -> bytes:
    points, damaged = np.empty((3, 0)), None
    try:
        points = log.scalars(run, tag)
    except KeyError:
        raise RequestError(404, f"No scalar {tag!r} in run {run!r}.") from None
    except WireError as error:
        damaged = str(error)
    names = ("steps", "wall_times", "values")
    columns = [planes.Plane(n, column) for n, column in zip(names, points, strict=True)]
    encoded = envelope.encode(
        {"run": run, "tag": tag, "damaged": damaged},
        [(*planes.encode(column), None) for column in columns],
    )
    if damaged:
        raise _Damaged(encoded)
    return encoded


def order(log: Log, params: Params) -> bytes:
    """`order`: units by similarity at one step of one example."""
    record = _record(log, params)
    if record.kind != "activations":
        raise RequestError(400, f"Only activations have an order. Received: {record.kind!r}")
    step, example = _step(params), _integer(params, "example", least=0) or 0
    try:
        found = log.frame(record, step, lambda _: ["values", "scale"])
    except KeyError:
        raise _no_step(log, record, step) from None
    where = (log.experiment, "order", record.run, record.name, step, found.wall_time, example)
    return _kept(log, where, lambda: _order(record, found, example))


def _order(record: Record, found: StoredFrame, example: int) -> bytes:
    with _ORDERING:
        answer = [planes.Plane(*named) for named in _ordered(found, example)._asdict().items()]
    return envelope.encode(
        {**_named(record), "step": found.step, "example": example},
        [(*planes.encode(plane), None) for plane in answer],
    )


def _ordered(found: StoredFrame, example: int) -> Similarity:
    try:
        picture = _picture(found)
    except (WireError, KeyError) as error:
        raise RequestError(
            404, f"The picture of step {found.step} can't be read: {error}"
        ) from None
    if not example < len(picture.codes):
        raise RequestError(
            400, f"`example` must be below {len(picture.codes)}. Received: {example}"
        )
    shown = Picture(picture.codes[example : example + 1], picture.scale)
    return similarity(shown.values()[0])


def _picture(found: StoredFrame) -> Picture:
    """A frame's picture, its size checked before it is inflated. Raises WireError, KeyError."""
    if found.damaged:
        raise WireError(found.damaged)
    shape = found.spec("values")["shape"]
    if len(shape) != 3 or found.spec("values")["dtype"] != "uint8":
        raise WireError(f"`values` must be uint8 of rank 3. Received: shape={shape}")
    units, cells = shape[1], shape[0] * shape[1] * shape[2]
    if units > MOST_ORDERED_UNITS or cells > MOST_ORDERED_CELLS:
        raise RequestError(400, f"The picture is too large to order: {shape}")
    codes, scale = found.array("values"), found.array("scale")
    if scale.shape != (2, units):
        raise WireError(f"`scale` must have shape [2, units]. Received: {scale.shape}")
    return Picture(codes, scale)


def findings(log: Log, params: Params) -> bytes:
    """`findings`: what is wrong with a run, beside a healthy one if asked for; no planes."""
    run, reference = _text(params, "run"), params.get("reference")
    for name in [run] if reference is None else [run, reference]:
        if not any(record.run == name for record in log.records):
            raise RequestError(404, f"No records in run {name!r}.")
    stamps = tuple(
        (record.run, record.kind, record.name, *sorted(record.stamps.items()))
        for record in log.records
        if record.run in (run, reference)
    )
    losses = tuple((tag, log.scalar_stamp(run, tag)) for tag in log.scalar_tags().get(run, ()))
    # A run that falls silent is told so although nothing is written: asked again every so often.
    quarter = int(time.time()) // 900
    key = (log.experiment, "findings", run, reference, hash(stamps), hash(losses), quarter)
    return _kept(log, key, lambda: _findings(log, run, reference))


def _findings(log: Log, run: str, reference: str | None) -> bytes:
    with _DIAGNOSING:
        found = diagnosis.diagnose_log(log, run, reference, now=time.time())
    return envelope.encode(as_json(found, DOCUMENTED), [])


QUERIES: dict[str, Callable[[Log, Params], bytes]] = {
    "findings": findings,
    "frame": frame,
    "order": order,
    "scalars": scalars,
    "series": series,
}

_PARAMETERS: dict[str, set[str]] = {
    "index": set(),
    "findings": {"run", "reference"},
    "frame": {"run", "name", "kind", "step", "planes"},
    "order": {"run", "name", "kind", "step", "example"},
    "scalars": {"run", "tag"},
    "series": {"run", "name", "kind", "vectors", "limit"},
}


def answer(log: Log, query: str, params: Params) -> bytes:
    """One query's envelope. Raises RequestError."""
    if query not in QUERIES:
        raise RequestError(400, f"Expected one of {sorted(QUERIES)}. Received: {query!r}")
    _check(params, query)
    try:
        return _answer(log, query, params)
    except RequestError as error:
        if error.status != 404 or not log.patience:
            raise
        return _answer(log.anew(), query, params)  # it may have been written since


def _answer(log: Log, query: str, params: Params) -> bytes:
    try:
        return QUERIES[query](log, params)
    except errors.NotFoundError as error:
        raise RequestError(404, str(error)) from None


def _check(params: Params, query: str) -> None:
    unknown = sorted(set(params) - _PARAMETERS[query])
    if unknown:
        raise RequestError(
            400, f"Parameters of `{query}` are {sorted(_PARAMETERS[query])}. Received: {unknown}"
        )
    for key in params:
        if len(params.getlist(key)) > 1:
            raise RequestError(400, f"Expected one `{key}`. Received: {len(params.getlist(key))}")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key that puts layer2 before layer10, as TensorBoard does."""
    pieces = re.split(r"([0-9]+)", text)
    numbers = [piece.lstrip("0") for piece in pieces]
    return tuple(
        (0, len(number), number) if i % 2 else (1, 0, piece)
        for i, (piece, number) in enumerate(zip(pieces, numbers, strict=True))
    )


def _named(record: Record) -> dict[str, Any]:
    return {"run": record.run, "name": record.name, "kind": record.kind}


def _record(log: Log, params: Params) -> Record:
    run, name, kind = (_text(params, key) for key in ("run", "name", "kind"))
    try:
        return log.find(run, name, kind)
    except KeyError:
        raise RequestError(404, f"No {kind} {name!r} in run {run!r}.") from None


def _no_step(log: Log, record: Record, step: int) -> RequestError:
    steps = log.steps(record)
    kept = f"{steps[0]} to {steps[-1]}, {len(steps)} steps" if steps else "none"
    return RequestError(404, f"No frame of {record.name!r} at step {step}. Kept: {kept}.")


def _text(params: Params, key: str) -> str:
    if key not in params:
        raise RequestError(400, f"Expected one `{key}`. Received: 0")
    return params[key]


def _step(params: Params) -> int:
    step = _integer(params, "step")
    if step is None:
        raise RequestError(400, "Expected one `step`. Received: 0")
    return step


def _integer(params: Params, key: str, least: int | None = None) -> int | None:
    if key not in params:
        return None
    text = _text(params, key)
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or (least is not None and int(text) < least):
        bound = "" if least is None else f" of at least {least}"
        raise RequestError(400, f"`{key}` must be an integer{bound}. Received: {text[:40]!r}")
    return int(text)


def _spread(count: int, limit: int | None) -> list[int]:
    """At most `limit` places out of `count`, evenly spread, with the first and the last."""
    if limit is None or count <= limit:
        return list(range(count))
    if limit == 1:
        return [count - 1]
    return sorted({round(i * (count - 1) / (limit - 1)) for i in range(limit)})


def _vector_names(found: SeriesSteps, params: Params) -> list[str]:
    known = list(dict.fromkeys(name for value in found.values for name in value.vectors))
    asked = params.get("vectors", "")
    return [name for name in known if asked == "*" or name in asked.split(",")]


def _stack(vectors: list[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    longest = max((len(v) for v in vectors if v is not None), default=0)
    stacked = np.full((len(vectors), longest), np.nan, np.float32)
    for row, vector in zip(stacked, vectors, strict=True):
        if vector is not None:
            row[: len(vector)] = vector
    return stacked
