"""What a training was set up with: loss, labels, inputs, optimizer. Written once, at its start."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class InputFacts:
    """One input of the model, over the probe batch; numbers are over its finite cells.

    Attributes:
      name, dtype: of the input.
      shape: without the batch.
      kind: "numbers", "tokens" (integers that an embedding reads) or "mask".
      count: cells; `nonfinite` of them are not finite, `padded` are masked out.
      min, max, mean, std: over all channels; NaN where there are none.
      channel_mean, channel_std: per channel (the last axis), at most 1,024 of them.
      constant_channels: how many channels never change.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    kind: str
    count: int
    nonfinite: int
    padded: int
    min: float
    max: float
    mean: float
    std: float
    channel_mean: tuple[float, ...] = ()
    channel_std: tuple[float, ...] = ()
    constant_channels: int = 0


@dataclasses.dataclass(frozen=True)
class LabelFacts:
    """The labels of the probe batch.

    Attributes:
      dtype: of the labels as given.
      shape: without the batch.
      count: values.
      nonfinite: of them.
      min, max, mean, std: over the finite ones.
      ignored: values that the loss leaves out (its ignored class, masked timesteps); the rest below
        does not count them.
      integral: every one is a whole number.
      row_sums_to_one: every row is a distribution (one-hot labels are).
      class_counts: per class, where labels are classes (whole numbers from 0, or one-hot rows), at
        most 1,000 of them; else empty.
    """

    dtype: str
    shape: tuple[int | None, ...]
    count: int
    nonfinite: int
    min: float
    max: float
    mean: float
    std: float
    integral: bool
    row_sums_to_one: bool
    class_counts: tuple[int, ...] = ()
    ignored: int = 0


@dataclasses.dataclass(frozen=True)
class OutputFacts:
    """The model's (first) output on the probe batch, before training.

    Attributes:
      shape: without the batch.
      activation: of the output layer: "softmax", "sigmoid", "linear", ...; None if not known.
      min, max: over the finite ones.
      row_sums_to_one: every row is a distribution.
    """

    shape: tuple[int | None, ...]
    activation: str | None
    min: float
    max: float
    row_sums_to_one: bool


@dataclasses.dataclass(frozen=True)
class LossFacts:
    """The loss function.

    Attributes:
      name: as the framework calls it, snake case: "sparse_categorical_crossentropy",
        "cross_entropy", "mse".
      family: "categorical" (one of several classes), "binary", "regression" or "other".
      from_logits: it takes raw outputs; None if not known.
      label_smoothing: 0 where there is none.
      first: the loss on the probe batch before training, in inference mode; NaN if not known.
      weighted: classes or examples are weighted, or it is a sum: its value is not to be compared
        with that of a constant guess.
    """

    name: str
    family: str
    from_logits: bool | None
    label_smoothing: float = 0.0
    first: float = float("nan")
    weighted: bool = False


@dataclasses.dataclass(frozen=True)
class OptimizerFacts:
    """The optimizer at the start; None where not known or not used.

    Attributes:
      name: its class, lower case: "adam", "sgd".
    """

    name: str
    learning_rate: float
    momentum: float | None = None
    weight_decay: float | None = None
    clip_norm: float | None = None
    clip_value: float | None = None


@dataclasses.dataclass(frozen=True)
class Setup:
    """What a training was set up with; None for what is not known.

    Attributes:
      frozen: names of the parameters that are not trained.
      dropout: the rates of the dropout layers by layer name.
      batch_size, planned_steps: of the training.
      horizon: how many timesteps back the output has to look, as the user declared it.
    """

    inputs: tuple[InputFacts, ...] = ()
    labels: LabelFacts | None = None
    output: OutputFacts | None = None
    loss: LossFacts | None = None
    optimizer: OptimizerFacts | None = None
    frozen: tuple[str, ...] = ()
    dropout: tuple[tuple[str, float], ...] = ()
    batch_size: int | None = None
    planned_steps: int | None = None
    horizon: int | None = None
