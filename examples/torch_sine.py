"""PyTorch: every layer of a model recorded with two lines, without TensorFlow.

    python examples/torch_sine.py --logdir logs
    tensorboard --logdir logs            # the DeepDebug tab

An LSTM learns the sum of the first and the last value of a noisy sine: half of the answer lies 100
timesteps back, so its input gradient shows whether it has learned to look there.
"""

from __future__ import annotations

import argparse
import pathlib

import torch

from tb_deepdebug.torch import DeepDebug


class Net(torch.nn.Module):
    """Convolution, ReLU, LSTM, one number."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv1d(1, 16, 5, padding=2)
        self.lstm = torch.nn.LSTM(16, 32, batch_first=True)
        self.y = torch.nn.Linear(32, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, time, 1]` -> answers `[batch]`."""
        h = torch.relu(self.conv(x.transpose(1, 2)))
        h, _ = self.lstm(h.transpose(1, 2))
        return self.y(h[:, -1])[:, 0]


def batch(size: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Noisy sines `[size, 100, 1]`, and the sum of their first and last value."""
    t = torch.arange(100) / 100
    phase, speed = torch.rand(2, size, 1, generator=generator)
    x = torch.sin(6.28 * (phase + (1 + 3 * speed) * t))
    x = x + 0.1 * torch.randn(size, 100, generator=generator)
    return x[..., None], x[:, 0] + x[:, -1]


def main(logdir: str, steps: int) -> float:
    """Trains, looking at the model every tenth of the way; returns the last loss."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    probe, _ = batch(32, generator)
    loss = torch.zeros(())
    every = max(1, steps // 10)
    folder = pathlib.Path(logdir, "torch-sine")
    with DeepDebug(net, folder, probe, optimizer=optimizer, every=every) as debug:
        for step in range(1, steps + 1):
            inputs, answers = batch(64, generator)
            loss = torch.nn.functional.mse_loss(net(inputs), answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            debug.step(step, loss=loss)
            debug.scalar("loss", loss, step)
    print(f"loss {loss.item():.4f} after {steps} steps; recording took {debug.cost}")
    return loss.item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logdir", default="logs")
    parser.add_argument("--steps", type=int, default=200)
    args = parser.parse_args()
    main(args.logdir, args.steps)
