"""What if this layer had been another one? A fix, tried on the probe batch without any training.

The change is made to the values as they pass through the model, so neither the model nor a copy of
it is touched: no weight is written, and a model that can't be copied is no obstacle.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.change import RECTIFIERS, Change
from tb_deepdebug.findings.finding import Fix
from tb_deepdebug.probe import Subject
from tb_deepdebug.recorder.probe import Key, Parts, Probe, gather, merged
from tb_deepdebug.recorder.settings import settings
from tb_deepdebug.records import Record
from tb_deepdebug.stats.units import UnitStats

FIXES = ("leaky_relu", "bias_shift", "rescale_kernel")
SLOPE = 0.1  # between PyTorch's LeakyReLU (0.01) and Keras's (0.3)
HALF = 0.5  # of a layer's units, from which a symptom is its own (SageMaker Debugger, DeadRelu)
# Where a pre-activation is no sum that a bias or a kernel moves.
_OUT_OF_REACH = ("lstm", "gru", "rnn", "attention", "embed", "bidirectional")


class Adapter(Protocol):
    """What is asked of a framework."""

    def subject(self, model: Any, probe: Any, change: Change | None, **options: Any) -> Subject:
        """The model under the probe, with a change made to what passes through it."""

    def bias(self, model: Any, layer: str) -> NDArray[np.floating] | None:
        """The bias `[U]` of the layer of this name; None where it has none."""


@dataclasses.dataclass(frozen=True)
class Numbers:
    """What is measured of one layer, over all cells of the probe.

    Attributes:
      dead: share of units that are exactly zero in every cell.
      constant: share of units that are not dead, and yet do not vary along time, over the pixels,
        or, of a layer without these, over the examples.
      mean, preactivation_std: of what goes into the activation function; NaN where it has none.
      std: of the activations.
      gradient_rms: of d loss / d activation (without labels: of d sum of outputs); NaN where
        not known.
      nonfinite: cells that are not finite.
    """

    layer: str
    units: int
    dead: float
    constant: float
    std: float
    mean: float = math.nan
    preactivation_std: float = math.nan
    gradient_rms: float = math.nan
    nonfinite: int = 0

    @property
    def symptoms(self) -> tuple[str, ...]:
        """ "not finite", "dead", "constant", "no gradient": what ails the layer."""
        still = self.dead + self.constant
        held = {
            "not finite": self.nonfinite > 0,
            "dead": self.dead >= HALF,
            "constant": still >= HALF and self.constant > 0,
            "no gradient": self.gradient_rms == 0,
        }
        return tuple(name for name, holds in held.items() if holds)


Symptom = tuple[str, str]  # layer, what ails it


@dataclasses.dataclass(frozen=True, eq=False)
class WhatIf:
    """The same model and probe, as it is and with one layer changed.

    Attributes:
      layer, fix: what was changed, and how; `change` in words.
      before, after: numbers of every layer, in the order of the model.
    """

    layer: str
    fix: str
    change: str
    before: tuple[Numbers, ...]
    after: tuple[Numbers, ...]

    @property
    def vanished(self) -> tuple[Symptom, ...]:
        """Symptoms that are gone, in the order of the layers."""
        return _without(self.before, self.after)

    @property
    def remaining(self) -> tuple[Symptom, ...]:
        """Symptoms that the change does not cure."""
        new = set(self.appeared)
        return tuple(one for one in _symptoms(self.after) if one not in new)

    @property
    def appeared(self) -> tuple[Symptom, ...]:
        """Symptoms that the change brings about."""
        return _without(self.after, self.before)

    @property
    def helps(self) -> bool:
        """Whether symptoms vanish and none appears."""
        return bool(self.vanished) and not self.appeared

    def __str__(self) -> str:
        lines = [f"What if {self.change}?", *_table(self.before, self.after)]
        told = {
            "vanished": self.vanished,
            "remaining": self.remaining,
            "appeared": self.appeared,
        }
        for title, symptoms in told.items():
            if symptoms or title == "vanished":
                lines.append(f"{title}: {_listed(symptoms)}")
        return "\n".join(lines)


def what_if(
    model: Any,
    probe: Any,
    layer: str | None,
    fix: Fix | str,
    *,
    amount: float | None = None,
    mask: Any = None,
    labels: Any = None,
    loss: Any = None,
    memory_bytes: int = 512 << 20,
) -> WhatIf:
    """Runs the probe through a model as it is, and with one layer changed.

    It shows what a fix does to the layers that follow from this one, at the weights that there are;
    whether training then goes well, only training tells. The model, its weights, statistics and
    training mode, its optimizer and the random numbers are left as they were.

    Args:
      model: a Keras 3 model on the TensorFlow backend, or a PyTorch module.
      probe: what the model is called with: arrays or tensors, examples first.
      layer: the layer to change, by the name of its record; None: the one that `fix` names.
      fix: of a finding, or "leaky_relu" (in place of ReLU), "bias_shift" (by default every unit's
        pre-activation gets a mean of 0 on the probe), "rescale_kernel" (by default the
        pre-activation gets a standard deviation of 1).
      amount: the slope below zero (0.1), what is added to every bias, or the kernel's factor.
      mask: bool `[batch, time]`, true at valid timesteps; it is not passed to the model.
      labels, loss: for the gradients of the loss, as of a recorder; without them the gradients are
        those of the sum of the outputs.
      memory_bytes: values held at a time; more examples are taken in chunks.

    Raises:
      TypeError, ValueError: the fix can't be tried in this layer; the message gives the rule and
        what came.
    """
    kind, name = _kind(fix), _layer(fix, layer)
    adapter = _adapter(model)
    options = {"mask": mask, "labels": labels, "loss": loss}
    plain = adapter.subject(model, probe, None, **options)
    before = _look(plain, memory_bytes)
    change = _change(kind, name, amount, before, lambda: adapter.bias(model, name))
    after = _look(adapter.subject(model, probe, change, **options), memory_bytes)
    return WhatIf(name, kind, _in_words(kind, change), before.numbers(), after.numbers())


# -- the question ---------------------------------------------------------------------------


def _kind(fix: Fix | str) -> str:
    """Which of `FIXES` is meant."""
    if isinstance(fix, str):
        if fix not in FIXES:
            raise ValueError(f"`fix` must be one of {FIXES}, or a Fix. Received: {fix!r}")
        return fix
    if not isinstance(fix, Fix):
        raise TypeError(f"`fix` must be one of {FIXES}, or a Fix. Received: {fix!r}")
    argument, value = (fix.argument or "").lower(), (fix.value or "").lower()
    if "activation" in argument and "leaky" in value:
        return "leaky_relu"
    if "bias" in argument:
        return "bias_shift"
    if "kernel" in argument or "gain" in argument or "init" in argument:
        return "rescale_kernel"
    raise ValueError(
        "A fix that can be tried without training changes an activation to LeakyReLU, a bias or a "
        f"kernel. Received: argument={fix.argument!r}, value={fix.value!r}"
    )


def _layer(fix: Fix | str, layer: str | None) -> str:
    name = layer if layer is not None or isinstance(fix, str) else fix.layer
    if not isinstance(name, str):
        raise TypeError(f"`layer` must be the name of a layer. Received: {name!r}")
    return name.replace(".", "/")


def _adapter(model: Any) -> Adapter:
    """That of the model's framework, which is imported if there is such a model."""
    keras, torch = sys.modules.get("keras"), sys.modules.get("torch")
    is_keras = keras is not None and isinstance(model, keras.Layer)
    if is_keras and keras is not None and keras.backend.backend() == "tensorflow":
        from tb_deepdebug.keras import what_if as keras_what_if

        return keras_what_if
    if torch is not None and isinstance(model, torch.nn.Module):
        from tb_deepdebug.torch import what_if as torch_what_if

        return torch_what_if
    raise TypeError(
        "`model` must be a Keras 3 model on the TensorFlow backend, or a PyTorch module. "
        f"Received: {type(model).__module__}.{type(model).__qualname__}"
    )


def _change(
    kind: str,
    layer: str,
    amount: float | None,
    look: _Look,
    bias: Callable[[], NDArray[np.floating] | None],
) -> Change:
    """The change that a fix stands for, from what was seen of the layer."""
    function = look.function(layer)
    at: Any = "output" if function is None else "activation"
    if kind == "leaky_relu":
        if function not in RECTIFIERS:
            raise ValueError(
                "LeakyReLU can take the place of a ReLU. "
                f"Received: layer={layer!r}, with the activation {function!r}"
            )
        return Change(layer, at, slope=SLOPE if amount is None else float(amount))
    stats = look.stats(layer, "activations" if at == "output" else "preactivations")
    if kind == "bias_shift":
        return Change(layer, at, shift=-np.nan_to_num(stats.mean) if amount is None else amount)
    std = _std(stats)
    scale = amount if amount is not None else 1 / std if std > 0 else math.nan
    if not math.isfinite(scale):
        raise ValueError(
            "A kernel whose pre-activations do not vary has no scale to be brought to 1: pass "
            f"amount=. Received: layer={layer!r}, standard deviation {std:g}"
        )
    own = bias()
    if own is None or own.shape != stats.mean.shape:
        return Change(layer, at, float(scale))
    return Change(layer, at, float(scale), (1 - scale) * own.astype(np.float64))


def _in_words(kind: str, change: Change) -> str:
    if kind == "leaky_relu":
        return f"{change.layer} had a LeakyReLU of slope {change.slope:g}"
    if kind == "rescale_kernel":
        return f"the kernel of {change.layer} were {change.scale:.3g} times as large"
    low, high = float(np.min(change.shift)), float(np.max(change.shift))
    by = f"{low:+.3g}" if low == high else f"{low:+.3g} to {high:+.3g}"
    return f"the biases of {change.layer} were shifted by {by}"


# -- what is measured -----------------------------------------------------------------------


class _Look:
    """One look at a model: records of every tap, and gradients at every layer's output."""

    def __init__(
        self,
        records: Mapping[Key, Record],
        functions: Mapping[str, str | None],
        gradients: Mapping[str, float],
    ) -> None:
        self._records, self._functions, self._gradients = records, functions, gradients

    def function(self, layer: str) -> str | None:
        """The activation function of a layer, None for none; raises where there is no way in."""
        if layer not in self._functions:
            raise ValueError(f"`layer` must be one of {list(self._functions)}. Received: {layer!r}")
        return self._functions[layer]

    def stats(self, layer: str, kind: str) -> UnitStats:
        """Of a layer's activations or pre-activations."""
        found: Any = self._records[kind, layer]
        stats: UnitStats = found.stats
        return stats

    def numbers(self) -> tuple[Numbers, ...]:
        """Of every layer with activations."""
        return tuple(self._told(name) for kind, name in self._records if kind == "activations")

    def _told(self, name: str) -> Numbers:
        stats = self.stats(name, "activations")
        units = len(stats.count)
        known: dict[str, Any] = {}
        if ("preactivations", name) in self._records:
            before = self.stats(name, "preactivations")
            known = {"mean": _mean(before), "preactivation_std": _std(before)}
        return Numbers(
            layer=name,
            units=units,
            dead=float(stats.is_dead.sum()) / units,
            constant=float(stats.is_constant.sum()) / units,
            std=_std(stats),
            gradient_rms=self._gradients.get(name, math.nan),
            nonfinite=int(stats.nonfinite.sum()),
            **known,
        )


def _look(subject: Subject, memory_bytes: int) -> _Look:
    """Everything but the gates' insides and the pictures."""
    wanted = {"examples": 0, "picture_cells": 0, "gates": False, "memory_bytes": memory_bytes}
    seen = _Seen(subject)
    parts: Parts = {}
    gather(parts, Probe(seen, settings(1, wanted), None).measure())
    functions = {
        name: function
        for name, function in seen.functions.items()
        if ("activations", name) in parts
    }
    found = subject.output_gradients()
    gradients = dict(zip(found.layers, map(float, found.rms), strict=True))
    return _Look(merged(parts), functions, gradients)


class _Seen:
    """A subject that remembers which layers a change can reach, with their functions."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        kinds = {node.name: node.kind.lower() for node in subject.graph().nodes}
        self._closed = {n for n, kind in kinds.items() if any(w in kind for w in _OUT_OF_REACH)}
        self.functions: dict[str, str | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._subject, name)

    def capture(self, start: int, stop: int) -> Iterator[Any]:
        for tapped in self._subject.capture(start, stop):
            tap = tapped.tap
            if tap.gate is None and tap.role == "activation" and tap.layer not in self._closed:
                self.functions[tap.name] = tap.activation
            yield tapped


def _mean(stats: UnitStats) -> float:
    """Over all finite cells of all units."""
    cells = float(stats.count.sum())
    return float(np.nansum(stats.mean * stats.count)) / cells if cells else math.nan


def _std(stats: UnitStats) -> float:
    """Root of the units' mean variance: how far a unit strays from its own mean."""
    cells = float(stats.count.sum())
    return math.sqrt(float(stats.m2.sum()) / cells) if cells else math.nan


# -- the answer -----------------------------------------------------------------------------


def _symptoms(numbers: Sequence[Numbers]) -> list[Symptom]:
    return [(one.layer, symptom) for one in numbers for symptom in one.symptoms]


def _without(some: Sequence[Numbers], others: Sequence[Numbers]) -> tuple[Symptom, ...]:
    known = set(_symptoms(others))
    return tuple(one for one in _symptoms(some) if one not in known)


def _listed(symptoms: Sequence[Symptom]) -> str:
    layers: dict[str, list[str]] = {}
    for layer, what in symptoms:
        layers.setdefault(layer, []).append(what)
    return "; ".join(f"{layer} {', '.join(what)}" for layer, what in layers.items()) or "nothing"


_COLUMNS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("dead", "dead", "{:.0%}".format),
    ("constant", "constant", "{:.0%}".format),
    ("z std", "preactivation_std", "{:.3g}".format),
    ("std", "std", "{:.3g}".format),
    ("gradient", "gradient_rms", "{:.2g}".format),
)


def _table(before: Sequence[Numbers], after: Sequence[Numbers]) -> list[str]:
    """A row a layer, "before > after" a column; one number where they agree."""
    changed = {one.layer: one for one in after}
    rows = [["layer", *(title for title, _, _ in _COLUMNS)]]
    for one in before:
        other = changed.get(one.layer, one)
        cells = [
            _pair(getattr(one, name), getattr(other, name), form) for _, name, form in _COLUMNS
        ]
        rows.append([one.layer, *cells])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _pair(before: float, after: float, form: Callable[[float], str]) -> str:
    one, other = ("-" if math.isnan(v) else form(v) for v in (before, after))
    return one if one == other else f"{one} > {other}"
