"""Which loss function a callable is: known by its name, or by what it calls."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode

from tb_deepdebug.records.setup import LossFacts
from tb_deepdebug.torch.activations import plain_name

# function -> family, and whether it takes raw outputs.
_FAMILIES: dict[str, tuple[str, bool | None]] = {
    "cross_entropy": ("categorical", True),
    "nll_loss": ("categorical", False),
    "binary_cross_entropy": ("binary", False),
    "binary_cross_entropy_with_logits": ("binary", True),
    "mse_loss": ("regression", None),
    "l1_loss": ("regression", None),
    "smooth_l1_loss": ("regression", None),
    "huber_loss": ("regression", None),
}
_OTHERS = frozenset(
    (
        *("kl_div", "poisson_nll_loss", "gaussian_nll_loss", "ctc_loss", "hinge_embedding_loss"),
        *("margin_ranking_loss", "multi_margin_loss", "multilabel_margin_loss", "soft_margin_loss"),
        *("multilabel_soft_margin_loss", "cosine_embedding_loss", "triplet_margin_loss"),
    )
)
_MODULES: dict[type, str] = {
    nn.CrossEntropyLoss: "cross_entropy",
    nn.NLLLoss: "nll_loss",
    nn.BCELoss: "binary_cross_entropy",
    nn.BCEWithLogitsLoss: "binary_cross_entropy_with_logits",
    nn.MSELoss: "mse_loss",
    nn.L1Loss: "l1_loss",
    nn.SmoothL1Loss: "smooth_l1_loss",
    nn.HuberLoss: "huber_loss",
}
_SQUASHING = {"nll_loss": ("log_softmax",), "binary_cross_entropy": ("sigmoid",)}
_PROBABILITIES = {"nll_loss": ("log",)}  # a cross-entropy that takes probabilities


@dataclasses.dataclass(frozen=True)
class Recognised:
    """A loss function with what was said to it.

    Attributes:
      ignored: the class that it leaves out, or None.
    """

    facts: LossFacts
    ignored: int | None = None


def recognised(loss: Any) -> Recognised:
    """A loss function before it was called: one of PyTorch's, or a name that tells nothing."""
    given: dict[str, Any] = {}
    while isinstance(loss, functools.partial):
        given = {**loss.keywords, **given}
        loss = loss.func
    name = next((n for kind, n in _MODULES.items() if isinstance(loss, kind)), None)
    if name is not None:
        return _told(name, {**vars(loss), **dict(loss.named_buffers()), **given})
    called = getattr(loss, "__name__", type(loss).__name__)
    if getattr(F, called, None) is loss and called in _FAMILIES:
        return _told(called, given)
    return Recognised(LossFacts(_snake(called), "other", None))


def watched(
    loss: Callable[[Any, Any], Any], output: Any, labels: Any
) -> tuple[torch.Tensor, Recognised]:
    """The loss `[]`, and which one it is; of a function that calls one of PyTorch's, that one."""
    with torch.no_grad():
        watch = _Watch()
        with watch:
            value = loss(output, labels)
        if len(watch.losses) == 1 and watch.losses[0].gave(value):
            found = watch.losses[0].found
        else:
            found = recognised(loss)
            if watch.losses:  # it is made of several, whatever its name
                plain = dataclasses.replace(found.facts, family="other", from_logits=None)
                found = Recognised(plain, found.ignored)
        return torch.as_tensor(value).float().mean(), found


@dataclasses.dataclass(frozen=True, eq=False)
class _Called:
    """A loss function that was called, and what it returned."""

    found: Recognised
    returned: torch.Tensor

    def gave(self, value: Any) -> bool:
        """Whether this alone is the loss, its mean over the examples taken or not."""
        if not isinstance(value, torch.Tensor):
            return False
        own = self.returned.float()
        return bool(torch.isclose(value.float().mean(), own.mean(), rtol=1e-5, equal_nan=True))


class _Watch(TorchFunctionMode):
    """Notes the loss functions that are called, and what is squashed for them."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[_Called] = []
        self._made: list[tuple[Any, str]] = []

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        returned = func(*args, **given)
        name = plain_name(func)
        if name in _FAMILIES or name in _OTHERS:
            self.losses.append(_Called(self._recognised(name, func, args, given), returned))
        elif name in ("log_softmax", "sigmoid", "log"):
            self._made.append((returned, name))
        return returned

    def _recognised(self, name: str, func: Any, args: Sequence[Any], given: Any) -> Recognised:
        found = _told(name, _bound(func, args, given))
        first = args[0] if args else given.get("input")
        made = next((made for one, made in self._made if one is first), None)
        facts = found.facts
        if made in _SQUASHING.get(name, ()):
            twin = "cross_entropy" if name == "nll_loss" else "binary_cross_entropy_with_logits"
            facts = dataclasses.replace(facts, name=twin, from_logits=True)
        elif made in _PROBABILITIES.get(name, ()):
            facts = dataclasses.replace(facts, name="cross_entropy", from_logits=False)
        return Recognised(facts, found.ignored)


def _told(name: str, options: Mapping[str, Any]) -> Recognised:
    """The facts of one of PyTorch's loss functions, called with these options."""
    family, from_logits = _FAMILIES.get(name, ("other", None))
    weights = [options.get(key) for key in ("weight", "pos_weight")]
    weighted = any(isinstance(one, torch.Tensor) for one in weights)
    smoothing = float(options.get("label_smoothing") or 0.0)
    facts = LossFacts(name, family, from_logits, smoothing)
    facts = dataclasses.replace(facts, weighted=weighted or options.get("reduction") == "sum")
    ignored = options.get("ignore_index", -100) if family == "categorical" else None
    return Recognised(facts, ignored if isinstance(ignored, int) else None)


def _bound(func: Any, args: Sequence[Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments by name."""
    try:
        return dict(inspect.signature(func).bind(*args, **given).arguments)
    except (TypeError, ValueError):
        return given


def _snake(name: str) -> str:
    """ "FocalLoss" as "focal_loss"."""
    letters = [f"_{c.lower()}" if c.isupper() else c for c in name]
    return "".join(letters).strip("_") if name.isidentifier() else "loss"
