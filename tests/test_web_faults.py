"""Servers that are slow, wrong, endless or hostile end in one sentence, within the limits."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpcore2
import pytest

from indexer.errors import FetchError, Refused
from indexer.readers.web import Fetcher, Limits
from tests.webserver import LOOPBACK, Names, Reply, Request, WebServer, page, redirect, serving

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
SMALL = Limits(total_seconds=20, wire_bytes=20_000, content_bytes=50_000, header_bytes=4_000)
SHORT = Limits(total_seconds=0.5)
HASTY = Limits(total_seconds=20, connect_seconds=0.3)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving({}) as running:
        yield running


def refused(server: WebServer, route: Callable[[Request], object] | Reply, words: str, limits: Limits = SMALL) -> None:
    """A fetch of this route ends in a FetchError with these words, that begins with the address."""
    server.routes["/"] = route  # type: ignore[assignment]
    with pytest.raises(FetchError, match=words) as caught:
        Fetcher(limits, LOOPBACK).fetch(server.url())
    assert re.match(rf"{re.escape(server.url())}.*: .", str(caught.value))


def dripping(*before: bytes, drop: bytes = b"x") -> Callable[[Request], Iterator[bytes]]:
    """One drop every now and then, for ever: each comes in time, all of them never do."""

    def drip(_: Request) -> Iterator[bytes]:
        yield from before
        while not threading.Event().wait(0.02):
            yield drop

    return drip


@pytest.mark.parametrize(
    "route",
    [
        dripping(drop=b"H"),
        dripping(b"HTTP/1.1 200 OK\r\n", drop=b"X-A: b\r\n"),
        dripping(drop=b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(HEAD + b"\r\n"),
        dripping(HEAD + b"Content-Length: 1000000\r\n\r\n"),
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", drop=b"1\r\nx\r\n"),
        dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5"),
        dripping(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x")[:10], drop=b"\x00\x00\x00\xff\xff"),
    ],
)
def test_whatever_drips_is_cut_off_when_the_time_is_up(
    route: Callable[[Request], Iterator[bytes]], server: WebServer
) -> None:
    refused(server, route, "no complete answer within 0.5 seconds", SHORT)


def test_a_server_that_says_nothing_is_not_waited_for(server: WebServer) -> None:
    waiting = threading.Event()
    try:
        refused(server, lambda _: iter(lambda: waiting.wait(30), True), "no complete answer", SHORT)
    finally:
        waiting.set()


def test_redirects_share_the_time_of_one_exchange(server: WebServer) -> None:
    def slowly(request: Request) -> Reply:
        threading.Event().wait(0.2)
        return redirect(f"{request.path}1")

    server.routes |= {f"/{'1' * times}": slowly for times in range(9)}
    with pytest.raises(FetchError, match=r"no complete answer within 0\.5"):
        Fetcher(Limits(total_seconds=0.5, redirects=9), LOOPBACK).fetch(server.url())
    assert len(server.requests) < 9


def test_a_look_up_that_takes_too_long_is_given_up() -> None:
    waiting = threading.Event()

    def slow(host: str, port: int) -> Sequence[str]:
        waiting.wait(30)
        return []

    try:
        with pytest.raises(FetchError, match=r"looking up slow\.example takes too long"):
            Fetcher(HASTY, resolve=slow).fetch("http://slow.example/")
    finally:
        waiting.set()


def test_a_name_that_does_not_exist_or_leads_nowhere_is_said_so() -> None:
    fetcher = Fetcher(HASTY, resolve=Names({"empty.example": [[]]}))
    with pytest.raises(FetchError, match=r"there is no host missing\.example"):
        fetcher.fetch("http://missing.example/")
    with pytest.raises(FetchError, match=r"empty\.example leads to no address"):
        fetcher.fetch("http://empty.example/")


def test_a_port_where_nobody_listens_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(FetchError, match=rf"no connection to 127\.0\.0\.1:{port} .*is the address right"):
            Fetcher(HASTY, LOOPBACK).fetch(f"http://127.0.0.1:{port}/")


def test_a_server_without_tls_at_an_https_address_is_said_so(server: WebServer) -> None:
    with pytest.raises(FetchError, match=r"no secure connection|no connection|broke"):
        Fetcher(HASTY, LOOPBACK).fetch(server.url().replace("http:", "https:"))


def test_a_server_that_never_finishes_the_handshake_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(FetchError, match=r"no connection to .* in time"):
            Fetcher(HASTY, LOOPBACK).fetch(url)


@pytest.mark.parametrize(
    "head",
    [HEAD, HEAD + b"Content-Length: 20001\r\n", HEAD + b"Transfer-Encoding: chunked\r\n", HEAD.replace(b"1.1", b"1.0")],
)
def test_more_bytes_than_the_limit_are_not_read(head: bytes, server: WebServer) -> None:
    pieces = itertools.repeat(b"3e8\r\n" + b"x" * 1000 + b"\r\n" if b"chunked" in head else b"x" * 1000)
    sent: list[bytes] = []
    endless = (sent.append(piece) or piece for piece in itertools.chain([head + b"\r\n"], pieces))  # type: ignore[func-returns-value]
    refused(server, lambda _: endless, "longer than 20,000 bytes, the limit")


def test_a_length_that_is_over_the_limit_is_refused_before_the_body_is_read(server: WebServer) -> None:
    waiting = threading.Event()

    def promise(_: Request) -> Iterator[bytes]:
        yield HEAD + b"Content-Length: 9999999999999\r\n\r\n"
        waiting.wait(30)

    try:
        refused(server, promise, "longer than 20,000 bytes, the limit")
    finally:
        waiting.set()


def test_a_body_of_just_the_limit_is_taken(server: WebServer) -> None:
    head = HEAD + b"\r\n"
    server.routes["/"] = lambda _: head + b"x" * (SMALL.wire_bytes - len(head))
    assert len(Fetcher(SMALL, LOOPBACK).fetch(server.url()).content) == SMALL.wire_bytes - len(head)
    server.routes["/"] = lambda _: head + b"x" * (SMALL.wire_bytes - len(head) + 1)
    with pytest.raises(FetchError, match="20,000 bytes"):
        Fetcher(SMALL, LOOPBACK).fetch(server.url())


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 600, b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 5000, b"x" * 5000],
)
def test_a_header_without_end_is_not_read(start: bytes, server: WebServer) -> None:
    refused(
        server, lambda _: itertools.chain([start], itertools.repeat(b"c: d\r\n")), "header is longer|what HTTP allows"
    )


def test_interim_answers_without_end_are_not_read(server: WebServer) -> None:
    refused(
        server, lambda _: itertools.repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n"), "header is longer than 4,000 bytes"
    )


@pytest.mark.parametrize(("packing", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_bomb_is_refused(packing: str, pack: Callable[[bytes], bytes], server: WebServer) -> None:
    bomb = pack(bytes(10_000_000))
    assert len(bomb) < SMALL.wire_bytes
    refused(server, page(bomb, content_encoding=packing), "longer than 50,000 bytes when unpacked")


def test_a_bomb_in_a_packed_sitemap_is_refused(server: WebServer) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    refused(server, page(bomb, "application/gzip"), "longer than 50,000 bytes when unpacked")
    refused(server, page(gzip.compress(bomb), "text/xml", content_encoding="gzip"), "50,000 bytes when unpacked")


def test_a_gzip_file_inside_another_is_refused(server: WebServer) -> None:
    refused(server, page(gzip.compress(gzip.compress(b"<urlset/>")), "application/gzip"), "inside another")


@pytest.mark.parametrize("packing", ["br", "zstd", "compress", "gzip, gzip", "gzip, br"])
def test_a_packing_that_was_not_asked_for_is_refused(packing: str, server: WebServer) -> None:
    refused(server, page(b"x", content_encoding=packing), "only gzip or deflate was asked for")


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_what_is_not_packed_as_it_says_is_refused(packing: str, server: WebServer) -> None:
    refused(server, page(b"<p>The ministers met.</p>", content_encoding=packing), "damaged")


def test_a_packed_page_that_ends_early_is_refused(server: WebServer) -> None:
    packed = gzip.compress(b"<p>The ministers met on Tuesday.</p>")
    refused(server, page(packed[:-4], content_encoding="gzip"), "before it is complete")


@pytest.mark.parametrize(
    "media_type",
    [
        "application/pdf",
        "image/png",
        "video/mp4",
        "application/zip",
        "text/css",
        "text/html+x",
        "application/javascript",
    ],
)
def test_what_no_article_feed_or_sitemap_comes_as_is_refused_before_it_is_read(
    media_type: str, server: WebServer
) -> None:
    waiting = threading.Event()

    def film(_: Request) -> Iterator[bytes]:
        yield f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n\r\n".encode()
        waiting.wait(30)

    try:
        refused(server, film, "is not what articles, feeds and sitemaps come as")
    finally:
        waiting.set()


def test_bytes_of_no_type_that_are_not_gzip_are_refused(server: WebServer) -> None:
    refused(server, page(b"MZ\x90", "application/octet-stream"), "what came is not gzip")


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Length: 100\r\n\r\n<p>Cut",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>Cu",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>Cu\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n<p>\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n<p>Cu\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffffff\r\n<p>",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n<p>Cut",
        HEAD + b"Content-Length: -5\r\n\r\n<p>",
        HEAD + b"Content-Length: +5\r\n\r\n<p>12",
        HEAD + b"Content-Length: five\r\n\r\n<p>12",
        HEAD + b"X-A\x00: b\r\n\r\n",
        HEAD + b"X-A : b\r\n\r\n",
        HEAD + b"X-A: b\x00c\r\n\r\n",
        HEAD + b"X-A: b\rX-B: c\r\n\r\n",
        HEAD + b"no colon here\r\n\r\n",
        HEAD,
        b"HTTP/1.1 200",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 -1 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"<html><p>No header at all.</p></html>",
        b"\x16\x03\x01\x02\x00",
        b"\r\n\r\n",
        b"",
    ],
)
def test_an_answer_that_http_does_not_allow_is_refused(raw: bytes, server: WebServer) -> None:
    refused(server, lambda _: raw, "is not what HTTP allows|broke")


def test_every_connection_is_closed_however_it_ended(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []
    connect = httpcore2.SyncBackend.connect_tcp

    def kept(self: httpcore2.SyncBackend, *args: Any, **named: Any) -> httpcore2.NetworkStream:
        stream = connect(self, *args, **named)
        opened.append(stream.get_extra_info("socket"))
        return stream

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", kept)
    routes = [
        page("<p>Yes.</p>"),
        redirect("/no"),
        Reply(500),
        page("x", "image/png"),
        page(bytes(30_000), "text/html"),
    ]
    for route in [*routes, lambda _: b"nonsense", lambda _: HEAD + b"Content-Length: 9\r\n\r\n"]:
        server.routes["/"] = route
        with contextlib.suppress(FetchError):
            Fetcher(SMALL, LOOPBACK).fetch(server.url())
    assert [connection.fileno() for connection in opened] == [-1] * 8


@pytest.mark.parametrize("url", ["http://user:secret@a.example/", "http://" + "a" * 9000, "http://a\x1b[31m.example/"])
def test_a_message_is_short_and_printable_and_holds_no_password(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        Fetcher(SHORT, resolve=Names({})).fetch(url)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (page(bytes(30_000)), Refused),
        (page(gzip.compress(bytes(10_000_000)), content_encoding="gzip"), Refused),
        (page(b"x", content_encoding="br"), Refused),
        (page(b"x", "video/mp4"), Refused),
        (Reply(200, {"X-A": "b" * 5_000}), Refused),
        (page(gzip.compress(bytes(1_000))[:-9], content_encoding="gzip"), FetchError),
        (Reply(302), FetchError),
    ],
)
def test_what_breaks_a_limit_is_refused_for_good_and_what_is_broken_may_be_mended(
    answer: Reply, kind: type[FetchError], server: WebServer
) -> None:
    server.routes["/"] = answer
    with pytest.raises(FetchError) as caught:
        Fetcher(SMALL, LOOPBACK).fetch(server.url())
    assert caught.type is kind
    assert str(caught.value) == f"{server.url()}: {caught.value.reason}"
