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


def part_paths(model: Any) -> list[tuple[str, Any]]:
    """Every part within `model` with its path, such as "encoder/conv1": one for each place."""
    found: list[tuple[str, Any]] = []

    def walk(part: Any, prefix: str, above: tuple[int, ...]) -> None:
        for child in _inner(part):
            if id(child) not in above:
                found.append((prefix + child.name, child))
                walk(child, f"{prefix}{child.name}/", (*above, id(child)))

    walk(model, "", (id(model),))
    return found


def _inner(part: Any) -> list[Any]:
    inner = [*(getattr(part, "_layers", None) or ()), *(getattr(part, "operations", None) or ())]
    return list({id(p): p for p in inner if not isinstance(p, keras.layers.InputLayer)}.values())


def fingerprint(model: Any) -> list[Any]:
    """What a trace is bound to; other weights, layers or activations need a new one."""
    parts = components(model)
    return [*model.weights, *((id(p), id(getattr(p, "activation", None))) for p in parts)]


def same_fingerprint(old: list[Any], new: list[Any]) -> bool:
    """Whether two fingerprints are of the same model; weights are compared by identity."""
    return len(old) == len(new) and all(
        a is b or (isinstance(a, tuple) and a == b) for a, b in zip(old, new, strict=True)
    )
