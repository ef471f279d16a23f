"""Event files to read: healthy ones, and values that no writer of ours writes."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2

import tb_deepdebug as dd

STEPS = (0, 10, 20)
KINDS = ("activations", "input_gradients", "preactivations")


def write_run(folder: Path, steps: Any = STEPS, name: str = "conv1", seed: int = 0) -> None:
    """One record of each kind, and the loss, at each step."""
    rng = np.random.default_rng(seed)
    with dd.EventWriter(folder) as writer:
        for step in steps:
            for summary in summaries(name, rng):
                writer.add(summary, step)
            writer.add_scalar("loss", 1 / (1 + step), step)


def summaries(name: str, rng: np.random.Generator) -> list[summary_pb2.Summary]:
    """A record of each kind: 2 examples, 40 timesteps, 6 units (the first dead) or 3 channels."""
    z = rng.normal(size=(2, 40, 6)).astype(np.float32)
    a = np.maximum(z, 0)
    a[..., 0] = 0
    g = rng.normal(size=(2, 40, 3)).astype(np.float32) * 0.8 ** np.arange(40)[::-1, None]
    return [
        dd.summary.activations_pb(name, a, description="after ReLU"),
        dd.summary.preactivations_pb(name, z),
        dd.summary.input_gradients_pb(name, g, output_step=39),
    ]


def metadata(name: str, kind: str, part: str, version: int = 1) -> bytes:
    """The JSON that says what a tag of ours is."""
    return json.dumps({"version": version, "kind": kind, "part": part, "name": name}).encode()


def blobs(values: list[bytes], shape: tuple[int, ...] | None = None) -> tensor_pb2.TensorProto:
    """A string tensor; `shape` may lie."""
    return tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING,
        tensor_shape=_shape((len(values),) if shape is None else shape),
        string_val=values,
    )


def numbers(array: Any, shape: tuple[int, ...] | None = None) -> tensor_pb2.TensorProto:
    """A tensor of numbers; `shape` may lie."""
    array = np.asarray(array)
    dtypes = {"f4": types_pb2.DT_FLOAT, "f8": types_pb2.DT_DOUBLE, "i8": types_pb2.DT_INT64}
    return tensor_pb2.TensorProto(
        dtype=dtypes[array.dtype.str[1:]],
        tensor_shape=_shape(array.shape if shape is None else shape),
        tensor_content=array.tobytes(),
    )


def summary(
    tag: str,
    tensor: tensor_pb2.TensorProto,
    data_class: str,
    content: bytes = b"",
    plugin: str = "deepdebug",
) -> summary_pb2.Summary:
    """One value under any owner."""
    plugin_data = summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin, content=content)
    meta = summary_pb2.SummaryMetadata(
        plugin_data=plugin_data,
        data_class=getattr(summary_pb2, f"DATA_CLASS_{data_class}"),
    )
    return summary_pb2.Summary(
        value=[summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=meta)]
    )


def header(fields: Any, magic: bytes = b"DD1 ") -> bytes:
    """A frame's header with a checksum that holds; `fields` is an object, or JSON as bytes."""
    text = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return magic + b"%08x " % zlib.crc32(text) + text


def plane(name: str, stored: bytes, **others: Any) -> dict[str, Any]:
    """The entry of a uint8 plane in a header."""
    return {
        "name": name,
        "dtype": "uint8",
        "shape": [len(stored)],
        "codec": "raw",
        "crc32": zlib.crc32(stored),
        **others,
    }


def vector(*body: float) -> tensor_pb2.TensorProto:
    """A series vector with a checksum that holds."""
    flat = np.array(body, "<f4")
    crc = zlib.crc32(flat.tobytes())
    return numbers(np.concatenate([np.array([1, crc >> 16, crc & 0xFFFF], "<f4"), flat]))


def _shape(shape: tuple[int, ...]) -> tensor_shape_pb2.TensorShapeProto:
    dims = [tensor_shape_pb2.TensorShapeProto.Dim(size=n) for n in shape]
    return tensor_shape_pb2.TensorShapeProto(dim=dims)
