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


def route(handler: Handler) -> Any:
    """A WSGI application around a handler that returns (body, content type)."""

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
        return _respond(request, body, content_type)

    return application


def _respond(request: wrappers.Request, body: bytes, content_type: str) -> wrappers.Response:
    # Weak, since TensorBoard may send the same text with or without gzip.
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    etag = f'W/"{tag}"'
    if request.if_none_match.contains_weak(tag):
        response = wrappers.Response(status=304)
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
    return http_util.Respond(request, body, content_type, headers=[("ETag", etag)])


def _reason(
    request: wrappers.Request, status: int, text: str, headers: list[tuple[str, str]] | None = None
) -> wrappers.Response:
    return http_util.Respond(request, text, "text/plain", code=status, headers=headers)
