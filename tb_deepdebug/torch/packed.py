"""Packed sequences as padded ones, and back."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch.facts import Value


def padded(packed: PackedSequence) -> Value:
    """The sequences `[batch, time, units]`, with their mask."""
    values, lengths = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    return Value(values, torch_axes.labelled("NTC"), lengths_mask(lengths))


def repacked(output: Any, whole: Value) -> Any:
    """The same output, with its packed sequence made from the padded one."""
    if isinstance(output, tuple) and not isinstance(output, PackedSequence):
        return tuple(repacked(one, whole) for one in output)
    if not isinstance(output, PackedSequence) or whole.mask is None:
        return output
    values, lengths = whole.tensor, whole.mask.sum(1)
    if output.sorted_indices is not None:
        values = values.index_select(0, output.sorted_indices)
        lengths = lengths[output.sorted_indices.to(lengths.device)]
    again = nn.utils.rnn.pack_padded_sequence(values, lengths.cpu(), batch_first=True)
    return again._replace(
        sorted_indices=output.sorted_indices, unsorted_indices=output.unsorted_indices
    )


def lengths_mask(lengths: torch.Tensor) -> torch.Tensor:
    """`[batch, time]`, true where a sequence of this length is."""
    return torch.arange(int(lengths.max())) < lengths[:, None]
