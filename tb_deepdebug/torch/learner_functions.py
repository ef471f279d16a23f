"""Functions that a `forward` calls by hand and that are to be skipped: dropout, a sigmoid."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from tb_deepdebug.torch.activations import plain_name
from tb_deepdebug.torch.modules import tensors

_SQUASHING = frozenset(("sigmoid", "softmax"))  # a log-softmax's outputs are logits


class Skipped(contextlib.AbstractContextManager[None]):
    """Around a call of a model: skips what was found to be skipped, at no cost where nothing was.

    Args:
      dropout: whether dropout of any kind is skipped.
      squashing: whether a sigmoid or softmax is whose result the model returns.
    """

    def __init__(self, *, dropout: bool, squashing: bool) -> None:
        self._dropout, self._squashing = dropout, squashing
        self._drops = False
        self._squash: int | None = None
        self._mode: _Mode | None = None

    def learn(self, call: Callable[[], Any]) -> None:
        """Watches one call of the model, and keeps in mind what it does."""
        if not (self._dropout or self._squashing):
            return
        with _Mode(drops=False, squash=None) as mode:
            output = next((t for t in tensors(call()) if t.is_floating_point()), None)
        self._drops = self._dropout and mode.dropped
        if self._squashing and output is not None:
            own = output.untyped_storage().data_ptr()
            at = [n for n, t in enumerate(mode.squashed) if t.untyped_storage().data_ptr() == own]
            self._squash = at[-1] if at else None

    def __enter__(self) -> None:
        if self._drops or self._squash is not None:
            self._mode = _Mode(drops=self._drops, squash=self._squash)
            self._mode.__enter__()

    def __exit__(self, *error: Any) -> None:
        if self._mode is not None:
            self._mode.__exit__(*error)
            self._mode = None


class _Mode(TorchFunctionMode):
    """Sees every function; those to be skipped hand their argument back."""

    def __init__(self, *, drops: bool, squash: int | None) -> None:
        super().__init__()
        self._drops, self._squash = drops, squash
        self._count = -1
        self.dropped = False
        self.squashed: list[torch.Tensor] = []

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Runs a function, or skips it."""
        name = plain_name(func)
        if "dropout" in name:
            self.dropped = True
            if self._drops:
                return args[0] if args else next(iter((kwargs or {}).values()))
        if name not in _SQUASHING:
            return func(*args, **(kwargs or {}))
        self._count += 1
        if self._count == self._squash:
            return args[0] if args else next(iter((kwargs or {}).values()))
        output = func(*args, **(kwargs or {}))
        if self._squash is None:
            self.squashed.append(output)
        return output
