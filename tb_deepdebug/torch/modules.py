"""Modules and what they are called with: which are layers, and the tensors in nested arguments."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

# Layers whose activation function is a layer of its own when one follows.
_NOT_ABSORBING = (nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention, nn.Embedding, nn.EmbeddingBag)


def watched(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every module with its path as "encoder/conv1"; wrappers and parametrizations left out."""
    for path, module in model.named_modules():
        parts = [p for p in path.split(".") if p]
        if "parametrizations" in parts or isinstance(module, torch.jit.ScriptModule):
            continue
        if not hasattr(module, "_orig_mod"):
            yield "/".join(p for p in parts if p != "_orig_mod"), module


def is_leaf(module: nn.Module) -> bool:
    """Whether a module is a layer, rather than a container of layers."""
    inner = [name for name, _ in module.named_children() if name != "parametrizations"]
    return not inner or isinstance(module, nn.MultiheadAttention)


def has_weights(module: nn.Module) -> bool:
    """Whether a layer has weights of its own; what has none, such as pooling, has no records."""
    weights = next(module.parameters(), None), next(module.buffers(), None)
    return any(one is not None for one in weights)


def absorbs(module: nn.Module) -> bool:
    """Whether an activation function that follows is the layer's own, as in `relu(conv(x))`."""
    weighted = any(True for _ in module.parameters(recurse=False))
    weighted = weighted or hasattr(module, "parametrizations")
    return weighted and not isinstance(module, _NOT_ABSORBING)


def kind(module: nn.Module) -> str:
    """The class of a layer, and whether it reads both ways."""
    both = "Bidirectional " if getattr(module, "bidirectional", False) is True else ""
    return both + type(module).__name__


def flat(given: Any) -> Iterator[Any]:
    """The items of nested tuples, lists and dicts; a packed sequence is one item."""
    if isinstance(given, PackedSequence):
        yield given
    elif isinstance(given, Mapping):
        for one in given.values():
            yield from flat(one)
    elif isinstance(given, tuple | list):
        for one in given:
            yield from flat(one)
    elif dataclasses.is_dataclass(given) and not isinstance(given, type):
        for field in dataclasses.fields(given):
            yield from flat(getattr(given, field.name))
    else:
        yield given


def tensors(given: Any) -> Iterator[torch.Tensor]:
    """The tensors in nested tuples, lists and dicts."""
    for one in flat(given):
        if isinstance(one, PackedSequence):
            yield one.data
        elif isinstance(one, torch.Tensor):
            yield one
