"""The demo's runs, as data: two pairs of one net, each pair differing in one thing, and a fifth."""

from __future__ import annotations

import dataclasses
from typing import Literal

from tb_deepdebug.demo.model import Activation, Head


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One training run.

    Attributes:
      name: of the run.
      story: one sentence, shown with the data.
      activation, head, penalty: see `model.build`.
      learning_rate: of Adam at first; it falls to 0 along a cosine.
      clip: the largest norm of a batch's gradient, or None for no limit.
      far: the net is meant to look back over all that it has read.
      estimates: a value, trained by the squared error, or the logit of a risk, by the log loss.
      batch: weeks a training step.
      looks_every: training steps between two looks at the net, after the first ones.
    """

    name: str
    story: str
    activation: Activation = "leaky_relu"
    head: Head = "average"
    penalty: float = 0.0
    learning_rate: float = 0.003
    clip: float | None = 1.0
    far: bool = False
    estimates: Literal["value", "risk"] = "value"
    batch: int = 16
    looks_every: int = 20


_PENALISED = Scenario("", "", penalty=0.01, learning_rate=0.02, clip=None)

SCENARIOS = (
    dataclasses.replace(
        _PENALISED,
        name="relu-dead",
        activation="relu",
        story="An activity penalty, summed over 1,024 timesteps, makes the first gradients a "
        "hundred times larger; within ten steps no unit of conv_2 is ever above zero, and ReLU "
        "passes no gradient back that could revive one.",
    ),
    dataclasses.replace(
        _PENALISED,
        name="leaky-relu",
        story="The same penalty, data and rate as relu-dead; LeakyReLU lets the gradient through "
        "and the net learns.",
    ),
    Scenario(
        "average-pooling",
        "The estimate is the mean of the outputs over time: no output needs the past, and none "
        "learns to look far back.",
        far=True,
    ),
    Scenario(
        "last-timestep",
        "The estimate is read where the LSTM has seen everything: it has to remember, and "
        "learns to.",
        head="last",
        far=True,
    ),
)

APNEA = Scenario(
    "apnea",
    "The risk of sleep apnea, from a week of heart rates. Whoever works out sleeps restlessly too, "
    "and of them the net knows less.",
    learning_rate=0.01,
    estimates="risk",
    batch=32,
    looks_every=100,
)
