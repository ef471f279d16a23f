"""Made-up measurements of a net like the one of the demo: weeks of 4,096 timesteps, 128 units.

Seeded, so that every run writes the same bytes. What matters of them is how well they compress and
how many of their units are dead, which both are like those of a trained net.
"""

import numpy as np

TIMESTEPS = 4096
UNITS = 128


def preactivations(examples: int, units: int = UNITS, seed: int = 0) -> np.ndarray:
    """float32 `[examples, TIMESTEPS, units]`: smooth over time, each unit with a bias of its own.

    Every eighth unit never gets above zero.
    """
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((examples, TIMESTEPS + 8, units), dtype=np.float32)
    summed = np.cumsum(noise, axis=1, dtype=np.float32)
    smooth = (summed[:, 8:] - summed[:, :-8]) / np.float32(np.sqrt(8))
    bias = rng.normal(size=units).astype(np.float32)
    bias[::8] = -12
    return smooth + bias


def activations(examples: int, units: int = UNITS, seed: int = 0) -> np.ndarray:
    """float32 `[examples, TIMESTEPS, units]`: the rectified pre-activations."""
    return np.maximum(preactivations(examples, units, seed), 0)


def input_gradients(examples: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    """float32 `[examples, TIMESTEPS, channels]`: fall a thousandfold on both sides of t = 2048."""
    rng = np.random.default_rng(seed)
    lag = np.abs(np.arange(TIMESTEPS) - TIMESTEPS // 2)
    envelope = 10.0 ** (-3 * lag / (TIMESTEPS // 2))
    noise = rng.normal(size=(examples, TIMESTEPS, channels))
    return (envelope[None, :, None] * noise).astype(np.float32)
