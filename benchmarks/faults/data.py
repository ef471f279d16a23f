"""Data sets, split and scaled as they should be: generated ones and those that scikit-learn has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float32]
TIMESTEPS = 16
VOCABULARY = 24
_SIGNALS = 4  # tokens 1 to 4 are counted, the rest is noise; 0 is padding


@dataclasses.dataclass(frozen=True, eq=False)
class Data:
    """Examples to train on and to validate with, first axis examples.

    Inputs are float32, or int64 tokens; labels are int64 classes or float32 numbers, `[N]`.
    """

    x: Tensor
    y: Tensor
    x_val: Tensor
    y_val: Tensor


def _split(x: NDArray, y: NDArray, seed: int, share: float = 0.75) -> Data:
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order], y[order]
    cut = int(share * len(x))
    if np.issubdtype(x.dtype, np.floating):
        x = x.astype(np.float32)
    y = y.astype(np.float32 if np.issubdtype(y.dtype, np.floating) else np.int64)
    pieces = (x[:cut], y[:cut], x[cut:], y[cut:])
    return Data(*(torch.from_numpy(np.ascontiguousarray(piece)) for piece in pieces))


def _scaled(x: NDArray) -> NDArray:
    return (x - x.mean(0)) / (x.std(0) + 1e-6)


def digits(seed: int) -> Data:
    """1,797 images of 8 x 8, `[N, 1, 8, 8]`, in 0 to 1; ten classes."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return _split(x.reshape(-1, 1, 8, 8) / 16, y, seed)


def breast_cancer(seed: int) -> Data:
    """569 patients, 30 features; two classes."""
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    return _split(_scaled(x), y, seed)


def wine(seed: int) -> Data:
    """178 wines, 13 features; three classes."""
    from sklearn.datasets import load_wine

    x, y = load_wine(return_X_y=True)
    return _split(_scaled(x), y, seed, 0.6)


def diabetes(seed: int) -> Data:
    """442 patients, 10 features; a number, standardised."""
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    return _split(_scaled(x), _scaled(y.astype(np.float64)), seed, 0.7)


def clusters(seed: int, *, weights: tuple[float, ...] | None = None, sparse: float = 0.0) -> Data:
    """6,000 points of 20 features in clusters; four classes, two clusters each.

    Args:
      weights: shares of the classes; even if None.
      sparse: this share of the cells is set to zero, and 60 features more that are mostly zero.
    """
    from sklearn.datasets import make_classification

    x, y = make_classification(
        6000,
        20,
        n_informative=12,
        n_redundant=4,
        n_classes=4,
        n_clusters_per_class=2,
        class_sep=1.6,
        flip_y=0.0,
        weights=None if weights is None else list(weights),
        random_state=seed,
    )
    x = _scaled(x)
    if sparse:
        generator = np.random.default_rng(seed)
        noise = generator.normal(size=(len(x), 60)) * (generator.random((len(x), 60)) < 1 - sparse)
        x = np.concatenate([x * (generator.random(x.shape) >= sparse / 4), noise], 1)
    return _split(x, y, seed)


def surface(seed: int) -> Data:
    """Friedman's first function of 10 inputs (Friedman 1991), 5,000 points, standardised."""
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(5000, 10, noise=0.5, random_state=seed)
    return _split(_scaled(x), _scaled(y), seed)


def signals(seed: int, *, count: int = 3000, least: int = 8) -> Data:
    """Sequences `[N, 16, 4]`, `least` or more of their timesteps valid; four classes.

    Channel 0 is a noisy sine, slow or fast; channel 1 a cue, +1 or -1, at the first timestep only;
    channel 2 noise; channel 3 is 1 where the timestep is valid. The class is speed and cue.
    """
    generator = np.random.default_rng(seed)
    y = generator.integers(0, 4, count)
    time = np.arange(TIMESTEPS)
    speed = np.where(y % 2, 1.3, 0.5)[:, None]
    phase = generator.uniform(0, 2 * np.pi, (count, 1))
    x = np.zeros((count, TIMESTEPS, 4))
    x[..., 0] = np.sin(speed * time + phase) + 0.2 * generator.normal(size=(count, TIMESTEPS))
    x[:, 0, 1] = np.where(y // 2, 1.0, -1.0)
    x[..., 2] = 0.5 * generator.normal(size=(count, TIMESTEPS))
    valid = time < generator.integers(least, TIMESTEPS + 1, (count, 1))
    x[..., 3] = 1
    return _split(x * valid[..., None], y, seed)


def tokens(seed: int, *, count: int = 4000, least: int = 8) -> Data:
    """Token sequences `[N, 16]`, `least` or more of them valid, the rest 0.

    The class is which of the tokens 1 to 4 is the most frequent.
    """
    generator = np.random.default_rng(seed)
    y = generator.integers(0, _SIGNALS, count)
    x = generator.integers(1, VOCABULARY, (count, TIMESTEPS))
    favoured = generator.random((count, TIMESTEPS)) < 0.3
    x = np.where(favoured, y[:, None] + 1, x)
    valid = np.arange(TIMESTEPS) < generator.integers(least, TIMESTEPS + 1, (count, 1))
    return _split(x * valid, y, seed)


Source = Callable[[int], Data]
