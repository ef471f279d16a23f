"""Where a recorder's probe batch comes from: given, of a data loader, or the first batch seen."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from tb_deepdebug.recorder.settings import most_examples
from tb_deepdebug.torch.modules import tensors


@dataclasses.dataclass(frozen=True, eq=False)
class ProbeBatch:
    """What the model is called with, and the labels that go with it."""

    x: Any
    labels: Any = None


def given(probe: Any, labels: Any) -> ProbeBatch:
    """A probe that the user chose; of a data loader the first batch, with its labels."""
    if not isinstance(probe, DataLoader):
        return ProbeBatch(probe, labels)
    state = torch.get_rng_state()
    try:
        batch = next(iter(probe))
    finally:
        torch.set_rng_state(state)  # the loader shuffles as it would have
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return ProbeBatch(shortened(batch[0]), shortened(batch[1]) if labels is None else labels)
    if isinstance(batch, tuple | list) and len(batch) == 1:
        batch = batch[0]
    return ProbeBatch(shortened(batch), labels)


def on_first_call(model: nn.Module, see: Callable[[Any], None]) -> Any:
    """Calls `see` with what the model is called with first, before it runs.

    Returns:
      A handle, whose `remove` ends the wait.
    """

    def seen(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        handle.remove()
        see(_copied(shortened(_arguments(args, kwargs))))

    handle = model.register_forward_pre_hook(_uncompiled(seen), with_kwargs=True)
    return handle


def shortened(x: Any) -> Any:
    """The first examples, as many as make up a probe that nobody chose."""
    found = [t for t in tensors(x) if t.dim() > 0]
    if not found:
        return x
    batch = found[0].shape[0]
    most = most_examples(max(_positions(t) for t in found))
    return _mapped(x, lambda t: t[:most] if t.dim() and t.shape[0] == batch else t)


def _positions(t: torch.Tensor) -> int:
    """The timesteps or pixels of one example; of `[batch, features]` one, of ids all."""
    if t.dim() < 3:
        return 1 if t.is_floating_point() or t.dim() < 2 else t.shape[1]
    # [N, C, H, W]; which of the two axes of a series is time is not known yet.
    return math.prod(t.shape[2:]) if t.dim() > 3 else max(t.shape[1:])


def _uncompiled(hook: Callable[..., None]) -> Callable[..., None]:
    """A hook that a compiled model calls, rather than makes part of itself."""
    if "torch._dynamo" not in sys.modules:  # nothing is compiled, and the import takes seconds
        return hook
    return torch.compiler.disable(hook)


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs and args:
        raise TypeError(
            "a model that is called with both positional and keyword arguments needs probe="
        )
    return kwargs if kwargs else args


def _copied(x: Any) -> Any:
    return _mapped(x, lambda t: t.detach().clone())


def _mapped(x: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(x, torch.Tensor):
        return change(x)
    if isinstance(x, Mapping):
        return {name: _mapped(one, change) for name, one in x.items()}
    if isinstance(x, tuple | list):
        return [_mapped(one, change) for one in x]
    return x
