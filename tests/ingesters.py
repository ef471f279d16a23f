"""A log folder behind each of TensorBoard's two ingesters, and the plugin in front of it."""

import contextlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorboard_data_server
from tensorboard.backend import application
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.data import server_ingester
from tensorboard.plugins import base_plugin
from tensorboard.util import grpc_util
from werkzeug.test import Client

from tb_deepdebug.plugin.plugin import DeepDebugPlugin
from tb_deepdebug.reader import Log

INGESTERS = ("python", "rust")


@dataclass(frozen=True)
class Opened:
    """A log folder being served; `reload` returns when what the folder holds now is known."""

    provider: Any
    reload: Callable[[], None]

    def log(self) -> Log:
        """A look at the log."""
        return Log(self.provider)

    def client(self, path_prefix: str = "") -> Client:
        """A client of TensorBoard's own WSGI application with our plugin in it."""
        plugin = DeepDebugPlugin(base_plugin.TBContext(data_provider=self.provider))
        return Client(application.TensorBoardWSGI([plugin], path_prefix, self.provider))


@contextlib.contextmanager
def opened(ingester: str, logdir: Path) -> Iterator[Opened]:
    """The folder behind "python" or "rust", read, keeping every step."""
    with {"python": _python, "rust": _rust}[ingester](logdir) as found:
        yield found


@contextlib.contextmanager
def _python(logdir: Path) -> Iterator[Opened]:
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        tensor_size_guidance={"deepdebug": 0, "scalars": 0}
    )

    def reload() -> None:
        multiplexer.AddRunsFromDirectory(str(logdir))
        multiplexer.Reload()

    reload()
    yield Opened(data_provider.MultiplexerDataProvider(multiplexer, str(logdir)), reload)


@contextlib.contextmanager
def _rust(logdir: Path) -> Iterator[Opened]:
    with tempfile.TemporaryDirectory() as folder:
        port_file = Path(folder, "port")
        server = subprocess.Popen(
            [
                str(tensorboard_data_server.server_binary()),
                *(f"--logdir={logdir}", "--reload=1", "--host=127.0.0.1", "--port=0"),
                *(f"--port-file={port_file}", "--die-after-stdin", "--verbose"),
                "--samples-per-plugin=deepdebug=all,scalars=all",
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            _wait_for(server, "Finished load cycle")
            provider = server_ingester.ExistingServerDataIngester(
                f"localhost:{port_file.read_text().strip()}",
                channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
            ).data_provider
            yield Opened(provider, lambda: _next_cycle(server))
        finally:
            server.kill()
            server.communicate()


def _next_cycle(server: Any) -> None:
    """Waits for a load cycle that began after now; at most one may be under way."""
    for _ in range(2):
        _wait_for(server, "Starting load cycle")
    _wait_for(server, "Finished load cycle")


def _wait_for(server: Any, text: str) -> None:
    for line in server.stderr:
        if text in line:
            return
    raise RuntimeError(f"The data server ended before {text!r}.")
