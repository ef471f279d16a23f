"""What a model predicts of a whole table: made, written, and the chosen rows looked into."""

from __future__ import annotations

import dataclasses
import inspect
import time
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.output_steps import resolve_output_steps
from tb_deepdebug.probe import Subject
from tb_deepdebug.recorder import examples as chosen_examples
from tb_deepdebug.recorder.examples import Chosen
from tb_deepdebug.recorder.examples_asked import Asked
from tb_deepdebug.recorder.recorder import Recorder
from tb_deepdebug.records.predictions import Predictions

# Which output: a task's key or place in what the model gives; None: as of the recorder's own.
Task = str | int | None


class Predictor(Protocol):
    """A model and all the examples of a table. Every method may raise, and is then noted."""

    def predict(self) -> Any:
        """What the model gives in inference mode: `[N, ...]`, units last, or a dict of such."""

    def series(self) -> NDArray[Any] | None:
        """`[N, T, C]`, what the model reads through time; None where that is not one input."""

    def subject(self, rows: NDArray[np.int64], task: Task) -> tuple[Subject, NDArray[np.int64]]:
        """A subject that has these rows among its examples, and their places there."""


def record(recorder: Recorder, predictor: Predictor, what: Asked, step: int) -> None:
    """Writes the table at a step, and what is to be seen of the chosen rows.

    Raises:
      TypeError, ValueError: labels, columns and the like do not fit the predictions.
    """
    sink, known = recorder.sink, len(recorder.sink.notes)
    set_step = recorder.settings.output_step
    if what.output_step is None and isinstance(set_step, int | str):  # not one a probe's example
        what = dataclasses.replace(what, output_step=set_step)
    values, series = what.predictions, what.series
    with sink.guarded(f"the input series of {what.name}", step):
        series = predictor.series() if series is None else series
    with sink.guarded(f"the predictions of {what.name}", step):
        values = _predicted(predictor, what) if values is None else values
    if values is not None:
        for name, task, table in _tables(recorder, what, values, series, step):
            with sink.guarded(f"the predictions of {name}", step):
                sink.write(name, table, step)
            with sink.guarded(f"the chosen examples of {name}", step):
                _look_into(recorder, predictor, what, step, name, task, table)
    if len(sink.notes) > known:
        recorder.report(step)


def _tables(
    recorder: Recorder, what: Asked, values: Any, series: NDArray[Any] | None, step: int
) -> list[tuple[str, Task, Predictions]]:
    """Name, task and record of each table: of every output, and of every question to one."""
    began = time.perf_counter()
    found: list[tuple[str, Task, Predictions]] = []
    try:
        if isinstance(values, Mapping):
            for key, one in values.items():
                labels, more = _of_key(what.labels, key), what.options
                more = {**more, "baseline": _of_key(more.get("baseline"), key)}
                (table,) = _analysed(recorder, what, labels, one, series, more, step).values()
                found.append((f"{what.name}/{key}", key, table))
            return found
        made = _analysed(recorder, what, what.labels, values, series, what.options, step)
        for i, (part, table) in enumerate(made.items()):
            found.append((f"{what.name}/{part}" if part else what.name, i if part else None, table))
        return found
    finally:
        recorder.sink.seconds += time.perf_counter() - began


def _of_key(given: Any, key: str) -> Any:
    """What belongs to one of several outputs. Raises ValueError where nothing does."""
    if given is None:
        return None
    if not isinstance(given, Mapping) or key not in given:
        known = list(given) if isinstance(given, Mapping) else type(given).__name__
        raise ValueError(
            "Labels and baseline of a model with several outputs must be dicts with a key for each "
            f"of them; output_layer= of the recorder chooses one. Received: {known}, not {key!r}"
        )
    return given[key]


def _analysed(
    recorder: Recorder,
    what: Asked,
    labels: Any,
    values: Any,
    series: NDArray[Any] | None,
    options: Mapping[str, Any],
    step: int,
) -> dict[str, Predictions]:
    from tb_deepdebug.analysis import arguments
    from tb_deepdebug.analysis import predictions as analysis

    of_table = set(inspect.signature(arguments.tables).parameters)
    made = arguments.tables(
        labels, values, **{name: one for name, one in options.items() if name in of_table}
    )
    how = {name: one for name, one in options.items() if name not in of_table}
    kept: dict[str, Any] = {"input": series}
    if series is not None:
        kept |= {"mask": what.mask, "timestamps": what.timestamps, "channels": what.channels}
    try:
        return analysis.records(made, **kept, **how)
    except ImportError as error:  # what the table says needs more than the table itself
        recorder.note(f"what the predictions of {what.name} say", str(error), step)
        return analysis.records(made, **kept, **{**how, "analyze": False})


def _predicted(predictor: Predictor, what: Asked) -> Any:
    values = predictor.predict()
    if isinstance(values, Mapping):
        return {key: _of_rows(predictor, what, one, key) for key, one in values.items()}
    return _of_rows(predictor, what, values, None)


def _of_rows(predictor: Predictor, what: Asked, values: NDArray[Any], task: Task) -> Any:
    """One prediction a row: of a series of them, that at the output step; as probabilities."""
    if values.ndim > 2:
        values = _at_step(predictor, what, values, task)
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    wide = values.astype(np.float64)
    if what.activation == "sigmoid":
        return (1 + np.tanh(wide / 2)) / 2  # 1 / (1 + exp(-z)), without overflow
    if what.activation == "softmax":
        powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)
    return wide


def _at_step(predictor: Predictor, what: Asked, values: NDArray[Any], task: Task) -> NDArray[Any]:
    rows = np.arange(len(values))
    subject, _ = predictor.subject(rows[:1], task)
    none = np.empty((len(rows), 0))
    every = Chosen(rows.astype(np.uint32), rows, none, what.mask, output_step=what.output_step)
    where = chosen_examples.output_step(subject, every)
    length = values.shape[1]
    return values[rows, resolve_output_steps(where, len(rows), length, what.mask)]


def _look_into(
    recorder: Recorder,
    predictor: Predictor,
    what: Asked,
    step: int,
    name: str,
    task: Task,
    table: Predictions,
) -> None:
    kept = table.kept
    if kept is None or not what.examples:
        return
    at = chosen_examples.choose(kept, what.examples)
    rows = kept.rows[at]
    subject, places = predictor.subject(rows.astype(np.int64), task)
    per_row = np.ndim(what.output_step) > 0
    chosen = Chosen(
        rows=rows,
        places=places,
        series=kept.input[at],
        mask=None if what.mask is None else what.mask[rows],
        timestamps=None if kept.timestamps is None else kept.timestamps[at],
        channels=kept.channels,
        output_step=what.output_step[rows] if per_row else what.output_step,
    )
    memory_bytes = recorder.settings.memory_bytes
    found = chosen_examples.measure(subject, chosen, recorder.sink, step, memory_bytes)
    if found is not None:
        recorder.sink.write(name, found, step)
