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

TrainStep = Callable[..., tuple[Any, Any, Any]]
BATCH = 16
_WORTH_COMPILING = 50  # steps; XLA halves a step's time but takes seconds to compile it
_STEPS_AT_ONCE = 20  # most training steps between two looks at the net


class Data:
    """Weeks split for training, testing and probing, as the net reads them."""

    def __init__(self, weeks: Weeks, tested: int) -> None:
        self.weeks = weeks
        self.x, self.mask = scaled(weeks), weeks.mask
        self.train, self.test = np.split(np.arange(len(weeks)), [len(weeks) - tested])
        known = weeks.mean_heart_rate[self.train]
        self.y = ((weeks.mean_heart_rate - known.mean()) / known.std())[:, None]

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
        self.data = data
        self.model = build(scenario, data.x.shape[1])
        self.gradients: list[tf.Tensor] = []
        self._rng = np.random.default_rng(seed)
        self._train_step = _compiled(self.model, scenario, steps)
        self._estimate = tf.function(lambda inputs: self.model(inputs, training=False))

    def step(self) -> tuple[float, float]:
        """Trains on one batch; returns the squared error and the unclipped gradient's norm."""
        rows = self._rng.choice(self.data.train, BATCH, replace=False)
        arrays = self.data.x[rows], self.data.mask[rows], self.data.y[rows]
        loss, norm, self.gradients = self._train_step(*arrays)
        return float(loss), float(norm)

    def test_error(self) -> float:
        """Mean squared error over the test users; 1 is that of a net that knows nothing."""
        rows = self.data.test
        estimates = [
            self._estimate([self.data.x[some], self.data.mask[some]])
            for some in np.array_split(rows, -(-len(rows) // 64))
        ]
        return float(np.mean((np.concatenate(estimates) - self.data.y[rows]) ** 2))


def build(scenario: Scenario, timesteps: int) -> keras.Model:
    return net.build(
        timesteps,
        activation=scenario.activation,
        head=scenario.head,
        penalty=scenario.penalty,
    )


def logged_steps(steps: int) -> list[int]:
    """When to look at the net: densely at first, where nets die, and always at the last step."""
    early = [0, 1, 2, 3, 4, 6, 8, 10, 15]
    return [s for s in [*early, *range(20, steps, _STEPS_AT_ONCE)] if s < steps] + [steps]


def run(
    scenario: Scenario, data: Data, logdir: pathlib.Path, steps: int, seed: int, users: int = 8
) -> Iterator[tuple[int, float]]:
    """Trains and logs to `logdir/<scenario>`; yields `(step, test error)` after each look."""
    training = Training(scenario, data, steps, seed)
    rows = data.probed(users)
    labels = data.y[rows]
    past = int(0.45 * data.x.shape[1])  # nearly all that lies before the output's timestep
    look = data.x[rows], data.weeks[rows], labels, scenario.story, past if scenario.far else None
    done = 0
    with recorder(logdir / scenario.name, training.model, *look) as debug:
        for step in logged_steps(steps):
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


def _compiled(model: keras.Model, scenario: Scenario, steps: int) -> TrainStep:
    rate = keras.optimizers.schedules.CosineDecay(scenario.learning_rate, steps)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)

    @tf.function(jit_compile=steps >= _WORTH_COMPILING)
    def train_step(x: tf.Tensor, mask: tf.Tensor, y: tf.Tensor) -> tuple[Any, Any, Any]:
        with tf.GradientTape() as tape:
            estimate = model([x, mask], training=True)
            error = tf.reduce_mean((estimate - y) ** 2)
            loss = tf.add_n([error, *model.losses])
        gradients = tape.gradient(loss, model.trainable_variables)
        norm = tf.linalg.global_norm(gradients)
        if scenario.clip is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, scenario.clip, norm)
        optimizer.apply(gradients, model.trainable_variables)
        return error, norm, gradients

    return train_step
