"""Small nets, one for every kind of thing that a PyTorch model is made of."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class Functional(nn.Module):
    """The same activation function called in every way there is."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d, self.e = (nn.Linear(4, 4) for _ in range(5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = F.silu(self.a(x))
        h = self.b(h).relu()
        h = F.relu_(self.c(h))
        h = self.e(h).clamp(min=0)
        return torch.tanh(self.d(h) + h)


class Heart(nn.Module):
    """Convolutions over time, both ways through an LSTM, one probability a timestep."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 5, 5, padding=2)
        self.norm = nn.BatchNorm1d(5)
        self.act = nn.LeakyReLU(inplace=True)
        self.pool = nn.MaxPool1d(2)
        self.lstm = nn.LSTM(5, 4, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`[batch, time, 3]` -> `[batch, time / 2]`."""
        h = self.pool(self.act(self.norm(self.conv(x.transpose(1, 2)))))
        h, _ = self.lstm(h.transpose(1, 2))
        return torch.sigmoid(self.head(self.drop(h))).squeeze(-1)


class Shared(nn.Module):
    """One layer that is called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.shared, self.act = nn.Linear(4, 4), nn.Tanh()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.shared(self.act(self.shared(x))))


class Cells(nn.Module):
    """A cell called in a loop over time, and a layer for every step."""

    def __init__(self, kind: type[nn.Module]) -> None:
        super().__init__()
        self.cell, self.head = kind(3, 4), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state: Any = None
        steps = []
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
            steps.append(F.relu(self.head(state[0] if isinstance(state, tuple) else state)))
        return torch.stack(steps, 1)


class Recurrent(nn.Module):
    """A recurrent layer by itself, whatever its order of axes."""

    def __init__(self, layer: nn.Module, packed: bool = False, turned: bool = False) -> None:
        super().__init__()
        self.rnn, self._packed, self._turned = layer, packed, turned

    def forward(self, x: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        if not self._packed:
            out = self.rnn(x.transpose(0, 1) if self._turned else x)[0]
            return out.transpose(0, 1) if self._turned else out
        sequence = nn.utils.rnn.pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )
        return nn.utils.rnn.pad_packed_sequence(self.rnn(sequence)[0], batch_first=True)[0]


class Started(nn.Module):
    """Packed sequences, both ways, from a state that is learned; noise is drawn on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True, bidirectional=True)
        self.h, self.c = (nn.Parameter(torch.randn(2, 1, 4)) for _ in range(2))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        x = x + 0.01 * torch.randn_like(x)
        sequence = nn.utils.rnn.pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )
        states = tuple(s.expand(-1, len(x), -1).contiguous() for s in (self.h, self.c))
        return nn.utils.rnn.pad_packed_sequence(self.lstm(sequence, states)[0], True)[0]


class Residual(nn.Module):
    """Two convolutions and a way round them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(2))
        self.bn1, self.bn2 = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        h += x
        return F.relu(h)


class Words(nn.Module):
    """Integer ids, embedded, through a GRU."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(11, 5)
        self.gru = nn.GRU(5, 4, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return F.softmax(self.head(self.gru(self.embed(ids))[0][:, -1]), -1)


class Attentive(nn.Module):
    """Attention and a feed-forward block."""

    def __init__(self) -> None:
        super().__init__()
        self.mha = nn.MultiheadAttention(4, 2, batch_first=True)
        self.norm, self.ff = nn.LayerNorm(4), nn.Linear(4, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.norm(x + self.mha(x, x, x, need_weights=False)[0])
        return F.gelu(self.ff(h))


class TwoInputs(nn.Module):
    """Keyword arguments, several outputs in a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(3, 4), nn.Linear(2, 4)

    def forward(self, series: torch.Tensor, static: torch.Tensor) -> dict[str, torch.Tensor]:
        h = torch.sigmoid(self.left(series) + self.right(static)[:, None])
        return {"out": h, "mean": h.mean(1)}


class Swish(nn.Module):
    """A layer of one's own with a function inside."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(x)
