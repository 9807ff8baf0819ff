"""Web addresses to bytes: the only module that opens a socket, and what guards it.

Every address that is connected to is judged first (http/addresses.py): the one that is written in a URL, all that a
name leads to, and those of every redirect. The connection is made to the very address that was judged, so that a name
that leads elsewhere the second time (DNS rebinding) gains nothing. Time, redirects, bytes and media types are
limited.

HTTP and TLS are httpcore2's. There are no proxies, cookies, stored passwords or HTTP/2, and no connection is kept: one
request a second at most goes to a host, so that a connection of its own for each costs little and shares nothing.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from queue import Empty, SimpleQueue
from typing import Any, NoReturn, Self

import httpcore2

from indexer.errors import FetchError, Forbidden, Refused, SettingError
from indexer.readers.http.addresses import Address, Network, networks, parse, refusal
from indexer.readers.http.answers import Answer, read
from indexer.readers.http.bodies import ENCODINGS
from indexer.readers.http.exchange import Exchange
from indexer.readers.http.fetching import Fetched, Limits
from indexer.readers.http.headers import retry_after, validator, value
from indexer.readers.http.targets import Target, redirected, target

__all__ = ["PRODUCT", "Fetched", "Fetcher", "Limits", "Resolve", "looked_up", "user_agent"]

PRODUCT = "Dragoman"
"""The name that robots.txt calls us by."""

_MOST_ADDRESSES = 8
"""How many addresses of a host are tried; all of them are judged."""

_CONTACT = re.compile(r"[\x21-\x27\x2a-\x5b\x5d-\x7e]{1,200}")
_PASSWORD = re.compile(r"(?<=//)[^/?#]*@")
_SHOWN = 200

Resolve = Callable[[str, int], Sequence[str]]
"""From a name and a port to the addresses it leads to, best first. Raises OSError where there are none."""


def looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name as this machine's resolver has them, best first (RFC 6724). Raises OSError for none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def user_agent(contact: str | None) -> str:
    """What requests carry: "Dragoman/0.1.0 (+desk@example.org)". Raises SettingError for a contact that is none."""
    if contact is not None and not _CONTACT.fullmatch(contact):
        raise SettingError(f"the contact is {contact!r}: give an address such as desk@example.org or a web address")
    return f"{PRODUCT}/{version('dragoman')}" + (f" (+{contact})" if contact else "")


class Fetcher:
    """Fetches web addresses within limits. Can be used by several threads at once.

    ``allowed`` are networks such as "10.1.0.0/16" that may be reached although they are not public: for intranets and
    tests. ``resolve`` looks names up, ``contact`` goes into the User-Agent, and ``tls`` says whose certificates are
    trusted, the machine's own choice by default. Raises SettingError for networks or a contact that are none.
    """

    def __init__(
        self,
        limits: Limits = Limits(),
        allowed: Sequence[str] = (),
        resolve: Resolve = looked_up,
        *,
        contact: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits
        self._allowed = networks(allowed)
        self._resolve = resolve
        self._agent = user_agent(contact)
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Whose certificates are trusted; reading the machine's own list takes a while, and http needs none."""
        return self._given_tls or httpcore2.default_ssl_context()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing outlives an exchange; this is here for those who treat a Fetcher as what is to be closed."""

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        before: Callable[[str], None] | None = None,
        any_type: bool = False,
    ) -> Fetched:
        """What an address answers, after its redirects.

        ``etag`` and ``last_modified`` make it a conditional request. ``before`` is called with the address of every
        request, redirects too, just before it is sent; it may wait, which is not counted, or raise FetchError.
        ``any_type`` takes every media type. A redirect from https to http is not followed: what it leads to could have
        been changed on its way. Raises FetchError, with the address, for whatever is not an answer: Refused for what
        breaks a limit or is no address, Forbidden for what leads to where nothing is fetched from.
        """
        exchange = Exchange(self._limits)
        asked: list[str] = []
        try:
            hop = target(url)
            while True:
                asked.append(hop.url)
                if before is not None:
                    with exchange.paused():
                        before(hop.url)
                answer = self._ask(hop, exchange, self._headers(hop, etag, last_modified), any_type=any_type)
                if (location := answer.location) is None:
                    return _fetched(url, hop, answer, etag, last_modified)
                hop = _next(hop, location, asked, self._limits.redirects)
        except FetchError as error:
            on_the_way = f" (redirected to {asked[-1][:_SHOWN]})" if len(asked) > 1 else ""
            message = f"{_shown(url)}{on_the_way}: {error}"
            raise type(error)(message, f"{error}{on_the_way}") from error.__cause__

    def _ask(self, hop: Target, exchange: Exchange, headers: list[tuple[str, str]], *, any_type: bool) -> Answer:
        """One request and its answer, on a connection of its own."""
        url = httpcore2.URL(scheme=hop.scheme, host=hop.host, port=hop.port, target=hop.path)
        gate = _Gate(self._allowed, self._resolve, exchange)
        tls = self._tls if hop.scheme == "https" else None
        connection = httpcore2.HTTPConnection(url.origin, ssl_context=tls, network_backend=gate)
        try:
            exchange.expect_head()
            response = connection.handle_request(httpcore2.Request("GET", url, headers=headers))
            exchange.expect_body()
            pieces = response.iter_stream()
            return read(response.status, response.headers, pieces, self._limits, exchange.check, any_type=any_type)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
            raise FetchError(_explained(error, hop)) from error
        finally:
            connection.close()

    def _headers(self, hop: Target, etag: str | None, last_modified: str | None) -> list[tuple[str, str]]:
        fields = [
            ("Host", hop.netloc),
            ("User-Agent", self._agent),
            ("Accept", ", ".join(sorted(self._limits.media_types)) + ", */*;q=0.1"),
            ("Accept-Encoding", ENCODINGS),
            ("Connection", "close"),
        ]
        if sendable := validator(etag):
            fields.append(("If-None-Match", sendable))
        if sendable := validator(last_modified):
            fields.append(("If-Modified-Since", sendable))
        return fields


def _next(hop: Target, location: str, asked: Sequence[str], most: int) -> Target:
    """Where to ask next. Raises Refused if the redirects are too many, go in a circle or leave https."""
    if len(asked) > most:
        raise Refused(f"more than {most} redirects: give the address that they end at")
    following = redirected(hop, location)
    if following.url in asked:
        raise Refused("the redirects go in a circle; some sites do that to whoever keeps no cookies")
    if hop.scheme == "https" and following.scheme == "http":
        raise Refused("it redirects from https to http, where it could be changed on its way: not followed")
    return following


def _fetched(url: str, hop: Target, answer: Answer, etag: str | None, last_modified: str | None) -> Fetched:
    now = datetime.now(UTC)
    unchanged = answer.status == 304
    return Fetched(
        url=url,
        final_url=hop.url,
        status=answer.status,
        media_type=answer.kind.media_type,
        charset=answer.kind.charset,
        content=answer.content,
        etag=validator(value(answer.fields, "etag")) or (etag if unchanged else None),
        last_modified=validator(value(answer.fields, "last-modified")) or (last_modified if unchanged else None),
        fetched_at=now,
        retry_after=retry_after(answer.fields, now),
    )


def _shown(url: str) -> str:
    """An address for a message: short, without what may be a password, and of printable characters."""
    text = _PASSWORD.sub("...@", url[: 2 * _SHOWN])[:_SHOWN]
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _explained(error: Exception, hop: Target) -> str:
    """What went wrong, for a person."""
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {hop.host} cannot be trusted ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return f"no secure connection to {hop.netloc} ({cause.reason or cause}): is it an https address?"
    if isinstance(error, httpcore2.ConnectTimeout):
        return f"no connection to {hop.netloc} in time: try again later"
    if isinstance(error, httpcore2.ConnectError):
        return f"no connection to {hop.netloc} ({error}): is the address right?"
    if isinstance(error, httpcore2.ProtocolError):
        return f"the answer is not what HTTP allows ({error})"
    return f"the connection to {hop.netloc} broke ({error}): try again later"


def _within(seconds: float, call: Callable[[], Sequence[str]]) -> Sequence[str]:
    """What a call gives, or raises, if it ends in time; else TimeoutError, and it goes on in a thread of its own.

    The look-up of the operating system cannot be told how long it may take.
    """
    done: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def run() -> None:
        try:
            done.put(call())
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            done.put(error)

    threading.Thread(target=run, daemon=True, name="look-up").start()
    try:
        result = done.get(timeout=max(0.0, seconds))
    except Empty:
        raise TimeoutError from None
    if isinstance(result, Exception):
        raise result
    return result


class _Gate(httpcore2.NetworkBackend):
    """Connects to hosts whose addresses have been judged, and to nothing else."""

    def __init__(
        self,
        allowed: Sequence[Network],
        resolve: Resolve,
        exchange: Exchange,
        backend: httpcore2.NetworkBackend | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._exchange = exchange
        self._backend = backend or httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        del timeout, local_address, socket_options  # the exchange has its own time, and nobody sets the others
        until = time.monotonic() + min(self._exchange.limits.connect_seconds, self._exchange.seconds())
        addresses = self._judged(host, port, until)
        for place, address in enumerate(addresses):
            share = max(0.001, (until - time.monotonic()) / (len(addresses) - place))
            try:
                stream = self._backend.connect_tcp(str(address), port, timeout=share, socket_options=())
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                if place + 1 == len(addresses):
                    raise
                del error
                continue
            self._check_peer(stream, address)
            return _Stream(stream, self._exchange, until)
        raise FetchError(f"{host} leads to no address")

    def connect_unix_socket(self, *_: object, **__: object) -> NoReturn:
        raise FetchError("a socket of this machine is no web address")

    def _judged(self, host: str, port: int, until: float) -> list[Address]:
        """The first addresses of a host. Raises Forbidden if any of all its addresses must not be reached."""
        literal = parse(host)
        addresses = [literal] if literal else self._addresses(host, port, until)
        for address in addresses:
            if why := refusal(address, self._allowed):
                leads = "" if literal else f"{host} leads to an address that must not be reached: "
                raise Forbidden(f"{leads}{why}. Allow its network with DRAGOMAN_ALLOW_NETWORKS if that is meant")
        return addresses[:_MOST_ADDRESSES]

    def _addresses(self, host: str, port: int, until: float) -> list[Address]:
        try:
            found = _within(until - time.monotonic(), lambda: self._resolve(host, port))
        except TimeoutError:
            raise FetchError(f"looking up {host} takes too long: try again later") from None
        except (OSError, UnicodeError) as error:
            raise FetchError(f"there is no host {host}, or it cannot be looked up ({error})") from error
        addresses = [(text, parse(text)) for text in found]
        if wrong := [text for text, address in addresses if address is None]:
            raise FetchError(f"looking up {host} gives {wrong[0]!r}, which is no address")
        return [address for _, address in addresses if address is not None]

    def _check_peer(self, stream: httpcore2.NetworkStream, address: Address) -> None:
        """Judge once more, what the operating system says it is connected to."""
        peer = stream.get_extra_info("server_addr")
        reached = parse(str(peer[0])) if peer else None
        if reached != address or refusal(reached, self._allowed):
            stream.close()
            raise FetchError(f"the connection to {address} ended at {reached}: not fetched")


class _Stream(httpcore2.NetworkStream):
    """A connection that keeps to the time and bytes of its exchange, whatever timeout it is called with."""

    def __init__(self, inner: httpcore2.NetworkStream, exchange: Exchange, connect_until: float) -> None:
        self._inner = inner
        self._exchange = exchange
        self._connect_until = connect_until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        try:
            piece = self._inner.read(min(max_bytes, self._exchange.room()), self._exchange.seconds())
        except httpcore2.ReadTimeout:
            raise self._exchange.late() from None
        self._exchange.count(len(piece))
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, self._exchange.seconds())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        left = max(0.001, min(self._connect_until - time.monotonic(), self._exchange.seconds()))
        secured = self._inner.start_tls(ssl_context, server_hostname, left)
        return _Stream(secured, self._exchange, self._connect_until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
