"""Which output timestep of each example is looked at: resolved and checked, in plain numpy."""

import numbers
from typing import Any

import numpy as np

_SHOWN = 8  # offenders named in an error message


def resolve_output_steps(
    output_step: Any, batch: int, length: int, mask: np.ndarray | None = None
) -> np.ndarray:
    """The output step of each example, as a non-negative index.

    Args:
        output_step: an integer (negative ones count from the end), the string ``"last"`` (the
            last output step that covers a valid input timestep), or integers ``[batch]``.
        batch: the number of examples.
        length: the number of timesteps of the output; it may differ from the mask's.
        mask: bool ``[batch, time]`` over the *input* timesteps, True where valid.

    Returns:
        int64 ``[batch]``, each in ``[0, length)``.

    Raises:
        TypeError, ValueError: when a step is not an integer, lies outside the output, or
            covers only masked timesteps; every offending example is named.
    """
    covered = None if mask is None else mask_at_output(mask, length)
    if isinstance(output_step, str):
        return _last_steps(output_step, batch, length, covered)
    steps = _as_integers(output_step, batch)
    outside = np.flatnonzero((steps < -length) | (steps >= length))
    if outside.size:
        raise ValueError(
            f"`output_step` must lie in [-{length}, {length}), the output's timesteps. "
            f"Received: {_offenders(outside, steps)}"
        )
    steps = np.where(steps < 0, steps + length, steps)
    if covered is not None:
        masked = np.flatnonzero(~covered[np.arange(batch), steps])
        if masked.size:
            raise ValueError(
                "`output_step` must be a valid timestep of every example; pass 'last', one "
                f"step per example, or fewer examples. Masked: {_offenders(masked, steps)}"
            )
    return steps


def mask_at_output(mask: np.ndarray, length: int) -> np.ndarray:
    """The mask at an output of another length, as after pooling or a strided convolution.

    Output step j of ``length`` covers the input timesteps in
    ``[floor(j * time / length), ceil((j + 1) * time / length))`` and is valid if any of them is.

    Args:
        mask: bool ``[batch, time]``.

    Returns:
        bool ``[batch, length]``.
    """
    time = mask.shape[1]
    if time == length:
        return mask
    counts = np.concatenate([np.zeros((len(mask), 1), int), np.cumsum(mask, axis=1)], axis=1)
    j = np.arange(length)
    first, stop = j * time // length, -(-(j + 1) * time // length)
    return np.asarray(counts[:, stop] > counts[:, first])


def at_input(steps: np.ndarray, length: int, time: int, mask: np.ndarray | None) -> np.ndarray:
    """The last (valid) input timestep that each output step covers, see `mask_at_output`.

    Args:
        steps: one an example, in `[0, length)`.
        mask: bool `[examples, time]`.
    """
    first, stop = steps * time // length, -(-(steps + 1) * time // length)
    last = stop - 1
    for i, valid in enumerate([] if mask is None else mask):
        covered = np.flatnonzero(valid[first[i] : stop[i]])
        last[i] = first[i] + covered[-1] if covered.size else last[i]
    return last.astype(np.int64)


def _last_steps(word: str, batch: int, length: int, covered: np.ndarray | None) -> np.ndarray:
    if word != "last":
        raise ValueError(
            "`output_step` must be an integer, 'last', or integers [batch]. "
            f"Received: output_step={word!r}"
        )
    if covered is None:
        return np.full(batch, length - 1, np.int64)
    empty = np.flatnonzero(~covered.any(axis=1))
    if empty.size:
        raise ValueError(
            "output_step='last' needs at least one valid timestep in every example. "
            f"Received: a mask that is False throughout in examples {_few(empty)}"
        )
    return length - 1 - np.argmax(covered[:, ::-1], axis=1).astype(np.int64)


def _as_integers(output_step: Any, batch: int) -> np.ndarray:
    if isinstance(output_step, numbers.Integral) and not isinstance(output_step, bool):
        return np.full(batch, int(output_step), np.int64)
    steps = np.asarray(output_step)
    if steps.dtype.kind not in "iu":
        raise TypeError(
            "`output_step` must be an integer, 'last', or integers [batch]. "
            f"Received: output_step={output_step!r}"
        )
    if steps.shape not in ((), (batch,)):
        raise ValueError(
            f"`output_step` must be one integer or one per example, shape ({batch},). "
            f"Received: shape={steps.shape}"
        )
    return np.broadcast_to(steps, (batch,)).astype(np.int64)


def _offenders(examples: np.ndarray, steps: np.ndarray) -> str:
    named = [f"step {steps[i]} of example {i}" for i in examples[:_SHOWN]]
    return ", ".join(named) + (f" and {len(examples) - _SHOWN} more" * (len(examples) > _SHOWN))


def _few(examples: np.ndarray) -> str:
    return ", ".join(map(str, examples[:_SHOWN])) + ", ..." * (len(examples) > _SHOWN)
