"""An id for each request: the caller's own where it is a sane one. Answers, problems and the log carry it."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def current() -> str | None:
    """The id of the request that is being answered, in the threads of its endpoint, too; None outside of any."""
    return _id.get()


def chosen(given: str | None) -> str:
    """The given id if it is 1 to 64 of A-Z a-z 0-9 . _ - (it goes into logs and headers), else a fresh one."""
    return given if given is not None and _SANE.fullmatch(given) else secrets.token_hex(8)


class RequestIds:
    """Gives each request its id, and the id to each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = chosen(Headers(scope=scope).get(HEADER))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        # Not set back afterwards: what answers for an error that got past every handler runs after this, in the same
        # context, and each request has a context of its own.
        _id.set(request_id)
        await self._app(scope, receive, send_with_id)
        return None
