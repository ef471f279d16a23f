"""What changed in a run just before a step: gradient, rate, update, loss, biases."""

from __future__ import annotations

import numpy as np

from tb_deepdebug.findings.view import Floats, Parameters, Run, Steps

_LOOKS = 3  # recorded steps before the onset among which a change counts as just before


def before(
    run: Run, layer: str | None, step: int | None, *, jump: float = 5.0, moved: float = 0.1
) -> tuple[str, ...]:
    """What changed up to `step`, in sentences.

    Args:
      jump: times its median until then by which a norm, a rate or a loss has jumped (ours).
      moved: share of its norm by which a weight moves in an extraordinary step (ours, 100 times
        the usual 0.1 %).
    """
    if step is None or step <= 0:
        return ()
    found: list[str] = []
    health = run.parameters
    if health is not None and len(health.steps):
        mine = health.of(layer) if layer is not None else np.arange(len(health.names))
        owner = layer if layer is not None and len(mine) else "the net"
        if not len(mine):
            mine = np.arange(len(health.names))
        found += _gradient(health, mine, owner, step, jump)
        found += _update(health, mine, owner, step, moved)
        found += _rate(health, step)
        found += _bias(health, mine, owner, step)
    if run.loss is not None:
        found += _peak("the loss", run.loss.steps, run.loss.values, step, jump)
    return tuple(found)


def _window(steps: Steps, step: int) -> tuple[slice, slice]:
    """Recorded steps before, and just before, an onset."""
    end = int(np.searchsorted(steps, step, side="right"))
    start = max(end - _LOOKS, 0)
    return slice(0, start), slice(start, end)


def _peak(what: str, steps: Steps, values: Floats, step: int, jump: float) -> list[str]:
    earlier, just = _window(steps, step)
    usual = values[earlier][np.isfinite(values[earlier])]
    recent = np.where(np.isfinite(values[just]), values[just], -np.inf)
    if len(usual) < 3 or not len(recent) or np.median(usual) <= 0:
        return []
    times = float(recent.max() / np.median(usual))
    at = int(steps[just][int(recent.argmax())])
    return [f"{what} jumped to {times:.3g} x its median at step {at}"] if times >= jump else []


def _gradient(
    health: Parameters, mine: np.ndarray, owner: str, step: int, jump: float
) -> list[str]:
    norms = np.sqrt(np.nansum(health.vector("gradient_norm")[:, mine] ** 2, axis=1))
    norms[np.isnan(health.vector("gradient_norm")[:, mine]).all(axis=1)] = np.nan
    told = _peak(f"the gradient of {owner}", health.steps, norms, step, jump)
    if told or "gradient_norm_max" not in health.history:
        return told
    # Sampling may have dropped the step of the peak; the accumulator has not.
    peaks = health.history["gradient_norm_max"][mine]
    if not np.isfinite(peaks).any():
        return []
    largest = int(np.nanargmax(peaks))
    at = health.history["gradient_norm_max_step"][mine][largest]
    median = float(np.nanmedian(health.vector("gradient_norm")[:, mine[largest]]))
    near = step - max(20, step // 5) <= at <= step
    if near and median > 0 and peaks[largest] / median >= jump:
        times = peaks[largest] / median
        return [f"the gradient of {owner} peaked at {times:.3g} x its median at step {int(at)}"]
    return []


def _update(health: Parameters, mine: np.ndarray, owner: str, step: int, moved: float) -> list[str]:
    shapes = [health.shapes[i] for i in mine]
    kernels = mine[[len(shape) >= 2 for shape in shapes]] if len(mine) else mine
    _, just = _window(health.steps, step)
    ratios = health.vector("update_ratio")[just][:, kernels]
    if not ratios.size or not np.isfinite(ratios).any():
        return []
    worst = float(np.nanmax(ratios))
    if worst < moved:
        return []
    row = int(np.nanargmax(np.nanmax(np.nan_to_num(ratios, nan=-1.0), axis=1)))
    at = int(health.steps[just][row])
    return [f"step {at} moved the weights of {owner} by {100 * worst:.3g} % of their norm"]


def _rate(health: Parameters, step: int) -> list[str]:
    rates = health.number("learning_rate")
    earlier, just = _window(health.steps, step)
    old, new = rates[earlier], rates[just]
    old, new = old[np.isfinite(old) & (old > 0)], new[np.isfinite(new)]
    if not len(old) or not len(new) or new.max() < 1.5 * old[-1]:
        return []
    return [f"the learning rate rose from {old[-1]:.3g} to {new.max():.3g}"]


def _bias(health: Parameters, mine: np.ndarray, owner: str, step: int) -> list[str]:
    biases = mine[[len(health.shapes[i]) == 1 for i in mine]] if len(mine) else mine
    end = int(np.searchsorted(health.steps, step, side="right"))
    largest = health.vector("weight_max")[:end][:, biases]
    if end < 2 or not largest.size or not np.isfinite(largest[[0, -1]]).any(axis=1).all():
        return []
    first, last = float(np.nanmax(largest[0])), float(np.nanmax(largest[-1]))
    if not last > max(1.0, 3 * first):
        return []
    return [f"the largest bias of {owner} grew from {first:.3g} to {last:.3g}"]
