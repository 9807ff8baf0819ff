"""A web server and name servers on this machine, which answer exactly what a test tells them to, faults included.

``serving({"/": page("<p>Hello</p>")})`` is a running server; its ``routes`` may be changed while it runs, and
``requests`` are those that it got. A route is a ``Reply``, or a callable that takes the ``Request`` and returns either
a ``Reply`` or the bytes to send, to the letter, head and all: as one piece or as many, with whatever pauses between.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import chain

from dnslib import AAAA, QTYPE, RR, A, DNSRecord

LOOPBACK = ("127.0.0.0/8", "::1/128")
"""The setting with which a Fetcher may reach the servers here."""

HTML = "text/html; charset=utf-8"
_LONGEST_HEAD = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: names of header fields in lower case, the last of several fields of one name."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; its length is added unless ``headers`` say something of it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def raw(self) -> bytes:
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Odd"
        named = {name.lower() for name in self.headers}
        sized = {} if named & {"content-length", "transfer-encoding"} else {"Content-Length": str(len(self.body))}
        fields = "".join(f"{name}: {value}\r\n" for name, value in {**self.headers, **sized}.items())
        return f"HTTP/1.1 {self.status} {phrase}\r\n{fields}\r\n".encode("utf-8", "surrogateescape") + self.body


Answer = Reply | bytes | Iterable[bytes]
Route = Reply | Callable[[Request], Answer]


def page(body: str | bytes, media_type: str = HTML, **headers: str) -> Reply:
    """A page that is there; of further header fields, an underscore in the name stands for a hyphen."""
    content = body.encode() if isinstance(body, str) else body
    more = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(200, {"Content-Type": media_type, **more}, content)


def redirect(to: str, status: int = 302) -> Reply:
    return Reply(status, {"Location": to})


class WebServer:
    """A server that is running; use ``serving``."""

    def __init__(self, routes: Mapping[str, Route], tls: ssl.SSLContext | None = None) -> None:
        self.routes = dict(routes)
        self.requests: list[Request] = []
        self.connections = 0
        self._tls = tls
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port = int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths of all requests, in order."""
        return [request.path for request in self.requests]

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.01)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def secured(self, connection: socket.socket) -> socket.socket:
        with self._lock:
            self.connections += 1
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def answer(self, request: Request) -> Iterable[bytes]:
        with self._lock:
            self.requests.append(request)
        route = self.routes.get(request.path, Reply(404, {"Content-Type": HTML}, b"<p>No such page.</p>"))
        answer = route if isinstance(route, Reply) else route(request)
        if isinstance(answer, Reply):
            return [answer.raw()]
        return [answer] if isinstance(answer, bytes) else answer


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is what many tests are about."""


def _handler(server: WebServer) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        """One request a connection: the head is read, the answer is written, and that is all."""

        def handle(self) -> None:
            self.request.settimeout(60)
            with contextlib.closing(server.secured(self.request)) as connection:
                request = _read_head(connection)
                for piece in server.answer(request) if request else ():
                    connection.sendall(piece)

    return Handler


def _read_head(connection: socket.socket) -> Request | None:
    head = b""
    while b"\r\n\r\n" not in head:
        more = connection.recv(4096)
        if not more or len(head) > _LONGEST_HEAD:
            return None
        head += more
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    fields = (line.partition(":") for line in lines)
    return Request(method, path, {name.lower(): value.strip() for name, _, value in fields})


@contextlib.contextmanager
def serving(routes: Mapping[str, Route], tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """A server with these routes, on a port of its own, for as long as the block runs."""
    server = WebServer(routes, tls)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


class Names:
    """A ``resolve`` for a Fetcher: names and what they lead to, one list of addresses after the other, then the last.

    ``Names({"a.example": [["93.184.215.14"], ["127.0.0.1"]]})`` answers differently the second time. Whatever is not
    listed does not exist. ``asked`` are the names that were looked up.
    """

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(lists) for name, lists in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        waiting = self._answers.get(host)
        if not waiting:
            raise OSError(f"{host} is not listed")
        return list(waiting.pop(0) if len(waiting) > 1 else waiting[0])


class _Datagrams(socketserver.ThreadingUDPServer):
    daemon_threads = True
    block_on_close = False


@contextlib.contextmanager
def name_server(names: Names) -> Iterator[Callable[[str, int], list[str]]]:
    """A true DNS server over UDP on this machine with these names; what is given is a ``resolve`` that asks it."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, connection = self.request
            query = DNSRecord.parse(data)
            reply = query.reply()
            addresses = names(str(query.q.qname).rstrip("."), 0) if query.q.qtype == QTYPE.A else ()
            for text in addresses:
                six = ":" in text
                record = RR(query.q.qname, QTYPE.AAAA if six else QTYPE.A, ttl=0, rdata=AAAA(text) if six else A(text))
                reply.add_answer(record)
            connection.sendto(reply.pack(), self.client_address)

    with _Datagrams(("127.0.0.1", 0), Handler) as server:
        port = int(server.server_address[1])

        def resolve(host: str, _port: int) -> list[str]:
            kinds = (QTYPE.A, QTYPE.AAAA)
            questions = (DNSRecord.question(host, QTYPE.get(kind)) for kind in kinds)
            replies = (DNSRecord.parse(asked.send("127.0.0.1", port, timeout=5)) for asked in questions)
            return [str(record.rdata) for record in chain.from_iterable(reply.rr for reply in replies)]

        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield resolve
        finally:
            server.shutdown()
            thread.join()
