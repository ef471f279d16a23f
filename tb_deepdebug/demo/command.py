"""The command `tb-deepdebug demo`: trains the four scenarios side by side while serving them."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import signal
import sys
import tempfile
import time
from collections.abc import Iterator

from tb_deepdebug.demo import serve as _serve
from tb_deepdebug.demo import wearables
from tb_deepdebug.demo.scenarios import SCENARIOS


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is generated and trained."""

    users: int = 768
    tested: int = 256
    timesteps: int = 4096
    steps: int = 600
    probed: int = 8


FAST = Size(users=40, tested=8, timesteps=256, steps=3, probed=5)


def main(
    logdir: str | os.PathLike[str] | None = None,
    *,
    serve: bool = True,
    port: int = 6006,
    seed: int = 0,
    fast: bool = False,
) -> int:
    """Trains and logs four runs, and with `serve` shows them until interrupted.

    Args:
      logdir: where to write; None for a new folder under the temporary one.
      serve: whether to start TensorBoard beside the training and keep it afterwards.
      port: TensorBoard's; another free one is taken where this is in use.
      seed: of weeks, weights and batches.
      fast: a tiny net for a few steps.

    Returns:
      The exit code: 0, also when interrupted.
    """
    folder = pathlib.Path(logdir or tempfile.mkdtemp(prefix="tb-deepdebug-"))
    with contextlib.suppress(KeyboardInterrupt), _terminable():
        if not serve:
            train(folder, seed, FAST if fast else Size())
            return 0
        with _serve.tensorboard(folder, port) as address:
            _say(f"The DeepDebug tab: {address} (data arrive within a minute; logs: {folder})")
            train(folder, seed, FAST if fast else Size())
            _say(f"All four runs are complete: {address} (Ctrl-C ends)")
            while True:
                time.sleep(3600)
    _say("Stopped.")
    return 0


def train(logdir: pathlib.Path, seed: int, size: Size) -> dict[str, float]:
    """Trains the four scenarios in turns, so that all show early; returns their test errors."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported
    from tb_deepdebug.demo.train import Data, run

    _say(f"Generating {size.users} weeks of a wearable ...")
    data = Data(wearables.generate(size.users, seed, size.timesteps), size.tested)
    _say(f"Training {len(SCENARIOS)} nets for {size.steps} steps each ...")
    runs = {
        scenario.name: run(scenario, data, logdir, size.steps, seed, size.probed)
        for scenario in SCENARIOS
    }
    errors: dict[str, float] = {}
    start = time.monotonic()
    for looks in zip(*runs.values(), strict=True):
        errors = {name: error for name, (_, error) in zip(runs, looks, strict=True)}
        told = "  ".join(f"{name} {error:.2f}" for name, error in errors.items())
        _say(f"{time.monotonic() - start:4.0f} s  step {looks[0][0]:3d}  test error: {told}")
    return errors


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Makes SIGTERM end the demo as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread, where signals can't be handled
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
