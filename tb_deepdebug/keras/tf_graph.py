"""Questions to a traced TensorFlow graph: where a logit is, what a tensor came from."""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

_SQUASHING = frozenset({"Sigmoid", "Softmax", "LogSoftmax"})
_MOVING = frozenset({"Identity", "Cast", "Reshape", "Squeeze", "ExpandDims", "Transpose"}) | {
    "Slice", "StridedSlice", "GatherV2", "GatherNd", "Pack", "Unpack", "ConcatV2", "Split", "SplitV"
}  # fmt: skip
_FUNCTION_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})


def logits_behind(output: Any) -> list[tuple[Any, Any]]:
    """The tensors that `output` is a rearrangement of, each with its logit.

    A sigmoid saturates: at a logit of 20 its float32 derivative is exactly 0. So the gradient is
    taken of what went *into* the squashing function. Operations that only move values about
    (a reshape, the stack of a TimeDistributed layer) are looked through.

    Returns:
        Pairs (tensor, logit): the sigmoid's or softmax's output and its input, or twice the same
        tensor where no squashing function stands at the end.
    """
    pairs: dict[int, tuple[Any, Any]] = {}
    waiting, seen = [output], set()
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        sources = [t for t in tensor.op.inputs if t.dtype.is_floating]
        if tensor.op.type in _SQUASHING:
            pairs[id(tensor)] = (tensor, tensor.op.inputs[0])
        elif tensor.op.type in _MOVING and sources:
            waiting.extend(sources)
        else:
            pairs[id(tensor)] = (tensor, tensor)
    if any(tensor is not logit for tensor, logit in pairs.values()):
        return list(pairs.values())
    return [(output, output)]


def hidden_in_function(output: Any) -> bool:
    """Whether `output` comes out of a nested function, so that a sigmoid in it stays unseen."""
    return any(tensor.op.type in _FUNCTION_CALLS for tensor, _ in logits_behind(output))


def comes_from(tensor: Any, source: Any) -> bool:
    """Whether `tensor` is `source`, possibly cast, reshaped or sliced on the way."""
    while tensor is not source:
        if tensor.op.type not in _MOVING:
            return False
        tensor = tensor.op.inputs[0]
    return True


def narrowing_casts(outputs: list[Any], dtype: str) -> list[str]:
    """Names of the casts to a float narrower than `dtype` on the way to `outputs`."""
    return [
        op.name
        for op in _ancestors(outputs)
        if op.type == "Cast"
        and op.inputs[0].dtype.is_floating
        and op.outputs[0].dtype.is_floating
        and op.outputs[0].dtype.size < tf.as_dtype(dtype).size
    ]


def _ancestors(tensors: list[Any]) -> Iterator[Any]:
    waiting, seen = [t.op for t in tensors], set()
    while waiting:
        op = waiting.pop()
        if op.name not in seen:
            seen.add(op.name)
            waiting.extend(t.op for t in op.inputs)
            yield op
