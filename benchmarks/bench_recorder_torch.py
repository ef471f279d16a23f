"""The torch recorder beside what else records a whole torch model, at every step of the same loop.

Peers log what they log of the training batch; ours looks at a probe batch of the same size, and
keeps pictures as well. One thread computes; `wandb` writes from a process of its own, whose time is
not seen.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.figure import Figure
from benchmarks.measure import interleave
from benchmarks.steps import size_of, spent, step_figure

_WARM_UP = 3
Step = Callable[[], None]
_WORDS = {
    "health": "ours, health and histograms of weights and gradients",
    "wandb": 'wandb.watch(log="all") of weights and gradients, offline',
    "everything": "ours, that and a probe with everything written",
    "torch": "add_histogram of weights, gradients and activations",
}


class Arm(NamedTuple):
    """A training step with a recorder around it, and the folder that this one writes to."""

    step: Step
    folder: Path | None = None


def run(quick: bool) -> list[Figure]:
    """An MLP and a CNN."""
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(1)
    images = 8 if quick else 32
    nets = {
        "MLP": (_mlp, torch.randn(128, 64)),
        "CNN": (_cnn, torch.randn(images, 3, 32, 32)),
    }
    return [
        figure
        for name, (make, x) in nets.items()
        for figure in figures(name, make, x, 2 if quick else 15)
    ]


def figures(net: str, make: Callable[[], Any], x: Any, rounds: int) -> Iterator[Figure]:
    """Of one net, from as many steps of each arm."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        arms = {
            "plain": Arm(_Training(make(), x).step),
            "plain again": Arm(_Training(make(), x).step),
            "health": stack.enter_context(_ours(make(), x, folder / "health", looks=False)),
            "everything": stack.enter_context(_ours(make(), x, folder / "everything")),
            "torch": stack.enter_context(_torch(make(), x, folder / "torch")),
        }
        if has_wandb():
            arms["wandb"] = stack.enter_context(_wandb(make(), x, folder / "wandb"))
        turns = {name: lambda arm=arm: spent(*arm) for name, arm in arms.items()}
        taken = interleave(turns, rounds=rounds, warm_up=_WARM_UP)
        stack.close()
        if "wandb" in arms:  # which writes when it likes
            size = size_of(arms["wandb"].folder) / (rounds + _WARM_UP)
            taken["wandb"] = [one._replace(size=size) for one in taken["wandb"]]
    for arm, words in _WORDS.items():
        if arm in arms:
            yield step_figure(f"torch, {net}, {words}", taken, arm)
        else:
            print(f"  {words}: wandb is not installed", flush=True)


class _Training:
    """A net, an optimizer, and one batch over and over."""

    def __init__(self, model: Any, x: Any) -> None:
        import torch

        self.model, self.x = model, x
        with torch.no_grad():
            model(x)  # which tells the layers their sizes
        self.y = torch.arange(len(x)) % 10
        self.optimizer = torch.optim.Adam(model.parameters())
        self.steps = 0

    def step(self) -> Any:
        """One update; its loss."""
        import torch

        self.optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(self.model(self.x), self.y)
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        return loss.detach()


@contextmanager
def _ours(model: Any, x: Any, folder: Path, looks: bool = True) -> Iterator[Arm]:
    import torch

    from tb_deepdebug.torch import DeepDebug

    training = _Training(model, x)
    options = {
        "optimizer": training.optimizer,
        "labels": training.y,
        "loss": torch.nn.functional.cross_entropy,
        "every": lambda step: looks,
        "health_every": 1,
        "write_input_gradients": False,  # these nets have no time axis
    }
    with DeepDebug(model, folder, x, **options) as debug:

        def step() -> None:
            loss = training.step()
            debug.step(training.steps, loss=loss)

        yield Arm(step, folder)


@contextmanager
def _torch(model: Any, x: Any, folder: Path) -> Iterator[Arm]:
    """By hooks, as one does it by hand."""
    from torch.utils.tensorboard import SummaryWriter

    training = _Training(model, x)
    seen: dict[str, Any] = {}
    for name, layer in model.named_children():
        layer.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out}))
    with SummaryWriter(str(folder)) as writer:

        def step() -> None:
            training.step()
            for name, parameter in model.named_parameters():
                writer.add_histogram(f"{name}/weight", parameter, training.steps)
                writer.add_histogram(f"{name}/gradient", parameter.grad, training.steps)
            for name, value in seen.items():
                writer.add_histogram(f"{name}/activation", value, training.steps)
            writer.flush()

        yield Arm(step, folder)


def has_wandb() -> bool:
    """Whether the peer that is not among our own tools can be compared with."""
    from importlib.util import find_spec

    return find_spec("wandb") is not None


@contextmanager
def _wandb(model: Any, x: Any, folder: Path) -> Iterator[Arm]:
    """Without a network and without an account."""
    folder.mkdir()
    for name in ("DIR", "CACHE_DIR", "CONFIG_DIR", "DATA_DIR"):
        os.environ[f"WANDB_{name}"] = str(folder)
    os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_CONSOLE": "off"}
    import wandb

    training = _Training(model, x)
    settings = wandb.Settings(x_disable_stats=True, x_disable_meta=True, disable_code=True)
    with wandb.init(project="bench", dir=str(folder), settings=settings) as run:
        run.watch(model, log="all", log_freq=1)

        def step() -> None:
            loss = training.step()
            run.log({"loss": float(loss)})

        yield Arm(step, folder)


def _mlp() -> Any:
    from torch import nn

    hidden = [part for _ in range(3) for part in (nn.LazyLinear(256), nn.ReLU())]
    return nn.Sequential(*hidden, nn.LazyLinear(10))


def _cnn() -> Any:
    from torch import nn

    parts: list[Any] = []
    for filters in (32, 64, 128):
        parts += [nn.LazyConv2d(filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters)]
        parts += [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(10))
