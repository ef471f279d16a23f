"""Real TensorBoard processes on the loopback, ended by id whatever happens."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_START_SECONDS = 90
_ADDRESS = re.compile(r"TensorBoard \S+ at (http://127\.0\.0\.1:\d+\S*)")


@dataclass
class Served:
    """A running TensorBoard: its address, ending in /, and what it has said."""

    address: str = ""
    said: list[str] = field(default_factory=list)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a path below the address."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=60) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@contextlib.contextmanager
def tensorboard(*arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """`tensorboard` with these arguments, once it answers."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tensorboard.main", *arguments),
            *("--host=127.0.0.1", "--port=0", "--reload_interval=1"),
        ],
        cwd=os.sep,  # Python would import what lies in the current folder before all else
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Served()
    up = threading.Event()
    listener = threading.Thread(target=_listen, args=(process, served, up), daemon=True)
    listener.start()
    try:
        up.wait(_START_SECONDS)
        if not served.address:
            raise RuntimeError("TensorBoard did not start:\n" + "".join(served.said))
        yield served
    finally:
        process.kill()
        process.wait()
        listener.join(5)
        if process.stdout and not listener.is_alive():
            process.stdout.close()


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Waits until something holds that TensorBoard will do in its own time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "TensorBoard has not done it in time"
        time.sleep(0.1)


def without_tensorflow(folder: Path) -> dict[str, str]:
    """An environment in which TensorFlow can't be imported."""
    for name in ("tensorflow", "keras"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "__init__.py").write_text("raise ImportError('not on this machine')\n")
    return {"PYTHONPATH": str(folder)}


def _listen(process: "subprocess.Popen[str]", served: Served, up: threading.Event) -> None:
    assert process.stdout
    for line in process.stdout:
        served.said.append(line)
        found = _ADDRESS.search(line)
        if found:
            served.address = found[1].rstrip("/") + "/"
            up.set()
    up.set()
