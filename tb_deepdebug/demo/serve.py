"""TensorBoard as a child process, for as long as the demo runs."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import socket
import subprocess
import sys
from collections.abc import Iterator

HOST = "127.0.0.1"
_PATIENCE = 10.0  # seconds that the child has to end by itself


@dataclasses.dataclass(frozen=True)
class Served:
    """TensorBoard at work: the address of the tab, and the process."""

    address: str
    child: subprocess.Popen[bytes]

    def wait(self) -> int:
        """Returns only if TensorBoard ends by itself: its exit status."""
        return self.child.wait()


@contextlib.contextmanager
def tensorboard(logdir: pathlib.Path, port: int) -> Iterator[Served]:
    """Serves `logdir` inside a `with` block.

    Args:
      logdir: what to show.
      port: where to listen; another free one is taken where this is 0 or in use.
    """
    port = _free_port(port)
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    options = ["--host", HOST, "--port", str(port), "--reload_interval", "5"]
    # A session of its own: Ctrl-C is for the demo alone, which then ends its child.
    child = subprocess.Popen([*command, *options], start_new_session=True)
    try:
        yield Served(f"http://localhost:{port}/#deepdebug", child)
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _free_port(port: int) -> int:
    for candidate in (port, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, candidate))
            return int(probe.getsockname()[1])
    raise OSError(f"No port can be listened on at {HOST}. Received: port={port}")
