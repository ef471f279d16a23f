"""Input gradients of a Keras 3 model: one traced TensorFlow graph per question, kept per model."""

import re
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_deepdebug import keras_trace, tf_graph
from tb_deepdebug.keras_inputs import Inputs
from tb_deepdebug.keras_trace import Call

_KEPT = 8  # questions kept per model; the oldest goes first


class CannotCompute(RuntimeError):
    """The model cannot be run in the dtype asked for."""


@dataclass(frozen=True)
class Program:
    """A traced gradient. It reads the model's variables as it runs, so it sees later training.

    Attributes:
        run: (flat inputs, steps [batch], output index, scale) -> gradient [batch, time, channels]
            times the scale, and the shape of the output.
        output_shape: the output's static shape, None where only a run can tell.
        narrowing: casts to a float narrower than the program's that remain on the way.
    """

    run: Callable[..., Any]
    output_shape: tuple[int | None, ...]
    narrowing: list[str]


@dataclass
class Traces:
    """What is kept of one question to one model."""

    fingerprint: list[Any]
    programs: dict[str, Program] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)  # dtype -> why it can't be computed
    underflowed: bool = False  # float32 was not enough last time: begin with float64


_TRACES: weakref.WeakKeyDictionary[Any, dict[Any, Traces]] = weakref.WeakKeyDictionary()


class Differentiator:
    """One model, one batch and one question, differentiated chunk by chunk.

    Args:
        layer: the layer, its name or path, or the key of an output; None for the only output.
        wrt: the input (name or position), or a layer to whose output to differentiate.
        stepwise: whether the output has a time axis, from which a step is chosen.
    """

    def __init__(self, model: Any, x: Any, *, layer: Any, wrt: Any, stepwise: bool) -> None:
        if keras.backend.backend() != "tensorflow":
            raise RuntimeError(
                "input_gradients needs Keras on the TensorFlow backend. "
                f"Received: backend={keras.backend.backend()!r}"
            )
        self._model, self._layer, self._stepwise = model, layer, stepwise
        self._inputs = Inputs(model, x)
        self.batch = self._inputs.batch
        self._build()
        self._source = self._chosen_source(wrt)
        self.fixed_batch = keras_trace.fixed_batch(model)
        self.traces = self._kept_traces()

    @property
    def native_dtype(self) -> str:
        """float64 for a model that computes in it, else float32: never a half precision."""
        return "float64" if "float64" in keras_trace.float_dtypes(self._model) else "float32"

    @property
    def time(self) -> int | None:
        """The number of timesteps to differentiate by, where the inputs alone tell it."""
        if not isinstance(self._source, list):
            return None
        return int(self._inputs.arrays[self._source[0]].shape[1])

    @property
    def timesteps(self) -> int:
        """The longest second axis among the inputs: what one example weighs."""
        return max(a.shape[1] if a.ndim > 1 else 1 for a in self._inputs.arrays)

    def output_shape(self, dtype: str) -> tuple[int, ...]:
        """The output's shape, with the batch first; found by a run where it is not static."""
        shape = self._program(dtype).output_shape
        if any(n is None for n in shape[1:]):
            rows = np.zeros(self.fixed_batch or 1, np.int64)
            _, found = self._run(dtype, rows, np.zeros(len(rows), np.int32), 0, 1.0)
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
        count = len(rows)
        if self.fixed_batch is not None:
            spare = self.fixed_batch - count
            rows, steps = np.pad(rows, (0, spare), "edge"), np.pad(steps, (0, spare), "edge")
        scaled, _ = self._run(dtype, rows, steps.astype(np.int32), index, 2.0**exponent)
        return np.ldexp(scaled[:count].astype(np.float64), -exponent)

    def _run(
        self, dtype: str, rows: np.ndarray, steps: np.ndarray, index: int, scale: float
    ) -> tuple[np.ndarray, np.ndarray]:
        program = self._program(dtype)
        fed = [tf.constant(_widened(a[rows], dtype)) for a in self._inputs.arrays]
        try:
            gradient, shape = program.run(
                fed, tf.constant(steps), tf.constant(index), tf.constant(scale, tf.float64)
            )
        except (tf.errors.UnimplementedError, tf.errors.NotFoundError) as error:
            self._cannot(dtype, error)
        return gradient.numpy(), shape.numpy()

    def _program(self, dtype: str) -> Program:
        if dtype in self.traces.failures:
            raise CannotCompute(self.traces.failures[dtype])
        if dtype not in self.traces.programs:
            try:
                self.traces.programs[dtype] = self._trace(dtype)
            except Exception as error:
                # Only a dtype that is not the model's own can be the model's first failure.
                if dtype == self.native_dtype or not self.traces.programs:
                    raise
                self._cannot(dtype, error)
        return self.traces.programs[dtype]

    def _cannot(self, dtype: str, error: Exception) -> None:
        self.traces.failures[dtype] = f"no {dtype}: {_reason(error)}"
        raise CannotCompute(self.traces.failures[dtype]) from error

    def _build(self) -> None:
        """Builds a model that has never been called, by calling it, as any first use would."""
        parts = keras_trace.components(self._model)
        if any(isinstance(part, keras.Layer) and not part.built for part in parts):
            self._model(self._inputs.packed(a[:1] for a in self._inputs.arrays), training=False)

    def _chosen_source(self, wrt: Any) -> list[int] | Any:
        """Positions of candidate inputs, or the layer whose output is differentiated by."""
        if isinstance(wrt, keras.Layer):
            return wrt
        if isinstance(wrt, str) and self._inputs.position(wrt) is None:
            found = find_part(self._model, wrt)
            if found is None:
                raise ValueError(
                    f"`wrt` must name an input, one of {self._inputs.names}, or a layer, one of "
                    f"{_part_names(self._model)}. Received: wrt={wrt!r}"
                )
            return found
        return self._inputs.candidates(wrt)

    def _kept_traces(self) -> Traces:
        kept = _TRACES.setdefault(self._model, {})
        layer = self._layer if isinstance(self._layer, str) else id(self._layer)
        source = self._source if isinstance(self._source, list) else id(self._source)
        question = (self._inputs.signature, layer, str(source), self._stepwise)
        fingerprint = _fingerprint(self._model)
        traces = kept.get(question)
        if traces is None or not _same(traces.fingerprint, fingerprint):
            kept.pop(question, None)
            while len(kept) >= _KEPT:
                kept.pop(next(iter(kept)))
            traces = kept[question] = Traces(fingerprint)
        return traces

    def _trace(self, dtype: str) -> Program:
        model, inputs, fixed = self._model, self._inputs, self.fixed_batch
        tapped = find_part(model, self._layer)
        embeddings = [
            p for p in keras_trace.components(model) if isinstance(p, keras.layers.Embedding)
        ]
        watched = embeddings if isinstance(self._source, list) else [self._source]
        recorded = [*watched, *([] if tapped is None else [tapped])]
        seen: dict[str, Any] = {}

        def gradient(fed: list[Any], steps: Any, index: Any, scale: Any) -> tuple[Any, Any]:
            with keras_trace.tracing(model, dtype, recorded) as calls:
                outputs = model(inputs.packed(fed), training=False)
            output = self._output(outputs, tapped, calls)
            source = self._source_tensor(fed, watched, calls)
            pairs = tf_graph.logits_behind(output)
            seen["shape"] = tuple(output.shape)
            seen["narrowing"] = tf_graph.narrowing_casts([z for _, z in pairs], dtype)
            selected = _selected(output, steps, index, self._stepwise)
            seeds = tf.gradients(
                selected, [y for y, _ in pairs], tf.fill(tf.shape(selected), tf.cast(scale, dtype))
            )
            used = [(z, s) for (_, z), s in zip(pairs, seeds, strict=True) if s is not None]
            found = tf.gradients([z for z, _ in used], source, [s for _, s in used])[0]
            if found is None:
                raise ValueError(
                    "The output must depend on the input it is differentiated by. Received: "
                    f"output={output.name}, input={source.name}, which no path connects"
                )
            return tf.convert_to_tensor(found), tf.shape(output)

        specs = [
            tf.TensorSpec([fixed, *a.shape[1:]], _widened(a[:0], dtype).dtype)
            for a in inputs.arrays
        ]
        scalars = tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.float64)
        # Only the concrete function is kept: the Python one holds the model, which must be free
        # to die.
        run = tf.function(gradient, autograph=False).get_concrete_function(
            specs, tf.TensorSpec([fixed], tf.int32), *scalars
        )
        if dtype == "float32" and seen["narrowing"]:
            warnings.warn(
                "The model casts to half precision in its own code, which can't be undone: "
                f"small gradients read as a plateau or 0. Casts: {seen['narrowing'][:4]}",
                RuntimeWarning,
                stacklevel=2,
            )
        return Program(run, seen["shape"], seen["narrowing"])

    def _output(self, outputs: Any, tapped: Any, calls: dict[int, list[Call]]) -> Any:
        if isinstance(self._layer, str) and isinstance(outputs, dict) and self._layer in outputs:
            output = outputs[self._layer]
        elif self._layer is not None:
            if tapped is None:
                raise ValueError(
                    f"`layer` must be one of {_part_names(self._model)}. "
                    f"Received: layer={self._layer!r}"
                )
            output = _only_output(tapped, calls)
        else:
            flat = keras.tree.flatten(outputs)
            if len(flat) != 1:
                names = list(outputs) if isinstance(outputs, dict) else _part_names(self._model)
                raise ValueError(f"The model has {len(flat)} outputs: pass layer=, one of {names}")
            output = flat[0]
        if not output.dtype.is_floating:
            raise ValueError(f"The output must be floating. Received: dtype={output.dtype.name}")
        if tf_graph.hidden_in_function(output):
            warnings.warn(
                f"{output.name} comes out of a tf.function, where a sigmoid or softmax can't be "
                "seen: if it ends in one, the gradients are those of the probability. Pass "
                "layer=, the layer before it.",
                RuntimeWarning,
                stacklevel=2,
            )
        return output

    def _source_tensor(
        self, fed: list[Any], watched: list[Any], calls: dict[int, list[Call]]
    ) -> Any:
        if not isinstance(self._source, list):
            source = _only_output(self._source, calls)
            if source.shape.rank != 3:
                raise ValueError(
                    "The output of `wrt` must be [batch, time, channels]. "
                    f"Received: shape={tuple(source.shape)} from {self._source.name!r}"
                )
            return source
        reads = {
            layer.name: call.output
            for layer in watched
            for call in calls[id(layer)]
            if any(tf_graph.comes_from(call.argument, fed[i]) for i in self._source)
        }
        if self._source[0] in self._inputs.series():
            return fed[self._source[0]]
        if len(reads) != 1:
            raise ValueError(
                "Ids [batch, time] must be read by exactly one Embedding, to whose output the "
                "gradients are taken; else pass wrt=, an input or the layer to whose output to "
                f"take them. Received: {self._inputs.described()}, read by {sorted(reads)}"
            )
        return next(iter(reads.values()))


def find_part(model: Any, layer: Any) -> Any:
    """The layer or operation of `model` that is, or is called, `layer`; None where there is none.

    Raises:
        ValueError: when several layers share the name.
    """
    if layer is None or not isinstance(layer, str):
        return layer
    parts = [p for p in keras_trace.components(model) if p is not model]
    found = [p for p in parts if layer in (p.name, getattr(p, "path", None))]
    if len(found) > 1:
        paths = [getattr(p, "path", p.name) for p in found]
        raise ValueError(
            f"Several layers are called {layer!r}: pass the layer itself, or one of {paths}"
        )
    return found[0] if found else None


def _part_names(model: Any) -> list[str]:
    parts = keras_trace.components(model)
    return sorted({p.name for p in parts if p is not model and not _is_input(p)})


def _is_input(part: Any) -> bool:
    return isinstance(part, keras.layers.InputLayer)


def _only_output(part: Any, calls: dict[int, list[Call]]) -> Any:
    """The (first) tensor that the only call of `part` returned."""
    found = calls[id(part)]
    if len(found) != 1:
        raise ValueError(
            "The layer must be called exactly once in a pass through the model; a layer around "
            f"it may be. Received: {part.name!r}, called {len(found)} times"
        )
    tensor = keras.tree.flatten(found[0].output)[0]
    if tensor.graph is not tf.compat.v1.get_default_graph():
        raise ValueError(
            "The layer must not run inside a loop; choose the layer around it. "
            f"Received: {part.name!r}"
        )
    return tensor


def _selected(output: Any, steps: Any, index: Any, stepwise: bool) -> Any:
    """The chosen value of each example, [batch]."""
    batch = tf.range(tf.shape(output)[0])
    units = tf.fill(tf.shape(batch), index)
    rank = output.shape.rank
    wanted = {(True, 3): [batch, steps, units], (True, 2): [batch, steps]}
    wanted |= {(False, 2): [batch, units], (False, 1): [batch]}
    if (stepwise, rank) not in wanted:
        shapes = "[batch, time, units] or [batch, time]" if stepwise else "[batch, units]"
        hint = "output_step=None" if stepwise else "output_step, an integer or 'last',"
        raise ValueError(
            f"With{'' if stepwise else 'out'} `output_step` the output must be {shapes}: pass "
            f"{hint} or another layer=. Received: an output of shape {tuple(output.shape)}"
        )
    return tf.gather_nd(output, tf.stack(wanted[stepwise, rank], axis=1))


def _reason(error: Exception) -> str:
    """The message without Keras's frame ("Exception encountered when calling ...") and colours."""
    plain = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line for line in plain.split("\n") if line.strip()]
    told = [line for line in lines if not line.startswith("Exception encountered")] or lines
    return f"{type(error).__name__}: {told[0] if told else ''}"


def _widened(array: np.ndarray, dtype: str) -> np.ndarray:
    return array.astype(dtype) if array.dtype.kind == "f" else array


def _fingerprint(model: Any) -> list[Any]:
    """What a trace is bound to; other weights, layers or activations need a new one."""
    parts = keras_trace.components(model)
    return [*model.weights, *((id(p), id(getattr(p, "activation", None))) for p in parts)]


def _same(old: list[Any], new: list[Any]) -> bool:
    return len(old) == len(new) and all(
        a is b or (isinstance(a, tuple) and a == b) for a, b in zip(old, new, strict=True)
    )
