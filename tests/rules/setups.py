"""Setups made of plain numbers, for tests of rules: what is not given is that of a healthy run."""

from __future__ import annotations

from typing import Any

from tb_deepdebug.records.setup import InputFacts, LabelFacts, LossFacts, OutputFacts, Setup


def inputs(**changed: Any) -> InputFacts:
    """Standardised numbers in four channels."""
    told: dict[str, Any] = {
        "name": "x",
        "dtype": "float32",
        "shape": (4,),
        "kind": "numbers",
        "count": 1024,
        "nonfinite": 0,
        "padded": 0,
        "min": -3.0,
        "max": 3.0,
        "mean": 0.0,
        "std": 1.0,
        "channel_mean": (0.0,) * 4,
        "channel_std": (1.0,) * 4,
    }
    return InputFacts(**{**told, **changed})


def classes(counts: tuple[int, ...] = (25, 25, 25, 25), **changed: Any) -> LabelFacts:
    """Whole numbers from 0, so many of each."""
    total = sum(counts)
    mean = sum(i * n for i, n in enumerate(counts)) / total
    std = (sum(n * (i - mean) ** 2 for i, n in enumerate(counts)) / total) ** 0.5
    there = [i for i, n in enumerate(counts) if n]
    told: dict[str, Any] = {
        "dtype": "int64",
        "shape": (),
        "count": total,
        "nonfinite": 0,
        "min": float(there[0]),
        "max": float(there[-1]),
        "mean": mean,
        "std": std,
        "integral": True,
        "row_sums_to_one": False,
        "class_counts": counts,
    }
    return LabelFacts(**{**told, **changed})


def numbers(mean: float = 0.0, std: float = 1.0, **changed: Any) -> LabelFacts:
    """A regression's labels `[N, 1]`, within three standard deviations."""
    told: dict[str, Any] = {
        "dtype": "float32",
        "shape": (1,),
        "count": 128,
        "nonfinite": 0,
        "min": mean - 3 * std,
        "max": mean + 3 * std,
        "mean": mean,
        "std": std,
        "integral": False,
        "row_sums_to_one": False,
    }
    return LabelFacts(**{**told, **changed})


def output(activation: str | None = "linear", units: int = 4, **changed: Any) -> OutputFacts:
    """What a fresh net gives: raw outputs, or what the activation makes of them."""
    shares = activation == "softmax"
    low, high = {"linear": (-1.5, 1.5), "tanh": (-0.9, 0.9)}.get(activation or "linear", (0.0, 0.9))
    told: dict[str, Any] = {
        "shape": (units,),
        "activation": activation,
        "min": low,
        "max": high,
        "row_sums_to_one": shares and units > 1,
    }
    return OutputFacts(**{**told, **changed})


def loss(name: str, first: float = float("nan"), **changed: Any) -> LossFacts:
    """One of the losses, with the family and the kind of outputs that its name says."""
    family, from_logits = {
        "sparse_categorical_crossentropy": ("categorical", False),
        "categorical_crossentropy": ("categorical", False),
        "cross_entropy": ("categorical", True),
        "nll_loss": ("categorical", False),
        "binary_crossentropy": ("binary", False),
        "binary_cross_entropy_with_logits": ("binary", True),
        "mean_squared_error": ("regression", None),
        "mse_loss": ("regression", None),
        "my_loss": ("other", None),
    }[name]
    return LossFacts(**{"name": name, "family": family, "from_logits": from_logits,
                        "first": first, **changed})  # fmt: skip


def setup(**parts: Any) -> Setup:
    """A setup; `loss` may be a name."""
    if isinstance(parts.get("loss"), str):
        parts["loss"] = loss(parts["loss"])
    return Setup(**parts)
