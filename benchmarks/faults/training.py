"""One training with the recorder around it, and what came of it."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.faults.data import Data
from benchmarks.faults.recipe import Recipe
from tb_deepdebug.torch import DeepDebug

OUTCOME = "outcome.json"
EVERY, HEALTH_EVERY = 20, 5  # steps between looks, and between records of gradients and weights
_EVALUATIONS = 12


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of a training on clean validation data: kept beside its log.

    Attributes:
      kind: "healthy" or "faulty"; `name` of the variant or of the fault.
      metric: accuracy of classes, R2 of numbers; NaN if the loss is not finite.
      seconds: the training took, recorder included.
    """

    kind: str
    name: str
    base: str
    seed: int
    task: str
    steps: int
    injected: int
    loss: float
    metric: float
    seconds: float
    framework: str = "torch"

    def write(self, folder: Path) -> None:
        """As JSON, last of all: a folder without it is not finished."""
        (folder / OUTCOME).write_text(json.dumps(dataclasses.asdict(self), indent=1))

    @classmethod
    def read(cls, folder: Path) -> Outcome:
        """What `write` wrote."""
        return cls(**json.loads((folder / OUTCOME).read_text()))


def train(recipe: Recipe, seed: int, folder: Path) -> tuple[float, float]:
    """Trains and records into a folder; returns the loss and the metric on validation data."""
    torch.manual_seed(seed)
    data = recipe.data(seed)
    net = recipe.net()
    for change in recipe.prepared:
        change(net)
    optimizer = recipe.optimizer(recipe.parameters(net))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: recipe.rate(done + 1))
    seen, answers = data.x[: recipe.probe], data.y[: recipe.probe]
    mask = None if recipe.mask is None else recipe.mask(seen)
    with DeepDebug(
        net,
        folder,
        probe=seen,
        labels=answers,
        loss=recipe.loss,
        mask=mask,
        optimizer=optimizer,
        every=EVERY,
        health_every=HEALTH_EVERY,
        diagnose=False,  # rules are applied to the log, whenever they change
    ) as debug:
        for step in range(1, recipe.steps + 1):
            loss = _update(recipe, net, optimizer, data, seed, step)
            schedule.step()
            debug.step(step, loss=loss)
            if step % max(1, recipe.steps // _EVALUATIONS) == 0 or step == recipe.steps:
                told = evaluate(recipe, net, data)
                debug.scalar("deepdebug/epoch/val_loss", told[0], step)
                debug.scalar("deepdebug/epoch/val_accuracy", told[1], step)
    return told


def _update(
    recipe: Recipe,
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    data: Data,
    seed: int,
    step: int,
) -> Tensor:
    count = len(data.x)
    if recipe.shuffles:
        drawn = torch.Generator().manual_seed(1_000_003 * seed + step)
        rows = torch.randint(0, count, (recipe.batch,), generator=drawn)
    else:
        rows = torch.arange(step * recipe.batch, (step + 1) * recipe.batch) % count
    net.train()
    if recipe.clears:
        optimizer.zero_grad()
    loss = recipe.loss(net(data.x[rows]), data.y[rows])
    loss.backward()
    for change in recipe.gradients:
        change(net, step)
    optimizer.step()
    return loss.detach()


@torch.no_grad()
def evaluate(recipe: Recipe, net: nn.Module, data: Data) -> tuple[float, float]:
    """The loss that the recipe has and its metric, over all validation examples."""
    net.eval()
    outputs = net(data.x_val)
    loss = float(recipe.loss(outputs, data.y_val))
    if not bool(torch.isfinite(outputs).all()):
        return math.nan, math.nan
    if recipe.task == "classes":
        return loss, float((outputs.argmax(-1) == data.y_val).float().mean())
    error = (outputs.reshape(-1) - data.y_val).square().mean()
    return loss, float(1 - error / data.y_val.var())


def run(recipe: Recipe, kind: str, name: str, base: str, seed: int, folder: Path) -> Outcome:
    """Trains, and keeps the outcome beside the log."""
    began = time.perf_counter()
    loss, metric = train(recipe, seed, folder)
    took = time.perf_counter() - began
    outcome = Outcome(
        kind, name, base, seed, recipe.task, recipe.steps, recipe.injected, loss, metric, took
    )
    outcome.write(folder)
    return outcome
