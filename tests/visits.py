"""Visits to pages in a browser: how they are looked at, who opens them and keeps what goes wrong, and from where."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import anyio
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = "127.0.0.1"

PATIENCE = 10_000
"""Milliseconds that a page waits for what a test asks of it."""

Scheme = Literal["light", "dark"]


class Look(NamedTuple):
    """How a page is looked at: with or without scripts, in a colour scheme, in a window of so many CSS pixels."""

    script: bool = True
    scheme: Scheme = "light"
    width: int = 1280
    height: int = 900

    def __str__(self) -> str:
        return f"{'script' if self.script else 'no script'}, {self.scheme}, {self.width} px"


LOOKS = tuple(
    Look(script, scheme, width) for script, scheme, width in product((True, False), ("light", "dark"), (1280, 360))
)
"""Every look that a page has to stand."""


@dataclass
class Visitor:
    """Opens pages of a server, and remembers what went wrong in any of them."""

    chromium: Browser
    address: str
    trouble: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str = "/", look: Look = Look(), status: int = 200, address: str | None = None) -> Page:
        """A page in a profile of its own, loaded; ``status`` is how the server has to answer."""
        page = self.blank(look, address, status)
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        return page

    def blank(self, look: Look = Look(), address: str | None = None, status: int = 200) -> Page:
        """The same before anything is loaded, for a test that listens or sets something up first."""
        context = self.chromium.new_context(
            base_url=address or self.address,
            java_script_enabled=look.script,
            color_scheme=look.scheme,
            viewport={"width": look.width, "height": look.height},
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        self._listen(context, status)
        return context.new_page()

    def _listen(self, context: BrowserContext, status: int) -> None:
        def said(message: ConsoleMessage) -> None:
            expected = status >= 400 and f"status of {status} " in message.text
            if message.type in {"error", "warning", "assert"} and not expected:
                self.trouble.append(f"console {message.type}: {message.text}")

        def asked(request: Request) -> None:
            where = urlsplit(request.url)
            if where.scheme not in {"data", "blob"} and where.hostname != LOOPBACK:
                self.trouble.append(f"a request left this machine: {request.url}")

        def failed(request: Request) -> None:
            if request.failure != "net::ERR_ABORTED":  # a script or a reader who goes on may drop what is under way
                self.trouble.append(f"a request failed ({request.failure}): {request.url}")

        context.on("console", said)
        context.on("weberror", lambda error: self.trouble.append(f"a script failed: {error.error}"))
        context.on("request", asked)
        context.on("requestfailed", failed)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


class Trickling:
    """An application whose pages come as over a bad line: uncompressed, a part after the other, with time to paint."""

    def __init__(self, app: ASGIApp, part: int = 400, pause: float = 0.04) -> None:
        self.app, self.part, self.pause = app, part, pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_parts(message: Message) -> None:
            if message["type"] == "http.response.body" and (body := message.get("body")):
                for start in range(0, len(body), self.part):
                    await send({**message, "body": body[start : start + self.part], "more_body": True})
                    await anyio.sleep(self.pause)
                message = {**message, "body": b""}
            await send(message)

        if scope["type"] == "http":
            kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
            scope = {**scope, "headers": kept}
        await self.app(scope, receive, in_parts)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The address at which an application answers until the end of the block, from a thread of its own."""
    server = uvicorn.Server(
        uvicorn.Config(app, host=LOOPBACK, port=0, ws="none", log_level="warning", timeout_graceful_shutdown=5)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://{LOOPBACK}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
