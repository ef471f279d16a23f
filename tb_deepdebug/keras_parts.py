"""The parts of a Keras model at every depth: finding them, naming them, what they compute in."""

from typing import Any

import keras


def components(model: Any) -> list[Any]:
    """The model, its layers at every depth, and the plain operations of its functional graphs."""
    found: dict[int, Any] = {}
    waiting = [model]
    while waiting:
        part = waiting.pop()
        if id(part) in found:
            continue
        found[id(part)] = part
        waiting.extend(getattr(part, "_layers", None) or ())
        waiting.extend(getattr(part, "operations", None) or ())
        if getattr(part, "_functional", None) is not None:  # a built Sequential wraps one
            waiting.append(part._functional)
    return list(found.values())


def float_dtypes(model: Any) -> set[str]:
    """The float dtypes in which the model's layers compute."""
    return {p.compute_dtype for p in components(model) if is_recastable(p)}


def is_recastable(part: Any) -> bool:
    """Whether it is a layer that computes in a float dtype, which could then be another one."""
    return (
        isinstance(part, keras.Layer)
        and part.quantization_mode is None
        and keras.backend.is_float_dtype(part.compute_dtype)
    )


def find_part(model: Any, layer: Any) -> Any:
    """The layer or operation of `model` that is, or is called, `layer`; None where there is none.

    Raises:
        TypeError, ValueError: when it is no layer, or several layers share the name.
    """
    if layer is None or callable(getattr(layer, "call", None)):
        return layer
    if not isinstance(layer, str):
        raise TypeError(f"A layer, or its name, is needed. Received: {layer!r}")
    parts = [p for p in components(model) if p is not model]
    found = [p for p in parts if layer in (p.name, getattr(p, "path", None))]
    if len(found) > 1:
        paths = [getattr(p, "path", p.name) for p in found]
        raise ValueError(
            f"Several layers are called {layer!r}: pass the layer itself, or one of {paths}"
        )
    return found[0] if found else None


def part_names(model: Any) -> list[str]:
    """The names that `find_part` knows, but for those of inputs."""
    inner = [p for p in components(model) if p is not model]
    return sorted({p.name for p in inner if not isinstance(p, keras.layers.InputLayer)})
