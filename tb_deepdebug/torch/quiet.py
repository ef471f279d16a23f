"""Running a model without leaving a trace: neither on it, nor on the random numbers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn

_WRAPPERS = ("DistributedDataParallel", "DataParallel")


def unwrapped(model: nn.Module) -> nn.Module:
    """The user's own module inside what `torch.compile` and the data-parallel wrappers make."""
    while True:
        if hasattr(model, "_orig_mod"):
            model = model._orig_mod
        elif type(model).__name__ in _WRAPPERS and isinstance(
            getattr(model, "module", None), nn.Module
        ):
            model = model.module
        else:
            return model


@contextlib.contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Puts the model in evaluation mode, uncompiled and without autocast; then all back.

    Restored are, whatever happens inside: training flags, attributes that a `forward` sets, the
    values of buffers, the random number generators, and PyTorch's switches for gradients. (What a
    `forward` appends to a list of its own is not.)
    """
    modules = list(model.modules())
    attributes = [dict(module.__dict__) for module in modules]
    registries = [dict(module._buffers) for module in modules]
    buffers = [(b, b.detach().clone(), _version(b)) for b in model.buffers()]
    with contextlib.ExitStack() as stack:
        stack.enter_context(_same_random_numbers(model))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        stack.enter_context(_uncompiled())
        device = next((p.device.type for p in model.parameters()), "cpu")
        stack.enter_context(torch.autocast(device, enabled=False))
        try:
            for module in modules:
                module.__dict__["training"] = False  # `eval()` may be overridden to do more
                module.__dict__.pop("_compiled_call_impl", None)
                if hasattr(module, "_orig_mod"):
                    module.__dict__["forward"] = module._orig_mod.__call__
            yield
        finally:
            for module, kept, registry in zip(modules, attributes, registries, strict=True):
                _put_back(module.__dict__, kept)
                _put_back(module._buffers, registry)
            _restore_values(buffers)


def _put_back(now: dict[str, Any], before: dict[str, Any]) -> None:
    for name in now.keys() - before.keys():
        del now[name]
    for name, value in before.items():
        if name not in now or now[name] is not value:
            now[name] = value


def _restore_values(buffers: Sequence[tuple[torch.Tensor, torch.Tensor, int]]) -> None:
    for buffer, kept, version in buffers:
        if _version(buffer) != version:
            buffer.copy_(kept)


def _version(buffer: torch.Tensor) -> int:
    return -1 if buffer.is_inference() else buffer._version


@contextlib.contextmanager
def _same_random_numbers(model: nn.Module) -> Iterator[None]:
    on_cpu = torch.get_rng_state()
    used = {p.device for p in model.parameters() if p.device.type == "cuda"}
    on_gpu = {device: torch.cuda.get_rng_state(device) for device in used}
    try:
        yield
    finally:
        torch.set_rng_state(on_cpu)
        for device, state in on_gpu.items():
            torch.cuda.set_rng_state(state, device)


def _uncompiled() -> contextlib.AbstractContextManager[Any]:
    """Runs what `torch.compile` made as written; from PyTorch 2.6 on also single functions."""
    stance = getattr(torch.compiler, "set_stance", None)
    if stance is None or "torch._dynamo" not in sys.modules:  # nothing can be compiled without it
        return contextlib.nullcontext()
    return stance("force_eager")
