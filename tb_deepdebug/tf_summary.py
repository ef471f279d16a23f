"""The TensorFlow half of the summary functions: default writer, default step, `record_if`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tensorboard.compat.proto import summary_pb2

try:
    import tensorflow as tf
except ImportError as error:
    raise ImportError(
        "tb_deepdebug.summary.activations and its kin write through tf.summary and need "
        "TensorFlow. Without it, use their *_pb twins with tb_deepdebug.EventWriter."
    ) from error

Build = Callable[..., summary_pb2.Summary]


def write(
    build: Build, name: str, step: Any, arrays: Mapping[str, Any], description: str | None
) -> Any:
    """Writes `build(tag, **arrays, description=...)` to the default summary writer.

    Arguments are checked also where nothing is recorded, as far as their shapes are known: a call
    that is wrong is wrong on every step, not on each hundredth.
    """
    given = {key: value for key, value in arrays.items() if value is not None}
    with tf.summary.experimental.summary_scope(name, "deepdebug") as (tag, _):
        if tf.executing_eagerly():
            return _write_eager(build, tag, step, given, description)
        return _write_in_graph(build, tag, step, given, description)


def _write_eager(
    build: Build, tag: str, step: Any, arrays: Mapping[str, Any], description: str | None
) -> bool:
    if not bool(tf.summary.should_record_summaries()):
        _check_ranks(arrays)
        return False
    data = build(tag, **arrays, description=description).SerializeToString()
    return bool(tf.summary.experimental.write_raw_pb(data, step=step))


def _write_in_graph(
    build: Build, tag: str, step: Any, arrays: Mapping[str, Any], description: str | None
) -> Any:
    names, tensors = list(arrays), [tf.convert_to_tensor(value) for value in arrays.values()]
    _check_ranks(dict(zip(names, tensors, strict=True)))

    def serialise(*values: Any) -> bytes:
        given = dict(zip(names, values, strict=True))
        return bytes(build(tag, **given, description=description).SerializeToString())

    def record() -> Any:
        # Inside the condition, so that a step that is not recorded costs nothing.
        data = tf.numpy_function(serialise, tensors, tf.string, stateful=True)
        return tf.summary.experimental.write_raw_pb(data, step=step)

    wanted = tf.summary.should_record_summaries()
    known = tf.get_static_value(wanted)
    if known is None:
        return tf.cond(wanted, record, lambda: tf.constant(False))
    return record() if known else tf.constant(False)


def _check_ranks(arrays: Mapping[str, Any]) -> None:
    """The checks that need no values: rank and dtype of the measured tensor, where it tells them.

    A list, or a torch tensor, tells no dtype of TensorFlow's; it is checked when it is measured.
    """
    for argument, ranks in (("data", (2, 3, 4)), ("gradients", (3,))):
        array = arrays.get(argument)
        if not isinstance(array, tf.Tensor | tf.Variable | np.ndarray):
            continue
        shape, dtype = tf.TensorShape(array.shape), tf.as_dtype(array.dtype)
        if not dtype.is_floating:
            raise TypeError(
                f"`{argument}` must have a floating-point dtype. "
                f"Received: shape={shape}, dtype={dtype.name}"
            )
        if shape.rank is not None and shape.rank not in ranks:
            wanted = ", ".join(map(str, ranks))
            raise ValueError(
                f"`{argument}` must have rank {wanted}. Received: shape={shape}, dtype={dtype.name}"
            )
