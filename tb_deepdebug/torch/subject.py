"""A PyTorch model and its probe batch, as the recorder sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.change import Change
from tb_deepdebug.probe import Graph, InputGradient, Note, OutputGradients, Tap, Tapped
from tb_deepdebug.probe import Node as GraphNode
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch import selection as torch_selection
from tb_deepdebug.torch import setup as torch_setup
from tb_deepdebug.torch.facts import Place, Value, stacked
from tb_deepdebug.torch.gradients import InputGradients
from tb_deepdebug.torch.inputs import Inputs
from tb_deepdebug.torch.modules import flat
from tb_deepdebug.torch.outcome import Outcome
from tb_deepdebug.torch.output_gradients import OutputQuestion, output_gradients
from tb_deepdebug.torch.passes import Passes
from tb_deepdebug.torch.quiet import unwrapped
from tb_deepdebug.torch.source import Question
from tb_deepdebug.torch.trace import Trace


class TorchSubject:
    """Implements `probe.Subject`.

    Args:
      model: any `nn.Module`; of a compiled or data-parallel one, what is inside.
      x: what the model is called with: a tensor, a dict of keyword arguments, or a tuple or list
        of arguments. Arrays are taken too.
      mask: `[batch, time]`, true at valid timesteps. It is not passed to the model.
      labels: of the probe, for `loss`.
      loss: a function of the model's output and the labels.
      layers: which layers are recorded: a name ("encoder/conv1" or "encoder.conv1"), a pattern
        ("encoder/*"), a module, a class, a function of the module, or a list of these.
      gates: whether the gates of LSTM and GRU are recorded.
      output_layer: the layer whose output is differentiated instead of the model's.
      output_index: the unit (class) of the output.
      wrt: the input (name or place) that is differentiated by, or a layer's output.
      channels: names of the input's channels.
      change: made to what passes through one layer; None: the model is looked at as it is.

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """

    def __init__(
        self,
        model: nn.Module,
        x: Any,
        *,
        mask: Any = None,
        labels: Any = None,
        loss: Callable[[Any, Any], torch.Tensor] | None = None,
        layers: Any = None,
        gates: bool = True,
        output_layer: Any = None,
        output_index: int = 0,
        wrt: Any = None,
        channels: Sequence[str] | None = None,
        change: Change | None = None,
    ) -> None:
        if not isinstance(model, nn.Module):
            raise TypeError(f"`model` must be an nn.Module. Received: {type(model).__name__}")
        if labels is not None and loss is None:
            raise ValueError("`labels` need a `loss`. Received: labels alone")
        inner = unwrapped(model)
        self._model = inner
        inputs = Inputs(inner, x)
        valid = None if mask is None else _checked_mask(mask)
        given = {"mask": [] if valid is None else [valid], "labels": flat(labels)}
        for what, arrays in given.items():
            for shape in map(np.shape, arrays):
                if shape:
                    inputs.check_examples(what, shape[0])
        self._passes = Passes(inner, inputs, valid, gates, change)
        self._selected = torch_selection.selection(inner, layers)
        self._labels, self._loss = labels, loss
        self._outcome = Outcome(labels, loss)
        self._memory = InputGradients(
            self._passes,
            Question(
                output_layer=torch_selection.name_of(inner, output_layer, "output_layer"),
                output_index=output_index,
                wrt=_asked(inner, wrt),
                channels=None if channels is None else tuple(channels),
            ),
        )

    @property
    def batch(self) -> int:
        """How many examples the probe has."""
        self._passes.known  # noqa: B018 (the first pass tells which axis is the batch)
        return self._passes.inputs.batch

    def graph(self) -> Graph:
        """The model's layers and edges."""
        trace = self._passes.known.trace
        records = self._record_names(trace)
        nodes = [
            GraphNode(
                name=node.name,
                kind=node.kind,
                activation=node.activation,
                shape=_shape(node.output),
                parameters=_parameters(node.module),
                records=tuple(records.get(i, ())),
            )
            for i, node in enumerate(trace.seen.nodes)
        ]
        return Graph(
            type(self._model).__name__, "torch", tuple(nodes), tuple(sorted(trace.seen.edges))
        )

    def notes(self) -> Sequence[Note]:
        """What can't be reached, known so far."""
        trace = self._passes.known.trace
        notes = [Note(what, reason) for what, reason in trace.seen.notes]
        if self._memory.note is not None:
            notes.append(Note("input gradients below float32's range", self._memory.note))
        scripted = [n for n, m in self._model.named_modules() if _is_scripted(m)]
        if scripted:
            reason = "TorchScript does not let its layers be watched"
            notes.append(Note(scripted[0].replace(".", "/") or "the model's layers", reason))
        for place, role, value in self._values(trace):
            try:
                torch_axes.units_last(value.tensor, value.axes, 1)
            except ValueError as error:
                notes.append(Note(f"{role}s of {place.name}", str(error)))
        return notes

    def capture(self, start: int, stop: int) -> Iterator[Tapped]:
        """The values at every tap for the examples from `start` up to `stop`."""
        rows = np.arange(start, stop)
        known = self._passes.capture(rows)
        self._outcome.add(known, rows)
        trace = known.trace
        for place, role, value in self._values(trace):
            try:
                arranged = torch_axes.units_last(value.tensor, value.axes, len(rows))
            except ValueError:
                continue  # noted
            layer = trace.seen.nodes[place.node].name
            tap = Tap(place.name, layer, role, place.gate, place.activation)
            yield Tapped(tap, arranged.numpy(), self._mask_of(value, arranged, rows))

    def loss(self) -> float | None:
        """The loss of the probe at the last capture of all of it."""
        return self._outcome.loss(self._passes.inputs.batch)

    def setup(self) -> Setup:
        """What the model and the probe tell of the setup, after the first capture."""
        found = self._outcome.recognised()
        ignored = None if found is None else found.ignored
        return Setup(
            inputs=tuple(torch_setup.inputs_of(self._model, self._passes.inputs, self._mask_at)),
            labels=torch_setup.labels_of(self._labels, ignored, self._mask_at),
            output=self._outcome.output(),
            loss=self._outcome.loss_facts(self._passes.inputs.batch),
            frozen=torch_setup.frozen_in(self._model),
            dropout=torch_setup.dropout_in(self._model),
        )

    def output_gradients(self) -> OutputGradients:
        """The gradient with respect to each layer's output."""
        loss = None if self._labels is None else self._loss
        question = OutputQuestion(self._is_selected, self._mask_of, self._labels, loss)
        return output_gradients(self._passes, question)

    def input_gradients(self, examples: NDArray[np.int64], output_step: Any) -> InputGradient:
        """d output / d input_t of the examples."""
        return self._memory.measure(examples, output_step)

    def output_timesteps(self) -> int | None:
        """The length of the output's time axis; None for an output that has none."""
        return self._memory.output_timesteps()

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """`[batch, time]`, as it was given."""
        return self._passes.mask

    def series(self) -> NDArray[Any] | None:
        """What the model reads through time, `[batch, time, channels]`, where that is one input."""
        return self._memory.series()

    def _is_selected(self, trace: Trace, place: Place) -> bool:
        return self._selected(place.name, trace.seen.nodes[place.node].name, place.module)

    def _values(self, trace: Trace) -> Iterator[tuple[Place, Any, Value]]:
        """What is recorded of a pass, with values of a loop stacked over time."""
        for place in trace.seen.places:
            if not self._is_selected(trace, place):
                continue
            for role, values in (("preactivation", place.before), ("activation", place.after)):
                if values:
                    yield place, role, stacked(values)

    def _record_names(self, trace: Trace) -> dict[int, list[str]]:
        names: dict[int, list[str]] = {}
        for place, _, _ in self._values(trace):
            known = names.setdefault(place.node, [])
            if place.name not in known:
                known.append(place.name)
        return names

    def _mask_at(self, timesteps: int) -> NDArray[np.bool_] | None:
        return self._passes.masked(np.arange(self._passes.inputs.batch), timesteps)

    def _mask_of(
        self, value: Value, arranged: torch.Tensor, rows: NDArray[np.int64]
    ) -> NDArray[np.bool_] | None:
        if arranged.dim() != 3:
            return None
        if value.mask is not None and value.mask.shape == arranged.shape[:2]:
            return value.mask.cpu().numpy()
        return self._passes.masked(rows, arranged.shape[1])


def _shape(value: Value | None) -> tuple[int | None, ...] | None:
    if value is None:
        return None
    try:
        return tuple(torch_axes.units_last(value.tensor, value.axes).shape[1:])
    except ValueError:
        return None


def _parameters(module: nn.Module | None) -> int:
    return 0 if module is None else sum(p.numel() for p in module.parameters())


def _is_scripted(module: nn.Module) -> bool:
    return isinstance(module, torch.jit.ScriptModule)


def _asked(model: nn.Module, wrt: Any) -> str | int | None:
    return wrt if isinstance(wrt, int | str) else torch_selection.name_of(model, wrt, "wrt")


def _checked_mask(mask: Any) -> NDArray[np.bool_]:
    valid = mask.detach().cpu().numpy() if isinstance(mask, torch.Tensor) else np.asarray(mask)
    if valid.dtype != bool and not np.isin(valid, (0, 1)).all():
        raise TypeError(f"`mask` must be bool, true where valid. Received: dtype={valid.dtype}")
    if valid.ndim != 2:
        raise ValueError(f"`mask` must have the shape [batch, time]. Received: {valid.shape}")
    return valid.astype(bool)
