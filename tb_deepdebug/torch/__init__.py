"""The recorder for PyTorch: `from tb_deepdebug.torch import DeepDebug`."""

from tb_deepdebug.torch.context import DeepDebug
from tb_deepdebug.torch.workers import Workers

__all__ = ["DeepDebug", "Workers"]
