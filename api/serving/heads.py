"""HEAD for whatever answers GET: the same headers and no body (RFC 9110, section 9.3.2)."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.serving.surfaces import is_assistants, local_path


class Heads:
    """Asks the application for GET and keeps the body back. /mcp is left alone: its GET is a stream without end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or is_assistants(local_path(scope)):
            return await self._app(scope, receive, send)

        async def send_no_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send_no_body)
        finally:
            scope["route"] = asked.get("route")  # for those outside that count by route
        return None
