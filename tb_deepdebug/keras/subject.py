"""A Keras model together with its probe batch, as the recorders see it (`probe.Subject`)."""

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from tb_deepdebug.change import Change
from tb_deepdebug.gradients import input_gradients
from tb_deepdebug.keras import setup as keras_setup
from tb_deepdebug.keras.capture import Capture, Wanted, trace_capture
from tb_deepdebug.keras.inputs import Inputs
from tb_deepdebug.keras.loss_facts import recognised
from tb_deepdebug.keras.masks import checked_mask, tap_mask
from tb_deepdebug.keras.objective import (
    Objective,
    checked_targets,
    over_cells,
    trace_objective,
)
from tb_deepdebug.keras.outcome import Outcome
from tb_deepdebug.keras.parts import (
    components,
    find_part,
    float_dtypes,
    part_names,
)
from tb_deepdebug.keras.program import as_fed
from tb_deepdebug.keras.programs import Programs, fetched
from tb_deepdebug.keras.selection import Selection
from tb_deepdebug.output_steps import at_input, mask_at_output, resolve_output_steps
from tb_deepdebug.probe import Graph, InputGradient, NotApplicable, Note, OutputGradients, Tapped
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.records.setup_facts import output_facts

_MASKS_AT_ONCE = 64  # examples
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
        change: made to what passes through one layer; None: the model is looked at as it is.

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
        change: Change | None = None,
    ) -> None:
        _check_backend()
        self._model, self._inputs = model, Inputs(model, x)
        _check_output(model, output_layer)
        self._build()
        self._mask = checked_mask(mask, self._inputs)
        self._targets = checked_targets(model, labels, loss, sample_weight, self.batch)
        self._labels, self._loss = labels, loss
        self._outcome = Outcome(model, self._targets)
        self._wanted = Wanted(
            model, self._inputs, self._dtype, Selection(model, layers), gates, change
        )
        self._output, self._index, self._wrt = output_layer, output_index, wrt
        self._channels = None if channels is None else tuple(channels)
        self._made_mask: np.ndarray | None = None
        trace = {
            "capture": lambda size: trace_capture(self._wanted, size),
            "masks": self._trace_masks,
            "objective": self._trace_objective,
        }
        self._programs = Programs(model, trace, self._renew)

    @property
    def batch(self) -> int:
        """How many examples the probe has."""
        return self._inputs.batch

    def graph(self) -> Graph:
        """The model's layers and edges."""
        return self._any_capture.graph

    def notes(self) -> Sequence[Note]:
        """What can't be reached."""
        return self._any_capture.notes

    def capture(self, start: int, stop: int) -> Iterator[Tapped]:
        """The values at every tap for the examples from `start` up to `stop`."""
        rows = np.arange(start, stop)
        size, program = self._programs.sized("capture", len(rows))
        values, masks = fetched(program.run, size, rows, lambda r: [self._wanted.fed(r)], axis=0)
        of_input = functools.cache(lambda: self._input_mask(rows))
        outputs, values = values[len(program.sources) :], values[: len(program.sources)]
        kept = [None if place is None else masks[place] for place in program.returned]
        self._outcome.add(start, program.outputs, outputs, kept)
        for source, value in zip(program.sources, values, strict=True):
            mask = tap_mask(source, value.shape[:-1], masks, of_input)
            yield Tapped(source.tap, value, mask)

    def loss(self) -> float | None:
        """The loss of the probe at the last capture of all of it."""
        return self._outcome.loss(self.batch)

    def setup(self) -> Setup:
        """What the model and the probe tell of the setup, after the first capture."""
        found = recognised(self._model, self._loss)
        mask = self._input_mask(np.arange(self.batch))
        ignored = None if found is None else found.ignored
        outputs = self._outcome.outputs()
        first = None if found is None else self.loss()
        return Setup(
            inputs=tuple(keras_setup.inputs_of(self._model, self._inputs, mask)),
            labels=keras_setup.labels_of(self._labels, ignored, mask),
            output=output_facts(outputs[0], self._any_capture.activation) if outputs else None,
            loss=None
            if found is None
            else dataclasses.replace(found.facts, first=np.nan if first is None else first),
            frozen=keras_setup.frozen_in(self._model),
            dropout=keras_setup.dropout_in(self._model),
        )

    def output_gradients(self) -> OutputGradients:
        """The gradient with respect to each layer's output, over its valid cells."""
        rows = np.arange(self.batch)
        most = max(1, _CELLS_AT_ONCE // self._any_capture.cells)
        chunks = -(-self.batch // most)
        size, program = self._programs.sized("objective", -(-self.batch // chunks))
        # Each chunk's mean loss counts for its share of the examples.
        share = size / self.batch if program.objective == "loss" else 1.0
        targets = [] if self._targets is None else self._targets.arrays

        def feed(chunk: np.ndarray) -> list[list[np.ndarray]]:
            return [self._wanted.fed(chunk), [a[chunk] for a in targets]]

        values, masks = fetched(program.run, size, rows, feed, axis=1)
        of_input = functools.cache(lambda: self._input_mask(rows))
        measured = []
        for source, units, value in zip(program.sources, program.units, values, strict=True):
            lead = value.shape[1:]
            mask = tap_mask(source, lead, masks, of_input)
            measured.append(over_cells(value, units, mask, share))
        names = tuple(source.tap.name for source in program.sources)
        columns = np.array(measured, np.float64).reshape(-1, 4).T
        return OutputGradients(program.objective, names, *columns)

    def input_gradients(self, examples: Any, output_step: Any) -> InputGradient:
        """d output / d input_t of the examples (repeated ones welcome: a Jacobian's rows).

        Args:
            output_step: an integer, "last", or one a picked example. Of an output without a time
                axis None, or "last"; the record's step is then the last valid one of the input.
        """
        self._check_reads_a_series()
        rows = np.asarray(examples, np.int64)
        shape = self._output_shape()
        time = self._source_time()
        named = output_step is None or isinstance(output_step, str)
        stepwise = len(shape) == 3 or (not named and shape[1:] == (time,))
        if not (stepwise or named):
            raise ValueError(
                "`output_step` must be None or 'last' for an output without a time axis. "
                f"Received: output_step={output_step!r}, for an output of shape {shape}"
            )
        step = ("last" if output_step is None else output_step) if stepwise else None
        mask = self._input_mask(rows)
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
        steps = at_input(steps, length, gradients.shape[1], mask)
        return InputGradient(self._output_name(), gradients, steps, mask, self._channels)

    def _check_reads_a_series(self) -> None:
        embeds = any(isinstance(p, keras.layers.Embedding) for p in components(self._model))
        if self._wrt is None and not self._inputs.series() and not embeds:
            raise NotApplicable(f"the model reads no series. Received: {self._inputs.described()}")

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

    @property
    def _any_capture(self) -> Capture:
        program: Capture = self._programs.sized("capture")[1]
        return program

    def _trace_objective(self, size: int) -> Objective:
        return trace_objective(self._wanted, size, self._targets, self._any_capture.outputs)

    def _trace_masks(self, size: int) -> Capture:
        nothing = dataclasses.replace(self._wanted, selected=lambda part: False, gates=False)
        return trace_capture(nothing, size, returned=False)

    def _renew(self) -> None:
        self._made_mask = None
        self._build()

    # ---- the input's mask and the output

    def _input_mask(self, rows: np.ndarray) -> np.ndarray | None:
        """The given mask, else the one that the model makes of its input."""
        if self._mask is not None:
            return self._mask[rows]
        if self._any_capture.input_mask is None:
            return None
        if self._made_mask is None:  # it depends on the input alone, not on the weights
            size, program = self._programs.sized("masks", min(self.batch, _MASKS_AT_ONCE))
            every = np.arange(self.batch)
            _, masks = fetched(program.run, size, every, lambda r: [self._wanted.fed(r)], axis=0)
            self._made_mask = masks[program.input_mask or 0]
        return self._made_mask[rows]

    def _output_shape(self) -> tuple[int | None, ...]:
        """That of the output to differentiate, batch first."""
        program, chosen = self._any_capture, self._output
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
        shape = self._any_capture.shapes.get(id(find_part(self._model, wrt)), ())
        return shape[1] if len(shape) > 1 else None

    def _output_name(self) -> str:
        if self._output is not None:
            return self._output if isinstance(self._output, str) else str(self._output.name)
        names = getattr(self._model, "output_names", None)
        return str(names[0]) if names else "output"


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
