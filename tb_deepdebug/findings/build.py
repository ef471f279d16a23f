"""What was recorded of a run -> the run as rules see it. Pure: readers and recorders share it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tb_deepdebug.findings.roles import roles
from tb_deepdebug.findings.view import (
    Curve,
    Floats,
    GatesRecord,
    InputGradients,
    Layer,
    LayerRecord,
    OutputGradients,
    Parameters,
    Run,
    Steps,
    UnitsAt,
)
from tb_deepdebug.records.graph import Graph, Node
from tb_deepdebug.records.recorder_report import Note
from tb_deepdebug.records.setup import Setup

Rows = Mapping[str, Floats]


@dataclasses.dataclass(frozen=True, eq=False)
class Piece:
    """All that was recorded of one kind under one name.

    Attributes:
      steps: int64 `[S]`, ascending; numbers `[S]` and vectors `[S, N]` are the series at them.
      header: of the last frame, as the wire has it; empty if there is none.
      first_rows, last_rows: plane -> row -> values, of the first and of the last frame: "units",
        "history" of layers, "parameters" and "history" of health, "numbers" of input gradients.
      first_step: of `first_rows`.
      cells: see `view.LayerRecord`.
    """

    name: str
    kind: str
    steps: Steps
    numbers: Mapping[str, Floats]
    vectors: Mapping[str, Floats]
    header: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    first_step: int = 0
    first_rows: Mapping[str, Rows] = dataclasses.field(default_factory=dict)
    last_rows: Mapping[str, Rows] = dataclasses.field(default_factory=dict)
    cells: Callable[[], Floats | None] = lambda: None

    @property
    def last_step(self) -> int:
        """The last step; 0 where there is none."""
        return int(self.steps[-1]) if len(self.steps) else 0

    @property
    def timeline(self) -> dict[str, Any]:
        """What every record of a run has."""
        return {"steps": self.steps, "numbers": self.numbers, "vectors": self.vectors}


# Losses of training and of data not trained on, by tag, the best one first: ours, those of Keras'
# callback per batch and per epoch, and what people write by hand.
LOSS_TAGS = (
    "deepdebug/training/loss",
    "batch_loss",
    "loss",
    "train_loss",
    "train/loss",
    "loss/train",
    "Loss/train",
    "training/loss",
    "deepdebug/epoch/loss",
    "epoch_loss",
)
VALIDATION_TAGS = (
    "deepdebug/epoch/val_loss",
    "evaluation_loss_vs_iterations",
    "val_loss",
    "validation_loss",
    "val/loss",
    "loss/val",
    "Loss/val",
    "loss/validation",
    "test_error",
    "test_loss",
    "epoch_val_loss",
)


def build(
    name: str,
    pieces: Iterable[Piece],
    scalars: Mapping[str, Curve] | None = None,
    *,
    graph: Graph | None = None,
    setup: Setup | None = None,
    notes: Sequence[Note] = (),
    last_wall_time: float = float("nan"),
) -> Run:
    """A run out of its records and standard scalars; those of its validation run included."""
    found = {(piece.kind, piece.name): piece for piece in pieces}
    curves = dict(scalars or {})
    gradients = [p for (kind, _), p in sorted(found.items()) if kind == "input_gradients"]
    return Run(
        name=name,
        layers=_layers(found, graph),
        graph=graph,
        parameters=_parameters(found.get(("health", "training")), graph),
        output_gradients=_output_gradients(found.get(("health", "outputs"))),
        input_gradients=tuple(
            _input_gradients(piece, found.get(("untrained", piece.name))) for piece in gradients
        ),
        loss=_first(curves, LOSS_TAGS),
        validation=_first(curves, VALIDATION_TAGS),
        scalars=curves,
        setup=setup,
        notes=tuple(notes),
        last_wall_time=last_wall_time,
    )


def _first(curves: Mapping[str, Curve], tags: Sequence[str]) -> Curve | None:
    return next((curves[tag] for tag in tags if tag in curves and len(curves[tag].steps)), None)


# -- layers ---------------------------------------------------------------------------------


def _layers(found: Mapping[tuple[str, str], Piece], graph: Graph | None) -> tuple[Layer, ...]:
    names = [name for kind, name in found if kind in ("activations", "preactivations")]
    names = list(dict.fromkeys(names))
    layers: list[Layer] = []
    taken: set[str] = set()
    known = zip(graph.nodes, roles(graph), strict=True) if graph is not None else ()
    for node, role in known:
        taps = [tap for tap in node.records if tap in names]
        taken.update(taps)
        layers.append(_layer(node.name, node, role, taps, found))
    for owner, taps in _by_prefix([name for name in names if name not in taken]).items():
        layers.append(_layer(owner, None, "other", taps, found))
    return tuple(layers)


def _by_prefix(names: Sequence[str]) -> dict[str, list[str]]:
    """Records by the layer that they belong to, where no graph tells: "lstm/forget" by "lstm"."""
    known = set(names)
    owners: dict[str, list[str]] = {}
    for name in names:
        stem = name.rpartition("/")[0]
        owners.setdefault(stem if stem in known else name, []).append(name)
    return owners


def _layer(
    name: str,
    node: Node | None,
    its_role: str,
    taps: Sequence[str],
    found: Mapping[tuple[str, str], Piece],
) -> Layer:
    own = name if name in taps else (taps[-1] if taps else name)
    parts = {
        tap.rpartition("/")[2]: (
            _tap(found, "activations", tap),
            _tap(found, "preactivations", tap),
        )
        for tap in taps
        if tap != own
    }
    gates = found.get(("gates", name))
    return Layer(
        name=name,
        node=node,
        role=its_role,
        activations=_tap(found, "activations", own),
        preactivations=_tap(found, "preactivations", own),
        parts=parts,
        gates=None
        if gates is None
        else GatesRecord(**gates.timeline, names=_strings(gates.header.get("gates"))),
    )


def _tap(found: Mapping[tuple[str, str], Piece], kind: str, name: str) -> LayerRecord | None:
    piece = found.get((kind, name))
    if piece is None or not len(piece.steps):
        return None
    first, last = piece.first_rows.get("units"), piece.last_rows.get("units")
    axis = piece.header.get("axis")
    return LayerRecord(
        **piece.timeline,
        name=name,
        axis=axis if isinstance(axis, str) else "example",
        first=None if not first else UnitsAt(piece.first_step, first),
        last_units=None if not last else UnitsAt(piece.last_step, last),
        history=piece.last_rows.get("history", {}),
        cells=piece.cells,
    )


# -- parameters and gradients ---------------------------------------------------------------


def _parameters(piece: Piece | None, graph: Graph | None) -> Parameters | None:
    names = () if piece is None else _strings(piece.header.get("parameters"))
    if piece is None or not names:
        return None
    history = _rows_of(piece.last_rows, "history", len(names))
    first = dict(_rows_of(piece.first_rows, "parameters", len(names)))
    if piece.first_step > 0:  # sampling may have dropped step 0; the accumulators have not
        known = {"weight_norm": "untrained_norm", "weight_max": "untrained_max"}
        first = {row: history[kept] for row, kept in known.items() if kept in history}
    layers = _strings(piece.header.get("layers"))
    nodes = {node.name for node in graph.nodes} if graph is not None else set()
    shapes = piece.header.get("shapes")
    return Parameters(
        steps=piece.steps,
        numbers=piece.numbers,
        vectors={k: v for k, v in piece.vectors.items() if v.shape[1:] == (len(names),)},
        names=names,
        layers=tuple(_owner(layer, nodes) for layer in layers)
        if len(layers) == len(names)
        else tuple(name.rpartition("/")[0] for name in names),
        shapes=tuple(_shape(shape) for shape in shapes)
        if isinstance(shapes, list | tuple) and len(shapes) == len(names)
        else ((),) * len(names),
        source=str(piece.header.get("source", "applied")),
        first=first,
        latest=_rows_of(piece.last_rows, "parameters", len(names)),
        history=history,
    )


def _owner(layer: str, known: set[str]) -> str:
    """The node that a parameter's layer belongs to: "bidirectional/forward_lstm" by its stem."""
    stem = layer
    while stem and stem not in known:
        stem = stem.rpartition("/")[0]
    return stem or layer


def _shape(shape: Any) -> tuple[int, ...]:
    fits = isinstance(shape, list | tuple) and all(isinstance(n, int) for n in shape)
    return tuple(shape) if fits else ()


def _rows_of(planes: Mapping[str, Rows], name: str, count: int) -> Rows:
    return {row: v for row, v in planes.get(name, {}).items() if v.shape == (count,)}


def _output_gradients(piece: Piece | None) -> OutputGradients | None:
    layers = () if piece is None else _strings(piece.header.get("outputs"))
    rms = None if piece is None else piece.vectors.get("output_rms")
    if piece is None or rms is None or not layers or rms.shape[1:] != (len(layers),):
        return None
    objective = str(piece.header.get("objective") or "output")
    return OutputGradients(piece.steps, objective, layers, rms)


def _input_gradients(piece: Piece, untrained: Piece | None) -> InputGradients:
    numbers = piece.last_rows.get("numbers", {})  # each: value, low, high
    before = {} if untrained is None else untrained.numbers
    return InputGradients(
        **piece.timeline,
        name=piece.name,
        untrained={key: float(values[-1]) for key, values in before.items() if len(values)},
        bands={key: (float(v[1]), float(v[2])) for key, v in numbers.items() if len(v) == 3},
    )


def _strings(value: Any) -> tuple[str, ...]:
    fits = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    return tuple(value) if fits else ()
