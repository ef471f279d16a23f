"""PyTorch: the same pictures through `EventWriter`, without TensorFlow.

    python examples/torch_sine.py --logdir logs
    tensorboard --logdir logs            # the DeepDebug tab

An LSTM learns the sum of the first and the last value of a noisy sine: half of the answer lies 100
timesteps back, so its input gradient shows whether it has learned to look there.
"""

from __future__ import annotations

import argparse
import pathlib

import torch

import tb_deepdebug as dd


class Net(torch.nn.Module):
    """Convolution, ReLU, LSTM, one number."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = torch.nn.Conv1d(1, 16, 5, padding=2)
        self.lstm = torch.nn.LSTM(16, 32, batch_first=True)
        self.head = torch.nn.Linear(32, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """`[batch, time, 1]` -> answers `[batch]`, pre-activations `[batch, time, 16]`."""
        z = self.conv(x.transpose(1, 2)).transpose(1, 2)
        h, _ = self.lstm(torch.relu(z))
        return self.head(h[:, -1])[:, 0], z


def batch(size: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Noisy sines `[size, 100, 1]`, and the sum of their first and last value."""
    t = torch.arange(100) / 100
    phase, speed = torch.rand(2, size, 1, generator=generator)
    x = torch.sin(6.28 * (phase + (1 + 3 * speed) * t))
    x = x + 0.1 * torch.randn(size, 100, generator=generator)
    return x[..., None], x[:, 0] + x[:, -1]


def main(logdir: str, steps: int) -> float:
    """Trains, logging every tenth of the way; returns the last loss."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    probe, _ = batch(32, generator)
    loss = torch.zeros(())
    with dd.EventWriter(pathlib.Path(logdir, "torch-sine")) as writer:
        for step in range(steps + 1):
            if step % max(1, steps // 10) == 0:
                x = probe.clone().requires_grad_()
                y, z = net(x)
                # The gradient of the sum is one gradient per example: they don't mix.
                (gradients,) = torch.autograd.grad(y.sum(), x)
                writer.add(dd.summary.preactivations_pb("conv", z), step)
                writer.add(dd.summary.activations_pb("relu", torch.relu(z), input=probe), step)
                writer.add(dd.summary.input_gradients_pb("y", gradients, output_step=99), step)
            inputs, answers = batch(64, generator)
            loss = torch.nn.functional.mse_loss(net(inputs)[0], answers)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            writer.add_scalar("loss", loss.item(), step)
    print(f"loss {loss.item():.4f} after {steps} steps")
    return loss.item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logdir", default="logs")
    parser.add_argument("--steps", type=int, default=200)
    args = parser.parse_args()
    main(args.logdir, args.steps)
