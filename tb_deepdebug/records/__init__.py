"""What is measured: one frozen, validated record a file."""

from __future__ import annotations

from tb_deepdebug.records.activations import Activations
from tb_deepdebug.records.gates import Gates
from tb_deepdebug.records.graph import Graph
from tb_deepdebug.records.health import Health
from tb_deepdebug.records.input_gradients import InputGradients, Untrained
from tb_deepdebug.records.jacobian import Jacobian
from tb_deepdebug.records.preactivations import Preactivations
from tb_deepdebug.records.recorder_report import RecorderReport
from tb_deepdebug.records.setup import Setup

KINDS: dict[str, type] = {
    "activations": Activations,
    "gates": Gates,
    "graph": Graph,
    "health": Health,
    "input_gradients": InputGradients,
    "jacobian": Jacobian,
    "preactivations": Preactivations,
    "recorder": RecorderReport,
    "setup": Setup,
    "untrained": Untrained,
}

Record = (
    Activations
    | Gates
    | Graph
    | Health
    | InputGradients
    | Jacobian
    | Preactivations
    | RecorderReport
    | Setup
    | Untrained
)
