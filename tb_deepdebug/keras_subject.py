"""A Keras model together with its probe batch, as the recorders see it (`probe.Subject`)."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from tb_deepdebug import keras_trace
from tb_deepdebug.gradients import input_gradients
from tb_deepdebug.keras_capture import Capture, Wanted, trace_capture
from tb_deepdebug.keras_inputs import Inputs
from tb_deepdebug.keras_masks import checked_mask, tap_mask
from tb_deepdebug.keras_objective import Objective, Targets, trace_objective
from tb_deepdebug.keras_parts import (
    components,
    find_part,
    fingerprint,
    float_dtypes,
    part_names,
    same_fingerprint,
)
from tb_deepdebug.keras_program import as_fed
from tb_deepdebug.keras_selection import Selection
from tb_deepdebug.output_steps import mask_at_output, resolve_output_steps
from tb_deepdebug.probe import Graph, InputGradient, Note, OutputGradients, Tapped

_KEPT = 2  # batch sizes for which a program of a kind is kept
_CELLS_AT_ONCE = 2**26  # of all layers' outputs together, to differentiate


class KerasSubject:
    """Any Keras 3 model on the TensorFlow backend, and a probe batch.

    Args:
        model: it is left as it was; one that was never called is built.
        x: what the model is called with: an array, or a list, tuple or dict of them.
        mask: bool `[batch, time]` over the input's timesteps, true where valid. It is not passed
            to the model. A layer with a mask of Keras's has that one.
        labels, loss, sample_weight: what `output_gradients` needs to differentiate the loss:
            `loss(labels, outputs)`, or one of Keras's; by default that of a compiled model.
        layers: which layers, see `Selection`; None for all.
        gates: whether the gates of recurrent layers are wanted.
        output_layer: the layer whose output `input_gradients` differentiates; None for the only
            output. `output_index`: the unit of it.
        wrt: the input, or the layer, by which to differentiate, where `x` leaves it open.
        channels: names of the input's channels.

    Raises:
        NotImplementedError: when Keras runs on another backend.
        TypeError, ValueError: when an argument doesn't fit the model or another one.
    """

    def __init__(
        self,
        model: Any,
        x: Any,
        *,
        mask: Any = None,
        labels: Any = None,
        loss: Any = None,
        layers: Any = None,
        sample_weight: Any = None,
        gates: bool = True,
        output_layer: Any = None,
        output_index: int = 0,
        wrt: Any = None,
        channels: Sequence[str] | None = None,
    ) -> None:
        _check_backend()
        self._model, self._inputs = model, Inputs(model, x)
        _check_output(model, output_layer)
        self._build()
        self._mask = checked_mask(mask, self._inputs)
        self._targets = _targets(model, labels, loss, sample_weight, self.batch)
        self._wanted = Wanted(
            model, self._inputs, self._dtype, Selection(model, layers), gates=gates
        )
        self._output, self._index, self._wrt = output_layer, output_index, wrt
        self._channels = None if channels is None else tuple(channels)
        self._programs: dict[tuple[str, int], Any] = {}
        self._fingerprint: list[Any] = []
        self._made_mask: np.ndarray | None = None

    @property
    def batch(self) -> int:
        """How many examples the probe has."""
        return self._inputs.batch

    def graph(self) -> Graph:
        """The model's layers and edges."""
        return self._any_capture().graph

    def notes(self) -> Sequence[Note]:
        """What can't be reached."""
        return self._any_capture().notes

    def capture(self, start: int, stop: int) -> Iterator[Tapped]:
        """The values at every tap for the examples from `start` up to `stop`."""
        rows = np.arange(start, stop)
        size, program = self._sized("capture", len(rows), self._trace_capture)
        values, masks = self._fetched(program, size, rows)
        of_input = functools.cache(lambda: self._input_mask(rows))
        for source, value in zip(program.sources, values, strict=True):
            mask = tap_mask(source, value.shape[:-1], masks, of_input)
            yield Tapped(source.tap, value, mask)

    def output_gradients(self) -> OutputGradients:
        """The gradient with respect to each layer's output, over its valid cells."""
        rows = np.arange(self.batch)
        chunk = min(self.batch, max(1, _CELLS_AT_ONCE // self._any_capture().cells))
        size, program = self._sized("objective", chunk, self._trace_objective)
        # Each chunk's mean loss counts for its share of the examples.
        share = size / self.batch if program.objective == "loss" else 1.0
        values, masks = self._fetched(program, size, rows, examples_axis=1)
        of_input = functools.cache(lambda: self._input_mask(rows))
        measured = []
        for source, units, value in zip(program.sources, program.units, values, strict=True):
            lead = value.shape[1:]
            mask = tap_mask(source, lead, masks, of_input)
            measured.append(_over_cells(value, units, mask, share))
        names = tuple(source.tap.name for source in program.sources)
        columns = np.array(measured, np.float64).reshape(-1, 4).T
        return OutputGradients(program.objective, names, *columns)

    def input_gradients(self, examples: Any, output_step: Any) -> InputGradient:
        """d output / d input_t of the examples (repeated ones welcome: a Jacobian's rows).

        Args:
            output_step: an integer, "last", or one a picked example. Of an output without a time
                axis None, or "last"; the record's step is then the last valid one of the input.
        """
        rows = np.asarray(examples, np.int64)
        shape = self._output_shape()
        stepwise = len(shape) == 3 or not (output_step is None or isinstance(output_step, str))
        step = ("last" if output_step is None else output_step) if stepwise else None
        mask = self._input_mask(rows)
        time = self._source_time()
        if mask is not None and time is not None:
            mask = mask_at_output(mask, time)
        gradients = input_gradients(
            self._model,
            self._inputs.packed([a[rows] for a in self._inputs.arrays]),
            output_step=step,
            output_index=self._index,
            layer=self._output,
            wrt=self._wrt,
            mask=mask,
        )
        length = shape[1] if stepwise and shape[1] is not None else gradients.shape[1]
        steps = resolve_output_steps(step if stepwise else "last", len(rows), length, mask)
        at_input = _at_input(steps, length, gradients.shape[1], mask)
        return InputGradient(self._output_name(), gradients, at_input, mask, self._channels)

    def output_timesteps(self) -> int | None:
        """The length of the output's time axis; None for an output that has none."""
        shape = self._output_shape()
        if len(shape) != 3:
            return None
        return shape[1] if shape[1] is not None else self._source_time()

    # ---- programs

    def _build(self) -> None:
        """Builds a model that has never been called, by calling it, as any first use would."""
        layers = [part for part in components(self._model) if isinstance(part, keras.Layer)]
        if not all(layer.built for layer in layers):
            first = [as_fed(a[:1], self._dtype) for a in self._inputs.arrays]
            self._model(self._inputs.packed(first), training=False)

    @property
    def _dtype(self) -> str:
        return "float64" if "float64" in float_dtypes(self._model) else "float32"

    def _sized(self, kind: str, size: int, trace: Callable[[int], Any]) -> tuple[int, Any]:
        """A program for at least so many examples, each bound to a number of them, and that number.

        A graph runs faster when it knows its batch size, and tracing takes longer than running.
        """
        current = fingerprint(self._model)
        if not same_fingerprint(self._fingerprint, current):
            self._programs, self._fingerprint, self._made_mask = {}, current, None
        size = keras_trace.fixed_batch(self._model) or size
        kept = sorted(n for k, n in self._programs if k == kind)
        if size not in kept:
            larger = [n for n in kept if n > size]
            if larger and len(kept) >= _KEPT:
                return larger[0], self._programs[kind, larger[0]]
            if len(kept) >= _KEPT:
                del self._programs[kind, kept[-1]]
            self._programs[kind, size] = trace(size)
        return size, self._programs[kind, size]

    def _any_capture(self) -> Capture:
        sizes = [size for kind, size in self._programs if kind == "capture"]
        program: Capture = self._sized("capture", min(sizes, default=1), self._trace_capture)[1]
        return program

    def _trace_capture(self, size: int) -> Capture:
        return trace_capture(self._wanted, size)

    def _trace_objective(self, size: int) -> Objective:
        return trace_objective(self._wanted, size, self._targets, self._any_capture().outputs)

    def _fetched(
        self, program: Any, size: int, rows: np.ndarray, examples_axis: int = 0
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Values and masks of the rows, `size` examples at a time; the last repeats its last."""
        chunks = []
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            padded = np.pad(chunk, (0, size - len(chunk)), "edge")
            fed = [self._wanted.fed(padded)]
            if isinstance(program, Objective):
                targets = [] if self._targets is None else self._targets.arrays
                fed.append([a[padded] for a in targets])
            values, masks = program.fetched(*fed)
            kept = slice(len(chunk))
            of_values = (slice(None),) * examples_axis + (kept,)
            chunks.append(([v[of_values] for v in values], [m[kept] for m in masks]))
        values, masks = (list(zip(*part, strict=True)) for part in zip(*chunks, strict=True))
        if len(chunks) == 1:
            return [v[0] for v in values], [m[0] for m in masks]
        return [np.concatenate(v, examples_axis) for v in values], [
            np.concatenate(m) for m in masks
        ]

    # ---- the input's mask and the output

    def _input_mask(self, rows: np.ndarray) -> np.ndarray | None:
        """The given mask, else the one that the model makes of its input."""
        if self._mask is not None:
            return self._mask[rows]
        if self._any_capture().input_mask is None:
            return None
        if self._made_mask is None:  # it depends on the input alone, not on the weights
            nothing = dataclasses.replace(self._wanted, selected=lambda part: False, gates=False)
            size = keras_trace.fixed_batch(self._model) or min(self.batch, 64)
            program = trace_capture(nothing, size)
            _, masks = self._fetched(program, size, np.arange(self.batch))
            self._made_mask = masks[program.input_mask or 0]
        return self._made_mask[rows]

    def _output_shape(self) -> tuple[int | None, ...]:
        """That of the output to differentiate, batch first."""
        program, chosen = self._any_capture(), self._output
        keyed = program.outputs if isinstance(program.outputs, dict) else {}
        if isinstance(chosen, str) and chosen in keyed:
            return tuple(keyed[chosen].shape)
        part = find_part(self._model, chosen)
        if part is not None and id(part) in program.shapes:
            return program.shapes[id(part)]
        return tuple(keras.tree.flatten(program.outputs)[0].shape)

    def _source_time(self) -> int | None:
        """The number of timesteps of what is differentiated by, where it is known."""
        wrt = self._wrt
        if wrt is None or isinstance(wrt, int) or wrt in self._inputs.names:
            return int(self._inputs.arrays[self._inputs.candidates(wrt)[0]].shape[1])
        shape = self._any_capture().shapes.get(id(find_part(self._model, wrt)), ())
        return shape[1] if len(shape) > 1 else None

    def _output_name(self) -> str:
        if self._output is not None:
            return self._output if isinstance(self._output, str) else str(self._output.name)
        names = getattr(self._model, "output_names", None)
        return str(names[0]) if names else "output"


def _joined(parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)


def _over_cells(
    value: np.ndarray, units: int, mask: np.ndarray | None, share: float
) -> tuple[float, float, float, float]:
    """rms, max, share of zeros, non-finite count over the valid cells of a layer's gradient."""
    squares, largest, zeros, nonfinite = (v if mask is None else v[mask] for v in value)
    cells = squares.size * units
    finite = max(cells - nonfinite.sum(), 1)
    rms = share * np.sqrt(squares.sum() / finite)
    return rms, share * largest.max(initial=0), zeros.sum() / max(cells, 1), nonfinite.sum()


def _at_input(steps: np.ndarray, length: int, time: int, mask: np.ndarray | None) -> np.ndarray:
    """The last (valid) input timestep that each output step covers."""
    first, stop = steps * time // length, -(-(steps + 1) * time // length)
    last = stop - 1
    if mask is not None:
        for i, (start, end) in enumerate(zip(first, stop, strict=True)):
            valid = np.flatnonzero(mask[i, start:end])
            last[i] = start + valid[-1] if valid.size else last[i]
    return last.astype(np.int64)


def _targets(model: Any, labels: Any, loss: Any, weights: Any, batch: int) -> Targets | None:
    """What is needed for the loss; None where labels or a loss are missing."""
    if labels is None:
        return None
    try:
        given = Inputs(None, labels)
    except (TypeError, ValueError) as error:
        raise type(error)(f"`labels`: {error}") from error
    if given.batch != batch:
        raise ValueError(
            f"`labels` must have an entry for each of {batch} examples. Received: {given.batch}"
        )
    if loss is None and not (getattr(model, "compiled", False) and model._compile_loss is not None):
        return None
    each = None if weights is None else np.asarray(weights, np.float32)
    if each is not None and len(each) != batch:
        raise ValueError(
            f"`sample_weight` must have an entry for each of {batch} examples. "
            f"Received: shape={each.shape}"
        )
    return Targets(given, loss, each)


def _check_output(model: Any, layer: Any) -> None:
    if isinstance(layer, str) and find_part(model, layer) is None:
        outputs = getattr(model, "output", None)
        if not (isinstance(outputs, dict) and layer in outputs):
            raise ValueError(
                f"`output_layer` must be one of {part_names(model)}. Received: {layer!r}"
            )


def _check_backend() -> None:
    backend = keras.backend.backend()
    if backend != "tensorflow":
        other = " For a torch model use tb_deepdebug.torch." if backend == "torch" else ""
        raise NotImplementedError(
            "tb_deepdebug.keras needs Keras on its TensorFlow backend. "
            f"Received: backend={backend!r}.{other}"
        )
