"""The nets of the benchmark, with names that a fault can point at."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Activation = Callable[[Tensor], Tensor]


def identity(x: Tensor) -> Tensor:
    """No activation function at all."""
    return x


class Mlp(nn.Module):
    """`dense_1` to `dense_n`, then `logits`; inputs are flattened.

    Args:
      he: He initialisation of the hidden layers, without which ten ReLU layers of PyTorch's default
        pass little on.
      narrow: this layer has one unit.
      cut: no gradient passes the output of this layer.
      residual: layers add to their input, beginning with nothing.
      final: an activation function of the output.
      column: one output stays a column `[N, 1]`.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        width: int = 64,
        depth: int = 2,
        activation: Activation = F.relu,
        norm: bool = False,
        momentum: float = 0.1,
        dropout: float = 0.0,
        he: bool = False,
        narrow: int = 0,
        cut: int = 0,
        residual: bool = False,
        final: Activation = identity,
        column: bool = False,
    ) -> None:
        super().__init__()
        self.depth, self.activation, self.final = depth, activation, final
        self.cut, self.residual, self.column = cut, residual, column
        before = inputs
        for i in range(1, depth + 1):
            after = 1 if i == narrow else width
            dense = nn.Linear(before, after)
            if he:
                nn.init.kaiming_normal_(dense.weight)
                nn.init.zeros_(dense.bias)
            if residual and i > 1:
                nn.init.zeros_(dense.weight)
                nn.init.zeros_(dense.bias)
            setattr(self, f"dense_{i}", dense)
            if norm:
                setattr(self, f"norm_{i}", nn.BatchNorm1d(after, momentum=momentum))
            before = after
        self.dropout = nn.Dropout(dropout) if dropout else None
        self.logits = nn.Linear(before, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """`[N, ...]` -> `[N, outputs]`, or `[N]` of one output."""
        h = x.flatten(1)
        for i in range(1, self.depth + 1):
            z = getattr(self, f"dense_{i}")(h)
            if hasattr(self, f"norm_{i}"):
                z = getattr(self, f"norm_{i}")(z)
            a = self.activation(z)
            if self.dropout is not None:
                a = self.dropout(a)
            if i == self.cut:
                a = a.detach()
            h = h + a if self.residual and i > 1 else a
        y = self.final(self.logits(h))
        return y if self.column or y.shape[1] > 1 else y[:, 0]


class Cnn(nn.Module):
    """Two convolutions, a pooling, `dense`, `logits`, for images `[N, 1, 8, 8]`."""

    def __init__(
        self,
        outputs: int,
        *,
        activation: Activation = F.relu,
        dropout: float = 0.0,
        norm: bool = False,
        final: Activation = identity,
    ) -> None:
        super().__init__()
        self.activation, self.final = activation, final
        self.conv_1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv_2 = nn.Conv2d(16, 16, 3, padding=1)
        self.norm_1 = nn.BatchNorm2d(16) if norm else None
        self.dropout = nn.Dropout(dropout) if dropout else None
        self.dense = nn.Linear(256, 64)
        self.logits = nn.Linear(64, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """`[N, 1, 8, 8]` -> `[N, outputs]`."""
        z = self.conv_1(x)
        h = self.activation(z if self.norm_1 is None else self.norm_1(z))
        h = F.max_pool2d(self.activation(self.conv_2(h)), 2)
        h = self.activation(self.dense(h.flatten(1)))
        if self.dropout is not None:
            h = self.dropout(h)
        return self.final(self.logits(h))


class Recurrent(nn.Module):
    """One `rnn` layer, read at the last valid timestep (channel -1 is 1 there), then `logits`.

    Args:
      cell: nn.LSTM or nn.GRU.
      masked: read the last valid timestep rather than the last one.
      pooled: read the mean over all timesteps instead.
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        *,
        cell: type[nn.RNNBase] = nn.LSTM,
        width: int = 24,
        masked: bool = True,
        pooled: bool = False,
        dropout: float = 0.0,
        final: Activation = identity,
    ) -> None:
        super().__init__()
        self.masked, self.pooled, self.final = masked, pooled, final
        self.rnn = cell(channels, width, batch_first=True)
        self.dropout = nn.Dropout(dropout) if dropout else None
        self.logits = nn.Linear(width, outputs)
        if cell is nn.LSTM:  # the forget gate begins open (Jozefowicz et al. 2015)
            nn.init.ones_(self.rnn.bias_hh_l0[width : 2 * width])

    def forward(self, x: Tensor) -> Tensor:
        """`[N, T, channels]` -> `[N, outputs]`."""
        h, _ = self.rnn(x)
        if self.pooled:
            h = h.mean(1)
        elif self.masked:
            last = x[..., -1].sum(1).long().clamp(min=1) - 1
            h = h[torch.arange(len(h)), last]
        else:
            h = h[:, -1]
        if self.dropout is not None:
            h = self.dropout(h)
        return self.final(self.logits(h))


class Block(nn.Module):
    """Attention and two dense layers, normalised before (Xiong et al. 2020)."""

    def __init__(self, width: int, *, dropout: float, activation: Activation) -> None:
        super().__init__()
        self.activation = activation
        self.norm_1 = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.norm_2 = nn.LayerNorm(width)
        self.dense_1 = nn.Linear(width, 2 * width)
        self.dense_2 = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout) if dropout else None

    def forward(self, h: Tensor, padding: Tensor) -> Tensor:
        """`[N, T, width]`, and where it is padding `[N, T]`."""
        z = self.norm_1(h)
        h = h + self.attention(z, z, z, key_padding_mask=padding, need_weights=False)[0]
        z = self.dense_2(self.activation(self.dense_1(self.norm_2(h))))
        return h + (z if self.dropout is None else self.dropout(z))


class Transformer(nn.Module):
    """`embedding`, `blocks/0` and so on, a mean over valid tokens, `logits`. Token 0 is padding."""

    def __init__(
        self,
        vocabulary: int,
        timesteps: int,
        outputs: int,
        *,
        width: int = 32,
        depth: int = 2,
        dropout: float = 0.0,
        activation: Activation = F.gelu,
        final: Activation = identity,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        self.position = nn.Parameter(0.02 * torch.randn(timesteps, width))
        self.blocks = nn.ModuleList(
            Block(width, dropout=dropout, activation=activation) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)
        self.logits = nn.Linear(width, outputs)
        self.final = final

    def forward(self, x: Tensor) -> Tensor:
        """Tokens `[N, T]` -> `[N, outputs]`."""
        padding = x == 0
        h = self.embedding(x) + self.position
        for block in self.blocks:
            h = block(h, padding)
        valid = (~padding)[..., None].to(h.dtype)
        pooled = (self.norm(h) * valid).sum(1) / valid.sum(1)
        return self.final(self.logits(pooled))
