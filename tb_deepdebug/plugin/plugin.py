"""The plugin: routes onto a log; see http_api.md."""

from __future__ import annotations

import concurrent.futures
import functools
import gzip
import json
import logging
import mimetypes
import pathlib
import urllib.parse
from typing import Any

from tensorboard import plugin_util
from tensorboard.backend import json_util
from tensorboard.plugins import base_plugin
from werkzeug import wrappers
from werkzeug.datastructures import MultiDict

from tb_deepdebug.cache import BytesCache, TagMemory
from tb_deepdebug.plugin import envelope, http, queries
from tb_deepdebug.reader import Log

_STATIC = pathlib.Path(__file__).parents[1] / "static"
_CACHE_BYTES = 256 << 20
_MOST_PARTS = 64
# Questions that follow an index within so many seconds need no listing of their own.
_PATIENCE_SECONDS = 2.0
_PARTS = concurrent.futures.ThreadPoolExecutor(8, thread_name_prefix="deepdebug-part")
_BINARY = "application/octet-stream"
_log = logging.getLogger("tensorboard")

# Served in place of a bundle that was never built, so that the tab says so.
_NO_BUNDLE = b"""export function render() {
  document.body.textContent = 'The DeepDebug tab was installed without its frontend. ' +
    'Run: pip install --force-reinstall tb-deepdebug';
}
"""


class DeepDebugPlugin(base_plugin.TBPlugin):
    """The DeepDebug tab."""

    plugin_name = "deepdebug"

    def __init__(self, context: base_plugin.TBContext) -> None:
        """`context`: only its data provider is used, which every ingester has."""
        self._provider = context.data_provider
        self._cache = BytesCache(_CACHE_BYTES)
        self._memory = TagMemory()

    def get_plugin_apps(self) -> dict[str, Any]:
        """Routes: the API's, and one for each file of the bundle (no path is made of a name)."""
        apps = {
            "/index": http.route(self._index),
            "/batch": http.route(self._batch),
            **{f"/{q}": http.route(functools.partial(self._one, q)) for q in queries.QUERIES},
        }
        for path in sorted(_STATIC.glob("*")):
            if path.is_file() and not path.name.startswith("."):
                apps[f"/{path.name}"] = http.route(functools.partial(_file, path), "gzip")
        apps.setdefault("/index.js", http.route(lambda _: (_NO_BUNDLE, "text/javascript")))
        return apps

    def is_active(self) -> bool:
        """Whether the tab lights up without data of ours: it does not."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """The tab's name and its entry point."""
        return base_plugin.FrontendMetadata(es_module_path="/index.js", tab_name="DeepDebug")

    def _log(self, request: wrappers.Request, patience: float = _PATIENCE_SECONDS) -> Log:
        return Log(
            self._provider,
            plugin_util.context(request.environ),
            plugin_util.experiment_id(request.environ),
            self._cache,
            self._memory,
            patience,
        )

    def _index(self, request: wrappers.Request) -> tuple[bytes, str]:
        found = json_util.Cleanse(queries.index(self._log(request, patience=0.0), request.args))
        return json.dumps(found, separators=(",", ":")).encode(), "application/json"

    def _one(self, query: str, request: wrappers.Request) -> tuple[bytes, str]:
        return queries.answer(self._log(request), query, request.args), _BINARY

    def _batch(self, request: wrappers.Request) -> tuple[bytes, str]:
        asked = request.args.getlist("get")
        if not 1 <= len(asked) <= _MOST_PARTS or set(request.args) != {"get"}:
            raise queries.RequestError(
                400,
                f"Expected 1 to {_MOST_PARTS} `get`, nothing else. Received: {len(asked)}, "
                f"of {list(request.args)}",
            )
        log = self._log(request)
        log.take_stock()  # once, for all parts
        parts = list(_PARTS.map(functools.partial(_part, log), asked))
        return envelope.encode_batch(parts), _BINARY


def _part(log: Log, text: str) -> tuple[int, str | None, bytes]:
    query, _, rest = text.partition("?")
    try:
        params = MultiDict(urllib.parse.parse_qsl(rest, keep_blank_values=True))
        return 200, None, queries.answer(log, query, params)
    except queries.RequestError as error:
        return error.status, error.reason, b""
    except Exception as error:  # a fault of ours in one part must not take the others along
        _log.exception("DeepDebug could not answer %s", query)
        return 500, f"DeepDebug failed: {type(error).__name__}: {error}"[:300], b""


@functools.lru_cache(maxsize=32)
def _packed(path: pathlib.Path, stamp: int) -> bytes:
    """A file's bytes as gzip: TensorBoard's own packing, at every request, saves less."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def _file(path: pathlib.Path, _: wrappers.Request) -> tuple[bytes, str]:
    try:
        body = _packed(path, path.stat().st_mtime_ns)
    except OSError:
        raise queries.RequestError(404, f"No file {path.name!r}: was it rebuilt?") from None
    # A Windows registry may call scripts text/plain, which browsers refuse to run as modules.
    if path.suffix == ".js":
        return body, "text/javascript"
    return body, mimetypes.guess_type(path.name)[0] or _BINARY
