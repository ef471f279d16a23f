"""One of several processes of a training, or the whole of it; run by `test_torch_workers.py`."""

from __future__ import annotations

import os
import sys

import torch
import torch.distributed as dist
from torch import nn

from tb_deepdebug.torch import DeepDebug


class Net(nn.Module):
    """A convolution and an LSTM."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.lstm = nn.Conv1d(3, 6, 3, padding=1), nn.LSTM(6, 4, batch_first=True)
        self.head = nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(torch.relu(self.conv(x.mT)).mT)[0])


def main(folder: str, rank: int, size: int) -> None:
    """Two steps of a training on this rank's share of the data."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model: nn.Module = Net()
    data = torch.randn(8, 10, 3, generator=torch.Generator().manual_seed(1))
    mine = data.chunk(size)[rank]
    if size > 1:
        dist.init_process_group(
            "gloo", init_method=os.environ["MEETING"], rank=rank, world_size=size
        )
        model = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with DeepDebug(model, folder, mine, optimizer=optimizer, every=1, health_every=1) as debug:
        for step in (1, 2):
            optimizer.zero_grad()
            loss = model(mine).square().mean()
            loss.backward()
            optimizer.step()
            debug.step(step, loss=loss)
    if size > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
