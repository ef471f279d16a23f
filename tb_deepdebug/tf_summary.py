"""The TensorFlow half of the summary functions: default writer, default step, `record_if`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary

from tb_deepdebug.records.cells import to_numpy
from tb_deepdebug.summary import Call

try:
    import tensorflow as tf
except ImportError as error:
    raise ImportError(
        "tb_deepdebug.summary.activations and its kin write through tf.summary and need "
        "TensorFlow. Without it, use their *_pb twins with tb_deepdebug.EventWriter."
    ) from error


def write(call: Call, name: str, step: Any, arrays: Mapping[str, Any]) -> Any:
    """Writes what the call builds from the arrays to the default summary writer.

    Arguments are checked also where nothing is recorded, as far as shapes and dtypes tell: a call
    that is wrong is wrong on every step, not on each hundredth.
    """
    given = {key: _as_array(value) for key, value in arrays.items() if value is not None}
    with tf.summary.experimental.summary_scope(name, "deepdebug") as (tag, _):
        if tf.executing_eagerly():
            return _write_eager(call, tag, step, given)
        return _write_in_graph(call, tag, step, given)


def write_eagerly(build: Callable[[str], Summary], name: str, step: Any) -> bool:
    """Writes what `build` makes of the tag, where it is not in a graph (TypeError)."""
    if not tf.executing_eagerly():
        raise TypeError(
            f"`predictions` must be called eagerly, outside any tf.function. Received: {name!r} "
            "inside one"
        )
    with tf.summary.experimental.summary_scope(name, "deepdebug") as (tag, _):
        if not bool(tf.summary.should_record_summaries()):
            return False
        data = build(tag).SerializeToString()
        return bool(tf.summary.experimental.write_raw_pb(data, step=step))


def _write_eager(call: Call, tag: str, step: Any, arrays: Mapping[str, Any]) -> bool:
    if not bool(tf.summary.should_record_summaries()):
        _check(call, arrays)
        return False
    data = call.build(tag, **arrays).SerializeToString()
    return bool(tf.summary.experimental.write_raw_pb(data, step=step))


def _write_in_graph(call: Call, tag: str, step: Any, arrays: Mapping[str, Any]) -> Any:
    _check(call, arrays)
    names, tensors = list(arrays), [tf.convert_to_tensor(value) for value in arrays.values()]

    def serialise(*values: Any) -> bytes:
        given = dict(zip(names, values, strict=True))
        return bytes(call.build(tag, **given).SerializeToString())

    def record() -> Any:
        # Inside the condition, so that a step that is not recorded costs nothing.
        data = tf.numpy_function(serialise, tensors, tf.string, stateful=True)
        return tf.summary.experimental.write_raw_pb(data, step=step)

    wanted = tf.summary.should_record_summaries()
    known = tf.get_static_value(wanted)
    if known is None:
        return tf.cond(wanted, record, lambda: tf.constant(False))
    return record() if known else tf.constant(False)


def _as_array(value: Any) -> Any:
    """TensorFlow's own as they are; the rest as NumPy, which keeps a list's float64."""
    return value if isinstance(value, tf.Tensor | tf.Variable) else to_numpy(value)


def _check(call: Call, arrays: Mapping[str, Any]) -> None:
    """The checks that need no values, on arrays of the same shapes that take no memory."""
    stand_ins = {key: _stand_in(key, value) for key, value in arrays.items()}
    if all(array is not None for array in stand_ins.values()):
        call.check(**stand_ins)
    else:
        _check_rank(arrays)


def _stand_in(argument: str, value: Any) -> Any:
    """An array of this shape and kind, one cell in size; None where the shape is not yet known."""
    shape, dtype = tf.TensorShape(value.shape), _held_as(value)
    if argument == "output_step":  # its values are the argument
        return value if isinstance(value, np.ndarray) else None
    return np.broadcast_to(np.ones((), dtype), tuple(shape)) if shape.is_fully_defined() else None


def _held_as(value: Any) -> Any:
    """The dtype to stand in: half precision would be widened, cell by cell."""
    dtype = value.dtype.as_numpy_dtype if hasattr(value.dtype, "as_numpy_dtype") else value.dtype
    half = dtype == np.float16 or np.dtype(dtype).name.startswith(("bfloat16", "float8"))
    return np.float32 if half else dtype


def _check_rank(arrays: Mapping[str, Any]) -> None:
    """The check that is left where a size is not known before the graph runs."""
    for argument, ranks in (("data", (2, 3, 4)), ("gradients", (3,))):
        rank = tf.TensorShape(arrays[argument].shape).rank if argument in arrays else None
        if rank is not None and rank not in ranks:
            raise ValueError(
                f"`{argument}` must have rank {', '.join(map(str, ranks))}. "
                f"Received: shape={arrays[argument].shape}, dtype={arrays[argument].dtype.name}"
            )
