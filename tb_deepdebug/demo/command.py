"""The command `tb-deepdebug demo`: trains the scenarios and checks nets while serving them."""

from __future__ import annotations

import contextlib
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
from tb_deepdebug.demo.size import FAST, Size


def main(
    logdir: str | os.PathLike[str] | None = None,
    *,
    serve: bool = True,
    port: int = 6006,
    seed: int = 0,
    fast: bool = False,
) -> int:
    """Trains and logs five runs, and with `serve` shows them until interrupted.

    Args:
      logdir: where to write; None for a new folder under the temporary one.
      serve: whether to start TensorBoard beside the training and keep it afterwards.
      port: TensorBoard's; another free one is taken where this is in use.
      seed: of weeks, weights and batches.
      fast: tiny nets for a few steps.

    Returns:
      The exit code: 0, also when interrupted; 1 if TensorBoard ends by itself.
    """
    folder = pathlib.Path(logdir or tempfile.mkdtemp(prefix="tb-deepdebug-"))
    with contextlib.suppress(KeyboardInterrupt), _terminable():
        if not serve:
            train(folder, seed, FAST if fast else Size())
            return 0
        with _serve.tensorboard(folder, port) as served:
            address = served.address
            _say(f"The DeepDebug tab: {address} (data arrive within a minute; logs: {folder})")
            train(folder, seed, FAST if fast else Size())
            _say(f"All five runs are complete: {address} (Ctrl-C ends)")
            status = served.wait()
            _say(f"TensorBoard ended by itself, with status {status}; the logs stay in {folder}")
            return 1
    _say("Stopped.")
    return 0


def train(logdir: pathlib.Path, seed: int, size: Size) -> dict[str, float]:
    """Trains the four scenarios in turns, so that all show early, and the rest after them.

    Returns:
      The test errors by run.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported
    from tb_deepdebug.demo import apnea, memory
    from tb_deepdebug.demo.train import Data, run

    start = time.monotonic()
    _say(f"Generating {size.users} weeks of a wearable ...")
    data = Data(wearables.generate(size.users, seed, size.timesteps), size.tested)
    _say(f"Training {len(SCENARIOS)} nets for {size.steps} steps each ...")
    runs = {
        scenario.name: run(scenario, data, logdir, size.steps, seed, size.probed)
        for scenario in SCENARIOS
    }
    errors: dict[str, float] = {}
    for looks in zip(*runs.values(), strict=True):
        errors = {name: error for name, (_, error) in zip(runs, looks, strict=True)}
        told = "  ".join(f"{name} {error:.2f}" for name, error in errors.items())
        _say(f"{time.monotonic() - start:4.0f} s  step {looks[0][0]:3d}  test error: {told}")
    for part in (memory.tried(logdir, seed, size), apnea.studied(logdir, seed, size)):
        for told in part:
            _say(f"{time.monotonic() - start:4.0f} s  {told}")
    return errors


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Makes SIGTERM, and a terminal that is closed, end the demo as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    named = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ends = [end for end in named if signal.getsignal(end) is not signal.SIG_IGN]  # nohup
    try:
        before = {end: signal.signal(end, interrupt) for end in ends}
    except ValueError:  # not in the main thread, where signals can't be handled
        yield
        return
    try:
        yield
    finally:
        for end, handler in before.items():
            signal.signal(end, handler)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
