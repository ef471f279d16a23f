"""A TensorBoard in a process of its own."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def tensorboard(logdir: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yields the address once TensorBoard says it; ends the process afterwards."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir), "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=logdir,  # `-m` puts the working directory first; a checkout has metadata in it
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            yield _address(server)
        finally:
            server.terminate()


def _address(server: subprocess.Popen[str]) -> str:
    said = []
    for line in server.stderr or ():
        said.append(line)
        if found := re.search(r"at (http://\S+)", line):
            return found[1].rstrip("/") + "/"
    raise RuntimeError("TensorBoard did not start:\n" + "".join(said))
