"""Which names the server answers for: a page on the web can point its own name at this machine (DNS rebinding).

A browser then takes the answers of a server on 127.0.0.1 for the page's own, and the page reads them. What it cannot
change is the Host header, which holds its name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.serving import problems
from api.serving.wording import bare

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""The names that a browser gives this machine. No page on the web can take one of them."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:/?#@\s]+)(:\d*)?", re.IGNORECASE)


def served_hosts(address: str, named: Sequence[str]) -> tuple[str, ...]:
    """The names that a server bound to an IP address answers for; empty is any.

    On a loopback address these are its own names and those in ``named``; elsewhere any, unless some are named.
    """
    loopback = ip_address(address.partition("%")[0]).is_loopback
    if "*" in named or not (loopback or named):
        return ()
    own = (f"[{address}]" if ":" in address else address,) if loopback else ()
    return tuple(dict.fromkeys((*LOOPBACK, *own, *(name.lower() for name in named))))


class KnownHosts:
    """Answers 421 to requests for hosts that are not served. ``*.example.org`` serves all that end so."""

    def __init__(self, app: ASGIApp, served: Sequence[str]) -> None:
        self._app = app
        self._served = {name.lower() for name in served if not name.startswith("*.")}
        self._endings = tuple(name[1:].lower() for name in served if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).getlist("host") if scope["type"] in {"http", "websocket"} else []
        if scope["type"] == "lifespan" or (len(given) == 1 and self._serves(given[0])):
            return await self._app(scope, receive, send)
        host = bare(given[0]) if given else "(none)"
        names = " or ".join(sorted(self._served))
        refusal = problems.problem(
            421, f"this server does not answer for the host {host}: use {names}, or name it in DRAGOMAN_HOSTS"
        )
        return await refusal(scope, receive, send)

    def _serves(self, given: str) -> bool:
        found = _HOST.fullmatch(given)
        name = found[1].lower().removesuffix(".") if found else ""
        return name in self._served or bool(self._endings and name.endswith(self._endings))
