"""A record as the `Summary` proto that every writer writes, byte for byte."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2

from tb_deepdebug.records import Record
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
from tb_deepdebug.wire import (
    activations,
    check,
    examples,
    frame,
    gates,
    graph,
    health,
    input_gradients,
    jacobian,
    metadata,
    preactivations,
    predictions,
    recorder,
    series,
    setup,
    untrained,
)

_KINDS: dict[type, tuple[str, ModuleType]] = {
    Activations: ("activations", activations),
    Check: ("check", check),
    Examples: ("examples", examples),
    Gates: ("gates", gates),
    Graph: ("graph", graph),
    Health: ("health", health),
    InputGradients: ("input_gradients", input_gradients),
    Jacobian: ("jacobian", jacobian),
    Preactivations: ("preactivations", preactivations),
    Predictions: ("predictions", predictions),
    RecorderReport: ("recorder", recorder),
    Setup: ("setup", setup),
    Untrained: ("untrained", untrained),
}

_STANDARD_DESCRIPTIONS = {
    "dead_fraction": "Share of units that are exactly zero in every valid cell of the batch.",
    "negative_fraction": "Share of finite pre-activations below zero.",
    "gradient_norm": "L2 norm of the gradient of all parameters together.",
    "update_ratio": "Norm of what the step added to the parameters / norm of the parameters.",
    "learning_rate": "The learning rate of this step.",
    "loss": "The loss of this step, as the recorder saw it.",
    "amnesia_ratio": "Mean input gradient over the far half of lags / over all of them; flat: 1.",
    "auroc": "Area under the ROC curve of the model's predictions.",
    "average_precision": "Average precision: the sum of precision over the steps of recall.",
    "brier": "Mean squared error of the predicted probability.",
    "log_loss": "Mean negative log-likelihood of the labels.",
    "accuracy": "Share of rows whose predicted class is their label.",
    "mae": "Mean absolute error.",
    "rmse": "Root of the mean squared error.",
    "r2": "1 - squared error / that of the mean label.",
}


def codec(record: Record) -> tuple[str, ModuleType]:
    """The kind of a record, and the module that turns it into fields, planes and series."""
    return _KINDS[type(record)]


def encode(name: str, record: Record, description: str | None = None) -> summary_pb2.Summary:
    """The values of one record at one step: frame, series and what the standard tabs understand."""
    kind, parts = codec(record)
    stem = metadata.tag_stem(name)
    blobs = frame.encode(kind, {"name": name, **parts.fields(record)}, parts.planes(record))
    vector = series.encode(kind, parts.series(record))
    ours: Callable[[str], bytes] = lambda part: metadata.encode(  # noqa: E731
        metadata.Content(kind=kind, part=part, name=name)
    )
    values = [
        _value(
            f"{stem}/{kind}",
            _strings(blobs),
            _metadata("BLOB_SEQUENCE", metadata.PLUGIN_NAME, ours("frame"), description),
        ),
        _value(
            f"{stem}/{kind}/series",
            _numbers(vector, types_pb2.DT_FLOAT),
            _metadata("TENSOR", metadata.PLUGIN_NAME, ours("series"), description),
        ),
    ]
    for measure, number in parts.standard(record).items():
        values.append(
            scalar(f"deepdebug/{stem}/{measure}", number, _STANDARD_DESCRIPTIONS[measure])
        )
    if isinstance(record, Preactivations):
        values.append(
            _value(
                f"deepdebug/{stem}/{kind}",
                _numbers(preactivations.histogram(record), types_pb2.DT_DOUBLE),
                _metadata("TENSOR", "histograms", b"", description),
            )
        )
    return summary_pb2.Summary(value=values)


def scalar(tag: str, number: float, description: str | None = None) -> summary_pb2.Summary.Value:
    """One point of a standard scalar: a rank-0 float32, all that both ingesters accept."""
    with np.errstate(over="ignore"):
        value = float(np.float32(number))
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT, float_val=[value])
    proto.tensor_shape.SetInParent()
    return _value(tag, proto, _metadata("SCALAR", "scalars", b"", description))


def _value(
    tag: str, tensor: tensor_pb2.TensorProto, meta: summary_pb2.SummaryMetadata
) -> summary_pb2.Summary.Value:
    return summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=meta)


@functools.lru_cache(maxsize=1024)
def _metadata(
    data_class: str, plugin: str, content: bytes, description: str | None
) -> summary_pb2.SummaryMetadata:
    return summary_pb2.SummaryMetadata(
        plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin, content=content),
        data_class=getattr(summary_pb2, f"DATA_CLASS_{data_class}"),
        summary_description=description or "",
    )


def _strings(blobs: list[bytes]) -> tensor_pb2.TensorProto:
    return tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING, tensor_shape=_shape((len(blobs),)), string_val=blobs
    )


def _numbers(array: NDArray[np.floating], dtype: int) -> tensor_pb2.TensorProto:
    return tensor_pb2.TensorProto(
        dtype=dtype, tensor_shape=_shape(array.shape), tensor_content=array.tobytes()
    )


def _shape(shape: tuple[int, ...]) -> tensor_shape_pb2.TensorShapeProto:
    dims = [tensor_shape_pb2.TensorShapeProto.Dim(size=n) for n in shape]
    return tensor_shape_pb2.TensorShapeProto(dim=dims)
