"""READ: one experiment's log through TensorBoard's `DataProvider`.

The plugin and scripts use the same reader. It is correct under both ingesters, tolerates whatever
a log contains, and says what it could not read.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import functools
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard import context as tb_context
from tensorboard import errors
from tensorboard.data import provider as tb_provider

from tb_deepdebug import listing
from tb_deepdebug.cache import BytesCache, TagMemory
from tb_deepdebug.stored import Problem, Record, SeriesSteps, StoredFrame, StoredPlane
from tb_deepdebug.wire import frame, metadata, planes, series
from tb_deepdebug.wire.errors import WireError

# More than any ingester keeps: "all of them", in a form that every provider accepts.
_ALL = 1_000_000
_SCALARS = 1_000  # points of a loss curve; a screen has about as many columns
_READERS = concurrent.futures.ThreadPoolExecutor(16, thread_name_prefix="deepdebug-read")


@dataclasses.dataclass(frozen=True, eq=False)
class _Listing:
    """What a log holds: records by run, name and kind; scalars by run and tag; all runs."""

    records: dict[tuple[str, str, str], Record]
    problems: list[Problem]
    scalars: Any
    runs: list[str]


@dataclasses.dataclass(frozen=True)
class Log:
    """One experiment's log at one moment; make a new one for each look.

    Attributes:
      provider: TensorBoard's data provider.
      context: of the request; the default outside of a server.
      experiment: its id; empty for a log folder.
      cache: blobs already read, shared between looks.
      memory: what earlier looks learnt of tags, shared between looks.
      patience: how many seconds old a listing of an earlier look may be.
    """

    provider: tb_provider.DataProvider
    context: tb_context.RequestContext = dataclasses.field(
        default_factory=tb_context.RequestContext
    )
    experiment: str = ""
    cache: BytesCache = dataclasses.field(default_factory=lambda: BytesCache(64 << 20))
    memory: TagMemory = dataclasses.field(default_factory=TagMemory)
    patience: float = 0.0
    _known: dict[tuple[str, str, str], Any] = dataclasses.field(default_factory=dict, init=False)
    _whole: dict[tuple[str, str], Any] = dataclasses.field(default_factory=dict, init=False)
    _stock: list[Any] = dataclasses.field(default_factory=list, init=False)
    _listing: Any = dataclasses.field(default_factory=threading.Lock, init=False, compare=False)

    # -- what there is ----------------------------------------------------------------------

    @property
    def _listed(self) -> _Listing:
        with self._listing:
            if not self._stock:
                kept = self.memory.listing(self.experiment, self.patience)
                self._stock.append(kept or self._list())
                if not kept:
                    self.memory.keep_listing(self.experiment, self._stock[0])
        return self._stock[0]

    def anew(self) -> Log:
        """The same log at this moment, whatever is known of it."""
        return dataclasses.replace(self, patience=0.0)

    def _list(self) -> _Listing:
        """Everything that can be listed, in one round: each may stall for 40 ms."""
        ours = {**self._experiment, "plugin_name": metadata.PLUGIN_NAME}
        provider, context = self.provider, self.context
        blobs, tensors, scalars, runs = together(
            lambda: provider.list_blob_sequences(context, **ours),
            lambda: provider.list_tensors(context, **ours),
            lambda: provider.list_scalars(context, **self._experiment, plugin_name="scalars"),
            lambda: provider.list_runs(context, **self._experiment),
        )
        tags = listing.flat(("blob sequence", blobs), ("tensor", tensors))
        found, problems = listing.records(tags)
        self.memory.keep(
            self.experiment, {(r.run, tag) for r in found.values() for tag in r.tags.values()}
        )
        return _Listing(found, problems, scalars, [run.run_name for run in runs])

    @property
    def _experiment(self) -> dict[str, Any]:
        return {"experiment_id": self.experiment}

    def take_stock(self) -> None:
        """Lists the log now, rather than when it is first needed."""
        _ = self._listed

    @property
    def records(self) -> list[Record]:
        """Every record, by run, then name, then kind."""
        return list(self._listed.records.values())

    @property
    def problems(self) -> list[Problem]:
        """Tags of ours that can't be read."""
        return self._listed.problems

    def find(self, run: str, name: str, kind: str) -> Record:
        """One record. Raises KeyError."""
        return self._listed.records[run, name, kind]

    def runs(self) -> list[str]:
        """Every run's name, ours or not, as the provider lists them."""
        return self._listed.runs

    def scalar_tags(self) -> dict[str, list[str]]:
        """Standard scalar tags by run."""
        return {run: sorted(tags) for run, tags in self._listed.scalars.items()}

    def scalar_stamp(self, run: str, tag: str) -> tuple[int, float] | None:
        """Changes when a point of a standard scalar is written; None if there is none."""
        entry = self._listed.scalars.get(run, {}).get(tag)
        return entry and (entry.max_step, entry.max_wall_time)

    # -- frames -----------------------------------------------------------------------------

    def load_frames(self, records: Sequence[Record]) -> list[Problem]:
        """Lists the frames of records ahead, in one read; says which tags can't be listed."""
        return self._load(records, "frame", self._read_references)

    def _load(self, records: Sequence[Record], part: str, read: Any) -> list[Problem]:
        """Reads a part of the records in which something was written since the last look."""
        stamps = {(r.run, r.tags[part]): r.stamps[part] for r in records if part in r.tags}
        for key, stamp in stamps.items():
            value = self.memory.get(self.experiment, key, stamp)
            if value is not None:
                self._known[(part, *key)] = value
        missing = [key for key in stamps if (part, *key) not in self._known]
        found: dict[tuple[str, str], Any] = {}
        problems = self._read_all(sorted(missing), read, found)
        for key, value in found.items():
            self._known[(part, *key)] = value
            self.memory.put(self.experiment, key, stamps[key], value)
        return problems

    def _read_references(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        data = self.provider.read_blob_sequences(
            self.context,
            experiment_id=self.experiment,
            plugin_name=metadata.PLUGIN_NAME,
            run_tag_filter=_filter(keys),
            downsample=_ALL,
        )
        return {key: {d.step: d for d in _series_of(data, key)} for key in keys}

    def steps(self, record: Record) -> list[int]:
        """Steps whose frame is stored, ascending."""
        return sorted(self._references(record))

    def _references(self, record: Record) -> dict[int, Any]:
        if "frame" not in record.tags:
            return {}
        self.load_frames([record])
        references: dict[int, Any] = self._known.get(
            ("frame", record.run, record.tags["frame"]), {}
        )
        return references

    def wall_time(self, record: Record, step: int) -> float:
        """When a step's frame was written. Raises KeyError."""
        return float(self._references(record)[step].wall_time)

    def frames(
        self, wanted: Sequence[tuple[Record, int, Callable[[list[str]], Sequence[str]]]]
    ) -> list[StoredFrame | None]:
        """Many frames, each with its choice of planes; None for one that is not stored any more.

        Blobs that are not chosen are not read: of many frames they would cost more than they spare.
        """

        def read(record: Record, step: int, choose: Any) -> StoredFrame | None:
            try:
                return self.frame(record, step, choose, at_once=False)
            except (KeyError, errors.PublicError):
                return None

        jobs = [functools.partial(read, *one) for one in wanted]
        return [job() for job in jobs] if self._is_near or not jobs else together(*jobs)

    def frame(
        self,
        record: Record,
        step: int,
        choose: Callable[[list[str]], Sequence[str]] | None = None,
        *,
        at_once: bool = True,
    ) -> StoredFrame:
        """One frame; `choose` picks planes out of the names there are (None: all of them).

        Blobs are read side by side, even before it is known which are wanted, unless `at_once` is
        False.

        Raises:
          KeyError: the step isn't stored.
          tensorboard.errors.NotFoundError: it was, but TensorBoard has dropped it meanwhile.
        """
        datum = self._references(record)[step]
        blobs = datum.values
        where = (self.experiment, record.run, record.tags["frame"], step, datum.wall_time)
        # Every read of the data server may stall for 40 ms, so all but the last blob, the
        # largest, are read beside the header, before it is known which are wanted.
        at_once = at_once and not self._is_near
        if at_once:
            warm = (functools.partial(self._warm, where, blobs, i) for i in range(len(blobs) - 1))
            together(*warm)
        try:
            header = frame.decode_header(self._blob(where, blobs, 0))
            if header.get("kind") != record.kind:
                raise WireError(f"the header is of kind {header.get('kind')!r}")
        except WireError as error:
            return StoredFrame(step, datum.wall_time, {}, [], damaged=str(error))
        specs = header.pop("planes")
        names = [spec["name"] for spec in specs]
        wanted = set(names if choose is None else choose(names))
        chosen = [(i, spec) for i, spec in enumerate(specs, start=1) if spec["name"] in wanted]
        reads = [functools.partial(self._plane, where, blobs, *at) for at in chosen]
        stored = together(*reads) if at_once else [read() for read in reads]
        return StoredFrame(step, datum.wall_time, header, stored)

    @property
    def _is_near(self) -> bool:
        """Whether blobs lie in this process's memory, so that threads only cost time."""
        return bool(getattr(self.provider, "is_near", False))

    def _plane(
        self, where: tuple[Any, ...], blobs: Sequence[Any], i: int, spec: dict[str, Any]
    ) -> StoredPlane:
        try:
            stored = self._blob(where, blobs, i)
            planes.check(spec, stored)
        except WireError as error:
            return StoredPlane(spec, b"", str(error))
        return StoredPlane(spec, stored, None)

    def _warm(self, where: tuple[Any, ...], blobs: Sequence[Any], i: int) -> None:
        with contextlib.suppress(WireError, errors.NotFoundError):
            self._blob(where, blobs, i)

    def _blob(self, where: tuple[Any, ...], blobs: Sequence[Any], i: int) -> bytes:
        if i >= len(blobs):
            raise WireError(f"blob {i} is missing: the frame holds {len(blobs)}")

        def read() -> bytes:
            blob = self.provider.read_blob(self.context, blob_key=blobs[i].blob_key)
            if not isinstance(blob, bytes):  # an element of a tensor of numbers
                raise WireError(f"it is {type(blob).__name__}, not bytes")
            return blob

        try:
            return self.cache.get((*where, i), read)
        except errors.NotFoundError:
            raise  # the step was sampled away since it was listed
        except Exception as error:  # whatever the ingester raises on a malformed tensor
            reason = f"blob {i} can't be read: {type(error).__name__}: {error}"
            raise WireError(reason[:300]) from None

    # -- series -----------------------------------------------------------------------------

    def load_last(self, records: Sequence[Record]) -> list[Problem]:
        """Reads the last series vector of each record, in one read."""
        return self._load(records, "series", functools.partial(self._read_vectors, most=1))

    def last(self, record: Record) -> tuple[dict[str, float] | None, Problem | None]:
        """The series scalars of the last step, or None and the problem if there is one."""
        if "series" not in record.tags:
            return None, None
        key = (record.run, record.tags["series"])
        data = self._known.get(("series", *key))
        if not data:
            return None, None
        datum = data[-1]
        try:
            return dict(_vector(record, datum).scalars), None
        except WireError as error:
            return None, Problem(*key, int(datum.step), str(error))

    def load_series(self, records: Sequence[Record], most: int = _ALL) -> None:
        """Reads many series ahead, in as few reads as can be; `series` then gives what was read.

        Of a series with more steps than `most` the last one is read, and others.
        """
        keys = sorted({(r.run, r.tags["series"]) for r in records if "series" in r.tags})
        self._read_all(keys, functools.partial(self._read_vectors, most=most), self._whole)

    def series(self, record: Record) -> SeriesSteps:
        """Every step of a series."""
        key = (record.run, record.tags.get("series", ""))
        if not key[1]:
            return SeriesSteps([], [], [], [])
        read = self._whole
        if key not in read:
            read = {}
            failed = self._read_all([key], functools.partial(self._read_vectors, most=_ALL), read)
            if failed:
                return SeriesSteps([], [], [], [(None, failed[0].reason)])
        good: dict[int, tuple[float, series.Series]] = {}
        bad: dict[int, str] = {}
        for datum in self._one_per_step(record, read[key]):
            try:
                good[datum.step] = (datum.wall_time, _vector(record, datum))
            except WireError as error:
                bad[datum.step] = str(error)
        steps = sorted(good)
        return SeriesSteps(
            steps,
            [good[s][0] for s in steps],
            [good[s][1] for s in steps],
            [*sorted(bad.items())],
        )

    def _one_per_step(self, record: Record, data: list[Any]) -> list[Any]:
        """Of several vectors at one step, the one written with the frame that is shown there.

        The Python ingester keeps all writes of a resumed run, but gives the first frame of a step;
        the data server keeps the last write only.
        """
        kept = {datum.step: datum for datum in data}
        if len(kept) < len(data):
            shown = self._references(record)
            for datum in data:
                if datum.step in shown and datum.wall_time == shown[datum.step].wall_time:
                    kept[datum.step] = datum
        return list(kept.values())

    def _read_vectors(
        self, keys: list[tuple[str, str]], most: int
    ) -> dict[tuple[str, str], list[Any]]:
        data = self.provider.read_tensors(
            self.context,
            experiment_id=self.experiment,
            plugin_name=metadata.PLUGIN_NAME,
            run_tag_filter=_filter(keys),
            downsample=most,
        )
        return {key: list(_series_of(data, key)) for key in keys}

    def _read_all(
        self, keys: list[tuple[str, str]], read: Any, into: dict[tuple[str, str], Any]
    ) -> list[Problem]:
        """As few reads as can be; one that a malformed tag spoils is halved until it is found."""
        problems = []
        for group in _rectangles(keys):
            try:
                into.update(read(group))
            except errors.PublicError:
                raise
            except Exception as error:  # whatever the ingester raises on a malformed tensor
                middle = len(group) // 2
                if middle:
                    problems += self._read_all(group[:middle], read, into)
                    problems += self._read_all(group[middle:], read, into)
                else:
                    reason = f"TensorBoard can't decode it: {type(error).__name__}: {error}"
                    problems.append(Problem(*group[0], None, reason[:300]))
        return problems

    # -- scalars ----------------------------------------------------------------------------

    def scalars(self, run: str, tag: str) -> NDArray[np.float64]:
        """A standard scalar, float64 `[3, n]`: steps, wall times, values.

        Raises:
          KeyError: there is none.
          WireError: it holds something else than numbers.
        """
        try:
            data = self._read_scalars(run, tag)
        except errors.PublicError:
            raise
        except Exception as error:  # whatever the ingester raises on a malformed tensor
            raise WireError(f"TensorBoard can't decode it: {type(error).__name__}") from None
        points = [(d.step, d.wall_time, d.value) for d in data[run][tag]]
        if not all(isinstance(value, int | float) for _, _, value in points):
            raise WireError("it holds something else than numbers")
        return np.array(points, np.float64).reshape(-1, 3).T

    def _read_scalars(self, run: str, tag: str) -> Any:
        return self.provider.read_scalars(
            self.context,
            experiment_id=self.experiment,
            plugin_name="scalars",
            run_tag_filter=tb_provider.RunTagFilter(runs=[run], tags=[tag]),
            downsample=_SCALARS,
        )


def _vector(record: Record, datum: Any) -> series.Series:
    """One step of a series. Raises WireError."""
    if datum.numpy.dtype != np.float32:
        raise WireError(f"the series vector must be float32. Received: {datum.numpy.dtype}")
    return series.decode(record.kind, datum.numpy)


def together(*reads: Callable[[], Any]) -> list[Any]:
    """The results of several reads, done at once. A read must not itself wait for others."""
    if len(reads) == 1:
        return [reads[0]()]
    return list(_READERS.map(lambda read: read(), reads))


def _rectangles(keys: Iterable[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Groups of (run, tag) such that a filter by runs and tags lets nothing else through.

    What was not asked for may be a tag that is known to be hostile.
    """
    tags_of: dict[str, list[str]] = {}
    for run, tag in keys:
        tags_of.setdefault(run, []).append(tag)
    runs_of: dict[tuple[str, ...], list[str]] = {}
    for run, tags in tags_of.items():
        runs_of.setdefault(tuple(sorted(tags)), []).append(run)
    return [[(run, tag) for run in runs for tag in tags] for tags, runs in runs_of.items()]


def _filter(keys: list[tuple[str, str]]) -> tb_provider.RunTagFilter:
    return tb_provider.RunTagFilter(
        runs=sorted({run for run, _ in keys}), tags=sorted({tag for _, tag in keys})
    )


def _series_of(data: Any, key: tuple[str, str]) -> Sequence[Any]:
    run, tag = key
    return data.get(run, {}).get(tag, ())


def open_logdir(logdir: str | os.PathLike[str], samples: int = 0) -> Log:
    """The log in a folder, read once, without a server and without TensorFlow.

    Of each record `samples` steps are kept in memory, the last one among them; 0: all of them.
    """
    from tensorboard.backend.event_processing import plugin_event_multiplexer

    from tb_deepdebug.folder_provider import FolderProvider

    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        tensor_size_guidance={metadata.PLUGIN_NAME: samples, "scalars": 0},
    )
    multiplexer.AddRunsFromDirectory(os.fspath(logdir))
    multiplexer.Reload()
    return Log(FolderProvider(multiplexer, os.fspath(logdir)))
