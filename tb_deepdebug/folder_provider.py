"""READ: TensorBoard's provider over a folder, made quick where a diagnosis asks for much at once.

TensorBoard's own converts every step of a time series before it drops those that were not asked
for, and makes a key for every blob of every step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from tensorboard import errors
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.compat.proto import summary_pb2
from tensorboard.data import provider
from tensorboard.util import tensor_util


class FolderProvider(data_provider.MultiplexerDataProvider):
    """The same answers, but that steps which are left out are evenly spread.

    Attributes:
      is_near: nothing is read across a process or a network.
    """

    is_near = True

    def __init__(self, multiplexer: plugin_event_multiplexer.EventMultiplexer, logdir: str) -> None:
        super().__init__(multiplexer, logdir)
        self._events = multiplexer

    def list_tensors(
        self,
        ctx: Any = None,
        *,
        experiment_id: str,
        plugin_name: str,
        run_tag_filter: Any = None,
    ) -> Any:
        """As of the interface, without a filter."""
        listed = self._listed(plugin_name, summary_pb2.DATA_CLASS_TENSOR)
        return {
            run: {tag: provider.TensorTimeSeries(**told) for tag, (told, _) in tags.items()}
            for run, tags in listed.items()
        }

    def list_blob_sequences(
        self,
        ctx: Any = None,
        *,
        experiment_id: str,
        plugin_name: str,
        run_tag_filter: Any = None,
    ) -> Any:
        """As of the interface, without a filter; the first and the last tell the length."""
        listed = self._listed(plugin_name, summary_pb2.DATA_CLASS_BLOB_SEQUENCE)
        return {
            run: {
                tag: provider.BlobSequenceTimeSeries(
                    max_length=max(_size(events[0]), _size(events[-1])), **told
                )
                for tag, (told, events) in tags.items()
            }
            for run, tags in listed.items()
        }

    def _listed(self, plugin_name: str, data_class: int) -> dict[str, dict[str, Any]]:
        """What a time series says of itself and its events, by run and tag."""
        found: dict[str, dict[str, Any]] = {}
        for run, tags in self._events.AllSummaryMetadata().items():
            for tag, told in tags.items():
                if told.data_class != data_class or told.plugin_data.plugin_name != plugin_name:
                    continue
                events = self._events.Tensors(run, tag)
                if events:
                    about = {
                        "max_step": max(event.step for event in events),
                        "max_wall_time": max(event.wall_time for event in events),
                        "plugin_content": told.plugin_data.content,
                        "description": told.summary_description,
                        "display_name": told.display_name,
                    }
                    found.setdefault(run, {})[tag] = (about, events)
        return found

    def read_tensors(
        self,
        ctx: Any = None,
        *,
        experiment_id: str,
        plugin_name: str,
        downsample: int | None = None,
        run_tag_filter: Any = None,
    ) -> Any:
        """As of the interface; of more than `downsample` steps the first and last are kept."""
        return {
            run: {tag: _thinned(events, downsample, _tensor) for tag, events in tags.items()}
            for run, tags in self._wanted(run_tag_filter)
        }

    def read_blob_sequences(
        self,
        ctx: Any = None,
        *,
        experiment_id: str,
        plugin_name: str,
        downsample: int | None = None,
        run_tag_filter: Any = None,
    ) -> Any:
        """As of the interface; keys of blobs are made when they are looked at."""
        found: dict[str, dict[str, list[Any]]] = {}
        for run, tags in self._wanted(run_tag_filter):
            found[run] = {}
            for tag, events in tags.items():
                first = {event.step: event for event in reversed(events)}  # of a step written twice
                ordered = [first[step] for step in sorted(first)]

                def datum(event: Any, run: str = run, tag: str = tag) -> Any:
                    references = _References(run, tag, event)
                    return provider.BlobSequenceDatum(event.step, event.wall_time, references)

                found[run][tag] = _thinned(ordered, downsample, datum)
        return found

    def read_blob(self, ctx: Any = None, *, blob_key: str) -> Any:
        """One blob of a key that `read_blob_sequences` gave."""
        run, tag, step, place = json.loads(blob_key)
        for event in self._events.Tensors(run, tag):
            if event.step == step:
                strings = event.tensor_proto.string_val
                if len(strings) == _size(event):
                    return strings[place]
                return tensor_util.make_ndarray(event.tensor_proto).reshape(-1)[place]
        raise errors.NotFoundError(f"{run}, {tag}: no step {step}")

    def _wanted(self, run_tag_filter: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """Events by run and tag; the filter names both, as the reader's always do."""
        for run in run_tag_filter.runs:
            tags = {}
            for tag in run_tag_filter.tags:
                try:
                    tags[tag] = self._events.Tensors(run, tag)
                except KeyError:
                    continue
            yield run, tags


class _References(Sequence[Any]):
    """References to the blobs of one step."""

    def __init__(self, run: str, tag: str, event: Any) -> None:
        self._where, self._event = (run, tag), event

    def __len__(self) -> int:
        return _size(self._event)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self[i] for i in range(len(self))[place]]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return provider.BlobReference(json.dumps([*self._where, self._event.step, place]))


def _size(event: Any) -> int:
    size = 1
    for dimension in event.tensor_proto.tensor_shape.dim:
        size *= dimension.size
    return size


def _tensor(event: Any) -> Any:
    proto = event.tensor_proto
    values: NDArray[Any]
    if proto.dtype == 1 and len(proto.tensor_content) == 4 * _size(event):  # float32, packed
        values = np.frombuffer(proto.tensor_content, "<f4").reshape(
            [dimension.size for dimension in proto.tensor_shape.dim]
        )
    else:
        values = tensor_util.make_ndarray(proto)
    return provider.TensorDatum(event.step, event.wall_time, values)


def _thinned(events: Sequence[Any], most: int | None, convert: Any) -> list[Any]:
    count = len(events)
    if most is None or count <= most:
        return [convert(event) for event in events]
    if most <= 1:
        return [convert(event) for event in events[count - most :]]
    places = {round(i * (count - 1) / (most - 1)) for i in range(most)}
    return [convert(events[i]) for i in sorted(places)]
