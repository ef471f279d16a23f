"""Input gradients: how much one output of a model moves with every timestep of its input.

The measure behind the amnesia plot, |d output_k / d input_t|. Framework-blind: a model is
differentiated by its framework's adapter; here are the question, its checks, and the precision.
"""

import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tb_deepdebug.output_steps import resolve_output_steps

_TRUSTED_FLOAT32 = 2.0**-100  # below, terms of the chain rule may have been flushed to zero
_LIFT = 100  # log2 of the scale that lifts a gradient above float32's smallest number, 2**-126


class CannotCompute(RuntimeError):
    """A model can't be run in the dtype asked for; raised by the adapters."""


def input_gradients(
    model: Any,
    x: Any,
    *,
    output_step: Any = None,
    output_index: int = 0,
    layer: Any = None,
    wrt: Any = None,
    mask: Any = None,
    batch_size: int | None = None,
    dtype: str | None = None,
) -> np.ndarray:
    """Per-example gradients of one logit with respect to every input timestep and channel.

    ``g[i, t, c] = d logit_i / d x[i, t, c]``: the gradient of the *sum* over the examples, so
    that neither the batch size nor the chunks change it, in inference mode
    (``training=False``). An output that ends in a sigmoid or (log-)softmax is differentiated
    before it, since a saturated one has derivative 0. Of any other squashing function (a hard
    sigmoid, a mean of sigmoids) name the layer before it as `layer`.

    Args:
        model: a Keras 3 model on the TensorFlow backend. It is left as it was, weights, states,
            dtypes and all; one that was never called is built. No other thread may call it
            during the first measurement, in which it is traced.
        x: what the model is called with: an array or tensor ``[batch, time, channels]``, integer
            ids ``[batch, time]`` that an Embedding reads (the gradients are then those with
            respect to the embedded ids), or a list, tuple or dict of inputs.
        output_step: the output's timestep, for an output ``[batch, time, units]`` or
            ``[batch, time]``: an integer (negative ones count from the end), integers
            ``[batch]``, or ``"last"``, the last one that `mask` leaves valid. None for an output
            without a time axis, ``[batch, units]`` or ``[batch]``.
        output_index: the unit (class) of the output.
        layer: the layer whose output is looked at instead of the model's: itself, its name, or
            the key of one of several outputs. It must be called once in a pass. Of a layer that
            returns several tensors, the first is taken.
        wrt: what to differentiate by where `x` leaves it open: the name or position of an
            input, or a layer (or its name) with an output ``[batch, time, channels]``.
        mask: bool ``[batch, time]``, True at valid timesteps. It chooses and checks output
            steps and says which zeros matter. It is *not* passed to the model: gradients at
            masked timesteps are returned as they are, exactly 0 where the model skips them and
            something else where it reads its padding.
        batch_size: examples differentiated at once; by default as many as make 32,768 timesteps.
        dtype: "float32" or "float64" to compute in exactly that. By default float32, and float64
            for every chunk in which float32 gave a valid timestep less than 2**-100 or something
            not finite; the next call with the same question then begins with float64.

    Returns:
        float64 ``[batch, time, channels]``. A zero at a valid timestep is a true one (out of
        reach, or behind a dead unit) or below float64's 2**-1022; where a model can't be run in
        float64, scaled float32 is used and a RuntimeWarning tells that zeros remain. NaN and
        infinity are returned as they are.

    Raises:
        TypeError, ValueError: when an argument doesn't fit the model or another one.
    """
    adapter = _adapter(model)
    _check_options(dtype, batch_size)
    stepwise = output_step is not None
    task = adapter.Differentiator(
        model, x, layer=layer, wrt=wrt, stepwise=stepwise, batch_size=batch_size
    )
    valid = _checked_mask(mask, task.batch, task.time)
    shape = task.output_shape(dtype or task.native_dtype)
    index = _checked_index(output_index, shape, stepwise)
    steps = np.zeros(task.batch, np.int64)
    if stepwise:
        steps = resolve_output_steps(output_step, task.batch, shape[1], valid)
    parts = [
        _chunk_gradients(
            task, rows, steps[rows], index, None if valid is None else valid[rows], dtype
        )
        for rows in task.chunks
    ]
    return np.concatenate(parts)


def _adapter(model: Any) -> Any:
    keras = sys.modules.get("keras")  # a Keras model can't exist before Keras is imported
    if keras is None or not isinstance(model, keras.Layer):
        raise TypeError(
            "`model` must be a Keras 3 model (or layer). "
            f"Received: {type(model).__module__}.{type(model).__qualname__}"
        )
    from tb_deepdebug.keras import gradients as keras_gradients

    return keras_gradients


def _chunk_gradients(
    task: Any, rows: np.ndarray, steps: np.ndarray, index: int, valid: Any, dtype: str | None
) -> np.ndarray:
    def measure(dtype: str, lift: int = 0) -> np.ndarray:
        g = task.gradients(dtype, rows, steps, index, exponent=lift)
        return _checked_time(g, valid)

    if dtype is not None:
        return measure(dtype)
    if task.native_dtype == "float32" and not task.traces.underflowed:
        g = measure("float32")
        if not _doubtful(g, valid, _TRUSTED_FLOAT32).any():
            return g
        task.traces.underflowed = True
    try:
        g = measure("float64")
    except CannotCompute as error:
        if task.native_dtype == "float64":
            raise
        return _lifted(lambda lift: measure("float32", lift), [_LIFT], valid, str(error))
    if not task.narrows():
        return g
    lifts = range(_LIFT, 10 * _LIFT, _LIFT)
    why = "it casts to a narrower float in its own code"
    return _lifted(lambda lift: measure("float64", lift), lifts, valid, why)


def _lifted(
    measure: Callable[[int], np.ndarray], lifts: Iterable[int], valid: Any, why: str
) -> np.ndarray:
    """Gradients that underflow, measured again at scales 2**lift: each cell at the first that fits.

    A scale that lifts the far timesteps may make the near ones overflow, so no single one does.
    """
    g = measure(0)
    for lift in lifts:
        doubtful = _doubtful(g, valid, 2.0**-lift)
        if not doubtful.any():
            return g
        again = measure(lift)
        g = np.where(doubtful & np.isfinite(again) & (again != 0), again, g)
    if _doubtful(g, valid, 0.0).any():
        warnings.warn(
            "Zeros at valid timesteps may be underflow: the model can't be differentiated in "
            f"float64 throughout ({why}).",
            RuntimeWarning,
            stacklevel=4,
        )
    return g


def _doubtful(g: np.ndarray, valid: Any, smallest: float) -> np.ndarray:
    """Valid cells that are 0, nearer to 0 than `smallest`, or not finite."""
    size = np.abs(g)
    doubtful = (size == 0) | (size < smallest) | ~np.isfinite(g)
    return doubtful if valid is None else doubtful & valid[:, :, None]


def _checked_mask(mask: Any, batch: int, time: int | None) -> np.ndarray | None:
    if mask is None:
        return None
    valid = np.asarray(mask)
    if valid.dtype != bool and not np.isin(valid, (0, 1)).all():
        raise TypeError(f"`mask` must be bool, True where valid. Received: dtype={valid.dtype}")
    valid = valid.astype(bool)
    if valid.ndim != 2 or len(valid) != batch or valid.shape[1] != (time or valid.shape[1]):
        raise ValueError(
            f"`mask` must have the shape [batch, time] of `x`, ({batch}, {time or 'time'}). "
            f"Received: shape={valid.shape}"
        )
    if not valid.any():
        raise ValueError("`mask` must leave a valid timestep. Received: False throughout")
    return valid


def _checked_time(g: np.ndarray, valid: np.ndarray | None) -> np.ndarray:
    if valid is not None and valid.shape != g.shape[:2]:
        raise ValueError(
            f"`mask` must have the shape [batch, time] of the gradients, {g.shape[:2]}. "
            f"Received: shape={valid.shape}"
        )
    return g


def _checked_index(output_index: Any, shape: tuple[int, ...], stepwise: bool) -> int:
    units = shape[-1] if len(shape) == 2 + stepwise else 1
    if isinstance(output_index, bool) or not isinstance(output_index, int | np.integer):
        raise TypeError(f"`output_index` must be an integer. Received: {output_index!r}")
    if not -units <= output_index < units:
        raise ValueError(
            f"`output_index` must lie in [0, {units}), the units of an output of shape {shape}"
            f"{' with a time axis' * stepwise}. Received: output_index={output_index}"
        )
    return int(output_index) % units


def _check_options(dtype: Any, batch_size: Any) -> None:
    if dtype not in (None, "float32", "float64"):
        raise ValueError(f"`dtype` must be None, 'float32' or 'float64'. Received: dtype={dtype!r}")
    whole = isinstance(batch_size, int | np.integer) and not isinstance(batch_size, bool)
    if batch_size is not None and not (whole and batch_size >= 1):
        raise ValueError(
            f"`batch_size` must be an integer of at least 1. Received: batch_size={batch_size!r}"
        )
