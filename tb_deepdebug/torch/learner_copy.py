"""A copy of a PyTorch module with weights of its own, and the switches of what disturbs it."""

from __future__ import annotations

import collections
import copy
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from tb_deepdebug.torch.quiet import unwrapped

_HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_always_called",
)


def copied(model: nn.Module, fresh: bool, notes: list[str]) -> nn.Module:
    """A deep copy, without the hooks of whoever watches the module.

    Args:
      fresh: draw weights anew; else they are copied.
      notes: added to: what should be known of it.

    Raises:
      ValueError: it can't be copied.
    """
    original = unwrapped(model)
    try:
        made: nn.Module = copy.deepcopy(original, _without_hooks(original))
    except Exception as error:
        raise ValueError(
            "The module can't be copied; pass a function without arguments that builds it "
            f"instead: synthetic_task(build_model, ...). The reason: {error}"
        ) from error
    if fresh:
        kept = _draw_anew(made)
        if kept:
            notes.append("not drawn anew, as nothing says how: " + ", ".join(kept))
        if not all(p.requires_grad for p in made.parameters() if p.is_floating_point()):
            notes.append("frozen layers are trained too, as their weights are drawn anew")
        for parameter in made.parameters():
            parameter.requires_grad_(parameter.is_floating_point())
    return made


def _without_hooks(model: nn.Module) -> dict[int, Any]:
    """A memo for `deepcopy` that leaves hooks out, but for those that make weights.

    A recorder's hooks hold files and threads; PyTorch's own `weight_norm` is a hook as well.
    """
    memo: dict[int, Any] = {}
    for module in model.modules():
        for name in _HOOKS:
            hooks = getattr(module, name, None)
            if isinstance(hooks, dict):
                kept = {
                    key: hook
                    for key, hook in hooks.items()
                    if type(hook).__module__.startswith("torch.nn.utils.")
                }
                memo[id(hooks)] = collections.OrderedDict(kept)
    return memo


def _draw_anew(model: nn.Module) -> list[str]:
    """Draws every module's weights; the names of those parameters that no module knows to draw."""
    kept = []
    for path, module in model.named_modules():
        reset = getattr(module, "reset_parameters", None) or getattr(
            module, "_reset_parameters", None
        )
        if callable(reset):
            with torch.no_grad():
                reset()
        else:
            own = [name for name, _ in module.named_parameters(recurse=False)]
            kept += [f"{path}.{name}" if path else name for name in own]
    return kept


def made_plain(model: nn.Module) -> list[str]:
    """Switches dropout off; what stays is said. Dropout that is called by hand is skipped later."""
    notes = []
    for path, module in model.named_modules():
        if isinstance(module, _DropoutNd):
            module.p = 0.0
        elif isinstance(module, nn.RNNBase | nn.MultiheadAttention):
            module.dropout = 0.0
        elif isinstance(module, _BatchNorm):
            notes.append(f"{path} stays: it normalises by its batch's statistics")
    return notes
