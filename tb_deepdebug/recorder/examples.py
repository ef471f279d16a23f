"""Chosen rows of a table of predictions: the units of every layer, and what the output looks at."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.probe import InputGradient, Note, Subject, Tapped
from tb_deepdebug.recorder import memory
from tb_deepdebug.recorder.probe import pictures
from tb_deepdebug.recorder.sink import Sink
from tb_deepdebug.records.examples import Examples, LayerPicture
from tb_deepdebug.stats.quantise import quantise
from tb_deepdebug.wire.frame import MOST_PLANES

MOST_BYTES = 32 << 20  # of all layers' pictures together, a byte a cell
MOST_LAYERS = (MOST_PLANES - 5) // 2  # a picture and its scale each, beside rows, input and so on
_AXES = {2: "example", 3: "time", 4: "space"}
# What is clicked are errors, so every other example is one while they last.
_TURNS = ("loss", "win", "loss", "random")


class Kept(Protocol):
    """Rows that a table keeps, and why."""

    @property
    def rows(self) -> NDArray[np.uint32]:
        """Which rows."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """One a row."""


@dataclasses.dataclass(frozen=True, eq=False)
class Chosen:
    """The rows to look at.

    Attributes:
      rows: `[K]` of the table.
      places: `[K]` of the same rows in the subject's batch.
      series: `[K, T, C]`, what the model reads of them.
      mask: bool `[K, T]`, or None for all.
      timestamps: `[K, T]`, or None.
      channels: names, or None.
      output_step: an integer, one a row, or None: the last valid one, or the middle of the valid
        ones where the net reads both ways.
    """

    rows: NDArray[np.uint32]
    places: NDArray[np.int64]
    series: NDArray[Any]
    mask: NDArray[np.bool_] | None = None
    timestamps: NDArray[Any] | None = None
    channels: tuple[str, ...] | None = None
    output_step: Any = None

    def first(self, count: int) -> Chosen:
        """The first of them only."""

        def cut(part: Any) -> Any:
            return part[:count] if isinstance(part, np.ndarray) and part.ndim else part

        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return Chosen(**{name: cut(part) for name, part in fields.items()})


def choose(kept: Kept, most: int) -> NDArray[np.int64]:
    """Places of at most so many of the kept rows: of the reasons by turns, losses twice."""
    reasons = np.array(kept.reasons)
    turns = (*_TURNS, *sorted(set(kept.reasons) - set(_TURNS)))
    left = {reason: np.flatnonzero(reasons == reason).tolist() for reason in turns}
    found: list[int] = []
    while any(left.values()) and len(found) < most:
        found += [left[reason].pop(0) for reason in turns if left[reason]]
    return np.array(found[:most], np.int64)


def measure(
    subject: Subject, chosen: Chosen, sink: Sink, step: int, memory_bytes: int
) -> Examples | None:
    """What is to be seen of the chosen rows at this step; what can't be measured is noted.

    Returns:
      None where there is nothing but the input, which the table keeps already.
    """
    layers: tuple[LayerPicture, ...] = ()
    with sink.guarded("the layers of chosen examples", step):
        layers, count, left_out = _layers(subject, chosen.places, memory_bytes)
        chosen = chosen.first(count)
        for what, reason in left_out:
            sink.note(Note(what, reason, step))
    found: InputGradient | None = None
    with sink.guarded("input gradients of chosen examples", step):
        found = subject.input_gradients(chosen.places, output_step(subject, chosen))
    if not layers and found is None:
        return None
    return _record(chosen, found, layers)


def output_step(subject: Subject, chosen: Chosen) -> Any:
    """The output's timestep that is differentiated, as of the recorder's own input gradients."""
    if chosen.output_step is not None:
        return chosen.output_step
    both_ways = memory.reads_both_ways(subject.graph())
    return memory.default_step(subject, both_ways, chosen.mask, len(chosen.places))


def _record(
    chosen: Chosen, found: InputGradient | None, layers: tuple[LayerPicture, ...]
) -> Examples:
    series = np.asarray(chosen.series, np.float32)
    mask = chosen.mask if found is None or chosen.mask is not None else found.mask
    steps = np.full(len(series), series.shape[1] - 1) if found is None else found.output_steps
    return Examples(
        rows=chosen.rows,
        input=_without(series, mask),
        gradient=None if found is None else _narrowest(_without(found.gradients, found.mask)),
        output_steps=np.asarray(steps, np.uint32),
        timestamps=None if chosen.timestamps is None else chosen.timestamps.astype(np.float64),
        channels=chosen.channels,
        layers=layers,
    )


def _without(values: NDArray[Any], mask: NDArray[np.bool_] | None) -> NDArray[Any]:
    """NaN where masked."""
    if mask is None or mask.shape != values.shape[:2]:
        return values
    return np.where(mask[..., None], values, np.array(np.nan, values.dtype))


def _narrowest(gradients: NDArray[np.floating]) -> NDArray[Any]:
    """float32, unless some would become 0 or infinite by it: amnesia goes far below 1e-38."""
    with np.errstate(over="ignore", under="ignore"):
        narrow = gradients.astype(np.float32)
    size = np.abs(gradients)
    lost = (size > 0) & ~((np.abs(narrow) >= np.finfo(np.float32).tiny) & np.isfinite(narrow))
    return gradients.astype(np.float64) if (lost & np.isfinite(size)).any() else narrow


# -- layers ---------------------------------------------------------------------------------


def _layers(
    subject: Subject, places: NDArray[np.int64], memory_bytes: int
) -> tuple[tuple[LayerPicture, ...], int, list[tuple[str, str]]]:
    """Pictures of the layers, of how many examples they are, and what was left out and why."""
    taps = list(subject.capture(int(places[0]), int(places[0]) + 1))
    size = max(1, sum(one.values.nbytes for one in taps))
    names, count, left_out = fitting([one for one in taps if _is_shown(one)], len(places))
    parts: dict[str, list[Tapped]] = {name: [] for name in names}
    for start, stop in _runs(places[:count], max(1, memory_bytes // size)) if names else ():
        for one in subject.capture(start, stop):
            if _is_shown(one) and one.tap.name in parts:
                parts[one.tap.name].append(one)
    layers = []
    for name, some in parts.items():
        try:
            layers.append(_picture(name, some))
        except (TypeError, ValueError) as error:  # one layer must not hide the others
            left_out.append((_what(name), str(error)))
    return tuple(layers), count, left_out


def fitting(
    taps: Sequence[Tapped], examples: int, most_bytes: int = MOST_BYTES
) -> tuple[list[str], int, list[tuple[str, str]]]:
    """Which layers are pictured, of how many examples, and what is left out and why.

    A frame holds `MOST_LAYERS`. Gates, of which a layer has up to four, make room first; then
    there are fewer examples, and where not even one fits, the largest layers go.
    """
    cells = {one.tap.name: one.values.size for one in taps}
    gates = {one.tap.name for one in taps if one.tap.gate is not None}
    crowded = len(cells) > MOST_LAYERS or sum(cells.values()) * examples > most_bytes
    left_out = [(_what(name), "gates make room for layers") for name in sorted(gates) if crowded]
    kept = [name for name in cells if not (crowded and name in gates)]
    spare = kept[MOST_LAYERS:]
    left_out += [(_what(name), f"a frame holds {MOST_LAYERS} layers") for name in spare]
    wanted, no_room = pictures({n: cells[n] for n in kept[:MOST_LAYERS]}, examples, most_bytes)
    budget = f"the size budget of {most_bytes >> 20} MiB"
    left_out += [(_what(name), budget) for name in no_room]
    count = min(wanted.values(), default=examples)
    if count < examples:
        left_out.append((f"{examples - count} of {examples} chosen examples", budget))
    return list(wanted), count, left_out


def _what(layer: str) -> str:
    return f"{layer} of chosen examples"


def _is_shown(one: Tapped) -> bool:
    return one.tap.role == "activation" and one.values.ndim in _AXES


def _runs(places: NDArray[np.int64], most: int) -> Iterator[tuple[int, int]]:
    """Examples that stand side by side, at most so many at a time: `start, stop`."""
    start = 0
    for i in range(1, len(places) + 1):
        ends = i == len(places) or places[i] != places[i - 1] + 1 or i - start == most
        if ends:
            yield int(places[start]), int(places[i - 1]) + 1
            start = i


def _picture(name: str, parts: Sequence[Tapped]) -> LayerPicture:
    """One scale a unit over all examples, as in a record of activations."""
    rank = parts[0].values.ndim
    longest = max(_flat(one.values).shape[1] for one in parts)
    joined = [_padded(one, longest) for one in parts]
    values = np.concatenate([cells for cells, _ in joined])
    masks = np.concatenate([mask for _, mask in joined])
    return LayerPicture(name, _AXES[rank], quantise(values, None if masks.all() else masks))


def _padded(one: Tapped, length: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Cells `[examples, length, units]` and which are valid; packed sequences differ in length."""
    cells = _flat(one.values)
    lead = cells.shape[:2]
    mask = np.ones(lead, bool) if one.mask is None else one.mask.reshape(lead)
    spare = length - lead[1]
    return np.pad(cells, ((0, 0), (0, spare), (0, 0))), np.pad(mask, ((0, 0), (0, spare)))


def _flat(values: NDArray[Any]) -> NDArray[Any]:
    """`[examples, cells, units]`."""
    return values.reshape(len(values), -1, values.shape[-1])
