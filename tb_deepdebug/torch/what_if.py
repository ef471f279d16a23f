"""What `tb_deepdebug.what_if` asks of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tb_deepdebug.change import Change, uncounted
from tb_deepdebug.torch.modules import watched
from tb_deepdebug.torch.quiet import unwrapped
from tb_deepdebug.torch.subject import TorchSubject


def subject(model: Any, probe: Any, change: Change | None, **options: Any) -> TorchSubject:
    """The module under the probe, with a change made to what passes through it."""
    return TorchSubject(model, probe, gates=False, change=change, **options)


def bias(model: Any, layer: str) -> NDArray[np.floating] | None:
    """The bias `[U]` of the layer of this name; None where it has none."""
    module = dict(watched(unwrapped(model))).get(uncounted(layer))
    found = getattr(module, "bias", None)
    return found.detach().float().cpu().numpy() if isinstance(found, torch.Tensor) else None
