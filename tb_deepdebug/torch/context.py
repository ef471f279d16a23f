"""The recorder for PyTorch: `with DeepDebug(model, "logs/run1", probe=x[:64]) as debug: ...`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from tb_deepdebug.findings.finding import Finding
from tb_deepdebug.recorder import examples_asked, examples_table
from tb_deepdebug.recorder.lanes import Lanes
from tb_deepdebug.recorder.recorder import Recorder
from tb_deepdebug.recorder.settings import settings
from tb_deepdebug.recorder.workers import Workers
from tb_deepdebug.torch import probe as torch_probe
from tb_deepdebug.torch import setup as torch_setup
from tb_deepdebug.torch.health import StepHealth
from tb_deepdebug.torch.predictions import TorchPredictor
from tb_deepdebug.torch.probe import ProbeBatch
from tb_deepdebug.torch.subject import TorchSubject
from tb_deepdebug.torch.workers import Workers as TorchWorkers

__all__ = ["DeepDebug"]


class DeepDebug:
    """Records every layer of a model while it trains, for the DeepDebug tab of TensorBoard.

        with DeepDebug(model, "logs/run1", probe=x_val[:64], optimizer=optimizer) as debug:
            for step, (x, y) in enumerate(loader, start=1):
                ...
                optimizer.step()
                debug.step(step, loss=loss)

    Step 0 is the untrained model, step n the model after n updates. The probe runs the model in
    evaluation mode, without autocast and uncompiled, and never changes it. Whatever can't be
    measured is noted, logged once and shown in the tab; nothing here stops a training, unless
    `on_finding="stop"` asks for it.
    """

    def __init__(
        self,
        model: nn.Module,
        log_dir: str | os.PathLike[str] = "logs",
        probe: Any = None,
        *,
        optimizer: Any = None,
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
        initial_step: int | None = None,
        workers: Workers | None = None,
    ) -> None:
        """Checks the arguments; nothing is written before training begins.

        Args:
          model: any module, compiled or data-parallel too. With DistributedDataParallel make the
            recorder on every rank, each with its share of the probe: rank 0 writes what all
            measured together.
          log_dir: the run's folder.
          probe: the examples that every look is taken at: what the model is called with (a tensor,
            a dict of keyword arguments, a tuple or list of arguments), or a data loader, whose
            first batch is taken. None: the first batch that the model is called with.
          optimizer: one or several, whose applied gradients and updates are measured. Without it,
            gradients are read from the parameters when `step` is called.
          every: look at the model every so many steps, more often at first; or "epoch" (then call
            `record` at the ends of epochs); or a function of the step that says when.
          layers: which layers: names ("encoder/conv1" or "encoder.conv1"), patterns ("encoder/*"),
            modules, classes, functions of the module, or a list of these. None: all.
          labels: of the probe's examples, together with `loss`, for the gradient of the loss at
            every layer's output; without them it is the gradient of the sum of the outputs.
          mask: bool `[batch, time]` of the probe, true where valid.
          channels: a name per channel of the input series.
          timestamps: `[batch, time]` or `[time]`, the place of each timestep on the time axis, in
            seconds since any epoch.
          series: `[batch, time, channels]`, what is drawn above the pictures in place of the series
            that the model reads, such as the same before it was scaled.
          loss: a function (outputs, labels) -> scalar, as PyTorch's losses are.
          output_layer, output_index: the layer and the unit whose value is differentiated with
            respect to the input; the model's (first) output by default.
          output_step: the timestep of the output that is differentiated. None: the last valid one;
            the middle of the valid ones where the net reads both ways.
          wrt: the input to differentiate by, where several are series; or a layer's output.
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
            sets `should_stop` at one that is an ERROR or worse.
          progress: a line on standard error after each look.
          description: shown with the data.
          initial_step: updates that the model has had; by default what the optimizer has counted.
          workers: the other processes of the training, `tb_deepdebug.torch.workers.Workers()`. By
            default those of a model in DistributedDataParallel.

        Raises:
          TypeError, ValueError: wrong arguments; the message gives the rule and what came.
        """
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
        if not isinstance(model, nn.Module):
            raise TypeError(f"`model` must be an nn.Module. Received: {type(model).__name__}")
        if labels is not None and loss is None:
            raise ValueError("`labels` need a `loss`. Received: labels alone")
        checked = settings(every, options)
        _check_optimizer(optimizer)
        self._model, self._optimizer = model, optimizer
        self._mask = mask
        self._asked = {
            "layers": layers,
            "loss": loss,
            "output_layer": output_layer,
            "output_index": output_index,
            "wrt": wrt,
            "gates": write_gates,
            "channels": channels,
        }
        self._channels = None if channels is None else tuple(channels)
        self._timestamps = None if timestamps is None else np.asarray(timestamps)
        self._series = None if series is None else np.asarray(series)
        self._subject: TorchSubject | None = None
        if probe is not None:
            self._subject = self._take(torch_probe.given(probe, labels))
        self._workers = workers or (TorchWorkers() if _is_distributed(model) else None)
        self._recorder = Recorder(log_dir, checked, self._workers)
        self._step = _updates(optimizer) if initial_step is None else int(initial_step)
        self._begun = False
        self._health: StepHealth | None = None
        self._waiting: Any = None  # for the first batch

    def __enter__(self) -> DeepDebug:
        """Looks at the model before its first update."""
        with self._recorder.sink.guarded("the model", self._step):
            self._begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def step(self, step: int, *, loss: Any = None) -> None:
        """Tells that the model has had its update number `step`; records what is due.

        Args:
          step: how many updates the model has had.
          loss: of the update, a number or a tensor; read only when it is recorded.
        """
        with self._recorder.sink.guarded("the step", None):
            before, self._step = self._step, int(step)
            self._begin()
            if self._is_chief and self._recorder.wants_health(self._step):
                self._record_health(_number(loss))
            if self._recorder.is_due(before, self._step):
                self._recorder.look(self._step)

    def record(self, step: int) -> None:
        """Looks at the model now, whatever the schedule says."""
        with self._recorder.sink.guarded("the probe", int(step)):
            self._step = int(step)
            self._begin()
            self._recorder.look(self._step)

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
        batch_size: int = 64,
        **options: Any,
    ) -> None:
        """Writes what the model predicts of a whole table, and looks into its worst and best rows.

        Of the chosen rows every layer's units and the gradient of the output by every timestep of
        the input are kept: click an error in the tab to see them. Call it before, after or in the
        middle of a training.

        Args:
          name: of the table in the tab.
          x: the examples: a tensor, a dict of keyword arguments, or a tuple or list of arguments.
          labels: `[N]`, see `tb_deepdebug.summary.predictions`.
          predictions: made already; by default the model is run, in evaluation mode.
          activation: what makes probabilities of the model's outputs, where these are logits.
          mask: bool `[N, time]`, true where valid.
          series: `[N, time, channels]`, what is drawn in place of the series that the model reads.
          timestamps: `[N, time]` or `[time]`, in seconds since any epoch.
          channels: a name per channel of the series; by default the recorder's.
          step: updates that the model has had; by default that of the last call of `step`.
          examples: rows that are looked into, at most, of those whose input is kept.
          output_step: which timestep's output is predicted and differentiated: an integer, "last"
            or one a row; by default as in the recorder's own input gradients.
          batch_size: examples passed through the model at a time.
          options: `baseline`, `groups`, `times`, `columns`, `patterns` and all else that
            `tb_deepdebug.summary.predictions` takes.

        Raises:
          TypeError, ValueError: wrong arguments. What can't be measured is a note.
        """
        if not self._is_chief:
            return
        asked = examples_asked.asked(
            name,
            labels,
            predictions,
            activation=activation,
            examples=examples,
            output_step=output_step,
            mask=mask,
            series=series,
            timestamps=timestamps,
            channels=self._channels if channels is None else channels,
            options=options,
        )
        predictor = TorchPredictor(self._model, x, asked.rows, asked.mask, self._asked, batch_size)
        at = self._step if step is None else int(step)
        examples_table.record(self._recorder, predictor, asked, at)
        if not self._begun:
            self._recorder.sink.close()

    def scalar(self, tag: str, value: Any, step: int) -> None:
        """Writes one point of a standard scalar, such as the loss, for the Scalars tab."""
        self._recorder.scalar(tag, _number(value), step)

    def close(self) -> None:
        """The last look; the log is closed. A step after it begins anew."""
        with self._recorder.sink.guarded("the end of training", self._step):
            if self._waiting is not None:
                self._waiting.remove()
                self._waiting = None
            if self._health is not None:
                self._health.close()
                self._health = None
        self._recorder.end(self._step)
        self._begun = False

    @property
    def should_stop(self) -> bool:
        """Whether a loop of your own should end, as `on_finding="stop"` asked for."""
        return self._recorder.should_stop

    @property
    def cost(self) -> str:
        """What recording has cost so far: "1.8 % of training time, 41.0 MB"."""
        return self._recorder.cost

    # -- inside -----------------------------------------------------------------------------

    @property
    def _is_chief(self) -> bool:
        return self._workers is None or self._workers.is_chief

    def _begin(self) -> None:
        """Takes the model in hand, once a probe is known."""
        if self._health is None and self._recorder.settings.health:
            self._health = StepHealth(
                self._model,
                self._optimizer,
                wanted=self._wants_next,
                guarded=lambda: self._recorder.sink.guarded("training health", self._step),
            )
        if self._begun or self._waiting is not None:
            return
        if self._subject is None:
            self._waiting = torch_probe.on_first_call(self._model, self._see)
            return
        self._begun = True
        lanes = None
        with self._recorder.sink.guarded("the input series", self._step):
            lanes = self._lanes(self._subject)
        self._recorder.begin(self._subject, self._step, lanes, self._given, self._training)

    def _see(self, x: Any) -> None:
        """The first batch of a training whose recorder was given no probe."""
        with self._recorder.sink.guarded("the first batch", self._step):
            self._waiting = None
            self._subject = self._take(ProbeBatch(x))
            self._begin()

    def _take(self, batch: ProbeBatch) -> TorchSubject:
        # Without a loss the labels of a data loader are left at that.
        labels = None if self._asked["loss"] is None else batch.labels
        return TorchSubject(self._model, batch.x, mask=self._mask, labels=labels, **self._asked)

    def _wants_next(self) -> bool:
        """Whether the health of the update that is about to be made is recorded."""
        return self._is_chief and self._recorder.wants_health(self._step + 1)

    def _record_health(self, loss: float) -> None:
        if self._health is None:
            return
        measured = self._health.applied(loss)
        self._recorder.health(self._step, measured or self._health.given(loss))

    def _given(self) -> Any:
        return self._health.given() if self._health is not None else None

    def _training(self) -> dict[str, Any]:
        return {"optimizer": torch_setup.optimizer_of(self._optimizer)}

    def _lanes(self, subject: TorchSubject) -> Lanes | None:
        series = subject.series() if self._series is None else self._series
        if series is None:
            return None
        return Lanes(series, subject.mask, self._timestamps, self._channels)


def _number(loss: Any) -> float:
    if loss is None:
        return float("nan")
    return float(loss.detach() if isinstance(loss, torch.Tensor) else loss)


def _check_optimizer(optimizer: Any) -> None:
    several = optimizer if isinstance(optimizer, tuple | list) else [optimizer]
    wrong = [o for o in several if o is not None and not isinstance(o, torch.optim.Optimizer)]
    if wrong:
        raise TypeError(
            "`optimizer` must be a torch.optim.Optimizer, or several. "
            f"Received: {type(wrong[0]).__name__}"
        )


def _is_distributed(model: nn.Module) -> bool:
    return isinstance(model, nn.parallel.DistributedDataParallel)


def _updates(optimizer: Any) -> int:
    """The updates that an optimizer has made, where it counts them: a resumed training goes on."""
    several = optimizer if isinstance(optimizer, tuple | list) else [optimizer]
    counts = [0]
    for one in several:
        for state in getattr(one, "state", {}).values():
            with contextlib.suppress(Exception):
                counts.append(int(state["step"]))
    return max(counts)
