"""A series vector: a few named numbers and short vectors, float32, with a checksum."""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.wire.errors import WireError
from tb_deepdebug.wire.metadata import VERSION, check_version

LARGEST = 4096  # float32 values: 16 KiB a step, so that one read of every step stays small

_MOMENTS = ("min", "max", "mean", "std")

_INPUT_GRADIENTS = (
    *("examples", "timesteps", "channels", "output_step"),
    *("log10_amnesia_ratio", "log10_near", "log10_far", "reach", "drop_decades", "drop_lag"),
    *("lag_10", "lag_1e3", "lag_1e6", "horizon90", "effective_steps"),
    *("underflowed", "unreachable", "masked", "nonfinite", "log10_floor"),
    *("mean_lag", "half_life", "half_life_r2"),
)
_CURVE = ("t", "combined", "low", "high", "state")

SCALARS: dict[str, tuple[str, ...]] = {
    "activations": (
        *("examples", "timesteps", "units", "count", "nonfinite"),
        *("dead", "constant", "nonfinite_units", "zero_fraction", "negative_fraction"),
        *_MOMENTS,
        *("ever_dead", "revived_units"),
    ),
    "preactivations": (
        *("examples", "timesteps", "units", "count", "nonfinite"),
        *("negative", "zero", "positive"),
        *_MOMENTS,
        "first",
    ),
    "input_gradients": _INPUT_GRADIENTS,
    "untrained": _INPUT_GRADIENTS,
    "jacobian": ("examples", "outputs", "timesteps", "channels", "log10_peak"),
    "health": (
        *("parameters", "layers", "loss", "learning_rate"),
        *("gradient_norm", "weight_norm", "update_ratio"),
        *("nonfinite_weights", "nonfinite_gradients", "source", "objective"),
    ),
    "gates": ("examples", "timesteps", "units", "gates", "nonfinite"),
    "graph": ("nodes", "edges"),
    "recorder": ("seconds", "training_seconds", "bytes", "notes", "probes"),
    "check": ("verdict", "items", "pass", "partial", "fail", "unknown", "running", "value"),
    "predictions": (
        *("rows", "labelled", "groups"),
        *("auroc", "baseline_auroc", "average_precision", "baseline_average_precision"),
        *("brier", "baseline_brier", "log_loss", "baseline_log_loss"),
        *("accuracy", "baseline_accuracy", "mae", "baseline_mae"),
        *("rmse", "baseline_rmse", "r2", "baseline_r2"),
    ),
    "examples": ("examples", "layers"),
    "setup": (
        *("first_loss", "labels_mean", "labels_std"),
        *("batch_size", "planned_steps", "inputs", "frozen"),
    ),
}
VECTORS: dict[str, tuple[str, ...]] = {
    "activations": ("unit_zero_fraction", "unit_min", "unit_max", "unit_constant"),
    "preactivations": ("counts", "unit_negative_fraction"),
    "input_gradients": _CURVE,
    "untrained": _CURVE,
    "jacobian": ("output_steps", "log10_amnesia_ratio"),
    "health": (
        *("gradient_norm", "update_ratio", "weight_norm", "output_rms"),
        *("weight_max", "gradient_nonfinite", "weight_nonfinite"),
    ),
    "gates": ("left_share", "right_share", "unit_left", "unit_right"),
    "graph": (),
    "recorder": (),
    "check": (),
    "predictions": (),
    "examples": (),
    "setup": (),
}


@dataclasses.dataclass(frozen=True, eq=False)
class Series:
    """One step of a series: scalars by name, vectors by name (float32, any length)."""

    scalars: Mapping[str, float]
    vectors: Mapping[str, NDArray[np.floating]]


def encode(kind: str, series: Series) -> NDArray[np.float32]:
    """A series as one float32 vector; vectors that do not fit any more are stored empty.

    The last scalars of a kind may be missing: those that only some of its records have. Of
    thousands of vectors even the lengths do not fit: the last ones are left out.
    """
    scalars = [series.scalars[name] for name in SCALARS[kind][: len(series.scalars)]]
    body: list[NDArray[np.floating]] = [np.array([len(scalars), *scalars], np.float64)]
    room = LARGEST - 4 - len(scalars)
    vectors = list(series.vectors.values())[:room]
    room -= len(vectors)
    for vector in vectors:
        kept = vector if len(vector) <= room else vector[:0]
        room -= len(kept)
        body += [np.array([len(kept)], np.float64), kept]
    with np.errstate(over="ignore"):  # beyond float32 is infinite here; the frame has it exactly
        flat = np.concatenate(body).astype("<f4")
    crc = zlib.crc32(flat.tobytes())
    return np.concatenate([np.array([VERSION, crc >> 16, crc & 0xFFFF], "<f4"), flat])


def decode(kind: str, values: NDArray[np.float32]) -> Series:
    """The reverse of `encode`; names beyond those known are numbered. Raises WireError."""
    if values.ndim != 1 or len(values) < 4:
        raise WireError(f"the series vector has shape {values.shape}, expected at least 4 values")
    if len(values) > LARGEST:
        raise WireError(f"the series vector has {len(values)} values, at most {LARGEST}")
    flat = np.ascontiguousarray(values, "<f4")
    version = float(flat[0])
    check_version(int(version) if version.is_integer() else version)
    crc = zlib.crc32(flat[3:].tobytes())
    if flat[1] != crc >> 16 or flat[2] != crc & 0xFFFF:  # halves, which float32 holds exactly
        raise WireError(f"the series vector is damaged: checksum {crc:08x} is not its own")
    scalars, at = _take(flat, 3)
    vectors = []
    while at < len(flat):
        vector, at = _take(flat, at)
        vectors.append(vector)
    return Series(
        dict(zip(_names(SCALARS[kind], len(scalars)), scalars.tolist(), strict=True)),
        dict(zip(_names(VECTORS[kind], len(vectors)), vectors, strict=True)),
    )


def _take(flat: NDArray[np.float32], at: int) -> tuple[NDArray[np.float32], int]:
    """The values whose number stands at `at`, and where the next ones begin."""
    length = float(flat[at])
    if not (0 <= length <= len(flat) - at - 1 and length.is_integer()):
        raise WireError(f"the series vector has a length of {length} at {at} of {len(flat)}")
    end = at + 1 + int(length)
    return flat[at + 1 : end], end


@functools.lru_cache(maxsize=256)
def _names(known: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Names by position: an input gradient's vectors beyond the known are its channels."""
    return (*known[:count], *(f"channel_{i}" for i in range(count - len(known))))
