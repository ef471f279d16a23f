"""What is measured: one frozen, validated record a file."""

from __future__ import annotations

from tb_deepdebug.records.activations import Activations
from tb_deepdebug.records.check import Check
from tb_deepdebug.records.examples import Examples
from tb_deepdebug.records.gates import Gates
from tb_deepdebug.records.graph import Graph
from tb_deepdebug.records.health import Health
from tb_deepdebug.records.input_gradients import InputGradients, Untrained
from tb_deepdebug.records.jacobian import Jacobian
from tb_deepdebug.records.preactivations import Preactivations
from tb_deepdebug.records.predictions import Predictions
from tb_deepdebug.records.recorder_report import RecorderReport
from tb_deepdebug.records.setup import Setup

KINDS: dict[str, type] = {
    "activations": Activations,
    "check": Check,
    "examples": Examples,
    "gates": Gates,
    "graph": Graph,
    "health": Health,
    "input_gradients": InputGradients,
    "jacobian": Jacobian,
    "preactivations": Preactivations,
    "predictions": Predictions,
    "recorder": RecorderReport,
    "setup": Setup,
    "untrained": Untrained,
}

Record = (
    Activations
    | Check
    | Examples
    | Gates
    | Graph
    | Health
    | InputGradients
    | Jacobian
    | Preactivations
    | Predictions
    | RecorderReport
    | Setup
    | Untrained
)
