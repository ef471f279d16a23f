"""Which axis of a tensor is the batch, which the units: followed from function to function.

PyTorch has both `[batch, channels, time]` (convolutions, norms, pools) and `[batch, time, units]`
(recurrent layers, Linear), and nothing on a tensor says which it is. So axes are followed: a
convolution tells what the axes of its input mean, and whatever passes them on (an activation
function, Dropout, pooling, a transpose) hands that meaning on, forwards and backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch


class Axis:
    """What one axis means; tensors share it. Labels: N batch, T time, C units, H W D space."""

    __slots__ = ("label",)

    def __init__(self, label: str | None = None) -> None:
        self.label = label


Axes = tuple[Axis, ...]

_SPACE = {1: "T", 2: "HW", 3: "DHW"}
_PRIMES = (2, 3, 5, 7, 11, 13)
# Functions that only rearrange axes: asked of a tensor whose axes all have sizes of their own.
# fmt: off
REARRANGING = frozenset((
    "transpose", "permute", "movedim", "moveaxis", "swapaxes", "swapdims", "t", "adjoint",
    "unsqueeze", "squeeze", "__get__"
))
# Functions that give a tensor the same values, in another dress.
SAME_VALUES = frozenset((
    "contiguous", "clone", "to", "float", "double", "half", "bfloat16", "type", "type_as",
    "cpu", "cuda", "detach", "alias"
))
_RESHAPING = frozenset((
    "reshape", "view", "flatten", "unflatten", "ravel", "expand", "repeat", "unfold", "view_as"
))
_DROPPING = frozenset((
    "mean", "sum", "amax", "amin", "max", "min", "prod", "logsumexp", "select", "std", "var",
    "median", "argmax", "argmin", "norm"
))
_MULTIPLYING = frozenset((
    "matmul", "bmm", "__matmul__", "__rmatmul__", "baddbmm", "mm", "addmm", "linear"
))
# fmt: on


def fresh(count: int) -> Axes:
    """Axes of which nothing is known."""
    return tuple(Axis() for _ in range(count))


def labelled(labels: str) -> Axes:
    """Axes whose meaning is known, a letter each."""
    return tuple(Axis(label) for label in labels)


def tell(axes: Axes, labels: Sequence[str]) -> None:
    """Notes what axes mean, where that is not known yet."""
    for axis, label in zip(axes, labels, strict=False):
        if axis.label is None:
            axis.label = label


def followed(
    name: str, func: Callable[..., Any], args: Sequence[Any], kwargs: Any, axes: Axes, out: Any
) -> Axes:
    """The axes of `out = func(*args, **kwargs)`, given those of its first tensor argument.

    Args:
      name: the function's name, without a trailing underscore.
      axes: of the first tensor among the arguments (with the rank of the output, if there is one).
    """
    rank = out.dim()
    if name.startswith(("conv", "interpolate")) or "pool" in name or name.endswith("_norm"):
        _tell_channels_first(name, axes)
        if name.startswith("conv") and rank == len(axes) > 2:
            return (axes[0], Axis("C"), *axes[2:])
    if name in _MULTIPLYING and rank == len(axes) > 1:
        return (*axes[:-1], Axis("C"))
    if name == "embedding":
        return (*axes, Axis("C"))
    if name in REARRANGING:
        return _rearranged(func, args, kwargs, axes, rank)
    if name == "__getitem__":
        return _indexed(args[1], axes, rank)
    if name in _DROPPING and rank == len(axes) - 1:
        return _without(axes, kwargs.get("dim", args[1] if len(args) > 1 else None))
    if name in _RESHAPING or rank != len(axes):
        return _reshaped(args, axes, out)
    return axes


def arrangement(axes: Axes) -> tuple[int, list[int], int]:
    """The place of the batch, of what is between, and of the units; guessed where not known."""
    labels = [axis.label for axis in axes]
    places = list(range(len(axes)))
    first = labels.index("N") if "N" in labels else _first(labels, places)
    rest = [i for i in places if i != first]
    if not rest:
        return first, [], first
    units = [i for i in rest if labels[i] == "C"]
    unknown = [i for i in rest if labels[i] is None]
    last = units[-1] if units else (unknown[-1] if unknown else rest[-1])
    return first, [i for i in rest if i != last], last


def units_last(tensor: torch.Tensor, axes: Axes, batch: int | None = None) -> torch.Tensor:
    """`[batch, time, units]`, `[batch, units]` or `[batch, height, width, units]`, as a view.

    Depth and height of a volume become one axis. Time that was folded into the batch (`[batch x
    time, units]`, as Linear layers are fed at times) is unfolded again.

    Args:
      batch: how many examples there are, where known.

    Raises:
      ValueError: the tensor does not have the examples on an axis.
    """
    if tensor.dim() == 0:
        raise ValueError("it is one number, with no axis of examples")
    if tensor.dim() == 1 or (tensor.dim() == 2 and "T" in [axis.label for axis in axes]):
        tensor, axes = tensor[..., None], (*axes, Axis("C"))
    first, between, last = arrangement(axes)
    arranged = tensor.permute(first, *between, last)
    if arranged.dim() > 4:
        arranged = arranged.reshape(arranged.shape[0], -1, arranged.shape[-2], arranged.shape[-1])
    examples = arranged.shape[0]
    if batch is not None and examples != batch:
        if arranged.dim() != 2 or not batch or examples % batch:
            raise ValueError(f"its shape {tuple(tensor.shape)} has no axis of {batch} examples")
        arranged = arranged.reshape(batch, examples // batch, arranged.shape[-1])
    return arranged


def _tell_channels_first(name: str, axes: Axes) -> None:
    if name in ("layer_norm", "rms_norm", "local_response_norm"):
        return
    space = _SPACE.get(len(axes) - 2)
    if space is not None:
        tell(axes, "NC" + space)


def _rearranged(
    func: Callable[..., Any], args: Sequence[Any], kwargs: Any, axes: Axes, rank: int
) -> Axes:
    """Finds the rearrangement by doing it to a tensor with a different size on each axis."""
    known = next(a for a in args if isinstance(a, torch.Tensor))
    sizes = [1 if size == 1 else prime for size, prime in zip(known.shape, _PRIMES, strict=False)]
    try:
        others = [a for a in args if not isinstance(a, torch.Tensor)]
        shape = func(torch.empty(sizes, device="meta"), *others, **kwargs).shape
    except Exception:
        return fresh(rank)
    left = list(zip(sizes, axes, strict=False))
    found = []
    for size in shape:
        match = next((pair for pair in left if pair[0] == size), None)
        if match is not None:
            left.remove(match)
        found.append(Axis() if match is None else match[1])
    return tuple(found) if len(found) == rank else fresh(rank)


def _indexed(index: Any, axes: Axes, rank: int) -> Axes:
    items = list(index) if isinstance(index, tuple) else [index]
    if any(not isinstance(i, int | slice | type(None) | type(...)) for i in items):
        return _same_or_fresh(axes, rank)
    taken = sum(i is not None and i is not ... for i in items)
    left = list(axes)
    found: list[Axis] = []
    for item in items:
        if item is None:
            found.append(Axis())
        elif item is ...:
            count = len(axes) - taken
            found, left = found + left[:count], left[count:]
        elif left:
            axis, *left = left
            found += [axis] if isinstance(item, slice) else []
    found += left
    return tuple(found) if len(found) == rank else fresh(rank)


def _without(axes: Axes, dim: Any) -> Axes:
    if not isinstance(dim, int):
        return fresh(len(axes) - 1)
    dropped = dim % len(axes)
    return tuple(axis for i, axis in enumerate(axes) if i != dropped)


def _reshaped(args: Sequence[Any], axes: Axes, out: torch.Tensor) -> Axes:
    """Axes keep their meaning from the left as long as their sizes are the same."""
    source = next((a for a in args if isinstance(a, torch.Tensor)), None)
    if source is None or source.dim() != len(axes):
        return fresh(out.dim())
    kept = []
    for size, new, axis in zip(source.shape, out.shape, axes, strict=False):
        if size != new:
            break
        kept.append(axis)
    if len(kept) == out.dim() < len(axes):  # an axis was dropped in an unknown way
        kept = kept[:1]
    return (*kept, *fresh(out.dim() - len(kept)))


def _same_or_fresh(axes: Axes, rank: int) -> Axes:
    return axes if rank == len(axes) else fresh(rank)


def _first(labels: Sequence[str | None], places: Sequence[int]) -> int:
    return next((i for i in places if labels[i] is None), 0)
