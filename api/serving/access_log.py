"""One line in the log for each request, without its query: a question may be nobody's business."""

from __future__ import annotations

import logging
import time
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.serving import request_ids

log = logging.getLogger("dragoman.access")
"""Not below the loggers of the packages, which the command line lets speak: it stays silent unless it is asked for."""


class AccessLog:
    """Logs method, path, status, milliseconds and request id at INFO, when the answer has been sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
            return await self._app(scope, receive, send)
        began, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        path = quote(scope["path"], errors="replace")  # so that nothing in it can begin a line of its own
        try:
            await self._app(scope, receive, watched)
        finally:
            took = 1000 * (time.perf_counter() - began)
            log.info("%s %s %d %.1f ms %s", scope["method"], path, status, took, request_ids.current())
        return None
