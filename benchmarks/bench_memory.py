"""What a recorder adds to the memory of a training: peaks of fresh processes, taken in turns."""

import argparse
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from benchmarks.measure import Quartiles, interleave, quartiles, ratio

_ARMS = ("plain", "plain again", "recorded", "small budget", "large budget")
_MIB = 1 << 20
_SMALL, _LARGE = 16 * _MIB, 2048 * _MIB
_ROOT = Path(__file__).resolve().parent.parent


def run(quick: bool) -> list[Figure]:
    """The DeepHeart-like net; a budget is that of a probe of the whole batch."""
    arms: dict[str, Callable[[], float]] = {
        arm: lambda arm=arm: _fresh(arm, quick) for arm in _ARMS
    }
    taken = interleave(arms, rounds=1 if quick else 3, warm_up=0)
    same = ratio(taken["plain again"], taken["plain"])
    words = {
        "recorded": "health and a probe of one example, every step",
        "small budget": f"a probe of 16 examples, memory_bytes={_SMALL // _MIB} MiB",
        "large budget": f"a probe of 16 examples, memory_bytes={_LARGE // _MIB} MiB",
    }
    return [
        Figure(
            f"peak memory of a training, {what}: / plain",
            ratio(taken[arm], taken["plain"]),
            same=same,
            note=f"{_more(taken[arm], taken['plain'])} MB more than {_mb(taken['plain'])} MB",
        )
        for arm, what in words.items()
    ]


def _fresh(arm: str, quick: bool) -> float:
    """Peak bytes of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_memory", arm, *(["--quick"] * quick)]
    told = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=300)
    if told.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{told.stderr[-2000:]}")
    return float(told.stdout.split()[-1])


def _train(arm: str, quick: bool) -> None:
    """A few steps of one arm."""
    from benchmarks.bench_recorder import recorder
    from benchmarks.keras_nets import deepheart

    budget = {"small budget": _SMALL, "large budget": _LARGE}.get(arm)
    net = deepheart(1024 if quick else 4096, examples=16, probe=16 if budget else 1)
    options: dict[str, Any] = {"every": (lambda step: True), "health_every": 1}
    if budget:
        options |= {"memory_bytes": budget, "write_health": False}
    with tempfile.TemporaryDirectory() as folder:
        callbacks = [] if arm.startswith("plain") else [recorder(net, Path(folder), **options)]
        net.model().fit(net.x, net.y, batch_size=8, epochs=2, verbose=0, callbacks=callbacks)


def peak() -> int:
    """The most bytes that this process ever held.

    `ru_maxrss` begins with that of the process that started this one; Linux keeps another count.
    """
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    if found:
        return int(found[1]) << 10
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size << 10


def _more(over: list[float], under: list[float]) -> Quartiles:
    return quartiles([(a - b) / 1e6 for a, b in zip(over, under, strict=True)])


def _mb(values: list[float]) -> Quartiles:
    return quartiles([value / 1e6 for value in values])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arm", choices=_ARMS)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    _train(asked.arm, asked.quick)
    print(peak())
