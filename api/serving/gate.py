"""Lets in who has a key, as often as the key allows.

Each process counts for itself: several behind one address let in as many times the rate. Headers are those of the
IETF's draft (draft-ietf-httpapi-ratelimit-headers-10): ``RateLimit-Policy: "key";q=60;w=60`` (60 requests in 60
seconds) and ``RateLimit: "key";r=59;t=60`` (59 left; one more in at most 60 seconds).
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Collection

from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.serving import problems
from api.serving.keys import Key, KeyRing
from api.serving.problem_types import TYPES
from api.serving.surfaces import is_interface, local_path

_BEARER = re.compile(rb"bearer +(\S+) *", re.IGNORECASE)


class Gate:
    """Asks for a key at /v1 and /mcp, and counts its uses in a moving window. Neither bodies nor answers are held.

    Addresses in ``free`` need none: what pages without a key call or point feed readers to, which cannot send one.
    """

    def __init__(self, app: ASGIApp, ring: KeyRing, free: Collection[str] = ()) -> None:
        self._app = app
        self._ring = ring
        self._free = free
        self._uses = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or not self._is_closed(local_path(scope)):
            return await self._app(scope, receive, send)
        given = given_key(Headers(scope=scope))
        key = self._ring.find(given) if given is not None else None
        if key is None:
            return await _refused(given)(scope, receive, send)
        if not self._uses.hit(key.rate, key.name):
            return await self._spent(key)(scope, receive, send)
        return await self._app(scope, receive, self._told(key, send))

    def _is_closed(self, path: str) -> bool:
        return is_interface(path) and path not in self._free

    def _told(self, key: Key, send: Send) -> Send:
        async def send_with_rate(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers(key))
            await send(message)

        return send_with_rate

    def _spent(self, key: Key) -> Response:
        wait = self._seconds(key)
        rate = f"{key.rate.amount} requests in {key.rate.get_expiry()} seconds"
        detail = f"the key {key.name!r} may be used for {rate}: try again in {wait} second{'s' if wait > 1 else ''}"
        return problems.problem(429, detail, headers={"Retry-After": str(wait), **self._headers(key)})

    def _headers(self, key: Key) -> dict[str, str]:
        left = max(0, self._uses.get_window_stats(key.rate, key.name).remaining)
        return {
            "RateLimit-Policy": f'"key";q={key.rate.amount};w={key.rate.get_expiry()}',
            "RateLimit": f'"key";r={left};t={self._seconds(key)}',
        }

    def _seconds(self, key: Key) -> int:
        """Until the oldest use leaves the window, which lets one more in."""
        return max(1, math.ceil(self._uses.get_window_stats(key.rate, key.name).reset_time - time.time()))


def given_key(headers: Headers) -> bytes | None:
    """The key of a request: a bearer token, else X-API-Key."""
    bearer = _BEARER.fullmatch(headers.get("authorization", "").encode("latin-1"))
    if bearer:
        return bearer[1]
    plain = headers.get("x-api-key", "").strip()
    return plain.encode("latin-1") if plain else None


def _refused(given: bytes | None) -> Response:
    """RFC 6750, section 3: what is wrong with a token is said only to who sent one."""
    error = ', error="invalid_token"' if given is not None else ""
    detail = TYPES["unauthorized"].example if given is None else "this server does not know the API key that was sent"
    return problems.problem(401, detail, headers={"WWW-Authenticate": f'Bearer realm="dragoman"{error}'})
