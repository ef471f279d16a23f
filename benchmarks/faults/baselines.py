"""What others publish, on the very same records.

Each takes a run and says where and since when it would alarm, or None. What our records hold only
in part is approximated, and the function says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.findings.view import Floats, Layer, Run
from tb_deepdebug.records.preactivations import SERIES_BINS

ACCURACY = "deepdebug/epoch/val_accuracy"
_WARM_UP = 10  # TheDeepChecker begins to look at step 10


class Alarm(NamedTuple):
    """What a tool says: its own word for the fault, where, since which step."""

    symptom: str
    layer: str | None
    step: int


Baseline = Callable[[Run], Alarm | None]


def dead_relu(run: Run) -> Alarm | None:
    """SageMaker Debugger, DeadRelu: more than half of a layer's units fire in < 1 % of cells."""
    return _first(_dead(run, 0.99, 0.5))


def vanishing_gradient(run: Run) -> Alarm | None:
    """SageMaker Debugger, VanishingGradient: mean |g| of any parameter < 1e-7.

    Of a gradient its norm is recorded; RMS x sqrt(2 / pi) is the mean magnitude of normal entries.
    """
    return _first(_vanishing(run, 1e-7))


def sagemaker(run: Run) -> Alarm | None:
    """Both of the above, and ExplodingTensor: any NaN or infinity among weights and gradients."""
    return _earliest(dead_relu(run), vanishing_gradient(run), _first(_nonfinite(run)))


def deep_diagnosis(run: Run) -> Alarm | None:
    """DeepDiagnosis' symptoms of values: dead, saturated, vanishing, not a number.

    Dead: >= 70 % of a layer's outputs are <= 0. Saturated: pre-activations of sigmoid or tanh
    beyond +-5 in more than half of the cells. Vanishing: mean |g| < 1e-7. Its rules of weights'
    variance, of updates and of output ranges are left out.
    """
    found = (_nonpositive(run, 0.7), _saturated(run, 5.0, 0.5), _vanishing(run, 1e-7))
    return _earliest(*(_first(each) for each in (*found, _nonfinite(run))))


def deep_checker(run: Run) -> Alarm | None:
    """TheDeepChecker's dead units: p95 of |a| < 1e-5 for more than half of a layer, from step 10.

    A ReLU unit's 95th percentile is 0 if it is 0 in 95 % of the cells, which is what is recorded.
    """
    return _first(_dead(run, 0.95, 0.5, start=_WARM_UP))


def auto_trainer(run: Run) -> Alarm | None:
    """AutoTrainer's ratios of gradients, each step, whatever the accuracy.

    Vanishing: first / last norm < 1e-3 and first < 1e-4. Exploding: first / last > 70. Dying:
    >= 70 % of all gradient entries are exactly zero (recorded of the last step). Not a number.
    """
    return _earliest(_first(_ratios(run)), _zero_gradients(run), _first(_nonfinite(run)))


def auto_trainer_gated(run: Run) -> Alarm | None:
    """The same as it is published: only while the accuracy is below 0.6; on classes alone."""
    alarm, accuracy = auto_trainer(run), run.scalars.get(ACCURACY)
    if alarm is None or accuracy is None or not len(accuracy.values):
        return alarm
    return None if accuracy.values[-1] >= 0.6 else alarm


BASELINES: dict[str, Baseline] = {
    "SageMaker DeadRelu": dead_relu,
    "SageMaker VanishingGradient": vanishing_gradient,
    "SageMaker DeadRelu, VanishingGradient, ExplodingTensor": sagemaker,
    "DeepDiagnosis (dead >= 70 %, saturated, vanishing, NaN)": deep_diagnosis,
    "TheDeepChecker (dead, p95)": deep_checker,
    "AutoTrainer (ratios)": auto_trainer,
    "AutoTrainer (ratios, if accuracy < 0.6)": auto_trainer_gated,
}


def _first(alarms: Iterator[Alarm]) -> Alarm | None:
    return min(alarms, key=lambda alarm: alarm.step, default=None)


def _earliest(*alarms: Alarm | None) -> Alarm | None:
    return _first(alarm for alarm in alarms if alarm is not None)


def _at_first(symptom: str, layer: str, steps: NDArray, hit: NDArray[np.bool_]) -> Iterator[Alarm]:
    places = np.flatnonzero(hit)
    if len(places):
        yield Alarm(symptom, layer, int(steps[places[0]]))


def _rectified(run: Run) -> Iterator[Layer]:
    return (layer for layer in run.hidden() if layer.is_relu)


def _dead(run: Run, zeros: float, share: float, start: int = 0) -> Iterator[Alarm]:
    for layer in _rectified(run):
        record = layer.activations
        assert record is not None
        fractions = record.vectors.get("unit_zero_fraction")
        if fractions is not None and fractions.size:
            dead = (fractions > zeros).mean(1)
        else:
            dead = record.number("dead") / np.maximum(record.number("units"), 1)
        hit = (dead > share) & (record.steps >= start)
        yield from _at_first("dead", layer.name, record.steps, hit)


def _nonpositive(run: Run, share: float) -> Iterator[Alarm]:
    for layer in run.hidden():
        record = layer.activations
        assert record is not None
        low = record.number("zero_fraction") + record.number("negative_fraction")
        yield from _at_first("dead", layer.name, record.steps, low >= share)


def _saturated(run: Run, bound: float, share: float) -> Iterator[Alarm]:
    for layer in run.hidden():
        record = layer.preactivations
        if record is None or layer.activation not in ("tanh", "sigmoid"):
            continue
        counts = record.vectors.get("counts")
        if counts is None or not counts.size:
            continue
        edges = SERIES_BINS.edges()
        inner = np.minimum(np.abs(edges[:-1]), np.abs(edges[1:]))
        beyond = counts[:, inner >= bound].sum(1) / np.maximum(counts.sum(1), 1)
        yield from _at_first("saturated", layer.name, record.steps, beyond > share)


def _vanishing(run: Run, bound: float) -> Iterator[Alarm]:
    told = run.parameters
    if told is None:
        return
    rms = told.vector("gradient_norm") / np.sqrt(np.maximum(told.sizes, 1))
    mean = rms * np.sqrt(2 / np.pi)
    for i, layer in enumerate(told.layers):
        yield from _at_first("vanishing", layer, told.steps, mean[:, i] < bound)


def _nonfinite(run: Run) -> Iterator[Alarm]:
    told = run.parameters
    if told is None:
        return
    count = np.nan_to_num(told.vector("gradient_nonfinite"))
    count = count + np.nan_to_num(told.vector("weight_nonfinite"))
    for i, layer in enumerate(told.layers):
        yield from _at_first("not a number", layer, told.steps, count[:, i] > 0)


def _kernels(run: Run) -> list[int]:
    """Places of the parameters of rank 2 and more, as AutoTrainer takes them."""
    told = run.parameters
    return [] if told is None else [i for i, shape in enumerate(told.shapes) if len(shape) > 1]


def _ratios(run: Run) -> Iterator[Alarm]:
    told, kernels = run.parameters, _kernels(run)
    if told is None or len(kernels) < 2:
        return
    norms: Floats = told.vector("gradient_norm")[:, kernels]
    first, last = norms[:, 0], norms[:, -1]
    layer = told.layers[kernels[0]]
    vanishing = (first < 1e-3 * last) & (first < 1e-4)
    yield from _at_first("vanishing", layer, told.steps, vanishing)
    yield from _at_first("exploding", layer, told.steps, (first > 70 * last) & (last > 0))


def _zero_gradients(run: Run) -> Alarm | None:
    told = run.parameters
    zeros = None if told is None else told.latest.get("gradient_zero")
    if told is None or zeros is None or not np.isfinite(zeros).any():
        return None
    share = np.nansum(zeros) / max(1.0, told.sizes.sum())
    return Alarm("dying", None, int(told.steps[-1])) if share >= 0.7 else None
