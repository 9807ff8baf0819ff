"""The layers around the application, in their order, from the one that a request meets first:

    request ids     every answer and every line of the log below has one
    access log      sees the final status
    metrics         the same
    known hosts     before anything of the index is told, where hosts are limited
    heads           HEAD becomes GET below, so that all headers are those of GET
    safe headers    on every answer, problems included
    CORS            before keys: a browser's preflight request carries none
    gzip
    gate            keys and rates, where there are keys
    full house      searches for which there is no room to wait
    last resort     (api.serving.problems) answers 500, so that the layers above put their headers on it
    short bodies    (api.serving.problems)

All are plain ASGI: none holds a body or an answer, so that the streams of /mcp pass.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.serving.access_log import AccessLog
from api.serving.admission import Admission
from api.serving.full_house import FullHouse
from api.serving.gate import Gate
from api.serving.heads import Heads
from api.serving.hosts import KnownHosts
from api.serving.keys import read_keys
from api.serving.metrics import Metrics
from api.serving.request_ids import RequestIds
from api.serving.surfaces import USED_BY_PAGES
from indexer.settings import Settings

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Said with every answer that does not say otherwise: data is never run, framed or embedded."""

EXPOSED = (
    *("X-Request-ID", "ETag", "Server-Timing", "Retry-After", "Link", "RateLimit", "RateLimit-Policy"),
    *("WWW-Authenticate", "Mcp-Session-Id"),
)
"""Headers that the scripts of other sites may read, where sites are let in."""

_TAKEN = (
    *("Authorization", "X-API-Key", "X-Request-ID", "If-None-Match", "Content-Type"),
    *("Mcp-Session-Id", "Mcp-Protocol-Version", "Last-Event-ID"),
)

_SMALLEST = 1000
"""Bytes from which an answer is compressed: what fits one packet anyway gains nothing."""

_LEVEL = 5
"""Of gzip: within a few percent of the smallest size at a fraction of level 9's time."""


class SafeHeaders:
    """Adds the headers that keep browsers from doing more with an answer than to read it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safe)


def install(app: FastAPI, settings: Settings, metrics: Metrics, admission: Admission) -> None:
    """Put every layer around an application on which api.serving.problems.install has been called before.

    Raises SettingError if the file of keys cannot be used.
    """
    app.add_middleware(FullHouse, admission=admission)
    if settings.keys is not None:
        app.add_middleware(Gate, ring=read_keys(settings.keys), free=USED_BY_PAGES if settings.pages else ())
    app.add_middleware(GZipMiddleware, minimum_size=_SMALLEST, compresslevel=_LEVEL)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "HEAD", "POST", "DELETE"),
            allow_headers=_TAKEN,
            expose_headers=EXPOSED,
        )
    app.add_middleware(SafeHeaders)
    app.add_middleware(Heads)
    if settings.hosts:
        app.add_middleware(KnownHosts, served=settings.hosts)
    app.add_middleware(metrics.middleware)
    app.add_middleware(AccessLog)
    app.add_middleware(RequestIds)
