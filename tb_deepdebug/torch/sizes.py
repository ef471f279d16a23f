"""Numbers of many tensors at once: norms, largest entries, zeros, entries that are not finite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from tb_deepdebug.stats.parameters import HEALTH_BINS

# Norms whose squares float32 neither loses nor overflows by; others are measured with care.
_TRUSTED = (1e-12, 1e12)
_SLOTS = 1024  # a float's sign, exponent and first bit of the mantissa
_TOGETHER = 1 << 22  # entries counted at once
LARGEST, NORM, ZEROS, LOST = range(4)


def flat(tensor: torch.Tensor) -> torch.Tensor:
    """All entries as `[N]`, in float32 or float64."""
    dense = tensor.detach()
    if dense.layout != torch.strided:
        dense = dense.to_dense()
    if dense.is_complex():
        dense = torch.view_as_real(dense)
    return dense.reshape(-1).to(torch.promote_types(dense.dtype, torch.float32))


def sizes(tensors: Sequence[torch.Tensor]) -> NDArray[np.float64]:
    """Rows LARGEST, NORM, ZEROS, LOST of flat tensors, `[4, P]`.

    Largest magnitude and norm (L2) are of the finite entries, NaN where there are none.
    """
    rows = np.full((4, len(tensors)), np.nan)
    rows[[ZEROS, LOST]] = 0
    filled = [i for i, t in enumerate(tensors) if t.numel()]
    if not filled:
        return rows
    some = [tensors[i] for i in filled]
    # (A norm of order infinity takes nine times as long as both ends.)
    lows, highs = zip(*(torch.aminmax(t) for t in some), strict=True)
    counts = [torch.count_nonzero(t) for t in some]
    numbers = [*lows, *highs, *torch._foreach_norm(some, 2), *counts]
    found = torch.stack([n.double() for n in numbers]).reshape(4, -1).cpu().numpy()
    rows[LARGEST, filled] = np.abs(found[:2]).max(0)  # NaN if there is one
    rows[NORM, filled] = found[2]
    rows[ZEROS, filled] = [t.numel() for t in some] - found[3]
    low, high = _TRUSTED
    for i in filled:
        if rows[LARGEST, i] != 0 and not low < rows[NORM, i] < high:
            rows[[LARGEST, NORM, LOST], i] = _with_care(tensors[i])
    return rows


def _with_care(tensor: torch.Tensor) -> tuple[float, float, float]:
    finite = tensor[torch.isfinite(tensor)]
    lost = float(tensor.numel() - finite.numel())
    if not finite.numel():
        return float("nan"), float("nan"), lost
    largest = float(finite.abs().max())
    if largest == 0:
        return 0.0, 0.0, lost
    return largest, largest * float((finite.double() / largest).norm()), lost


def histograms(tensors: Sequence[torch.Tensor]) -> NDArray[np.int64]:
    """Counts of the finite entries over `HEALTH_BINS`, `[P, bins]`: a shift and a count each."""
    counts = [_counted(group) for group in _groups(tensors)]
    slots = np.concatenate(counts) if counts else np.zeros((0, _SLOTS), np.int64)
    positive, negative = slots[:, : _SLOTS // 2], slots[:, _SLOTS // 2 :]
    low, high = (
        (exponent + 127) << 1 for exponent in (HEALTH_BINS.min_exponent, HEALTH_BINS.max_exponent)
    )
    zero = (positive[:, :low] + negative[:, :low]).sum(1, keepdims=True)
    sides = [
        np.concatenate([s[:, low : high - 1], s[:, high - 1 : 510].sum(1, keepdims=True)], 1)
        for s in (negative, positive)
    ]
    return np.concatenate([sides[0][:, ::-1], zero, sides[1]], 1)


def _counted(group: Sequence[torch.Tensor]) -> NDArray[np.int64]:
    together = torch.cat([t.float() for t in group]) if len(group) > 1 else group[0].float()
    slots = (together.view(torch.int32) >> 22) & (_SLOTS - 1)
    if len(group) > 1:
        lengths = torch.tensor([t.numel() for t in group], device=slots.device)
        firsts = torch.arange(len(group), device=slots.device, dtype=torch.int32) * _SLOTS
        slots += torch.repeat_interleave(firsts, lengths, output_size=slots.numel())
    counts = torch.bincount(slots, minlength=len(group) * _SLOTS)
    return counts.reshape(len(group), _SLOTS).cpu().numpy()


def _groups(tensors: Sequence[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Neighbours on one device, so many as are counted at once."""
    group: list[torch.Tensor] = []
    for tensor in tensors:
        entries = sum(t.numel() for t in group) + tensor.numel()
        if group and (entries > _TOGETHER or tensor.device != group[0].device):
            yield group
            group = []
        group.append(tensor)
    if group:
        yield group
