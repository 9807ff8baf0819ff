"""A page on the web that points its own name at this machine reads nothing."""

from __future__ import annotations

import asyncio

import pytest
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse

from api.serving.hosts import LOOPBACK, KnownHosts, served_hosts


@pytest.mark.parametrize(
    ("address", "named", "served"),
    [
        ("127.0.0.1", (), LOOPBACK),
        ("::1", (), LOOPBACK),
        ("127.8.0.1", (), (*LOOPBACK, "127.8.0.1")),
        ("127.0.0.1", ("News.example.org",), (*LOOPBACK, "news.example.org")),
        ("127.0.0.1", ("*",), ()),
        ("0.0.0.0", (), ()),
        ("::", (), ()),
        ("192.168.1.5", (), ()),
        ("fe80::1%eth0", (), ()),
        ("0.0.0.0", ("news.example.org",), (*LOOPBACK, "news.example.org")),
        ("0.0.0.0", ("news.example.org", "*"), ()),
    ],
)
def test_the_names_that_are_served_follow_from_the_address_and_the_setting(
    address: str, named: tuple[str, ...], served: tuple[str, ...]
) -> None:
    assert served_hosts(address, named) == served


@pytest.fixture
def client() -> TestClient:
    return TestClient(KnownHosts(PlainTextResponse("news"), (*LOOPBACK, "*.example.org", "news.example.com")))


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8765", "LOCALHOST", "localhost.", "127.0.0.1:80", "[::1]", "[::1]:8765"),
        *("news.example.com", "a.example.org", "a.b.example.org:443"),
    ],
)
def test_a_known_host_is_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).text == "news"


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8765", "0.0.0.0", "::1"),
        *("example.org", "evilexample.org", "a.news.example.com", "localhost@evil.example", "[::1", "", "local host"),
        *("127.0.0.1:80:80", "localhost/evil.example", "localhost, evil.example"),
    ],
)
def test_any_other_host_is_told_which_to_use_and_nothing_else(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 421
    body = answer.json()
    assert body["type"] == "/problems/unknown-host"
    assert host in body["detail"]
    assert "127.0.0.1" in body["detail"]
    assert "DRAGOMAN_HOSTS" in body["detail"]


def test_two_hosts_at_once_are_none(client: TestClient) -> None:
    statuses: list[int] = []

    async def send(message: dict[str, object]) -> None:
        if "status" in message:
            statuses.append(int(str(message["status"])))

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b""}

    for lines in ([(b"host", b"localhost"), (b"host", b"evil.example")], []):
        scope = {"type": "http", "method": "GET", "path": "/", "headers": lines, "query_string": b""}
        asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type, call-arg]
    assert statuses == [421, 421]
