"""The gates of LSTM and GRU, recomputed: neither hooks nor function modes see inside a fused net.

A gate's pre-activation at step t needs the input of step t and the net's own output of step t - 1,
and both are known once the net has run. The formulas are those of the documentation of
`torch.nn.LSTM`, `torch.nn.GRU` and `torch.nn.RNN`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import torch

FUSED = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
CELLS = {"lstm_cell": "LSTM", "gru_cell": "GRU", "rnn_tanh_cell": "RNN", "rnn_relu_cell": "RNN"}
_CHECKED_STEPS = 256  # a wrong formula is wrong from the first steps on
_TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4}
_COARSE = 3e-2  # of half precisions


@dataclasses.dataclass(frozen=True, eq=False)
class Gate:
    """One gate, or the one nonlinearity of a plain recurrent net.

    Attributes:
      part: the path below the layer's name: "forget", "l1_reverse/forget"; "" for a plain net.
      gate: "input", "forget", "cell", "output", "update", "reset", "candidate", or None.
      activation: "sigmoid", "tanh" or "relu".
      before, after: `[batch, time, units]`, or `[batch, units]` of a cell.
    """

    part: str
    gate: str | None
    activation: str
    before: torch.Tensor
    after: torch.Tensor


@dataclasses.dataclass(frozen=True, eq=False)
class Inner:
    """The output sequence of a layer inside a stack, `[batch, time, units]`."""

    part: str
    values: torch.Tensor


@dataclasses.dataclass(frozen=True, eq=False)
class _Direction:
    """One layer of one direction, with everything batch first."""

    x: torch.Tensor
    h0: torch.Tensor
    c0: torch.Tensor | None
    weights: Sequence[torch.Tensor]  # w_ih, w_hh, and b_ih, b_hh, w_hr where there are
    has_biases: bool
    output: torch.Tensor
    lengths: torch.Tensor | None
    reverse: bool

    def previous(self) -> torch.Tensor:
        """The state that each step began with."""
        first = self.h0[:, None]
        if not self.reverse:
            return torch.cat([first, self.output[:, :-1]], 1)
        shifted = torch.cat([self.output[:, 1:], first], 1)
        if self.lengths is None:
            return shifted
        steps = torch.arange(shifted.shape[1], device=shifted.device)
        begins = (steps == self.lengths.to(steps.device)[:, None] - 1)[..., None]
        return torch.where(begins, first, shifted)

    def projected(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The input's and the state's contribution to the gates, side by side along the units."""
        w_ih, w_hh = self.weights[:2]
        b_ih, b_hh = self.weights[2:4] if self.has_biases else (None, None)
        linear = torch.nn.functional.linear
        return linear(self.x, w_ih, b_ih), linear(self.previous(), w_hh, b_hh)


class Unequal(RuntimeError):
    """The gates do not reproduce what the net gave."""


def fused(
    name: str, args: Sequence[Any], outputs: Sequence[torch.Tensor], *, check: bool
) -> Iterator[Gate | Inner]:
    """The gates of one call of `torch.lstm`, `torch.gru`, `torch.rnn_tanh` or `torch.rnn_relu`.

    Args:
      name: of the function.
      args: what it was called with, either of its two ways (dense or packed).
      outputs: what it returned.
      check: also see whether the gates reproduce the outputs.

    Raises:
      Unequal: they do not.
    """
    call = _Call(name, args)
    x, lengths = call.dense(args[0])
    many = call.layers * call.directions > 1
    for layer in range(call.layers):
        last = layer == call.layers - 1
        output = outputs[0] if last else call.run(layer, x, lengths)
        whole = call.dense(output)[0] if last else output
        for way in range(call.directions):
            one = call.direction(layer, way, x, whole, lengths)
            part = f"l{layer}" + "_reverse" * way if many else ""
            yield from _checked(name, one, part, check)
        if not last and name in ("lstm", "gru"):  # a plain net's nonlinearity is its output
            yield Inner(f"l{layer}", whole)
        x = whole


def cell(name: str, args: Sequence[Any], output: Any, *, check: bool) -> Iterator[Gate]:
    """The gates of one call of `torch.lstm_cell`, `torch.gru_cell` and the like, `[batch, units]`.

    Raises:
      Unequal: they do not reproduce the output.
    """
    x, hx, *weights = args
    h0, c0 = hx if isinstance(hx, tuple | list) else (hx, None)
    result = output[0] if isinstance(output, tuple | list) else output
    given = [w for w in weights if w is not None]
    one = _Direction(
        x[:, None], h0, c0, given, len(given) > 2, result[:, None], None, reverse=False
    )
    for gate in _checked(name.removesuffix("_cell"), one, "", check):
        yield dataclasses.replace(gate, before=gate.before[:, 0], after=gate.after[:, 0])


class _Call:
    """The arguments of a fused call, told apart."""

    def __init__(self, name: str, args: Sequence[Any]) -> None:
        self.name = name
        self.packed = not isinstance(args[3], bool)  # (data, batch_sizes, hx, weights, ...)
        if self.packed:
            self.batch_sizes, self._hx, weights, *flags = args[1:]
            self.has_biases, self.layers, _, _, bidirectional = flags[:5]
            self.batch_first = True
        else:
            self._hx, weights, *flags = args[1:]
            self.has_biases, self.layers, _, _, bidirectional, self.batch_first = flags[:6]
        self.directions = 1 + bool(bidirectional)
        each = len(weights) // (self.layers * self.directions)
        self._weights = [weights[i : i + each] for i in range(0, len(weights), each)]

    def dense(self, sequence: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """A sequence batch first, and the lengths of a packed one."""
        if self.packed:
            return dense(sequence, self.batch_sizes)
        return (sequence if self.batch_first else sequence.transpose(0, 1)), None

    def run(self, layer: int, x: torch.Tensor, lengths: torch.Tensor | None) -> torch.Tensor:
        """The output sequence of one layer of the stack, batch first."""
        ways = self.directions
        some = slice(layer * ways, (layer + 1) * ways)
        hx = tuple(h[some].contiguous() for h in self._states())
        state = hx if self.name == "lstm" else hx[0]
        weights = [w for one in self._weights[some] for w in one]
        flags = (self.has_biases, 1, 0.0, False, ways == 2)
        function = getattr(torch, self.name)
        if lengths is None:
            return function(x, state, weights, *flags, True)[0]
        data = torch.nn.utils.rnn.pack_padded_sequence(x, lengths.cpu(), batch_first=True)[0]
        packed = function(data, self.batch_sizes, state, weights, *flags)[0]
        return dense(packed, self.batch_sizes)[0]

    def direction(
        self,
        layer: int,
        way: int,
        x: torch.Tensor,
        output: torch.Tensor,
        lengths: torch.Tensor | None,
    ) -> _Direction:
        place = layer * self.directions + way
        states = [h[place] for h in self._states()]
        mine = output.chunk(self.directions, -1)[way]
        return _Direction(
            x=x,
            h0=states[0],
            c0=states[1] if len(states) > 1 else None,
            weights=self._weights[place],
            has_biases=self.has_biases,
            output=mine,
            lengths=lengths,
            reverse=way == 1,
        )

    def _states(self) -> Sequence[torch.Tensor]:
        return self._hx if isinstance(self._hx, tuple | list) else (self._hx,)


def dense(data: torch.Tensor, batch_sizes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A packed sequence as `[batch, time, units]` in the packed order, and its lengths."""
    packed = torch.nn.utils.rnn.PackedSequence(data, batch_sizes)
    values, lengths = torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    return values, lengths


def _checked(name: str, one: _Direction, part: str, check: bool) -> list[Gate]:
    tolerance = _TOLERANCE.get(one.output.dtype, _COARSE)
    one = _widened(one)
    gates = {"lstm": _lstm, "gru": _gru}.get(name, _plain)(one, name)
    if check:
        steps = slice(-_CHECKED_STEPS, None) if one.reverse else slice(_CHECKED_STEPS)
        again = {"lstm": _lstm_again, "gru": _gru_again}.get(name, _plain_again)(one, gates, steps)
        _compare(again, one, steps, tolerance)
    prefix = f"{part}/" if part and name in ("lstm", "gru") else part
    return [dataclasses.replace(g, part=prefix + g.part) for g in gates]


def _widened(one: _Direction) -> _Direction:
    """The same in at least float32, in which all the sums are made."""
    if one.output.dtype in _TOLERANCE and one.x.dtype == one.weights[0].dtype == one.output.dtype:
        return one
    wide = torch.promote_types(one.output.dtype, torch.float32)
    return dataclasses.replace(
        one,
        x=one.x.to(wide),
        h0=one.h0.to(wide),
        c0=None if one.c0 is None else one.c0.to(wide),
        weights=[w.to(wide) for w in one.weights],
        output=one.output.to(wide),
    )


def _lstm(one: _Direction, _: str) -> list[Gate]:
    inputs, states = one.projected()
    i, f, g, o = (inputs + states).chunk(4, -1)
    named = {"input": i, "forget": f, "cell": g, "output": o}
    return [
        Gate(k, k, "tanh", z, z.tanh()) if k == "cell" else Gate(k, k, "sigmoid", z, z.sigmoid())
        for k, z in named.items()
    ]


def _gru(one: _Direction, _: str) -> list[Gate]:
    inputs, states = one.projected()
    (xr, xz, xn), (hr, hz, hn) = inputs.chunk(3, -1), states.chunk(3, -1)
    reset, update = xr + hr, xz + hz
    opened = reset.sigmoid()
    candidate = xn + opened * hn
    return [
        Gate("update", "update", "sigmoid", update, update.sigmoid()),
        Gate("reset", "reset", "sigmoid", reset, opened),
        Gate("candidate", "candidate", "tanh", candidate, candidate.tanh()),
    ]


def _plain(one: _Direction, name: str) -> list[Gate]:
    z = torch.add(*one.projected())
    relu = "relu" in name
    return [Gate("", None, "relu" if relu else "tanh", z, z.relu() if relu else z.tanh())]


def _lstm_again(one: _Direction, gates: Sequence[Gate], steps: slice) -> torch.Tensor:
    if one.c0 is None:
        raise Unequal("the state of the cell is not known")
    if one.reverse and one.lengths is not None:
        steps = slice(None)  # each sequence begins elsewhere
    i, f, g, o = (gate.after[:, steps] for gate in gates)
    times = range(i.shape[1])
    c, outputs = one.c0, []
    begins = None
    if one.reverse and one.lengths is not None:
        begins = one.lengths.to(i.device) - 1
    for t in reversed(times) if one.reverse else times:
        if begins is not None:
            c = torch.where((begins == t)[:, None], one.c0, c)
        c = f[:, t] * c + i[:, t] * g[:, t]
        outputs.append(o[:, t] * c.tanh())
    h = torch.stack(outputs[::-1] if one.reverse else outputs, 1)
    projection = len(one.weights) - 2 - 2 * one.has_biases
    return torch.nn.functional.linear(h, one.weights[-1]) if projection else h


def _gru_again(one: _Direction, gates: Sequence[Gate], steps: slice) -> torch.Tensor:
    update, _, candidate = (gate.after[:, steps] for gate in gates)
    return (1 - update) * candidate + update * one.previous()[:, steps]


def _plain_again(_: _Direction, gates: Sequence[Gate], steps: slice) -> torch.Tensor:
    return gates[0].after[:, steps]


def _compare(again: torch.Tensor, one: _Direction, steps: slice, tolerance: float) -> None:
    expected = one.output if again.shape[1] == one.output.shape[1] else one.output[:, steps]
    difference = (again - expected).abs()
    if one.lengths is not None:
        times = torch.arange(expected.shape[1], device=expected.device)
        valid = times < one.lengths.to(expected.device)[:, None]
        difference = torch.where(valid[..., None], difference, 0)
    known = difference[torch.isfinite(difference)]
    worst = float(known.max()) if known.numel() else 0.0
    if worst > tolerance:
        raise Unequal(f"recomputed gates give outputs that differ by {worst:.2g}")
