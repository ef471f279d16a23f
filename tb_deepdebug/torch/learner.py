"""A trainable copy of a PyTorch module."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tb_deepdebug.checks import rows as input_rows
from tb_deepdebug.checks.learner import Move, Plan, Weight
from tb_deepdebug.torch.learner_copy import copied, made_plain
from tb_deepdebug.torch.learner_functions import Skipped
from tb_deepdebug.torch.learner_head import Head
from tb_deepdebug.torch.learner_random import Stream
from tb_deepdebug.torch.modules import tensors
from tb_deepdebug.torch.quiet import unwrapped

_AT_ONCE = 256  # examples predicted at once


def learner(model: nn.Module, x: Any, plan: Plan, *, built: bool) -> TorchLearner:
    """See `tb_deepdebug.checks.learner.learner`.

    Args:
      built: the model is fresh from a builder, and trained itself.
    """
    return TorchLearner(model, x, plan, built=built)


class TorchLearner:
    """A copy of a module, its head and its optimizer; it draws its own random numbers.

    Attributes:
      notes: what should be known of the copy.
    """

    def __init__(self, model: nn.Module, x: Any, plan: Plan, *, built: bool) -> None:
        self._plan = plan
        notes: list[str] = []
        few = input_rows.taken(x, np.arange(min(3, input_rows.count(x))))
        self._like = next((p for p in model.parameters() if p.is_floating_point()), None)
        device = torch.device("cpu") if self._like is None else self._like.device
        self._random = Stream(plan.seed, device)
        with self._random.running():
            self._model = model if built else copied(model, plan.fresh, notes)
            if plan.plain:
                notes += made_plain(self._model)
            with self._buffers_kept():
                self._head = Head(self._model, self._called, few, plan)
                self._skipped = Skipped(dropout=plan.plain, squashing=plan.outputs is None)
                self._model.train()
                self._skipped.learn(lambda: self._called(few))
        unused = self._head.old if self._head.replaces else frozenset()
        own = [p for p in self._model.parameters() if p.requires_grad and id(p) not in unused]
        self._trained = own + self._head.new
        kind = torch.optim.Adam if plan.optimizer == "adam" else torch.optim.SGD
        self._optimizer = kind(self._trained, lr=plan.learning_rate)
        self.notes = tuple(notes + self._head.notes)

    @property
    def parameters(self) -> int:
        """How many it trains."""
        return sum(p.numel() for p in self._trained)

    def slow_down(self, factor: float) -> None:
        """Divides the learning rate by so much from the next step on."""
        for group in self._optimizer.param_groups:
            group["lr"] /= factor

    def step(self, x: Any, y: NDArray[np.float64], mask: NDArray[np.bool_] | None) -> float:
        """One step of the optimizer on a batch; the loss before it."""
        self._model.train()
        with self._random.running(), torch.enable_grad():
            self._optimizer.zero_grad(set_to_none=True)
            loss = _loss(self._plan.loss, self._forward(x, mask), y)
            loss.backward()
            if self._plan.clip_norm is not None:
                nn.utils.clip_grad_norm_(self._trained, self._plan.clip_norm)
            self._optimizer.step()
        return float(loss.detach())

    def predict(self, x: Any, mask: NDArray[np.bool_] | None) -> NDArray[np.float64]:
        """Raw outputs `[batch, outputs]` (logits for binary and categorical), in inference mode."""
        self._model.eval()
        every, found = np.arange(input_rows.count(x)), []
        with self._random.running(), torch.no_grad():
            for some in np.array_split(every, -(-len(every) // _AT_ONCE)):
                masked = None if mask is None else mask[some]
                z = self._forward(input_rows.taken(x, some), masked)
                found.append(z.double().cpu().numpy())
        return np.concatenate(found).reshape(len(every), -1)

    def weights(self) -> list[Weight]:
        """What it has learned, the module's own only: a new head is not among them."""
        return weights(self._model, self._head.old)

    def load(self, weights: Sequence[Weight]) -> None:
        """Takes over the weights of another copy of the same module, but for those of its head."""
        own = self._model.state_dict()
        with torch.no_grad():
            for weight in weights:
                if not weight.head:
                    own[weight.name].copy_(torch.as_tensor(weight.value))

    def _forward(self, x: Any, mask: Any) -> torch.Tensor:
        with self._skipped:
            output = self._called(x)
        if self._head.replaces:
            return self._head.outputs(mask, input_rows.count(x), self._plan.reads)
        first = next(t for t in tensors(output) if t.is_floating_point())
        return self._head.own(first, mask, self._plan.reads)

    def _called(self, x: Any) -> Any:
        """The module's output for rows of its input."""
        fed = input_rows.mapped(x, self._fed)
        if isinstance(fed, dict):
            return self._model(**fed)
        return self._model(*fed) if isinstance(fed, list | tuple) else self._model(fed)

    def _fed(self, given: Any) -> torch.Tensor:
        """As a tensor in the module's dtype, where the module lies; lengths stay in main memory."""
        tensor = torch.as_tensor(given)
        if self._like is None:
            return tensor
        if tensor.is_floating_point():
            return tensor.to(self._like.device, self._like.dtype)
        return tensor if tensor.dim() == 1 else tensor.to(self._like.device)

    @contextlib.contextmanager
    def _buffers_kept(self) -> Iterator[None]:
        """Puts the running statistics back that a call in training mode changes."""
        kept = [(b, b.detach().clone()) for b in self._model.buffers()]
        try:
            with torch.no_grad():
                yield
        finally:
            with torch.no_grad():
                for buffer, value in kept:
                    buffer.copy_(value)


def weights(model: nn.Module, head: frozenset[int] = frozenset()) -> list[Weight]:
    """The parameters and buffers of a module, in its own order.

    Args:
      head: the ids of the parameters that belong to its last layer.
    """
    last = {name for name, p in model.named_parameters() if id(p) in head}
    return [
        Weight(name, one.detach().float().cpu().numpy().copy(), name in last)
        for name, one in model.state_dict().items()
        if isinstance(one, torch.Tensor)
    ]


def take_over(model: nn.Module, learned: Sequence[Weight], few: Any) -> list[Move]:
    """Moves weights into a module, by name; what became of each of its own."""
    found = {weight.name: weight for weight in learned}
    moves = []
    with torch.no_grad():
        for name, own in unwrapped(model).state_dict().items():
            if isinstance(own, torch.Tensor):
                move = Move.of(name, tuple(own.shape), found.get(name))
                if not move.reason:
                    own.copy_(torch.as_tensor(found[name].value))
                moves.append(move)
    return moves


def _loss(kind: str, outputs: torch.Tensor, y: NDArray[np.float64]) -> torch.Tensor:
    """The mean over the targets that are not NaN; 0 where all are."""
    targets = torch.as_tensor(np.asarray(y, np.float32), device=outputs.device)
    if kind != "categorical" and targets.dim() == 1:
        targets = targets[:, None]
    if kind != "categorical":
        outputs = outputs.flatten(1)
    known = torch.isfinite(targets)
    there = torch.where(known, targets, 0.0)
    if kind == "categorical":
        classes = outputs.movedim(-1, 1)  # of every step: `[batch, classes, time]`
        losses = nn.functional.cross_entropy(classes, there.long(), reduction="none")
    elif targets.shape != outputs.shape:
        raise ValueError(
            f"`y` must have the model's {outputs.shape[1]} outputs. "
            f"Received: shape={tuple(targets.shape)}"
        )
    elif kind == "binary":
        losses = nn.functional.binary_cross_entropy_with_logits(outputs, there, reduction="none")
    else:
        losses = (outputs - there) ** 2
    return (losses * known).sum() / known.sum().clamp(min=1)
