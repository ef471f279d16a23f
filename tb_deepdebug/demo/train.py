"""Training one scenario, and logging it with the public summary functions."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tb_deepdebug.demo import model as net
from tb_deepdebug.demo.probe import recorder
from tb_deepdebug.demo.scenarios import Scenario
from tb_deepdebug.demo.wearables import Weeks, scaled
from tb_deepdebug.keras import DeepDebug

TrainStep = Callable[..., tuple[Any, Any, Any]]
_WORTH_COMPILING = 50  # steps; XLA halves a step's time but takes seconds to compile it


class Data:
    """Weeks split for training, testing and probing, as the net reads them.

    Args:
      tested: how many weeks, the last ones, are not trained on.
      labels: `[weeks]`; None for the mean heart rate, in units of the training weeks' sd.
    """

    def __init__(
        self, weeks: Weeks, tested: int, labels: NDArray[np.float32] | None = None
    ) -> None:
        self.weeks = weeks
        self.x, self.mask = scaled(weeks), weeks.mask
        self.train, self.test = np.split(np.arange(len(weeks)), [len(weeks) - tested])
        known = weeks.mean_heart_rate[self.train]
        labels = (weeks.mean_heart_rate - known.mean()) / known.std() if labels is None else labels
        self.y = labels[:, None]

    def probed(self, users: int) -> NDArray[np.int64]:
        """The test users with the most readings; they have some on both sides of the midpoint."""
        readings = self.mask[self.test].sum(axis=1)
        return self.test[np.argsort(-readings, kind="stable")[:users]]


class Training:
    """One scenario's net, its optimizer and its compiled training step.

    Attributes:
      gradients: of the last step, as they were applied.
    """

    def __init__(self, scenario: Scenario, data: Data, steps: int, seed: int) -> None:
        keras.utils.set_random_seed(seed)
        self.scenario, self.data = scenario, data
        self.model = build(scenario, data.x.shape[1])
        self.gradients: list[tf.Tensor] = []
        self._rng = np.random.default_rng(seed)
        self._train_step = _compiled(self.model, scenario, steps)
        self._estimate = tf.function(lambda inputs: self.model(inputs, training=False))

    def step(self) -> tuple[float, float]:
        """Trains on one batch; returns its error and the unclipped gradient's norm."""
        rows = self._rng.choice(self.data.train, self.scenario.batch, replace=False)
        arrays = self.data.x[rows], self.data.mask[rows], self.data.y[rows]
        loss, norm, self.gradients = self._train_step(*arrays)
        return float(loss), float(norm)

    def estimates(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """What the net says of some weeks, `[rows, 1]`."""
        found = [
            self._estimate([self.data.x[some], self.data.mask[some]])
            for some in np.array_split(rows, -(-len(rows) // 64))
        ]
        return np.concatenate(found)

    def test_error(self) -> float:
        """Over the test weeks; of a squared error, 1 is that of a net that knows nothing."""
        rows = self.data.test
        return float(_error(self.scenario)(self.data.y[rows], self.estimates(rows)))


def build(scenario: Scenario, timesteps: int) -> keras.Model:
    return net.build(
        timesteps,
        activation=scenario.activation,
        head=scenario.head,
        penalty=scenario.penalty,
    )


def logged_steps(steps: int, every: int = 20) -> list[int]:
    """When to look at the net: densely at first, where nets die, and always at the last step."""
    early = [0, 1, 2, 3, 4, 6, 8, 10, 15]
    return [s for s in [*early, *range(20, steps, every)] if s < steps] + [steps]


def run(
    scenario: Scenario,
    data: Data,
    logdir: pathlib.Path,
    steps: int,
    seed: int,
    users: int = 8,
    at_end: Callable[[DeepDebug, Training], None] | None = None,
) -> Iterator[tuple[int, float]]:
    """Trains and logs to `logdir/<scenario>`; yields `(step, test error)` after each look.

    Args:
      users: how many of the test weeks are looked at.
      at_end: called with the recorder, which is still open, and what was trained.
    """
    training = Training(scenario, data, steps, seed)
    rows = data.probed(users)
    labels = data.y[rows]
    past = int(0.45 * data.x.shape[1])  # nearly all that lies before the output's timestep
    look = data.x[rows], data.weeks[rows], labels, scenario.story, past if scenario.far else None
    done = 0
    with recorder(logdir / scenario.name, training.model, *look, loss=_error(scenario)) as debug:
        for step in logged_steps(steps, scenario.looks_every):
            for at in range(done, step):
                loss, norm = training.step()
                debug.scalar("loss", loss, at + 1)
                debug.scalar("gradient_norm", norm, at + 1)
            error = training.test_error()
            debug.scalar("test_error", error, step)
            if step:
                debug.step(step, gradients=training.gradients, loss=loss)
            done = step
            yield step, error
        if at_end is not None:
            at_end(debug, training)


def _error(scenario: Scenario) -> Callable[[Any, Any], Any]:
    """The mean over a batch of labels and estimates, `[batch, 1]` both."""
    if scenario.estimates == "risk":
        return lambda y, z: keras.ops.mean(keras.losses.binary_crossentropy(y, z, from_logits=True))
    return lambda y, estimate: keras.ops.mean((estimate - y) ** 2)


def _compiled(model: keras.Model, scenario: Scenario, steps: int) -> TrainStep:
    rate = keras.optimizers.schedules.CosineDecay(scenario.learning_rate, steps)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)
    error_of = _error(scenario)

    @tf.function(jit_compile=steps >= _WORTH_COMPILING)
    def train_step(x: tf.Tensor, mask: tf.Tensor, y: tf.Tensor) -> tuple[Any, Any, Any]:
        with tf.GradientTape() as tape:
            estimate = model([x, mask], training=True)
            error = error_of(y, estimate)
            loss = tf.add_n([error, *model.losses])
        gradients = tape.gradient(loss, model.trainable_variables)
        norm = tf.linalg.global_norm(gradients)
        if scenario.clip is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, scenario.clip, norm)
        optimizer.apply(gradients, model.trainable_variables)
        return error, norm, gradients

    return train_step
