"""A run as rules see it: plain arrays over the recorded steps, whoever read or measured them.

The reader makes one out of a log, the recorder out of what it has in memory. Anything may be
missing; a rule that needs what is missing says so with a `NotApplicable`.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.records.recorder_report import Note
from tb_deepdebug.records.setup import Setup

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False)
class Timeline:
    """Numbers and vectors of one record at ascending steps.

    Attributes:
      steps: int64 `[S]`.
      numbers: name -> float64 `[S]`, the series' scalars (`wire.series.SCALARS`); NaN if missing.
      vectors: name -> float64 `[S, N]` (`wire.series.VECTORS`); absent where too long to be kept.
    """

    steps: Steps
    numbers: Mapping[str, Floats]
    vectors: Mapping[str, Floats] = dataclasses.field(default_factory=dict)

    def number(self, name: str) -> Floats:
        """A number over the steps, `[S]`; NaN where it is not known."""
        return self.numbers.get(name, np.full(len(self.steps), np.nan))

    def last(self, name: str) -> float:
        """A number at the last step; NaN where it is not known."""
        values = self.number(name)
        return float(values[-1]) if len(values) else float("nan")


@dataclasses.dataclass(frozen=True, eq=False)
class UnitsAt:
    """Statistics of `U` units at one step, float64 `[U]` each, over `count` valid cells.

    The rows are those of `wire.activations.UNIT_ROWS`: count, nan, negative_infinity,
    positive_infinity, zero, negative, min, max, mean, variance, constant (share of sequences).
    """

    step: int
    rows: Mapping[str, Floats]

    @property
    def nonfinite(self) -> Floats:
        """Valid cells that are not finite, `[U]`."""
        return self.rows["nan"] + self.rows["negative_infinity"] + self.rows["positive_infinity"]

    @property
    def dead(self) -> NDArray[np.bool_]:
        """Units that were exactly zero in every cell."""
        seen = (self.rows["count"] > 0) & (self.nonfinite == 0)
        return seen & (self.rows["min"] == 0) & (self.rows["max"] == 0)


@dataclasses.dataclass(frozen=True, eq=False)
class LayerRecord(Timeline):
    """Activations or pre-activations of one tap.

    Attributes:
      name: of the record: the layer's, or "lstm/forget" for a gate.
      axis: "time", "example" or "space".
      first, last_units: unit statistics at the first and at the last step; None if not readable.
      history: rows of the accumulators of the last step, `[U]` each (`wire.activations.
        HISTORY_ROWS`: steps, steps_dead, first_dead_step, last_dead_step, revived, min, max);
        empty where there is none (pre-activations have none).
      cells: gives the picture of the last step, float64 `[examples, units, columns]`, or None; it
        costs time.

    Vectors of activations, `[S, U]`: unit_zero_fraction, unit_min, unit_max, unit_constant; of
    pre-activations: unit_negative_fraction, and counts `[S, bins]`, the layer's histogram over all
    of `records.preactivations.SERIES_BINS`.
    """

    name: str = ""
    axis: str = "example"
    first: UnitsAt | None = None
    last_units: UnitsAt | None = None
    history: Mapping[str, Floats] = dataclasses.field(default_factory=dict)
    cells: Callable[[], Floats | None] = lambda: None

    @property
    def units(self) -> int:
        """How many."""
        if self.last_units is not None:
            return len(self.last_units.rows["count"])
        values = self.number("units")
        return int(values[-1]) if len(values) and np.isfinite(values[-1]) else 0

    def sample(self) -> int:
        """Valid cells that a unit was measured over at the last step."""
        if self.last_units is not None and self.units:
            return int(self.last_units.rows["count"].min())
        return int(np.nan_to_num(self.last("count")) / max(self.units, 1))


@dataclasses.dataclass(frozen=True, eq=False)
class GatesRecord(Timeline):
    """Gates of one recurrent layer: vectors left_share, right_share `[S, G]` by `names`."""

    names: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """A layer of the net with what was recorded of it, in the order of the graph.

    Attributes:
      name: of the node; of the record where there is no graph.
      node: in the graph; None where there is none.
      role: "hidden", "output" (nothing that is recorded follows), "embedding", "normalisation",
        "dropout", "pooling", "recurrent", "attention", "input" or "other".
      activations, preactivations: of the layer itself (of a recurrent layer its outputs).
      parts: further taps by their short name: gates of a recurrent layer ("forget"), attention.
      gates: of a recurrent layer.
    """

    name: str
    node: Node | None
    role: str
    activations: LayerRecord | None = None
    preactivations: LayerRecord | None = None
    parts: Mapping[str, tuple[LayerRecord | None, LayerRecord | None]] = dataclasses.field(
        default_factory=dict
    )
    gates: GatesRecord | None = None

    @property
    def activation(self) -> str | None:
        """The name of its activation function, lower case, if known."""
        return None if self.node is None or not self.node.activation else self.node.activation

    @property
    def is_relu(self) -> bool:
        """Whether its units pass nothing, and no gradient, below zero."""
        return self.activation in ("relu", "relu6")


@dataclasses.dataclass(frozen=True, eq=False)
class Parameters(Timeline):
    """Health of the parameters at recorded training steps (record "training").

    Attributes:
      names, layers: of the `P` parameters: its own, its layer's (a layer of the graph where known).
      shapes: of each.
      source: "applied", "probe" or "given": whose gradients.
      first, latest: the `stats.parameters.MEASURES` `[P]` at the first (step 0 where recorded: the
        untrained weights, without gradients) and at the last step. Where step 0
        was sampled away `first` holds but its weight_norm and weight_max.
      history: of the last step: gradient_norm_max, gradient_norm_max_step, first_nonfinite_step,
        steps, untrained_norm, untrained_max, `[P]` each.

    Vectors `[S, P]`: gradient_norm, update_ratio, weight_norm, weight_max, gradient_nonfinite,
    weight_nonfinite. Numbers: loss, learning_rate, gradient_norm, weight_norm, update_ratio.
    """

    names: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    source: str = "applied"
    first: Mapping[str, Floats] = dataclasses.field(default_factory=dict)
    latest: Mapping[str, Floats] = dataclasses.field(default_factory=dict)
    history: Mapping[str, Floats] = dataclasses.field(default_factory=dict)

    @property
    def sizes(self) -> Floats:
        """Entries of each parameter, `[P]`."""
        return np.array([float(np.prod(shape)) for shape in self.shapes])

    def vector(self, name: str) -> Floats:
        """A vector over the steps, `[S, P]`; NaN where it is not known."""
        missing = np.full((len(self.steps), len(self.names)), np.nan)
        return self.vectors.get(name, missing)

    def of(self, layer: str) -> NDArray[np.intp]:
        """Places of a layer's parameters."""
        return np.array([i for i, name in enumerate(self.layers) if name == layer], np.intp)


@dataclasses.dataclass(frozen=True, eq=False)
class OutputGradients:
    """RMS of d objective / d output of each layer (record "outputs"), on the probe batch.

    Attributes:
      objective: "loss" or "output".
      layers: `L` names of taps.
      rms: float64 `[S, L]`.
    """

    steps: Steps
    objective: str
    layers: tuple[str, ...]
    rms: Floats


@dataclasses.dataclass(frozen=True, eq=False)
class InputGradients(Timeline):
    """The amnesia numbers of one output (`wire.series.SCALARS["input_gradients"]`).

    Attributes:
      name: of the record: the output's layer.
      untrained: the numbers before training; empty if not recorded.
      bands: name (`stats.amnesia.BANDED`) -> 95 % interval at the last step; empty if unknown.
    """

    name: str = ""
    untrained: Mapping[str, float] = dataclasses.field(default_factory=dict)
    bands: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, eq=False)
class Curve:
    """A scalar over training steps: steps `[S]` ascending, values `[S]`, the tag it is from."""

    tag: str
    steps: Steps
    values: Floats
    wall_times: Floats


@dataclasses.dataclass(frozen=True, eq=False)
class Run:
    """One training run.

    Attributes:
      layers: in the order of the graph, first to last.
      loss: of training, per step; validation: of data not trained on, at training steps. None if
        not recorded.
      scalars: every further standard scalar by tag, of this run and of its validation.
      setup: None if not recorded.
      notes: what the recorder could not measure.
      last_wall_time: of anything recorded, in seconds since the epoch; NaN if nothing is.
    """

    name: str
    layers: tuple[Layer, ...] = ()
    graph: Graph | None = None
    parameters: Parameters | None = None
    output_gradients: OutputGradients | None = None
    input_gradients: tuple[InputGradients, ...] = ()
    loss: Curve | None = None
    validation: Curve | None = None
    scalars: Mapping[str, Curve] = dataclasses.field(default_factory=dict)
    setup: Setup | None = None
    notes: tuple[Note, ...] = ()
    last_wall_time: float = float("nan")

    @functools.cached_property
    def by_name(self) -> dict[str, Layer]:
        """Layers by name."""
        return {layer.name: layer for layer in self.layers}

    @functools.cached_property
    def steps(self) -> Steps:
        """Every step at which something of a layer or a parameter was recorded, ascending."""
        found = [layer.activations.steps for layer in self.layers if layer.activations is not None]
        found += [self.parameters.steps] if self.parameters is not None else []
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    @functools.cached_property
    def last_step(self) -> int:
        """The last training step that anything is known of."""
        curves = [c.steps for c in (self.loss, self.validation) if c is not None and len(c.steps)]
        ends = [int(s[-1]) for s in [self.steps, *curves] if len(s)]
        return max(ends, default=0)

    @functools.cached_property
    def place(self) -> dict[str, int]:
        """A layer's place from the input, by name."""
        return {layer.name: i for i, layer in enumerate(self.layers)}

    def upstream(self, layer: str) -> frozenset[str]:
        """Layers that the layer's output depends on; those before it where there is no graph."""
        return self._reach[0].get(layer, frozenset())

    def downstream(self, layer: str) -> frozenset[str]:
        """Layers that depend on the layer's output; those after it where there is no graph."""
        return self._reach[1].get(layer, frozenset())

    @functools.cached_property
    def _reach(self) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
        if self.graph is None:
            names = [layer.name for layer in self.layers]
            before = {name: frozenset(names[:i]) for i, name in enumerate(names)}
            after = {name: frozenset(names[i + 1 :]) for i, name in enumerate(names)}
            return before, after
        names = [node.name for node in self.graph.nodes]
        edges = self.graph.edges
        up = _closure(len(names), [(b, a) for a, b in edges])
        down = _closure(len(names), edges)
        return (
            {names[i]: frozenset(names[j] for j in up[i]) for i in range(len(names))},
            {names[i]: frozenset(names[j] for j in down[i]) for i in range(len(names))},
        )

    def hidden(self) -> Iterator[Layer]:
        """Layers whose units the rules judge: with activations, and neither output nor input."""
        for layer in self.layers:
            if layer.activations is not None and layer.role not in ("output", "input", "dropout"):
                yield layer


def _closure(count: int, edges: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Everything each node reaches along the edges; cycles are no obstacle."""
    children: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        children[a].append(b)
    found: list[set[int]] = []
    for start in range(count):
        seen: set[int] = set()
        waiting = list(children[start])
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(children[node])
        found.append(seen - {start})
    return found
