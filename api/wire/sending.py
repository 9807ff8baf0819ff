"""Requests to a server: sent again where that can help; its problems become the errors that an open index raises."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2
from pydantic import ValidationError

from api.serving.problem_types import Problem
from indexer.errors import Busy, CursorExpired, DragomanError, IndexProblem, NotFound, QueryError

FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
"""Seconds: the longest wait before the second try doubles with each further one, up to the longest of all."""

_MAY_PASS = (429, 503)
"""Statuses of a server that will answer later: too many requests with a key, too many at once, an index in repair."""

_LOST = (httpx2.NetworkError, httpx2.ConnectTimeout, httpx2.RemoteProtocolError)
"""The connection was not made, or broke. What was merely slow is not asked again: it would have to do twice as much."""

Outcome = httpx2.Response | httpx2.RequestError


class ServerError(DragomanError):
    """A server cannot be reached, refuses the key, or does not answer as Dragoman does.

    ``url`` is the server's address, and ``status`` the HTTP status, None where nothing came back.
    """

    def __init__(self, message: str, url: str, status: int | None = None) -> None:
        super().__init__(message)
        self.url = url
        self.status = status


@dataclass(frozen=True, slots=True)
class Call:
    """A request that changes nothing on the server, so that it may be sent twice; ``path`` is below its address."""

    method: str
    path: str
    parameters: Mapping[str, str | list[str]] | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends calls to the server at ``url``. Safe to use from several threads.

    A call takes ``timeout`` seconds at most, with the ``retries`` further tries and the waits before them. ``chance``
    is 0 to 1.
    """

    http: httpx2.Client
    url: str
    timeout: float
    retries: int
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random

    def send(self, call: Call) -> httpx2.Response:
        """What the server answered. Raises ServerError and, for its problems, the errors of ``error_of``."""
        end = self.clock() + self.timeout
        outcome = self._try(call, self.timeout)
        for tried in range(self.retries):
            wait = wait_before(outcome, tried, datetime.now(UTC), self.chance())
            if wait is None or self.clock() + wait >= end:
                break
            self.sleep(wait)
            outcome = self._try(call, max(end - self.clock(), 0.001))
        return self._answered(outcome)

    def _try(self, call: Call, timeout: float) -> Outcome:
        headers = {"Content-Type": "application/json"} if call.body is not None else None
        given = dict(call.parameters) if call.parameters else None
        try:
            return self.http.request(
                call.method, call.path, params=given, content=call.body, headers=headers, timeout=timeout
            )
        except httpx2.RequestError as error:
            return error

    def _answered(self, outcome: Outcome) -> httpx2.Response:
        if isinstance(outcome, httpx2.TimeoutException) and not isinstance(outcome, httpx2.ConnectTimeout):
            raise ServerError(
                f"{self.url} has not answered in {self.timeout:g} s: try again, or allow more by Client(timeout=...)",
                self.url,
            ) from outcome
        if isinstance(outcome, httpx2.RequestError):
            raise ServerError(
                f"no answer from {self.url} ({str(outcome) or type(outcome).__name__}): is `dragoman serve` running"
                " there? another address is given with Client(url=...), or with --server",
                self.url,
            ) from outcome
        if not outcome.is_success:
            raise error_of(outcome, self.url)
        return outcome


def wait_before(outcome: Outcome, tried: int, now: datetime, chance: float) -> float | None:
    """Seconds to wait before a call is sent again, or None where that does not help.

    As long as Retry-After says; else a random share of a time that doubles, so that callers who were turned away
    together do not come back together ("full jitter": Brooker, Exponential Backoff And Jitter, 2015).
    """
    backoff = chance * min(LONGEST_WAIT, FIRST_WAIT * 2**tried)
    if isinstance(outcome, httpx2.RequestError):
        return backoff if isinstance(outcome, _LOST) else None
    if outcome.status_code not in _MAY_PASS:
        return None
    asked = retry_after(outcome, now)
    return backoff if asked is None else asked


def retry_after(response: httpx2.Response, now: datetime) -> float | None:
    """Seconds that a response asks to wait, from now on: a number or a date (RFC 9110, 10.2.3). None if neither."""
    given = response.headers.get("Retry-After", "").strip()
    if given.isascii() and given.isdigit() and len(given) < 10:
        return float(given)
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def error_of(response: httpx2.Response, url: str) -> DragomanError:
    """What an open index would raise in place of this response; ServerError where it has nothing like it."""
    found, status = _problem(response), response.status_code
    if found is None:
        return ServerError(_foreign(response, url), url, status)
    match found.type.rpartition("/")[2]:
        case "invalid-parameter" | "body-too-large":
            return QueryError(found.detail, found.errors[0].parameter if found.errors else "q")
        case "cursor-expired":
            return CursorExpired(found.detail, "cursor")
        case "not-found":
            return NotFound(found.detail)
        case "busy" | "rate-limited":
            return Busy(found.detail, max(1, math.ceil(retry_after(response, datetime.now(UTC)) or 0)))
        case "index-unavailable":
            return IndexProblem(found.detail)
        case "unauthorized":
            return ServerError(
                f"{url}: {found.detail} (Client(key=...) in Python, DRAGOMAN_KEY on the command line)", url, status
            )
    named = f" (request {found.instance})" if found.instance else ""
    return ServerError(f"{url} answered {status}: {found.detail}{named}", url, status)


def _problem(response: httpx2.Response) -> Problem | None:
    if response.headers.get("Content-Type", "").partition(";")[0].strip() != "application/problem+json":
        return None
    try:
        return Problem.model_validate_json(response.content, extra="ignore")
    except ValidationError:
        return None


def _foreign(response: httpx2.Response, url: str) -> str:
    said = f"{url} answered {response.status_code} {response.reason_phrase}".rstrip()
    if response.is_redirect:
        return f"{said}, it redirects to {response.headers['Location']}: give the address it leads to"
    return f"{said}, and not as Dragoman does: is that the address of `dragoman serve`, or a proxy in front of it?"
