"""Exploding gradient: the gradient leapt far above its usual size, or grows towards the input.

What it means
-------------
The norm of the whole gradient at a step is more than ten times, and more than ten robust standard
deviations of its logarithm, above the median of the 200 recorded steps before; or it doubled five
times in a row; or the first layers' gradient is more than 70 times the last ones'.

Why it matters
--------------
One such step can throw the weights so far that units die or saturate for good.

Causes
------
- A batch with wild values or wrong labels.
- Recurrent layers over many timesteps; deep nets with kernels initialised too large.
- A learning rate that has brought the weights to where the loss is steep.

What to try
-----------
- Clip gradients by their norm, at about the 90th percentile of the norms seen.
- A longer warm-up; a lower learning rate; normalisation layers.

When it is harmless
-------------------
A net that has learnt has tiny gradients, beside which that of a single hard example looks huge:
as long as the loss stays low, this is an INFO. The first steps are not judged.

References
----------
- Pascanu, Mikolov & Bengio 2013, "On the difficulty of training recurrent neural networks", ICML.
- Godbole et al. 2023, "Deep Learning Tuning Playbook": clipping at the 90th percentile.
- Zhang et al. 2021, "AutoTrainer", ICSE: first over last layer above 70.
- Braiek & Khomh 2023 (TheDeepChecker): doubled in five checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tb_deepdebug.findings import guards, optimizer_steps, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.robust import against_past, centre, slope, spread
from tb_deepdebug.findings.view import Floats, Parameters, Run

NAME = "exploding-gradient"
LEAST_SPREAD = 0.05  # of the logarithm: clipped gradients have none, and any change were a leap


def find(
    run: Run,
    *,
    deviations: float = 10.0,
    times: float = 10.0,
    least: int = 10,
    doublings: int = 5,
    over: float = 70.0,
) -> Iterator[Finding | NotApplicable]:
    """Finds gradients that leapt or grow.

    Args:
      deviations: robust standard deviations of the log norm above the median before.
      times: that median, at least.
      least: recorded steps before, that a leap is held against.
      doublings: recorded steps in a row at which the norm at least doubled (TheDeepChecker).
      over: first over last layer (AutoTrainer), where the training fails.
    """
    told = optimizer_steps.taken(run)
    norm = None if told is None else told.number("gradient_norm")
    if told is None or norm is None or not np.isfinite(norm).any():
        yield NotApplicable("no gradient of the parameters is recorded")
        return
    harm = impact(run)
    leap = _leap(run, told, norm, deviations, times, least) or _kept(run, told, times)
    if leap is not None:
        yield _leapt(run, told, norm, leap, harm, times)
    grown = _grown(told, norm, doublings, guards.warm_up(run))
    if grown is not None and leap is None:
        yield _growing(run, told, norm, grown, doublings, harm)
    if harm.is_harmed:
        yield from _over_depth(run, told, over, harm)


class _Leap(NamedTuple):
    """At which step, to what multiple of the median before, and of which parameter most."""

    step: int
    factor: float
    parameter: int
    of_parameter: float


def _leap(
    run: Run, told: Parameters, norm: Floats, deviations: float, times: float, least: int
) -> _Leap | None:
    """The first leap of the norm of all gradients together."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(norm > 0, np.log(norm), np.nan)
        middle, wide, _ = against_past(logs, least=least)
        high = logs - middle > np.maximum(
            deviations * np.maximum(wide, LEAST_SPREAD), np.log(times)
        )
    high &= told.steps >= guards.warm_up(run)
    if not high.any():
        return None
    place = int(np.argmax(high))
    factors = _factors(told, place)
    most = int(np.nanargmax(factors)) if np.isfinite(factors).any() else 0
    return _Leap(
        int(told.steps[place]), float(np.exp(logs[place] - middle[place])), most, factors[most]
    )


def _factors(told: Parameters, place: int) -> Floats:
    """Each parameter's gradient at a recorded step over its median before, `[P]`."""
    norms = told.vector("gradient_norm")
    usual = np.array([centre(column[:place]) for column in norms.T])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(usual > 0, norms[place] / usual, np.nan)


def _kept(run: Run, told: Parameters, times: float, least: int = 10) -> _Leap | None:
    """A peak between the steps that were kept, which the accumulators tell of."""
    peaks, at = told.history.get("gradient_norm_max"), told.history.get("gradient_norm_max_step")
    if peaks is None or at is None:
        return None
    norms, best = told.vector("gradient_norm"), None
    for place in np.flatnonzero(np.isfinite(at) & (at >= guards.warm_up(run))):
        past = norms[told.steps < at[place], place]
        past = past[np.isfinite(past) & (past > 0)]
        if len(past) < least or at[place] in told.steps:
            continue
        factor = float(peaks[place] / np.median(past))
        wild = 10 * max(spread(np.log(past)), LEAST_SPREAD)
        if factor > 2 * times and np.log(factor) > wild and (best is None or factor > best.factor):
            best = _Leap(int(at[place]), factor, int(place), factor)
    return best


def _leapt(
    run: Run, told: Parameters, norm: Floats, leap: _Leap, harm: Impact, times: float
) -> Finding:
    name, layer = told.names[leap.parameter], told.layers[leap.parameter]
    base = Severity.ERROR if _loss_jumped(run, leap.step) else Severity.WARNING
    usual = norm[np.isfinite(norm)]
    bound = float(np.percentile(usual, 90))
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(base, harm),
        layer=layer,
        first_step=leap.step,
        message=(
            f"The gradient leapt to {leap.factor:.2g} x its median at step {leap.step}, "
            f"that of {name} to {leap.of_parameter:.2g} x."
        ),
        evidence=(
            Evidence(
                "gradient over its median before",
                leap.factor,
                times,
                "x",
                n=int(np.count_nonzero(told.steps < leap.step)),
                source="ours: median and median absolute deviation of the logarithm",
                kind="health",
                name="training",
                step=leap.step,
                picture=pictures.line(told.steps, norm, "norm of the gradient", log=True),
            ),
        ),
        fixes=_fixes(bound, leap.step),
        layers=(layer,),
    )


def _loss_jumped(run: Run, step: int, points: int = 5) -> bool:
    """Whether the loss is much higher just after a step than before it."""
    if run.loss is None:
        return False
    before = run.loss.values[run.loss.steps < step][-4 * points :]
    after = run.loss.values[run.loss.steps >= step][: points + 1]
    if not np.isfinite(after).all():
        return True
    bound = max(1.5 * abs(centre(before)), abs(centre(before)) + 8 * spread(before))
    return len(after) > 0 and len(before) > 0 and bool(centre(after[1:]) > bound)


def _fixes(bound: float, step: int) -> tuple[Fix, ...]:
    return (
        Fix(
            f"Clip gradients by their norm at {bound:.2g}",
            "nine in ten of the gradients seen are smaller: only the wild ones are cut",
            argument="clipnorm",
            value=f"{bound:.2g}",
            weight=0.7,
        ),
        Fix(f"Look at the batch of step {step}", "wild inputs or labels do this", weight=0.4),
        Fix("Warm the learning rate up for longer", "early weights are steep ground", weight=0.3),
    )


def _grown(told: Parameters, norm: Floats, doublings: int, start: int) -> int | None:
    """The place of the step from which the norm doubled so often in a row; None if it did not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        twice = (norm[1:] >= 2 * norm[:-1]) & (told.steps[:-1] >= start) & (norm[:-1] > 0)
    first = guards.first_lasting(told.steps[1:], twice, persistence=doublings)
    return None if first is None else first.place


def _growing(
    run: Run, told: Parameters, norm: Floats, place: int, doublings: int, harm: Impact
) -> Finding:
    end = min(place + doublings, len(norm) - 1)
    factor = float(norm[end] / norm[place])
    step = int(told.steps[place])
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = told.vector("gradient_norm")[end] / told.vector("gradient_norm")[place]
    most = int(np.nanargmax(rise)) if np.isfinite(rise).any() else 0
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.WARNING, harm),
        layer=told.layers[most],
        first_step=step,
        message=f"The gradient grew {factor:.2g}-fold from step {step} to {told.steps[end]}.",
        evidence=(
            Evidence(
                "growth over five recorded steps",
                factor,
                2.0**doublings,
                "x",
                n=doublings,
                source="TheDeepChecker",
                kind="health",
                name="training",
                step=int(told.steps[end]),
                picture=pictures.line(told.steps, norm, "norm of the gradient", log=True),
            ),
        ),
        fixes=(
            optimizer_steps.lower_rate(
                run, weight=0.6, reason="the steps lead to where the loss is ever steeper"
            ),
            *_fixes(float(norm[place]), step)[:1],
        ),
        layers=(told.layers[most],),
    )


def _over_depth(run: Run, told: Parameters, over: float, harm: Impact) -> Iterator[Finding]:
    """Gradients that grow layer by layer towards the input, lastingly, in a net that fails."""
    names, sizes = optimizer_steps.layer_gradients(run, told)
    if len(names) < 4:
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(sizes > 0, np.log10(sizes), np.nan)
    rise = -np.array([slope(np.arange(len(names), dtype=float), row) for row in logs])
    with np.errstate(invalid="ignore"):
        high = (logs[:, 0] - logs[:, -1] > np.log10(over)) & (rise > np.log10(over) / len(names))
    since = guards.onset(told.steps, high, start=guards.warm_up(run))
    if since is None:
        return
    factor = float(sizes[-1, 0] / sizes[-1, -1])
    yield Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(Severity.WARNING, harm),
        layer=names[0],
        first_step=since.step,
        message=f"The gradient of {names[0]} is {factor:.2g} x that of {names[-1]}.",
        evidence=(
            Evidence(
                "gradient of the first layer over that of the last",
                factor,
                over,
                "x",
                n=since.looks,
                source="AutoTrainer",
                kind="health",
                name="training",
                step=int(told.steps[-1]),
                picture=pictures.by_layer(sizes[-1].tolist(), "gradient by layer", log=True),
            ),
        ),
        fixes=(
            Fix(
                "Initialise the kernels for their activation, or add normalisation layers",
                "kernels too large for their width make the gradient grow layer by layer",
                layer=names[0],
                argument="kernel_initializer",
                value="he_normal",
                weight=0.6,
            ),
        ),
        layers=names,
    )
