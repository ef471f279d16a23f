"""Three of the bases and some of the faults again, in Keras, with its recorder in `fit`."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks.faults import data
from benchmarks.faults.jobs import Job
from benchmarks.faults.training import EVERY, HEALTH_EVERY, Outcome
from tb_deepdebug.keras import DeepDebug

_EPOCHS, _BATCH = 12, 64


@dataclasses.dataclass
class _Plan:
    """What a training is made of, to be changed by a fault."""

    x: Any
    y: Any
    x_val: Any
    y_val: Any
    rate: float
    hidden: dict[str, Any]
    second: dict[str, Any] = dataclasses.field(default_factory=dict)
    output: str | None = None


def _plan(base: str, seed: int) -> _Plan:
    told = (data.signals if base == "recurrent" else data.digits)(seed)
    arrays = [told.x, told.y, told.x_val, told.y_val]
    x, y, x_val, y_val = (np.asarray(each) for each in arrays)
    if base != "recurrent":
        x, x_val = (each.reshape(-1, 8, 8, 1) for each in (x, x_val))
    return _Plan(x, y, x_val, y_val, 0.02 if base == "recurrent" else 0.003, {})


def _unscaled(plan: _Plan) -> None:
    plan.x, plan.x_val = 300 * plan.x + 500, 300 * plan.x_val + 500


def _zeros(plan: _Plan) -> None:
    plan.hidden |= {"kernel_initializer": "zeros"}


CHANGES: dict[str, Callable[[_Plan], None]] = {
    "plain": lambda plan: None,
    "zeros": _zeros,
    "bias-minus-ten": lambda plan: plan.second.update(
        bias_initializer=keras.initializers.Constant(-10.0)
    ),
    "rate-high-adam": lambda plan: setattr(plan, "rate", 0.5),
    "rate-low": lambda plan: setattr(plan, "rate", 1e-6),
    "softmax-twice": lambda plan: setattr(plan, "output", "softmax"),
    "unscaled": _unscaled,
}


def _model(base: str, plan: _Plan) -> keras.Model:
    layers, dense = keras.layers, plan.hidden | {"activation": "relu"}
    begins: dict[str, list[Any]] = {
        "mlp": [
            layers.Flatten(),
            layers.Dense(64, name="dense_1", **dense),
            layers.Dense(64, name="dense_2", **dense, **plan.second),
        ],
        "cnn": [
            layers.Conv2D(16, 3, padding="same", name="conv_1", **dense),
            layers.Conv2D(16, 3, padding="same", name="conv_2", **dense),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, name="dense", **dense),
        ],
        "recurrent": [layers.Masking(), layers.LSTM(24, name="rnn", **plan.hidden)],
    }
    outputs = 4 if base == "recurrent" else 10
    last = layers.Dense(outputs, name="logits", activation=plan.output)
    model = keras.Sequential([keras.Input(plan.x.shape[1:]), *begins[base], last])
    model.compile(
        keras.optimizers.Adam(plan.rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def run(job: Job, folder: Path) -> Outcome:
    """Trains with `fit`, and keeps the outcome beside the log."""
    keras.utils.set_random_seed(job.seed)
    plan = _plan(job.base, job.seed)
    CHANGES[job.name](plan)
    model, began = _model(job.base, plan), time.perf_counter()
    debug = DeepDebug(
        folder,
        plan.x[: 256 if job.base == "recurrent" else 1024],
        labels=plan.y[: 256 if job.base == "recurrent" else 1024],
        every=EVERY,
        health_every=HEALTH_EVERY,
        diagnose=False,
    )
    model.fit(
        plan.x,
        plan.y,
        epochs=_EPOCHS,
        batch_size=_BATCH,
        validation_data=(plan.x_val, plan.y_val),
        callbacks=[debug],
        verbose=0,
    )
    loss, accuracy = model.evaluate(plan.x_val, plan.y_val, verbose=0)
    metric = float(accuracy) if np.isfinite(loss) else float("nan")
    steps, took = int(model.optimizer.iterations), time.perf_counter() - began
    told = (job.kind, job.name, job.base, job.seed, "classes", steps, 0, float(loss), metric, took)
    outcome = Outcome(*told, framework="keras")
    outcome.write(folder)
    return outcome
