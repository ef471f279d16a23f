"""The Keras recorder: what it adds to a training step, on four nets.

Within one `fit` the recorders, Keras' own histograms and no callback at all take turns. A look at
the model is also timed by itself, beside a train step: that is what looking more rarely costs.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from benchmarks.keras_nets import Net, nets
from benchmarks.measure import Quartiles, interleave, quartiles, ratio, seconds
from benchmarks.steps import milliseconds, step_figure

BLOCK = 10  # steps, with one look
_NEVER = 1 << 40
_BY = {True: "layer outputs and inputs", False: "layer outputs"}


def run(quick: bool) -> list[Figure]:
    """Net by net."""
    return [figure for net in nets(quick) for figure in figures(net, 2 if quick else 5)]


def figures(net: Net, rounds: int) -> Iterator[Figure]:
    """Of one net, each from as many rounds."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _training(net, Path(folder), rounds)
    with tempfile.TemporaryDirectory() as folder:
        yield from _looking(net, Path(folder), rounds)


# -- every step, and every ten ----------------------------------------------------------------


def _training(net: Net, folder: Path, rounds: int) -> Iterator[Figure]:
    """Blocks of steps of one `fit`."""
    from benchmarks.keras_turns import Arm, KerasHistograms, Turns, train

    paths = {name: folder / name for name in ("health", "looks", "histograms")}
    health = recorder(net, paths["health"], every=lambda step: False, health_every=1)
    looks = recorder(net, paths["looks"], every=lambda step: step % BLOCK == 0)
    turns = Turns(
        {
            "plain": Arm(),
            "plain again": Arm(),
            "health": Arm(health, paths["health"]),
            "looks": Arm(looks, paths["looks"]),
            "histograms": Arm(KerasHistograms(paths["histograms"]), paths["histograms"]),
        },
        block=BLOCK,
        rounds=rounds * (4 if net.name == "MLP" else 1),
        warm_up=2,
    )
    train(net.model(), net.x, net.y, turns)
    words = {
        "health": ("training health with histograms, every step", 1.03, 1),
        "looks": (f"a probe with everything written, every {BLOCK} steps", 1.04, BLOCK),
        "histograms": ("keras.callbacks.TensorBoard's histograms, every step", None, 1),
    }
    for arm, (what, target, every) in words.items():
        what = f"{net.name}, {what}"
        yield step_figure(what, turns.taken, arm, at_most=target, every=every)


def recorder(net: Net, folder: Path, **options: Any) -> Any:
    """Looks at the net's probe; input gradients are taken at the beginning and the end only."""
    from tb_deepdebug.keras import DeepDebug

    told: dict[str, Any] = {
        "labels": net.y[net.probe],
        "health_every": BLOCK,
        "gradients_every": _NEVER,
        "write_input_gradients": net.has_time,
    }
    return DeepDebug(folder, net.x[net.probe], **told | options)


# -- a look by itself -------------------------------------------------------------------------


def _looking(net: Net, folder: Path, rounds: int) -> Iterator[Figure]:
    """Single looks take turns with single steps."""
    model = net.model()
    arms: dict[str, Callable[[], float]] = {
        "step": lambda: seconds(lambda: model.train_on_batch(net.x, net.y)),
        "step again": lambda: seconds(lambda: model.train_on_batch(net.x, net.y)),
        "look": _look(net, model, folder / "look"),
        "look back": _look(net, model, folder / "back", gradients_every=1),
    }
    taken = interleave(arms, rounds=2 * rounds, warm_up=2)
    same = ratio(taken["step again"], taken["step"])
    yield Figure(
        f"{net.name}, the same every 100 steps: a look / 100 plain steps",
        share(taken["look"], taken["step"], 100),
        "%",
        at_most=0.5,
        same=same,
        note=f"a look {milliseconds(taken['look'])}, a step {milliseconds(taken['step'])}; "
        "A/A of a step",
    )
    back = [a - b for a, b in zip(taken["look back"], taken["look"], strict=True)]
    yield Figure(
        f"{net.name}, gradients by {_BY[net.has_time]}, with every tenth look: / plain step",
        ratio(back, taken["step"]),
        same=same,
        note=f"{milliseconds(back)}; with a look every 10 steps "
        f"{share(back, taken['step'], 100)} % of the steps",
    )


def _look(net: Net, model: Any, folder: Path, **options: Any) -> Callable[[], float]:
    debug = recorder(net, folder, every=lambda step: False, model=model, **options)
    steps = iter(range(1, _NEVER))
    return lambda: seconds(lambda: debug.record(next(steps)))


def share(looks: Sequence[float], steps: Sequence[float], every: int) -> Quartiles:
    """Looks every so many steps, in per cent of the time of the steps between."""
    return quartiles([100 * a / (every * b) for a, b in zip(looks, steps, strict=True)])
