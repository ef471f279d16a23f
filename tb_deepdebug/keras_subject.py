"""A Keras model together with its probe batch, as the recorders see it (`probe.Subject`)."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from tb_deepdebug import keras_trace
from tb_deepdebug.keras_capture import Capture, fetched, trace_capture
from tb_deepdebug.keras_inputs import Inputs
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
from tb_deepdebug.output_steps import mask_at_output
from tb_deepdebug.probe import Graph, InputGradient, Note, OutputGradients, Tapped

_PROGRAMS = 2  # batch sizes for which a program is kept


class KerasSubject:
    """Any Keras 3 model on the TensorFlow backend, and a probe batch.

    Args:
        model: it is left as it was; one that was never called is built.
        x: what the model is called with: an array, or a list, tuple or dict of them.
        mask: bool `[batch, time]` over the input's timesteps, true where valid. It is not passed
            to the model. Where a layer has a Keras mask, that is its mask.
        labels, loss, sample_weight: what `output_gradients` needs to differentiate the loss:
            a compiled model has a loss of its own, else `loss(labels, outputs)`.
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
        self._build()
        self._mask = _checked_mask(mask, self._inputs)
        self._labels, self._loss, self._weights = labels, loss, sample_weight
        self._selected, self._gates = Selection(model, layers), gates
        self._output, self._index, self._wrt = output_layer, output_index, wrt
        self._channels = None if channels is None else tuple(channels)
        if isinstance(output_layer, str) and find_part(model, output_layer) is None:
            names = part_names(model)
            raise ValueError(f"`output_layer` must be one of {names}. Received: {output_layer!r}")
        self._programs: dict[int, Capture] = {}
        self._fingerprint: list[Any] = []

    @property
    def batch(self) -> int:
        """How many examples the probe has."""
        return self._inputs.batch

    def graph(self) -> Graph:
        """The model's layers and edges."""
        return self._program(1).graph

    def notes(self) -> Sequence[Note]:
        """What can't be reached."""
        return self._program(1).notes

    def capture(self, start: int, stop: int) -> Iterator[Tapped]:
        """The values at every tap for the examples from `start` up to `stop`."""
        rows = np.arange(start, stop)
        program, size = self._sized(len(rows))
        values, masks = self._run(program, size, rows)
        for source, value in zip(program.sources, values, strict=True):
            mask = self._tap_mask(program, masks, source.mask, value, rows)
            if mask is not None and source.backwards:
                mask = mask[:, ::-1]
            yield Tapped(source.tap, value, mask)

    def output_gradients(self) -> OutputGradients:
        """The gradient with respect to each layer's output."""
        raise NotImplementedError

    def input_gradients(self, examples: Any, output_step: Any) -> InputGradient:
        """d output / d input_t of the examples."""
        raise NotImplementedError

    def _build(self) -> None:
        """Builds a model that has never been called, by calling it, as any first use would."""
        layers = [part for part in components(self._model) if isinstance(part, keras.Layer)]
        if not all(layer.built for layer in layers):
            first = [as_fed(a[:1], self._dtype) for a in self._inputs.arrays]
            self._model(self._inputs.packed(first), training=False)

    @property
    def _dtype(self) -> str:
        return "float64" if "float64" in float_dtypes(self._model) else "float32"

    def _sized(self, wanted: int) -> tuple[Capture, int]:
        """A program for at least so many examples; it runs faster when it knows how many."""
        program = self._program(wanted)
        return program, next(n for n, p in self._programs.items() if p is program)

    def _program(self, wanted: int) -> Capture:
        current = fingerprint(self._model)
        if not same_fingerprint(self._fingerprint, current):
            self._programs, self._fingerprint = {}, current
        size = keras_trace.fixed_batch(self._model) or wanted
        if size not in self._programs:
            larger = [n for n in self._programs if n > size]
            if larger and len(self._programs) >= _PROGRAMS:
                return self._programs[min(larger)]
            if len(self._programs) >= _PROGRAMS:
                self._programs.pop(min(self._programs))
            self._programs[size] = trace_capture(
                self._model, self._inputs, size, self._dtype, self._selected, self._gates
            )
        return self._programs[size]

    def _run(
        self, program: Capture, size: int, rows: np.ndarray
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Values and masks of the rows, `size` examples at a time; the last repeats its last."""
        parts = []
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            padded = np.pad(chunk, (0, size - len(chunk)), "edge")
            fed = [as_fed(a[padded], self._dtype) for a in self._inputs.arrays]
            values, masks = fetched(program, fed)
            parts.append(([v[: len(chunk)] for v in values], [m[: len(chunk)] for m in masks]))
        if len(parts) == 1:
            return parts[0]
        values = [np.concatenate(v) for v in zip(*(v for v, _ in parts), strict=True)]
        masks = [np.concatenate(m) for m in zip(*(m for _, m in parts), strict=True)]
        return values, masks

    def _tap_mask(
        self,
        program: Capture,
        masks: list[np.ndarray],
        own: int | None,
        values: np.ndarray,
        rows: np.ndarray,
    ) -> np.ndarray | None:
        """The layer's own mask, else that of the input brought to the length of the tap."""
        if values.ndim < 3:
            return None
        mask = None
        if own is not None:
            mask = masks[own]
        elif self._mask is not None and values.ndim == 3:
            mask = mask_at_output(self._mask[rows], values.shape[1])
        elif program.input_mask is not None and values.ndim == 3:
            mask = mask_at_output(masks[program.input_mask], values.shape[1])
        if mask is None or values.ndim == 3:
            return mask
        return np.broadcast_to(mask[:, :, None], values.shape[:-1])


def _check_backend() -> None:
    backend = keras.backend.backend()
    if backend != "tensorflow":
        also = " For a torch-backend model use tb_deepdebug.torch." if backend == "torch" else ""
        raise NotImplementedError(
            "tb_deepdebug.keras needs Keras on its TensorFlow backend. "
            f"Received: backend={backend!r}.{also}"
        )


def _checked_mask(mask: Any, inputs: Inputs) -> np.ndarray | None:
    if mask is None:
        return None
    valid = np.asarray(mask)
    lengths = sorted({a.shape[1] for a in inputs.arrays if a.ndim > 1})
    if valid.ndim != 2 or len(valid) != inputs.batch or valid.shape[1] not in lengths:
        raise ValueError(
            f"`mask` must have the shape [batch, time] of `x`, {inputs.described()}. "
            f"Received: shape={valid.shape}"
        )
    if valid.dtype != bool and not np.isin(valid, (0, 1)).all():
        raise TypeError(f"`mask` must be bool, True where valid. Received: dtype={valid.dtype}")
    return valid.astype(bool)
