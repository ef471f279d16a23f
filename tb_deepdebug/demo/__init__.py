"""The demo: four nets that really train, and what is wrong with two of them, in TensorBoard."""

from tb_deepdebug.demo.command import main

__all__ = ["main"]
