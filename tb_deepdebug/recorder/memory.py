"""How far back an output looks: the input-gradient records of one look."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.output_steps import mask_at_output
from tb_deepdebug.probe import Graph, InputGradient, Subject
from tb_deepdebug.recorder.workers import Workers
from tb_deepdebug.records import input_gradients, jacobian
from tb_deepdebug.records.input_gradients import InputGradients
from tb_deepdebug.records.jacobian import Jacobian

MOST_EXAMPLES = 32  # whose mean says what the mean of more would
_JACOBIAN_EXAMPLES = 4


def curve(subject: Subject, workers: Workers, output_step: Any) -> tuple[str, InputGradients]:
    """d output / d input_t over the probe's examples, of all workers together."""
    examples = np.arange(min(subject.batch, MOST_EXAMPLES))
    try:
        mine = subject.input_gradients(examples, output_step)
    except Exception:
        workers.gather(b"")  # the others must not wait for ever
        raise
    found = _joined([pickle.loads(part) for part in workers.gather(pickle.dumps(mine)) if part])
    record = input_gradients.measure(
        found.gradients,
        output_step=found.output_steps,
        mask=found.mask,
        channels=found.channels,
    )
    return found.name, record


def reads_both_ways(graph: Graph) -> bool:
    """Whether a layer of the model reads its series in both directions."""
    return any("idirectional" in node.kind for node in graph.nodes)


def default_step(
    subject: Subject, both_ways: bool, mask: NDArray[np.bool_] | None, examples: int
) -> Any:
    """The output step to differentiate where nobody chose one: the last, or one each in the middle.

    Args:
      both_ways: whether the net reads so; its end is as near to the first timestep as to the last.
      mask: `[examples or more, time]`.
    """
    length = subject.output_timesteps() if both_ways else None
    return "last" if length is None else middles(mask, examples, length)


def middles(mask: NDArray[np.bool_] | None, examples: int, length: int) -> NDArray[np.int64]:
    """The middle of what is valid of each example's output: where a net that reads both ways has
    the longest way to look in either direction.
    """
    if mask is None:
        return np.full(examples, length // 2)
    valid = mask_at_output(mask[:examples], length)
    return np.array([steps[len(steps) // 2] for steps in map(np.flatnonzero, valid)])


def temporal_jacobian(
    subject: Subject, rows: int, mask: NDArray[np.bool_] | None
) -> tuple[str, Jacobian]:
    """d output_k / d input_t for `rows` output steps k, as one tiled batch (a row an example).

    Raises:
      ValueError: the output has no time axis, or no timestep is valid in every example looked at.
    """
    length = subject.output_timesteps()
    if length is None:
        raise ValueError(
            "The output must have a time axis. Pass output_layer=, a layer that gives "
            "[batch, time, units]"
        )
    examples = np.arange(min(subject.batch, _JACOBIAN_EXAMPLES))
    if mask is not None:  # the longest ones share the most timesteps
        longest = np.argsort(-mask.sum(axis=1), kind="stable")
        examples = np.sort(longest[: len(examples)])
    everywhere = np.ones((len(examples), length), bool)
    common = everywhere if mask is None else mask_at_output(mask[examples], length)
    valid = np.flatnonzero(common.all(axis=0))
    if not len(valid):
        raise ValueError("The examples must share a valid timestep. Received: none in common")
    steps = valid[np.unique(np.linspace(0, len(valid) - 1, rows).round().astype(int))]
    found = subject.input_gradients(np.repeat(examples, len(steps)), np.tile(steps, len(examples)))
    shape = (len(examples), len(steps), *found.gradients.shape[1:])
    measured = jacobian.measure(
        found.gradients.reshape(shape),
        output_steps=found.output_steps[: len(steps)],
        mask=None if found.mask is None else found.mask[:: len(steps)],
    )
    return found.name, measured


def _joined(parts: list[InputGradient]) -> InputGradient:
    first = parts[0]
    masks = [p.mask for p in parts if p.mask is not None]
    return dataclasses.replace(
        first,
        gradients=np.concatenate([p.gradients for p in parts]),
        output_steps=np.concatenate([p.output_steps for p in parts]),
        mask=np.concatenate(masks) if len(masks) == len(parts) else None,
    )
