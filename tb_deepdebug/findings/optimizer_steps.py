"""What the optimizer's steps did to the parameters of a run, as rules ask for it."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.findings.finding import Fix
from tb_deepdebug.findings.robust import centre
from tb_deepdebug.findings.view import Floats, Parameters, Run

# A weight this small on average has no size to compare an update with: zero-initialised kernels,
# gains of residual branches, the second factor of a low-rank adapter.
LEAST_RMS = 1e-3
# log10 of the update over the weight that trains well (Karpathy, CS231n: "about 1e-3").
GOOD = -3.0


def taken(run: Run) -> Parameters | None:
    """The parameters at the steps of which a gradient or an update is known; None without any.

    Where the vectors were too long to be kept, the last step is all there is.
    """
    told = run.parameters
    if told is None or not told.names:
        return None
    if "gradient_norm" not in told.vectors and "gradient_norm" in told.latest and len(told.steps):
        last = {key: values[None] for key, values in told.latest.items()}
        numbers = {key: values[-1:] for key, values in told.numbers.items()}
        told = dataclasses.replace(told, steps=told.steps[-1:], numbers=numbers, vectors=last)
    known = np.isfinite(told.vector("gradient_norm")) | np.isfinite(told.vector("update_ratio"))
    return at(told, np.any(known, axis=1)) if known.any() else None


def at(told: Parameters, steps: NDArray[np.bool_]) -> Parameters:
    """The parameters at some of the recorded steps."""
    return dataclasses.replace(
        told,
        steps=told.steps[steps],
        numbers={key: values[steps] for key, values in told.numbers.items()},
        vectors={key: values[steps] for key, values in told.vectors.items()},
    )


def kernels(run: Run, told: Parameters) -> NDArray[np.bool_]:
    """Which parameters multiply activations, `[P]`: no biases, gains, embeddings or frozen ones."""
    frozen = set(run.setup.frozen) if run.setup is not None else set()
    return np.array(
        [
            len(shape) >= 2 and name not in frozen and not _embeds(run, layer, name)
            for name, layer, shape in zip(told.names, told.layers, told.shapes, strict=True)
        ],
        bool,
    )


def _embeds(run: Run, layer: str, name: str) -> bool:
    found = run.by_name.get(layer)
    return "embed" in name.lower() or (found is not None and found.role == "embedding")


def layer_gradients(run: Run, told: Parameters) -> tuple[tuple[str, ...], Floats]:
    """RMS of d loss / d kernel entry of each layer, first to last: names `L` and `[S, L]`.

    A layer without a known gradient at any step is left out.
    """
    norms, sizes = told.vector("gradient_norm"), told.sizes
    chosen = kernels(run, told) & np.isfinite(norms).any(axis=0)
    names = [told.layers[i] for i in np.flatnonzero(chosen)]
    order = sorted(dict.fromkeys(names), key=lambda name: run.place.get(name, len(run.place)))
    columns = []
    for layer in order:
        own = chosen & np.array([name == layer for name in told.layers])
        known = np.where(np.isfinite(norms[:, own]), norms[:, own], np.nan)
        columns.append(np.sqrt((known**2).sum(axis=1) / sizes[own].sum()))
    return tuple(order), np.stack(columns, axis=1) if columns else np.zeros((len(told.steps), 0))


def ratios(run: Run, told: Parameters) -> Floats:
    """log10 of the update over the weight, `[S, P]`; NaN for all but kernels of some size.

    Between two recorded steps a weight's norm grows by no more than the steps' updates together:
    where only every tenth step is recorded, that growth a step counts where it is the larger.
    """
    weight, ratio = told.vector("weight_norm"), told.vector("update_ratio")
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.fmax(np.log10(ratio), np.log10(growth(told)))
        rms = weight / np.sqrt(told.sizes)
    large = kernels(run, told) & (rms >= LEAST_RMS)
    return np.where(large & np.isfinite(found), found, np.nan)


def growth(told: Parameters) -> Floats:
    """By how much of itself a weight's norm changed a step since the last recorded one, `[S, P]`.

    NaN at the first, unless the untrained weights are known.
    """
    weight = told.vector("weight_norm")
    before = told.first.get("weight_norm", np.full(len(told.names), np.nan))
    past = np.concatenate([before[None], weight[:-1]])
    steps = np.concatenate([[0], told.steps[:-1]])
    apart = np.maximum(told.steps - steps, 1)[:, None]
    sized = past / np.sqrt(told.sizes) >= LEAST_RMS
    return np.abs(weight - past) / apart / np.where(sized, past, np.nan)


def typical(run: Run) -> Floats:
    """log10 of the update over the weight of the middle kernel, over the steps `taken`, `[S]`."""
    told = taken(run)
    return np.zeros(0) if told is None else np.array([centre(row) for row in ratios(run, told)])


def intended(run: Run) -> float:
    """log10 of the update over the weight, of the middle kernel, at the highest learning rates.

    The 90th percentile over those steps: weights that grew hide what the first ones did, and one
    wild step says little. NaN where it is not known.
    """
    told, seen = taken(run), typical(run)
    if told is None:
        return float("nan")
    rate = told.number("learning_rate")
    if np.isfinite(rate).any():
        with np.errstate(invalid="ignore"):
            seen = seen[rate >= 0.5 * np.nanmax(rate)]
    known = seen[np.isfinite(seen)]
    return float(np.percentile(known, 90)) if len(known) else float("nan")


def fastest(run: Run) -> float:
    """log10 of the update over the weight of the kernel that moves most, over all; NaN if unknown.

    Where even that one hardly moves it is the learning rate of all.
    """
    told = taken(run)
    if told is None:
        return float("nan")
    middles = [centre(column) for column in ratios(run, told).T]
    return float(np.fmax.reduce(middles, initial=np.nan))


def learning_rate(run: Run) -> float:
    """The largest learning rate that is known of the run; NaN where none is."""
    rates = [] if run.parameters is None else list(run.parameters.number("learning_rate"))
    if run.setup is not None and run.setup.optimizer is not None:
        rates.append(run.setup.optimizer.learning_rate)
    known = [rate for rate in rates if np.isfinite(rate)]
    return float(max(known)) if known else float("nan")


def other_rate(run: Run, log10_ratio: float, *, weight: float, reason: str) -> Fix:
    """Another learning rate, so many times the one used as makes the updates a good size."""
    factor = float(np.clip(10 ** (GOOD - log10_ratio), 1e-4, 1e4))
    now = learning_rate(run)
    verb, times = ("Raise", factor) if factor > 1 else ("Lower", 1 / factor)
    if not now > 0:
        action, value = f"{verb} the learning rate {times:.2g} times", None
    else:
        value = f"{now * factor:.1g}"
        action = f"{verb} the learning rate from {now:.3g} to about {value}"
    return Fix(action, reason, argument="learning_rate", value=value, weight=weight)


def lower_rate(run: Run, *, weight: float, reason: str) -> Fix:
    """A lower learning rate: as the updates ask for, a tenth where they look well."""
    seen = intended(run)
    ratio = seen if seen > GOOD + 1 else GOOD + 1
    return other_rate(run, ratio, weight=weight, reason=reason)
