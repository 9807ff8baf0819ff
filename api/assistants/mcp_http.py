"""The server for assistants at /mcp (streamable HTTP), in an application that answers other things, too.

Stateless, with JSON for answers: each request stands alone, so that nothing is kept between them, any process behind a
load balancer can answer any of them, and nothing has to be started or stopped with the application. A GET would open a
stream on which such a server has nothing to say; it is answered 405, as the protocol lets it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.assistants.lookup import Admitted
from api.search import Searcher

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

PATH = "/mcp"

_LONGEST_BODY = 2**20
"""Bytes; a question is far shorter in any writing."""


def mount(
    app: Starlette,
    searcher: Searcher,
    admitted: Admitted = nullcontext,
    *,
    hosts: Sequence[str] = (),
    origins: Sequence[str] = (),
    base_url: str | None = None,
    pages: bool = True,
) -> None:
    """Add the route /mcp. The application needs no lifespan for it.

    ``hosts`` are the names that this server answers for; with none, or one that holds a ``*``, the library's check of
    Host and Origin is off: the server's own decides. ``origins`` are further web sites that are let in. ``base_url``
    is the address of this server where that of a request is not the right one, ``pages`` whether it has pages.
    """
    served = Assistants(searcher, admitted, hosts=hosts, origins=origins, base_url=base_url, pages=pages)
    app.router.routes.append(Route(PATH, served, methods=["POST"], include_in_schema=False))


class Assistants:
    """The ASGI application behind /mcp. The library is loaded when the first request comes: it takes half a second."""

    def __init__(
        self,
        searcher: Searcher,
        admitted: Admitted,
        *,
        hosts: Sequence[str],
        origins: Sequence[str],
        base_url: str | None,
        pages: bool,
    ) -> None:
        self._searcher, self._admitted = searcher, admitted
        self._hosts, self._origins = tuple(hosts), tuple(origins)
        self._base_url, self._pages = base_url, pages
        self._lock = threading.Lock()
        self._manager: Callable[[], StreamableHTTPSessionManager] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._manager is None:
            await anyio.to_thread.run_sync(self._load)
        assert self._manager is not None
        manager = self._manager()
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    def _load(self) -> None:
        """Make what makes a manager for each request: one that is used for several would have to be run by the app."""
        with self._lock:
            from mcp.server.streamable_http_manager import StreamableHTTPSessionManager  # noqa: PLC0415 - slow to import, and few servers need it

            from api.assistants.mcp_server import make_server  # noqa: PLC0415 - the same

            self._manager = self._manager or partial(
                StreamableHTTPSessionManager,
                make_server(self._searcher, self._admitted, base_url=self._base_url, pages=self._pages),
                json_response=True,
                stateless=True,
                security_settings=security(self._hosts, self._origins),
                max_request_body_size=_LONGEST_BODY,
            )


def security(hosts: Sequence[str], origins: Sequence[str]) -> TransportSecuritySettings:
    """The library's check of Host and Origin for these names at any port; off where any name may come."""
    from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415 - the same

    if not hosts or any("*" in name for name in (*hosts, *origins)):
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    allowed = [f"{name}{port}" for name in hosts for port in ("", ":*")]
    own = [f"{scheme}://{name}" for scheme in ("http", "https") for name in allowed]
    return TransportSecuritySettings(allowed_hosts=allowed, allowed_origins=[*own, *origins])
