"""Input gradients of a Keras 3 model: one traced TensorFlow graph per question, kept per model."""

import re
import weakref
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug.gradients import CannotCompute
from tb_deepdebug.keras import trace as keras_trace
from tb_deepdebug.keras.inputs import Inputs
from tb_deepdebug.keras.parts import (
    components,
    find_part,
    fingerprint,
    float_dtypes,
    part_names,
    same_fingerprint,
)
from tb_deepdebug.keras.program import Program, Question, as_fed, trace_program

_KEPT = 8  # questions kept per model; the oldest goes first
_TIMESTEPS_AT_ONCE = 2**15  # examples x timesteps in a chunk, by default


@dataclass
class Traces:
    """What is kept of one question to one model."""

    fingerprint: list[Any]
    programs: dict[tuple[str, int | None], Program] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)  # dtype -> why it can't be computed
    underflowed: bool = False  # float32 was not enough last time: begin with float64


_TRACES: weakref.WeakKeyDictionary[Any, dict[Any, Traces]] = weakref.WeakKeyDictionary()


class Differentiator:
    """One model, one batch and one question, differentiated chunk by chunk.

    Args:
        layer: the layer, its name or path, or the key of an output; None for the only output.
        wrt: the input (name or position), or a layer to whose output to differentiate.
        stepwise: whether the output has a time axis, from which a step is chosen.
        batch_size: the most examples in a chunk, or None.
    """

    def __init__(
        self, model: Any, x: Any, *, layer: Any, wrt: Any, stepwise: bool, batch_size: int | None
    ) -> None:
        if keras.backend.backend() != "tensorflow":
            raise RuntimeError(
                "input_gradients needs Keras on the TensorFlow backend. "
                f"Received: backend={keras.backend.backend()!r}"
            )
        inputs = Inputs(model, x)
        _build(model, inputs)
        self._question = Question(model, inputs, layer, _source(model, inputs, wrt), stepwise)
        self._inputs, self.batch = inputs, inputs.batch
        self._fixed = keras_trace.fixed_batch(model)
        self._chunk = self._fixed or _chunk_size(inputs, batch_size)
        self.traces = _kept_traces(self._question)

    @property
    def native_dtype(self) -> str:
        """float64 for a model that computes in it, else float32: never a half precision."""
        return "float64" if "float64" in float_dtypes(self._question.model) else "float32"

    @property
    def time(self) -> int | None:
        """The number of timesteps to differentiate by, where the inputs alone tell it."""
        if not self._question.by_input:
            return None
        return int(self._inputs.arrays[self._question.source[0]].shape[1])

    @property
    def chunks(self) -> list[np.ndarray]:
        """The rows of each chunk."""
        return np.array_split(np.arange(self.batch), -(-self.batch // self._chunk))

    def output_shape(self, dtype: str) -> tuple[int, ...]:
        """The output's shape, with the batch first; found by a run where it is not static."""
        shape = self._program(dtype).output_shape
        if any(n is None for n in shape[1:]):
            first = np.zeros(self._chunk, np.int64)
            _, found = self._run(dtype, first, first, 0, 1.0)
            shape = tuple(found.tolist())
        return (self.batch, *(int(n) for n in shape[1:] if n is not None))

    def narrows(self) -> bool:
        """Whether the float64 program still passes through a narrower float."""
        return bool(self._program("float64").narrowing)

    def gradients(
        self, dtype: str, rows: np.ndarray, steps: np.ndarray, index: int, exponent: int = 0
    ) -> np.ndarray:
        """Gradients of the examples `rows`, float64 [rows, time, channels].

        Args:
            dtype: what to compute in, "float32" or "float64".
            exponent: the gradient is multiplied by 2**exponent on its way back, which lifts it
                above the smallest number of `dtype`, and divided again in float64.
        """
        spare = self._chunk - len(rows)
        padded, their_steps = np.pad(rows, (0, spare), "edge"), np.pad(steps, (0, spare), "edge")
        scaled, _ = self._run(dtype, padded, their_steps, index, 2.0**exponent)
        return np.ldexp(scaled[: len(rows)].astype(np.float64), -exponent)

    def _run(
        self, dtype: str, rows: np.ndarray, steps: np.ndarray, index: int, scale: float
    ) -> tuple[np.ndarray, np.ndarray]:
        program = self._program(dtype)
        fed = [tf.constant(as_fed(a[rows], dtype)) for a in self._inputs.arrays]
        numbers = tf.constant(steps, tf.int32), tf.constant(index), tf.constant(scale, tf.float64)
        try:
            gradient, shape = program.run(fed, *numbers)
        except (tf.errors.UnimplementedError, tf.errors.NotFoundError) as error:
            self._cannot(dtype, error)
        return gradient.numpy(), shape.numpy()

    def _program(self, dtype: str) -> Program:
        if dtype in self.traces.failures:
            raise CannotCompute(self.traces.failures[dtype])
        key = dtype, self._traced_batch(dtype)
        if key not in self.traces.programs:
            try:
                self.traces.programs[key] = trace_program(self._question, *key)
            except Exception as error:
                # The first program's failure is the model's own or the caller's, not the dtype's.
                if dtype == self.native_dtype or not self.traces.programs:
                    raise
                self._cannot(dtype, error)
        return self.traces.programs[key]

    def _traced_batch(self, dtype: str) -> int | None:
        """A graph runs an eighth faster when it knows its batch size; a second size gets None."""
        sizes = [batch for traced, batch in self.traces.programs if traced == dtype]
        known = self._fixed or self._chunk in sizes or not sizes
        return self._chunk if known else None

    def _cannot(self, dtype: str, error: Exception) -> None:
        self.traces.failures[dtype] = f"no {dtype}: {_reason(error)}"
        raise CannotCompute(self.traces.failures[dtype]) from error


def _build(model: Any, inputs: Inputs) -> None:
    """Builds a model that has never been called, by calling it, as any first use would."""
    layers = [part for part in components(model) if isinstance(part, keras.Layer)]
    if not all(layer.built for layer in layers):
        model(inputs.packed(a[:1] for a in inputs.arrays), training=False)


def _chunk_size(inputs: Inputs, batch_size: int | None) -> int:
    """The size of equal chunks of at most `batch_size` examples, or of bearable memory."""
    if batch_size is None:
        longest = max(a.shape[1] if a.ndim > 1 else 1 for a in inputs.arrays)
        batch_size = max(1, _TIMESTEPS_AT_ONCE // max(1, longest))
    return -(-inputs.batch // -(-inputs.batch // batch_size))


def _source(model: Any, inputs: Inputs, wrt: Any) -> Any:
    """Positions of candidate inputs, or the layer to whose output to differentiate."""
    if wrt is None or isinstance(wrt, int) or (isinstance(wrt, str) and wrt in inputs.names):
        return inputs.candidates(wrt)
    found = find_part(model, wrt)
    if found is None:
        raise ValueError(
            f"`wrt` must name an input, one of {inputs.names}, or a layer, one of "
            f"{part_names(model)}. Received: wrt={wrt!r}"
        )
    return found


def _kept_traces(question: Question) -> Traces:
    kept = _TRACES.setdefault(question.model, {})
    layer = question.layer if isinstance(question.layer, str) else id(question.layer)
    source = tuple(question.source) if question.by_input else id(question.source)
    key = (question.inputs.signature, layer, source, question.stepwise)
    current = fingerprint(question.model)
    traces = kept.get(key)
    if traces is None or not same_fingerprint(traces.fingerprint, current):
        kept.pop(key, None)
        while len(kept) >= _KEPT:
            kept.pop(next(iter(kept)))
        traces = kept[key] = Traces(current)
    return traces


def _reason(error: Exception) -> str:
    """The message without Keras's frame ("Exception encountered when calling ...") and colours."""
    plain = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line for line in plain.split("\n") if line.strip()]
    told = [line for line in lines if not line.startswith("Exception encountered")] or lines
    return f"{type(error).__name__}: {told[0] if told else ''}"
