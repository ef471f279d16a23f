"""The recorder, whatever the framework: when to look at a model, what to write, what to say.

A recorder never stops a training: what fails is noted, logged once and shown in the tab as
"not measured", with the reason.
"""

from __future__ import annotations

import dataclasses
import os
import pickle
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tb_deepdebug
from tb_deepdebug.probe import Note, ParameterHealth, Subject
from tb_deepdebug.recorder import memory
from tb_deepdebug.recorder.cost import StepTimes
from tb_deepdebug.recorder.lanes import Lanes
from tb_deepdebug.recorder.live import Live
from tb_deepdebug.recorder.probe import Key, Parts, Probe, gather, merged
from tb_deepdebug.recorder.settings import Settings
from tb_deepdebug.recorder.sink import Sink
from tb_deepdebug.recorder.workers import Alone, Workers
from tb_deepdebug.records import Record, health
from tb_deepdebug.records.activations import Activations
from tb_deepdebug.records.input_gradients import InputGradients, Untrained
from tb_deepdebug.records.recorder_report import RecorderReport
from tb_deepdebug.stats import history
from tb_deepdebug.stats.parameters import HealthHistory


class Recorder:
    """Records a model as it trains: `begin`, then `look` and `health` at steps, then `end`."""

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        settings: Settings,
        workers: Workers | None = None,
    ) -> None:
        self.settings = settings
        self._workers = workers or Alone()
        self.sink = Sink(
            log_dir,
            settings.file_bytes,
            silent=not self._workers.is_chief,
            description=settings.description,
        )
        self._live = Live(self.sink, settings.on_finding) if self._watches else None
        self._subject: Subject | None = None
        self._lanes: Lanes | None = None
        self._probe: Probe | None = None
        self._units: dict[str, history.UnitHistory] = {}
        self._parameters: HealthHistory | None = None
        self._probes = 0
        self._looked: int | None = None  # the step of the last look
        self._looked_back: int | None = None  # and of the last input gradients
        self._both_ways = False
        self._told = 0  # notes in the account as it was last written
        self._began: float | None = None
        self.steps = StepTimes()
        self._should_stop = False

    # -- the course of a training -----------------------------------------------------------

    def begin(
        self,
        subject: Subject | None,
        step: int,
        lanes: Lanes | None = None,
        weights: Callable[[], ParameterHealth] | None = None,
        training: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        """Takes a model in hand, and looks at it before it trains on.

        Args:
          subject: the model and its probe; None where there is no probe.
          step: the updates that the model has seen; 0: it is untrained, the reference.
          lanes: the series that the model reads.
          weights: the health of the parameters where no update is there to be measured.
          training: fields of the setup that the subject does not know: the optimizer's.
        """
        self._subject, self._lanes = subject, lanes
        self._should_stop = False
        self._began = self._began or time.perf_counter()
        if subject is None:
            return
        self._probe = Probe(subject, self.settings, lanes)
        with self.sink.guarded("the model's graph", step):
            graph = subject.graph()
            self._both_ways = memory.reads_both_ways(graph)
            if self.settings.graph:
                self._write("model", graph, step)
            elif self._live is not None:
                self._live.add("model", graph, step)
        if weights is not None and self.settings.health:
            with self.sink.guarded("the weights", step):
                self.health(step, weights())
        self.look(step)
        if self.settings.health and self._workers.is_chief:
            with self.sink.guarded("the training's setup", step):
                known = {"horizon": self.settings.horizon, **training()}
                self._write("setup", dataclasses.replace(subject.setup(), **known), step)

    def is_due(self, before: int, step: int) -> bool:
        """Whether a look came due after `before`, up to `step`."""
        return not self.settings.schedule.epochs and self.settings.schedule.passed(before, step)

    def wants_health(self, step: int, *, last: bool = False) -> bool:
        """Whether the health of the update `step` is recorded."""
        wanted = step % self.settings.health_every == 0 or self.is_due(step - 1, step)
        return self.settings.health and (wanted or last)

    def look(self, step: int) -> None:
        """Runs the probe and writes all there is to say of the model at this step."""
        if self._looked == step or self._probe is None or self._subject is None:
            return
        self._looked = step
        with self.sink.guarded("the probe", step):
            found = self._measured(self._probe, step)
            if self._live is not None:
                for (_, name), record in found.items():
                    self._live.add(name, record, step)
            self.sink.write_all([(name, record) for (_, name), record in found.items()], step)
        if self.settings.health:
            with self.sink.guarded("the loss of the probe", step):
                loss = self._subject.loss()
                if loss is not None:
                    self._write_scalar("deepdebug/probe/loss", loss, step)
        if self._probes % self.settings.gradients_every == 0:
            self._look_back(step)
        for note in [*self._subject.notes(), *self._probe.notes]:
            self.sink.note(note)
        self._probes += 1
        self.report(step)
        self._examine(step)

    def health(self, step: int, measured: ParameterHealth) -> None:
        """Writes what the update `step` did to the parameters."""
        with self.sink.guarded("training health", step):
            record = health.measure(measured, step=step)
            self._parameters = health.follow(self._parameters, record, step)
            self._write("training", dataclasses.replace(record, history=self._parameters), step)

    def end(self, step: int) -> None:
        """The last look; what comes after begins anew."""
        self.look(step)
        self._look_back(step)
        if len(self.sink.notes) > self._told:
            self.report(step)
        if self._live is not None:
            self._live.end(step)
        with self.sink.guarded("closing the log", step):
            self.sink.close()

    # -- parts of a look --------------------------------------------------------------------

    def _measured(self, probe: Probe, step: int) -> dict[Key, Record]:
        """The records of all workers together, with what is known since training began."""
        try:
            mine = probe.measure()
        except Exception:
            self._workers.gather(pickle.dumps({}))  # the others must not wait for ever
            raise
        parts: Parts = {}
        for part in self._workers.gather(pickle.dumps(mine) if self._workers.size > 1 else b""):
            gather(parts, pickle.loads(part) if part else mine)
        found = merged(parts)
        for key, record in found.items():
            if isinstance(record, Activations):
                followed = history.follow(self._units.get(key[1]), record.stats, step)
                self._units[key[1]] = followed
                found[key] = dataclasses.replace(record, history=followed)
        return found

    def _look_back(self, step: int) -> None:
        """What takes a backward pass."""
        subject = self._subject
        if self._looked_back == step or subject is None:
            return
        self._looked_back = step
        if self.settings.health and self._workers.is_chief:
            with self.sink.guarded("gradients of layer outputs", step):
                self._write("outputs", health.measure(None, subject.output_gradients()), step)
        if self.settings.input_gradients:
            self._input_gradients(subject, step)

    def _input_gradients(self, subject: Subject, step: int) -> None:
        with self.sink.guarded("input gradients", step):
            where = self._output_step(subject)
            name, record = memory.curve(subject, self._workers, where)
            self._write(name, record, step)
            if step == 0:
                self._write(name, _untrained(record), step)
        if self.settings.jacobian and self._workers.is_chief:
            with self.sink.guarded("the temporal Jacobian", step):
                rows, mask = self.settings.jacobian, self._mask
                name, matrix = memory.temporal_jacobian(subject, rows, mask)
                self.sink.write(name, matrix, step)

    def _output_step(self, subject: Subject) -> Any:
        if self.settings.output_step is not None:
            return self.settings.output_step
        examples = min(subject.batch, memory.MOST_EXAMPLES)
        return memory.default_step(subject, self._both_ways, self._mask, examples)

    @property
    def _mask(self) -> NDArray[np.bool_] | None:
        return None if self._lanes is None else self._lanes.mask

    # -- what is written is judged too ------------------------------------------------------

    @property
    def _watches(self) -> bool:
        return self.settings.diagnose and self._workers.is_chief

    @property
    def should_stop(self) -> bool:
        """Whether the training should end, as the user asked for with `on_finding="stop"`."""
        return self._should_stop

    def _examine(self, step: int) -> None:
        """The rules over all that is known; workers agree on what follows from it."""
        if self._live is not None:
            self._live.examine(step)
            self._should_stop |= self._live.should_stop
            self._live.should_stop = False
        if self._workers.size > 1 and self.settings.on_finding == "stop":
            with self.sink.guarded("the diagnosis", step):
                parts = self._workers.gather(b"stop" if self._should_stop else b"")
                self._should_stop = b"stop" in parts

    def _write(self, name: str, record: Record, step: int) -> None:
        if self._live is not None:
            self._live.add(name, record, step)
        self.sink.write(name, record, step)

    def _write_scalar(self, tag: str, value: float, step: int) -> None:
        if self._live is not None:
            self._live.scalar(tag, value, step)
        self.sink.write_scalar(tag, value, step)

    # -- the account ------------------------------------------------------------------------

    @property
    def seconds(self) -> float:
        """Seconds that recording has taken so far, what it adds to training steps included."""
        return self.sink.seconds + self.steps.added

    @property
    def training_seconds(self) -> float:
        """Seconds since training began, the recorder's included."""
        return 0.0 if self._began is None else time.perf_counter() - self._began

    @property
    def cost(self) -> str:
        """What the recorder has cost so far, in words."""
        share = self.seconds / max(self.training_seconds, self.seconds, 1e-9)
        return f"{100 * share:.1f} % of training time, {self.sink.bytes_written / 1e6:.1f} MB"

    def report(self, step: int) -> None:
        """Writes the account: cost and notes."""
        self._told = len(self.sink.notes)
        with self.sink.guarded("the recorder's account", step):
            self.sink.write("recorder", self._account(), step)
        if self.settings.progress:
            self.sink.say(f"step {step} recorded, {self.cost}")

    def _account(self) -> RecorderReport:
        return RecorderReport(
            notes=tuple(self.sink.notes),
            settings=self.settings.told(),
            version=tb_deepdebug.__version__,
            seconds=self.seconds,
            training_seconds=self.training_seconds,
            bytes=self.sink.bytes_written,
            probes=self._probes,
        )

    def scalar(self, tag: str, value: Any, step: int) -> None:
        """Writes one point of a standard scalar, such as the loss, for the Scalars tab."""
        with self.sink.guarded(f"the scalar {tag}", step):
            self._write_scalar(tag, float(value), step)

    def note(self, what: str, reason: str, step: int | None = None) -> None:
        """Takes note of something that is not measured."""
        self.sink.note(Note(what, reason, step))


def _untrained(record: InputGradients) -> Untrained:
    fields = {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}
    return Untrained(**fields)
