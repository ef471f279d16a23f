"""Small nets in both frameworks, of which is known what they can see; and one thread for torch."""

from typing import Any

import numpy as np
from needs import needs

T = 16
SEEN = 5


def noise(rows: int = 120, timesteps: int = T, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(rows, timesteps, channels)).astype(np.float32)


def torch_gru(channels: int = 2) -> Any:
    nn = needs("torch").nn

    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.head = nn.GRU(channels, 8, batch_first=True), nn.Linear(8, 1)

        def forward(self, x: Any) -> Any:
            return self.head(self.gru(x)[0])

    return Recurrent()


def torch_causal(field: int, channels: int = 2) -> Any:
    """A causal convolution that sees `field` timesteps."""
    nn = needs("torch").nn

    class Causal(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pad = nn.ConstantPad1d((field - 1, 0), 0.0)
            self.conv, self.head = nn.Conv1d(channels, 16, field), nn.Linear(16, 1)

        def forward(self, x: Any) -> Any:
            h = self.conv(self.pad(x.transpose(1, 2))).transpose(1, 2)
            return self.head(h + needs("torch").relu(h))

    return Causal()


def torch_leaky(a: float) -> Any:
    """h_t = a h_(t-1) + x_t, which nothing trains."""
    torch = needs("torch")

    class Leaky(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = torch.nn.Linear(1, 1)

        def forward(self, x: Any) -> Any:
            powers = a ** torch.arange(x.shape[1] - 1, -1, -1, dtype=x.dtype)
            return self.head((x * powers[None, :, None]).sum(dim=1))

    return Leaky()


def keras_gru() -> Any:
    keras = needs("keras")
    layers = [keras.layers.GRU(8), keras.layers.Dense(1, activation="sigmoid")]
    return keras.Sequential([keras.Input((T, 2)), *layers])


def keras_short() -> Any:
    """Sees the last 5 timesteps."""
    keras = needs("keras")
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((T, 2)),
            layers.Cropping1D((T - SEEN, 0)),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )
