"""HTTP manners of every route: GET only, ETag and 304, a plain reason for a client's mistake."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from tensorboard import errors
from tensorboard.backend import http_util
from werkzeug import wrappers

from tb_deepdebug.plugin.queries import RequestError

Handler = Callable[[wrappers.Request], tuple[bytes, str]]


def route(handler: Handler, encoding: str | None = None) -> Any:
    """A WSGI application around a handler that returns (body, content type).

    `encoding`: "gzip" for a handler whose bodies are packed already.
    """

    @wrappers.Request.application
    def application(request: wrappers.Request) -> wrappers.Response:
        if request.method not in ("GET", "HEAD"):
            return _reason(request, 405, "Only GET is answered.", [("Allow", "GET, HEAD")])
        try:
            body, content_type = handler(request)
        except RequestError as error:
            return _reason(request, error.status, error.reason)
        except errors.PublicError as error:
            return _reason(request, error.http_code, str(error))
        return _respond(request, body, content_type, encoding)

    return application


def _respond(
    request: wrappers.Request, body: bytes, content_type: str, encoding: str | None
) -> wrappers.Response:
    # Weak, since TensorBoard may send the same text with or without gzip.
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    etag = f'W/"{tag}"'
    if request.if_none_match.contains_weak(tag):
        return _NotModified(etag, content_type)
    return http_util.Respond(
        request, body, content_type, content_encoding=encoding, headers=[("ETag", etag)]
    )


class _NotModified(wrappers.Response):
    """A 304 that keeps its Content-Type, which TensorBoard demands of every response."""

    def __init__(self, etag: str, content_type: str) -> None:
        super().__init__(status=304, content_type=content_type)
        self.headers["ETag"] = etag
        self.headers["Cache-Control"] = "no-cache"
        self.headers["X-Content-Type-Options"] = "nosniff"

    def get_wsgi_headers(self, environ: Any) -> Any:
        """Werkzeug's headers, and the Content-Type that it drops."""
        headers = super().get_wsgi_headers(environ)
        headers["Content-Type"] = self.content_type
        return headers


def _reason(
    request: wrappers.Request, status: int, text: str, headers: list[tuple[str, str]] | None = None
) -> wrappers.Response:
    return http_util.Respond(request, text, "text/plain", code=status, headers=headers)
