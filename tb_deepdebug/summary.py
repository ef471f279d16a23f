"""WRITE: summary functions to call in a training loop, like `tf.summary.scalar`.

`activations`, `preactivations` and `input_gradients` write through TensorFlow's default summary
writer, eagerly or inside a `tf.function`; their `*_pb` twins return the same `Summary` proto from
NumPy arrays, for `EventWriter` or any other writer, and need no TensorFlow. `gates_pb`, `health_pb`
and `jacobian_pb` give what else a recorder writes, for a training loop without one. `predictions`
writes a table of predictions with what it says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from tensorboard.compat.proto import summary_pb2

from tb_deepdebug.records import Record
from tb_deepdebug.records import activations as _activations
from tb_deepdebug.records import gates as _gates
from tb_deepdebug.records import health as _health
from tb_deepdebug.records import input_gradients as _input_gradients
from tb_deepdebug.records import jacobian as _jacobian
from tb_deepdebug.records import preactivations as _preactivations
from tb_deepdebug.records.predictions import Task
from tb_deepdebug.wire import summary as _wire

__all__ = [
    "activations",
    "activations_pb",
    "gates_pb",
    "health_pb",
    "input_gradients",
    "input_gradients_pb",
    "jacobian_pb",
    "preactivations",
    "preactivations_pb",
    "predictions",
    "predictions_pb",
]


@dataclasses.dataclass(frozen=True)
class Call:
    """One call of a summary function, but for its arrays.

    Attributes:
      kind: the module of the record's kind, with its `check` and `measure_checked`.
      options: the arguments that are no arrays.
      description: shown with the data: as text here, as Markdown in TensorBoard's own tabs.
    """

    kind: ModuleType
    options: Mapping[str, Any]
    description: str | None

    def __post_init__(self) -> None:
        _check_description(self.description)

    def check(self, **arrays: Any) -> Any:
        """What there is to measure. Raises TypeError or ValueError."""
        return self.kind.check(**arrays, **self.options)

    def build(self, tag: str, **arrays: Any) -> summary_pb2.Summary:
        """The proto to write."""
        return _wire.encode(tag, self.kind.measure_checked(self.check(**arrays)), self.description)


def activations_pb(
    name: str,
    data: Any,
    *,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    timestamps: Any = None,
    input: Any = None,
    input_channels: Sequence[str] | None = None,
    examples: int | None = None,
    description: str | None = None,
) -> summary_pb2.Summary:
    """What `activations` writes, as a proto; the arguments are the same."""
    options = {
        "unit_axis": unit_axis,
        "channels": channels,
        "input_channels": input_channels,
        "examples": examples,
    }
    call = Call(_activations, options, description)
    return call.build(_checked(name), data=data, mask=mask, timestamps=timestamps, input=input)


def preactivations_pb(
    name: str,
    data: Any,
    *,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    description: str | None = None,
) -> summary_pb2.Summary:
    """What `preactivations` writes, as a proto; the arguments are the same."""
    call = Call(_preactivations, {"unit_axis": unit_axis, "channels": channels}, description)
    return call.build(_checked(name), data=data, mask=mask)


def input_gradients_pb(
    name: str,
    gradients: Any,
    *,
    output_step: Any,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    reductions: Sequence[str] = ("log_mean",),
    description: str | None = None,
) -> summary_pb2.Summary:
    """What `input_gradients` writes, as a proto; the arguments are the same."""
    options = {"unit_axis": unit_axis, "channels": channels, "reductions": reductions}
    call = Call(_input_gradients, options, description)
    return call.build(_checked(name), gradients=gradients, output_step=output_step, mask=mask)


def gates_pb(
    name: str,
    gates: Mapping[str, Any],
    *,
    mask: Any = None,
    description: str | None = None,
) -> summary_pb2.Summary:
    """How often the gates of a recurrent layer are shut (below 0.1) or wide open (above 0.9).

    Args:
      name: the layer's name.
      gates: name ("input", "forget", "output", "update", "reset") -> `[batch, time, units]`, what
        came out of the gate's sigmoid.
      mask: `[batch, time]`, true where valid.
      description: shown with the data: as text here, as Markdown in TensorBoard's own tabs.

    Raises:
      TypeError, ValueError: wrong arguments; the message gives the rule and what came.
    """
    return _proto(name, _gates.measure(gates, mask=mask), description)


def health_pb(
    name: str,
    parameters: Mapping[str, Any],
    *,
    loss: float = float("nan"),
    learning_rate: float = float("nan"),
    layers: Sequence[str] | None = None,
    description: str | None = None,
) -> summary_pb2.Summary:
    """Training health at one step: norms and histograms of every weight and its gradient.

    Also stores the scalars `deepdebug/<name>/gradient_norm`, `update_ratio`, `learning_rate` and
    `loss`, those that are known.

    Args:
      name: "training", unless a run has several optimizers.
      parameters: name -> a tuple of the parameter, its gradient (or None) and, if known, what the
        optimizer added to it; or the parameter alone. Arrays of any float dtype and of one shape.
      loss, learning_rate: of this step, if known.
      layers: the name of each parameter's layer; by default the part of its name before the last
        "/" or ".".
      description: shown with the data: as text here, as Markdown in TensorBoard's own tabs.

    Raises:
      TypeError, ValueError: wrong arguments; the message gives the rule and what came.
    """
    known = _health.from_arrays(
        tuple(parameters),
        *_columns(parameters),
        layers=layers,
        loss=loss,
        learning_rate=learning_rate,
    )
    return _proto(name, _health.measure(known), description)


def _columns(parameters: Mapping[str, Any]) -> list[list[Any]]:
    """Weights, gradients and updates of parameters that come as tuples of up to three arrays."""
    if not parameters:
        raise ValueError("`parameters` must be at least one parameter by name. Received: none")
    rows = []
    for name, given in parameters.items():
        parts = given if isinstance(given, tuple) else (given,)
        if not 1 <= len(parts) <= 3:
            raise ValueError(
                f"`parameters[{name!r}]` must be (parameter, gradient, update), of which the last "
                f"two may be left out. Received: {len(parts)} parts"
            )
        rows.append((*parts, None, None)[:3])
    return [list(column) for column in zip(*rows, strict=True)]


def jacobian_pb(
    name: str,
    jacobian: Any,
    *,
    output_steps: Sequence[int],
    mask: Any = None,
    description: str | None = None,
) -> summary_pb2.Summary:
    """The temporal Jacobian: how much each of some output steps looks at each input timestep.

    Stores, for each output step, log10 of the geometric mean over examples of the gradient's L2
    norm over channels, which places hold nothing and why, and the amnesia ratio.

    Args:
      name: the output's name, as in `input_gradients`.
      jacobian: `[batch, K, time, channels]`, d output at `output_steps[k]` / d input.
      output_steps: `K` different timesteps of the input; negative ones count from the end.
      mask: `[batch, time]`, true where valid.
      description: shown with the data: as text here, as Markdown in TensorBoard's own tabs.

    Raises:
      TypeError, ValueError: wrong arguments; the message gives the rule and what came.
    """
    measured = _jacobian.measure(jacobian, output_steps=output_steps, mask=mask)
    return _proto(name, measured, description)


def predictions_pb(
    name: str,
    labels: Any,
    predictions: Any,
    *,
    baseline: Any = None,
    groups: Any = None,
    times: Any = None,
    columns: Any = None,
    input: Any = None,
    mask: Any = None,
    timestamps: Any = None,
    channels: Sequence[str] | None = None,
    kept: int | Sequence[int] | None = None,
    task: Task | None = None,
    classes: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
    group_column: str = "group",
    strata: Sequence[str] = (),
    edges: Mapping[str, Sequence[float]] | None = None,
    patterns: Sequence[str] = (),
    resamples: int = 1000,
    seed: int = 0,
    analyze: bool = True,
    description: str | None = None,
) -> summary_pb2.Summary:
    """What `predictions` writes, as a proto; the arguments are the same."""
    from tb_deepdebug.analysis import arguments
    from tb_deepdebug.analysis import predictions as _predictions

    _check_description(description)
    tables = arguments.tables(
        labels,
        predictions,
        baseline=baseline,
        groups=groups,
        times=times,
        columns=columns,
        task=task,
        classes=classes,
        tasks=tasks,
        group_column=group_column,
    )
    records = _predictions.records(
        tables,
        input=input,
        mask=mask,
        timestamps=timestamps,
        channels=channels,
        kept=kept,
        analyze=analyze,
        strata=strata,
        edges=edges,
        patterns=patterns,
        resamples=resamples,
        seed=seed,
    )
    stem, summary = _checked(name), summary_pb2.Summary()
    for part, record in records.items():
        whole = f"{stem}/{part}" if part else stem
        summary.MergeFrom(_wire.encode(whole, record, description))
    return summary


def activations(
    name: str,
    data: Any,
    step: Any = None,
    *,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    timestamps: Any = None,
    input: Any = None,
    input_channels: Sequence[str] | None = None,
    examples: int | None = None,
    description: str | None = None,
) -> Any:
    """Writes the activations of one layer to the default summary writer.

    Stores exact statistics per unit over every valid cell of the whole batch, the picture of the
    first examples (quantised per unit; the error is at most (high - low) / 500, up to rounding),
    and the scalar `deepdebug/<name>/dead_fraction`.

    Args:
      name: the layer's name.
      data: `[batch, time, units]`, `[batch, units]` or `[batch, height, width, units]`, any float.
      step: the training step; TensorFlow's default step if None.
      mask: `[batch, time]` (`[batch]`, `[batch, height, width]`), true where valid. Masked cells
        are left out of every statistic.
      unit_axis: the axis of the units.
      channels: a name per unit.
      timestamps: `[batch, time]` or `[time]`, the place of each timestep on the time axis, in
        seconds since any epoch. By default the axis counts timesteps.
      input: `[batch, time]` or `[batch, time, channels]`, the series the net reads, drawn above
        the picture on the same axis: as long as `data`, so pool it where the layer pools.
      input_channels: a name per channel of `input`.
      examples: how many examples are pictured; 1 by default (for `[batch, units]`, where the
        examples are the columns, 256). 0 keeps the statistics alone.
      description: shown with the data: as text here, as Markdown in TensorBoard's own tabs.

    Returns:
      True if written, as a bool or, inside a `tf.function`, a tensor.

    Raises:
      TypeError, ValueError: wrong arguments; the message gives the rule and what came. Inside a
        `tf.function`, what only the values tell is found when it runs, as TensorFlow's
        InvalidArgumentError.
    """
    options = {
        "unit_axis": unit_axis,
        "channels": channels,
        "input_channels": input_channels,
        "examples": examples,
    }
    arrays = {"data": data, "mask": mask, "timestamps": timestamps, "input": input}
    return _write(Call(_activations, options, description), name, step, arrays)


def preactivations(
    name: str,
    data: Any,
    step: Any = None,
    *,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    description: str | None = None,
) -> Any:
    """Writes the pre-activations of one layer to the default summary writer.

    Stores a log-scale histogram of the layer and one per unit (fixed edges, so that they can be
    merged), exact statistics per unit with the exact share below zero, the scalar
    `deepdebug/<name>/negative_fraction` and a histogram for the Histograms tab.

    Arguments, result and errors are those of `activations`.
    """
    options = {"unit_axis": unit_axis, "channels": channels}
    arrays = {"data": data, "mask": mask}
    return _write(Call(_preactivations, options, description), name, step, arrays)


def input_gradients(
    name: str,
    gradients: Any,
    step: Any = None,
    *,
    output_step: Any,
    mask: Any = None,
    unit_axis: int = -1,
    channels: Sequence[str] | None = None,
    reductions: Sequence[str] = ("log_mean",),
    description: str | None = None,
) -> Any:
    """Writes d output / d input_t, reduced over examples, to the default summary writer.

    Stores the curve per channel and combined (L2 over channels per example, then the reduction)
    with a bootstrap band over examples, the number of examples at each timestep, which places hold
    nothing and why, and the scalar `deepdebug/<name>/amnesia_ratio`.

    Args:
      name: the output's name.
      gradients: `[batch, time, channels]`, one gradient per example: that of the *sum* of the
        examples' logits. (The gradient of their mean is smaller by the batch size, so that runs
        of different batch sizes can't be compared.) `tb_deepdebug.input_gradients` computes it.
      step: the training step; TensorFlow's default step if None.
      output_step: the timestep of the output that was differentiated: an integer, or one per
        example, or "last", the last that `mask` leaves valid. Where they differ, the examples are
        moved to a common output step, so that they are averaged by lag.
      mask: `[batch, time]`, true where valid.
      unit_axis: the axis of the channels.
      channels: a name per channel.
      reductions: out of "log_mean" (always stored), "mean", "rms", "signed_mean" (with the
        cancellation ratio).
      description: shown with the data: as text here, as Markdown in TensorBoard's own tabs.

    Returns:
      True if written, as a bool or, inside a `tf.function`, a tensor.

    Raises:
      TypeError, ValueError: wrong arguments; the message gives the rule and what came. Inside a
        `tf.function`, what only the values tell is found when it runs, as TensorFlow's
        InvalidArgumentError.
    """
    options: dict[str, Any] = {
        "unit_axis": unit_axis,
        "channels": channels,
        "reductions": reductions,
    }
    arrays = {"gradients": gradients, "mask": mask}
    if isinstance(output_step, str | int | np.integer):
        options["output_step"] = output_step
    else:
        arrays["output_step"] = output_step
    return _write(Call(_input_gradients, options, description), name, step, arrays)


def predictions(
    name: str,
    labels: Any,
    predictions: Any,
    step: Any = None,
    *,
    baseline: Any = None,
    groups: Any = None,
    times: Any = None,
    columns: Any = None,
    input: Any = None,
    mask: Any = None,
    timestamps: Any = None,
    channels: Sequence[str] | None = None,
    kept: int | Sequence[int] | None = None,
    task: Task | None = None,
    classes: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
    group_column: str = "group",
    strata: Sequence[str] = (),
    edges: Mapping[str, Sequence[float]] | None = None,
    patterns: Sequence[str] = (),
    resamples: int = 1000,
    seed: int = 0,
    analyze: bool = True,
    description: str | None = None,
) -> bool:
    """Writes a table of predictions, one row each, and what it says to the default summary writer.

    Stores every row, metrics with intervals over users, strata, weak slices and loss patterns (see
    docs/predictions.md), and the metrics as scalars `deepdebug/<name>/auroc` and the like.

    Args:
      name: the question's name.
      labels, predictions, baseline, groups, times, columns, task, classes, tasks, group_column,
        strata, edges, patterns, resamples, seed: as of `tb_deepdebug.analyze_predictions`. Each of
        `tasks` becomes a record of its own, `<name>/<task>`.
      step: the training step; TensorFlow's default step if None.
      input: `[N, time]` or `[N, time, channels]`, the series the net read. That of few rows is
        kept: top losses (false positives and false negatives), top wins, and a random rest, at
        most 16 MiB.
      mask: `[N, time]`, true where valid; the rest is kept as NaN.
      timestamps: `[N, time]` or `[time]`, in seconds.
      channels: a name per channel.
      kept: how many rows' input is kept (24 by default), or which.
      analyze: False stores the rows alone.
      description: shown with the data: as text here, as Markdown in TensorBoard's own tabs.

    Returns:
      True if written.

    Raises:
      TypeError, ValueError: wrong arguments; the message gives the rule and what came. TypeError
        inside a `tf.function`: a table is of many batches, and there is one at a time.
    """
    from tb_deepdebug import tf_summary

    options: dict[str, Any] = {
        "baseline": baseline,
        "groups": groups,
        "times": times,
        "columns": columns,
        "input": input,
        "mask": mask,
        "timestamps": timestamps,
        "channels": channels,
        "kept": kept,
        "task": task,
        "classes": classes,
        "tasks": tasks,
        "group_column": group_column,
        "strata": strata,
        "edges": edges,
        "patterns": patterns,
        "resamples": resamples,
        "seed": seed,
        "analyze": analyze,
        "description": description,
    }

    def build(tag: str) -> summary_pb2.Summary:
        return predictions_pb(tag, labels, predictions, **options)

    return tf_summary.write_eagerly(build, _checked(name), step)


def _checked(name: str) -> str:
    if not isinstance(name, str) or not name:
        raise ValueError(f"`name` must be a string, not empty. Received: name={name!r}")
    return name


def _check_description(description: str | None) -> None:
    if description is not None and not isinstance(description, str):
        raise TypeError(f"`description` must be a string. Received: description={description!r}")


def _proto(name: str, record: Record, description: str | None) -> summary_pb2.Summary:
    """The proto of a record, its name and description checked."""
    _check_description(description)
    return _wire.encode(_checked(name), record, description)


def _write(call: Call, name: str, step: Any, arrays: Mapping[str, Any]) -> Any:
    """Builds the proto and writes it, in whichever mode TensorFlow is."""
    from tb_deepdebug import tf_summary

    return tf_summary.write(call, _checked(name), step, arrays)
