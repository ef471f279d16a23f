"""The recorder for Keras: `model.fit(..., callbacks=[DeepDebug("logs/run1", probe=x[:64])])`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Literal

import keras
import numpy as np

from tb_deepdebug.findings.finding import Finding
from tb_deepdebug.keras import first_batch as keras_first_batch
from tb_deepdebug.keras import probe as keras_probe
from tb_deepdebug.keras import setup as keras_setup
from tb_deepdebug.keras.health import FitHealth
from tb_deepdebug.keras.health_loops import given_health, probe_health
from tb_deepdebug.keras.predictions import KerasPredictor, series_read
from tb_deepdebug.keras.probe import ProbeBatch
from tb_deepdebug.keras.subject import KerasSubject
from tb_deepdebug.probe import ParameterHealth
from tb_deepdebug.recorder import examples_asked, examples_table
from tb_deepdebug.recorder.lanes import Lanes
from tb_deepdebug.recorder.recorder import Recorder
from tb_deepdebug.recorder.settings import settings
from tb_deepdebug.recorder.workers import Workers

__all__ = ["DeepDebug"]


class DeepDebug(keras.callbacks.Callback):
    """Records every layer of a model while it trains, for the DeepDebug tab of TensorBoard.

    As a callback of `fit`, beside `keras.callbacks.TensorBoard` if you like: both write to
    `<log_dir>/train`, and steps count training batches in both (`batch_loss` and its kin). In a
    loop of your own, eager or inside a `tf.function`:

        debug = DeepDebug("logs/run1", probe=x_val[:64], model=model)
        for step in range(1000):
            gradients = train_step(...)
            debug.step(step + 1, gradients=gradients)
        debug.close()

    Step 0 is the untrained model, step n the model after n updates. The probe runs the model as in
    inference (`training=False`) and never changes it. Whatever can't be measured is noted, logged
    once and shown in the tab; nothing here stops a training, unless `on_finding="stop"`
    asks for it.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        probe: Any = None,
        *,
        every: Any = 100,
        layers: Any = None,
        labels: Any = None,
        mask: Any = None,
        channels: Sequence[str] | None = None,
        timestamps: Any = None,
        series: Any = None,
        loss: Any = None,
        output_layer: Any = None,
        output_index: int = 0,
        output_step: Any = None,
        wrt: Any = None,
        jacobian: int = 0,
        horizon: int | None = None,
        examples: int = 3,
        health_every: int = 10,
        gradients_every: int = 10,
        write_activations: bool = True,
        write_preactivations: bool = True,
        write_gates: bool = True,
        write_health: bool = True,
        write_input_gradients: bool = True,
        write_graph: bool = True,
        picture_cells: int = 2 << 20,
        memory_bytes: int = 512 << 20,
        file_bytes: int = 64 << 20,
        diagnose: bool = True,
        on_finding: Callable[[Finding], Any] | Literal["stop"] | None = None,
        progress: bool = False,
        description: str | None = None,
        model: Any = None,
        workers: Workers | None = None,
    ) -> None:
        """Checks the arguments; nothing is written before training begins.

        Args:
          log_dir: as of `keras.callbacks.TensorBoard`.
          probe: the examples that every look is taken at: an array, a dict or list of inputs, or a
            dataset, of which the first examples are taken. None: the first batch seen.
          every: look at the model every so many steps, more often at first; or "epoch"; or a
            function of the step that says when.
          layers: which layers: names, patterns ("encoder/*"), classes, functions of the layer, or
            a list of these. None: all.
          labels: of the probe's examples, for its loss, and its gradient at every layer's output;
            without them it is the gradient of the sum of the outputs.
          mask: bool `[batch, time]` of the probe, true where valid.
          channels: a name per channel of the input series.
          timestamps: `[batch, time]` or `[time]`, the place of each timestep on the time axis, in
            seconds since any epoch.
          series: `[batch, time, channels]`, what is drawn above the pictures in place of the series
            that the model reads, such as the same before it was scaled.
          loss: a function (labels, outputs) -> scalar where the model is not compiled with one.
          output_layer, output_index: the layer and the unit whose value is differentiated with
            respect to the input; the model's only output by default.
          output_step: the timestep of the output that is differentiated. None: the last valid one;
            the middle of the valid ones where the net reads both ways.
          wrt: the input to differentiate by, where several are series.
          jacobian: also at so many output steps, together: output step by input timestep.
          horizon: how many timesteps back the output has to look: a net that has forgotten by then
            is an alarm.
          examples: how many examples are pictured, within `picture_cells`.
          health_every: the health of gradients and weights is recorded every so many steps.
          gradients_every: input gradients, the costliest part, are taken with every so many looks.
          write_activations, write_preactivations, write_gates, write_health,
          write_input_gradients, write_graph: what is written at all.
          picture_cells: cells pictured in one look, over all layers; a layer that finds no room is
            recorded without a picture.
          memory_bytes: values held at a time; more examples are taken in chunks.
          file_bytes: an event file that has passed this size is followed by a new one.
          diagnose: apply the rules as training goes on, and say on standard error, once, what is
            wrong.
          on_finding: a function that is called with each `Finding` that is said; or "stop", which
            ends `fit`, and sets `should_stop` for a loop of your own, at one that is an ERROR or
            worse.
          progress: a line on standard error after each look.
          description: shown with the data.
          model: for a loop of your own; `fit` tells its callbacks.
          workers: the other processes of the training, `tb_deepdebug.keras.workers.Workers()`.

        Raises:
          TypeError, ValueError: wrong arguments; the message gives the rule and what came.
          NotImplementedError: Keras runs on another backend than TensorFlow.
        """
        super().__init__()
        if keras.backend.backend() != "tensorflow":
            raise NotImplementedError(
                "tb_deepdebug.keras needs Keras on its TensorFlow backend. "
                f"Received: backend={keras.backend.backend()!r}"
            )
        options = {
            "jacobian": jacobian,
            "horizon": horizon,
            "examples": examples,
            "health_every": health_every,
            "gradients_every": gradients_every,
            "output_step": output_step,
            "picture_cells": picture_cells,
            "memory_bytes": memory_bytes,
            "file_bytes": file_bytes,
            "activations": write_activations,
            "preactivations": write_preactivations,
            "gates": write_gates,
            "health": write_health,
            "input_gradients": write_input_gradients,
            "graph": write_graph,
            "diagnose": diagnose,
            "on_finding": on_finding,
            "progress": progress,
            "description": description,
        }
        # Of a fit, beside what `keras.callbacks.TensorBoard` writes.
        folder = os.path.join(os.fspath(log_dir), *([] if model is not None else ["train"]))
        self._recorder = Recorder(folder, settings(every, options), workers)
        self._given = (probe, labels, mask)
        self._batch: ProbeBatch | None = None
        if probe is not None and not keras_probe.is_dataset(probe):
            self._batch = keras_probe.given(probe, labels, mask)
        self._asked = {
            "layers": layers,
            "loss": loss,
            "output_layer": output_layer,
            "output_index": output_index,
            "wrt": wrt,
            "gates": write_gates,
            "channels": channels,
        }
        self._timestamps = None if timestamps is None else np.asarray(timestamps)
        self._series = None if series is None else np.asarray(series)
        self._subject: KerasSubject | None = None
        self._predictor: KerasPredictor | None = None  # of the table written last
        self._health: FitHealth | None = None
        self._before: list[Any] | None = None  # the weights, where each update is measured
        self._begun = False
        self._watched = False  # the health of the batch that is being trained on
        self._step = 0
        self._last = 0  # the step that ends the training, where that is known beforehand
        self._epochs = 0
        self._batch_size: int | None = None  # where a batch was seen
        if model is not None:
            self.set_model(model)
            self._check(model)

    # -- fit --------------------------------------------------------------------------------

    def on_train_begin(self, logs: Any = None) -> None:
        """Looks at the model before its first update."""
        with self._recorder.sink.guarded("the model"):
            self._step = _updates(self.model)
            self._last = self._step + _planned(self.params)
            self._begun = False
            self._epochs = 0
            if self._given[0] is not None or not keras_first_batch.can_peek(self.model):
                self._begin()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Arranges for what this batch is to show."""
        with self._recorder.sink.guarded("training health", self._step):
            if not self._begun:
                keras_first_batch.peek(self.model, self._see)
            else:
                self._watch()
        self._recorder.steps.begin()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Records what is due after this batch."""
        self._recorder.steps.end(self._watched)
        with self._recorder.sink.guarded("training health", self._step):
            before, self._step = self._step, self._step + _taken(self.model)
            measured = self._fitted_health(logs) if self._watched else None
            if measured is not None:
                self._recorder.health(self._step, measured)
            if self._recorder.is_due(before, self._step):
                self._recorder.look(self._step)
                self._stop_if_asked()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Records what is due after an epoch, and what Keras says of it."""
        self._epochs += 1
        when = self._recorder.settings.schedule
        if self._recorder.settings.health:
            for name, value in (logs or {}).items():
                self._recorder.scalar(f"deepdebug/epoch/{name}", value, self._step)
        with self._recorder.sink.guarded("the probe", self._step):
            if when.epochs and when.is_due(self._epochs):
                self._recorder.look(self._step)
                self._stop_if_asked()

    def on_train_end(self, logs: Any = None) -> None:
        """Looks at the model as it is left."""
        self.close()

    # -- loops of one's own -----------------------------------------------------------------

    def step(self, step: Any, *, gradients: Any = None, loss: Any = None) -> None:
        """Tells that the model has had its update number `step`; records what is due.

        Args:
          step: how many updates the model has had, an integer or, inside a `tf.function`, a tensor.
          gradients: those of the update, in the order of `model.trainable_variables`; without
            them, training health is that of the loss on the probe batch, if there are labels.
          loss: of the update.
        """
        from tb_deepdebug.keras import fit as keras_fit

        keras_fit.in_graph(self._stepped, step, gradients, loss)

    def record(self, step: int) -> None:
        """Looks at the model now, whatever the schedule says."""
        with self._recorder.sink.guarded("the probe", int(step)):
            self._step = int(step)
            self._begin()
            self._recorder.look(self._step)

    def close(self) -> None:
        """The last look; the log is closed. A step after it begins anew."""
        with self._recorder.sink.guarded("the end of training", self._step):
            if self._health is not None:
                self._health.close()
                self._health = None
        self._recorder.end(self._step)
        self._begun = False

    def predictions(
        self,
        name: str,
        x: Any,
        labels: Any,
        *,
        predictions: Any = None,
        activation: Literal["sigmoid", "softmax"] | None = None,
        mask: Any = None,
        series: Any = None,
        timestamps: Any = None,
        channels: Sequence[str] | None = None,
        step: int | None = None,
        examples: int = 12,
        output_step: Any = None,
        batch_size: int | None = None,
        **options: Any,
    ) -> None:
        """Writes what the model predicts of a whole table, and looks into its worst and best rows.

        Of the chosen rows every layer's units and the gradient of the output by every timestep of
        the input are kept: click an error in the tab to see them. Call it before, after or in the
        middle of `fit`, as from `keras.callbacks.LambdaCallback(on_epoch_end=...)`.

        Args:
          name: of the table in the tab.
          x: the examples, as `model.predict` takes them: an array, or a dict or list of arrays.
          labels: `[N]`, see `tb_deepdebug.summary.predictions`.
          predictions: made already; by default the model is run, in inference mode.
          activation: what makes probabilities of the model's outputs, where these are logits.
          mask: bool `[N, time]`, true where valid.
          series: `[N, time, channels]`, what is drawn in place of the series that the model reads.
          timestamps: `[N, time]` or `[time]`, in seconds since any epoch.
          channels: a name per channel of the series; by default the recorder's.
          step: updates that the model has had; by default what was counted.
          examples: rows that are looked into, at most, of those whose input is kept.
          output_step: which timestep's output is predicted and differentiated: an integer, "last"
            or one a row; by default as in the recorder's own input gradients.
          batch_size: of `model.predict`.
          options: `baseline`, `groups`, `times`, `columns`, `patterns` and all else that
            `tb_deepdebug.summary.predictions` takes.

        Raises:
          TypeError, ValueError: wrong arguments. What can't be measured is a note.
        """
        if self.model is None:
            raise ValueError("`predictions` needs a model: pass model=, or call `fit` first")
        if self._predictor is None or not self._predictor.is_of(self.model, x, mask):
            self._predictor = KerasPredictor(self.model, x, mask, self._asked)
        self._predictor.batch_size = batch_size
        asked = examples_asked.asked(
            name,
            labels,
            predictions,
            rows=self._predictor.rows,
            activation=activation,
            examples=examples,
            output_step=output_step,
            mask=mask,
            series=series,
            timestamps=timestamps,
            channels=self._asked["channels"] if channels is None else channels,
            options=options,
        )
        at = (self._step or _updates(self.model)) if step is None else int(step)
        examples_table.record(self._recorder, self._predictor, asked, at)
        if not self._begun:
            self._recorder.sink.close()

    def scalar(self, tag: str, value: Any, step: int) -> None:
        """Writes one point of a standard scalar, such as the loss, for the Scalars tab."""
        self._recorder.scalar(tag, value, step)

    def __enter__(self) -> DeepDebug:
        """Looks at the model before its first update, where it is known."""
        if self.model is not None:
            self.on_train_begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def should_stop(self) -> bool:
        """Whether a loop of your own should end, as `on_finding="stop"` asked for."""
        return self._recorder.should_stop

    @property
    def cost(self) -> str:
        """What recording has cost so far: "1.8 % of training time, 41.0 MB"."""
        return self._recorder.cost

    # -- inside -----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Takes the model in hand, once a probe is known."""
        if self._begun:
            return
        self._begun = True
        sink = self._recorder.sink
        with sink.guarded("the model", self._step):
            probe, labels, mask = self._given
            if self._batch is None and probe is not None:
                self._batch = keras_probe.of_dataset(probe, labels, mask)
            if self._batch is None:
                self._recorder.note("layers", "there is no probe batch: pass probe=")
            else:
                self._subject = self._take(self.model, self._batch)
        with sink.guarded("training health", self._step):
            if self._recorder.settings.health:
                self._health = FitHealth(self.model)
        lanes = None
        with sink.guarded("the input series", self._step):
            lanes = self._lanes()
        self._recorder.begin(self._subject, self._step, lanes, self._weights, self._training)

    def _stop_if_asked(self) -> None:
        if self._recorder.should_stop:
            self.model.stop_training = True

    def _weights(self) -> ParameterHealth:
        """The weights as they are, where no update is there to be measured."""
        return given_health(self.model, [None] * len(self.model.trainable_variables))

    def _training(self) -> dict[str, Any]:
        return {
            "optimizer": keras_setup.optimizer_of(self.model),
            "batch_size": self._batch_size,
            "planned_steps": self._last if self._last > self._step else None,
        }

    def _take(self, model: Any, batch: ProbeBatch) -> KerasSubject:
        return KerasSubject(model, batch.x, mask=batch.mask, labels=batch.labels, **self._asked)

    def _check(self, model: Any) -> None:
        """Wrong arguments raise here, not in the middle of a training."""
        if self._batch is not None:
            self._subject = self._take(model, self._batch)

    def _see(self, batch: Any) -> None:
        """The first batch of a training whose recorder was given no probe."""
        with self._recorder.sink.guarded("the first batch", self._step):
            self._batch = keras_probe.of_batch(batch)
            self._batch_size = keras_probe.examples(batch)
        self._begin()
        with self._recorder.sink.guarded("training health", self._step):
            self._watch()

    def _watch(self) -> None:
        ahead = range(self._step + 1, self._step + _taken(self.model) + 1)
        wanted = any(self._recorder.wants_health(s, last=s == self._last) for s in ahead)
        self._watched = wanted
        if self._health is not None and wanted:
            self._health.before_batch()

    def _fitted_health(self, logs: Any) -> ParameterHealth | None:
        """The gradients that were applied; where Keras does not show them, those of the probe."""
        if self._health is not None:
            try:
                return self._health.after_batch(logs)
            except RuntimeError as error:
                self._recorder.note("applied gradients", f"{error}; see those of the probe batch")
                self._health.close()
                self._health = None
        return self._stepped_health(None, None)

    def _stepped(self, step: int, gradients: Any, loss: Any) -> None:
        with self._recorder.sink.guarded("the step", step):
            before, self._step = self._step, int(step)
            self._begin()
            if self._recorder.wants_health(self._step):
                measured = self._stepped_health(gradients, loss)
                if measured is not None:
                    self._recorder.health(self._step, measured)
            if self._recorder.is_due(before, self._step):
                self._recorder.look(self._step)

    def _stepped_health(self, gradients: Any, loss: Any) -> ParameterHealth | None:
        if gradients is not None:
            found = given_health(self.model, gradients, before=self._before, loss=loss)
            # How far the weights moved since the last call is one update if none is left out.
            if self._recorder.settings.health_every == 1:
                self._before = [v.numpy() for v in self.model.trainable_variables]
            return found
        if self._batch is None or self._batch.labels is None:
            return None
        return probe_health(self.model, self._batch.x, self._batch.labels, loss=self._asked["loss"])

    def _lanes(self) -> Lanes | None:
        if self._batch is None:
            return None
        series = self._series
        if series is None:
            series = series_read(self.model, self._batch.x, self._asked["wrt"])
        if series is None:
            return None
        names = self._asked["channels"]
        return Lanes(
            series, self._batch.mask, self._timestamps, None if names is None else tuple(names)
        )


def _updates(model: Any) -> int:
    """The updates that the model has had: a resumed training goes on counting."""
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return 0
    return int(optimizer.iterations.numpy()) * int(optimizer.gradient_accumulation_steps or 1)


def _planned(params: Any) -> int:
    """Batches that `fit` is going to train on; 0 where it does not know."""
    known = params or {}
    return int(known.get("steps") or 0) * int(known.get("epochs") or 0)


def _taken(model: Any) -> int:
    """Updates made between two calls of the batch hooks."""
    return max(1, int(getattr(model, "steps_per_execution", 1) or 1))
