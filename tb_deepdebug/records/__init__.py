"""What is measured: one frozen, validated record a file."""

from __future__ import annotations

from tb_deepdebug.records.activations import Activations
from tb_deepdebug.records.input_gradients import InputGradients
from tb_deepdebug.records.preactivations import Preactivations

KINDS: dict[str, type] = {
    "activations": Activations,
    "input_gradients": InputGradients,
    "preactivations": Preactivations,
}

Record = Activations | InputGradients | Preactivations
