"""Which loss a Keras model is trained with: a name, an object or a function of Keras's."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from typing import Any

import keras

from tb_deepdebug.records.setup import LossFacts

_FAMILIES = {
    "categorical": (
        *("sparse_categorical_crossentropy", "categorical_crossentropy"),
        "categorical_focal_crossentropy",
    ),
    "binary": ("binary_crossentropy", "binary_focal_crossentropy"),
    "regression": (
        *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
        *("mean_squared_logarithmic_error", "huber", "log_cosh"),
    ),
}
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in names}


@dataclasses.dataclass(frozen=True)
class Recognised:
    """A loss with what was said to it.

    Attributes:
      ignored: the class that it leaves out, or None.
    """

    facts: LossFacts
    ignored: int | None = None


def compiled_loss(model: Any) -> Any:
    """What a model was compiled with, as it was given; None for no loss."""
    own = getattr(model, "_compile_loss", None)
    return None if own is None else getattr(own, "_user_loss", None)


def recognised(model: Any, loss: Any = None) -> Recognised | None:
    """The loss given, else the compiled one; None where there is none.

    Of a model with several outputs that each have a loss there is no one family.
    """
    weights = None
    if loss is None:
        loss = compiled_loss(model)
        weights = getattr(getattr(model, "_compile_loss", None), "_user_loss_weights", None)
    several = [one for one in keras.tree.flatten(loss) if one is not None]
    if not several:
        return None
    if len(several) > 1:
        return Recognised(LossFacts("several", "other", None, weighted=True))
    return _of(several[0], weighted=weights is not None)


def _of(given: Any, weighted: bool) -> Recognised:
    loss = keras.losses.get(given) if isinstance(given, str) else given
    options: dict[str, Any] = {}
    if isinstance(loss, keras.Loss):
        weighted = weighted or loss.reduction == "sum"
        options = dict(getattr(loss, "_fn_kwargs", None) or {})
        function = getattr(loss, "fn", None)
        if function is None:  # a class of the user's own
            return Recognised(LossFacts(_snake(type(loss).__name__), "other", None))
    else:
        function = loss
    while isinstance(function, functools.partial):
        options, function = {**function.keywords, **options}, function.func
    name = getattr(function, "__name__", type(function).__name__)
    options = {**_defaults(function), **options}
    family = _FAMILY.get(name, "other") if _is_of_keras(function) else "other"
    takes_logits = options.get("from_logits") if family in ("categorical", "binary") else None
    smoothing = float(options.get("label_smoothing") or 0.0)
    facts = LossFacts(_snake(name), family, takes_logits, smoothing, weighted=weighted)
    ignored = options.get("ignore_class")
    return Recognised(facts, int(ignored) if isinstance(ignored, int) else None)


def _is_of_keras(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).partition(".")[0] == "keras"


def _defaults(function: Any) -> dict[str, Any]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return {}
    return {
        name: one.default
        for name, one in signature.parameters.items()
        if one.default is not inspect.Parameter.empty
    }


def _snake(name: str) -> str:
    """ "FocalLoss" as "focal_loss"; what has no name is a "loss"."""
    letters = [f"_{c.lower()}" if c.isupper() else c for c in name]
    return "".join(letters).strip("_") if name.isidentifier() else "loss"
