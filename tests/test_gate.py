"""With keys set up, /v1 and /mcp are for who has one, as often as it allows; without, nothing changes."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.serving import middleware, problems
from api.serving.admission import Admission
from api.serving.gate import Gate
from api.serving.keys import new_key, parse_keys
from api.serving.metrics import Metrics
from api.serving.surfaces import USED_BY_PAGES
from indexer.settings import Settings

DESK, ARCHIVE = new_key("desk", "2/minute"), new_key("archive", "1000/hour")
RING = parse_keys(DESK.lines + ARCHIVE.lines)
OPEN = ["/", "/article/x", "/v1x", "/livez", "/openapi.json", "/static/mcp"]
CLOSED = ["/v1", "/v1/search", "/v1/nothing", "/v1/", "/mcp", "/mcp/", "/mcp/x"]


async def anything(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers every address, in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"in "
        yield b"pieces"

    await StreamingResponse(pieces())(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    return TestClient(Gate(anything, RING))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which stands still until it is changed."""
    clock = [time.time()]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    return clock


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("path", OPEN)
def test_pages_and_health_ask_for_no_key(client: TestClient, path: str) -> None:
    assert client.get(path).text == "in pieces"


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT"])
def test_the_interface_asks_for_a_key(client: TestClient, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="dragoman"'
    assert client.request(method, path, headers=bearer(ARCHIVE.key)).status_code == 200


def test_a_refusal_is_a_problem_that_says_how_to_send_a_key(client: TestClient) -> None:
    body = client.get("/v1/search").json()
    assert (body["type"], body["status"]) == ("/problems/unauthorized", 401)
    assert "X-API-Key" in body["detail"]
    assert "Bearer" in body["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        bearer(ARCHIVE.key),
        {"Authorization": f"bearer   {ARCHIVE.key} "},
        {"X-API-Key": ARCHIVE.key},
        {"X-API-Key": f" {ARCHIVE.key} "},
        {"Authorization": "Basic cHJveHk6eA==", "X-API-Key": ARCHIVE.key},
    ],
)
def test_a_key_may_be_sent_in_either_way(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/v1/search", headers=headers).text == "in pieces"


@pytest.mark.parametrize(
    "headers",
    [
        bearer(ARCHIVE.key[:-1]),
        bearer(ARCHIVE.key + "x"),
        bearer(hashlib.sha256(ARCHIVE.key.encode()).hexdigest()),
        {"X-API-Key": "desk"},
        {"X-API-Key": "é".encode("latin-1")},
        {**bearer("wrong"), "X-API-Key": ARCHIVE.key},
    ],
)
def test_a_wrong_key_is_refused_as_such(client: TestClient, headers: dict[str, Any]) -> None:
    answer = client.get("/v1/search", headers=headers)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert "does not know" in answer.json()["detail"]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", f"Token {ARCHIVE.key}", ARCHIVE.key])
def test_another_scheme_is_no_key_at_all(client: TestClient, value: str) -> None:
    assert client.get("/v1/search", headers={"Authorization": value}).status_code == 401


def test_a_key_in_the_address_is_not_taken(client: TestClient) -> None:
    assert client.get("/v1/search", params={"api_key": ARCHIVE.key, "key": ARCHIVE.key}).status_code == 401


def test_past_its_rate_a_key_is_told_when_to_come_back_and_then_let_in_again(
    client: TestClient, now: list[float]
) -> None:
    first = client.get("/v1/search", headers=bearer(DESK.key))
    assert first.headers["ratelimit-policy"] == '"key";q=2;w=60'
    assert first.headers["ratelimit"] == '"key";r=1;t=60'
    now[0] += 20
    assert client.get("/v1/search", headers=bearer(DESK.key)).headers["ratelimit"] == '"key";r=0;t=40'
    now[0] += 5
    spent = client.get("/v1/search", headers=bearer(DESK.key))
    assert spent.status_code == 429
    assert spent.headers["retry-after"] == "35"
    assert spent.headers["ratelimit"] == '"key";r=0;t=35'
    assert spent.json()["type"] == "/problems/rate-limited"
    assert "'desk' may be used for 2 requests in 60 seconds: try again in 35 seconds" in spent.json()["detail"]
    now[0] += 35.5
    assert client.get("/v1/search", headers=bearer(DESK.key)).status_code == 200
    assert client.get("/v1/search", headers=bearer(DESK.key)).status_code == 429, "the window moves use by use"


def test_each_key_is_counted_for_itself_and_refused_uses_do_not_count(client: TestClient, now: list[float]) -> None:
    statuses = [client.get("/v1/search", headers=bearer(DESK.key)).status_code for _ in range(5)]
    assert statuses == [200, 200, 429, 429, 429]
    assert client.get("/v1/search", headers=bearer(ARCHIVE.key)).status_code == 200
    now[0] += 61
    assert client.get("/v1/search", headers=bearer(DESK.key)).status_code == 200


def test_requests_without_a_key_and_pages_are_not_counted(client: TestClient) -> None:
    for _ in range(5):
        client.get("/v1/search", headers={"X-API-Key": "wrong"})
        client.get("/", headers=bearer(DESK.key))
    assert client.get("/v1/search", headers=bearer(DESK.key)).headers["ratelimit"].startswith('"key";r=1;')


def test_bodies_and_answers_pass_piece_by_piece() -> None:
    sent: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        sent.append((await receive())["body"].decode())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        sent.append((await receive())["body"].decode())
        await send({"type": "http.response.body", "body": b"two"})

    async def converse() -> None:
        incoming = [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.request", "body": b"b"}]

        async def receive() -> Any:
            return incoming.pop(0)

        async def send(message: Any) -> None:
            sent.append(message.get("body", b"start").decode())

        headers = [(b"x-api-key", ARCHIVE.key.encode())]
        scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": headers}
        await Gate(app, RING)(scope, receive, send)

    asyncio.run(converse())
    assert sent == ["a", "start", "one", "b", "two"]


def test_a_mounted_prefix_is_no_way_around() -> None:
    client = TestClient(Gate(anything, RING), root_path="/news")
    assert client.get("/news/v1/search").status_code == 401
    assert client.get("/news/").status_code == 200


def test_without_the_setting_no_key_is_asked_for(tmp_path: Path) -> None:
    place = tmp_path / "keys.toml"
    place.write_text(ARCHIVE.lines, encoding="utf-8")
    for settings, status in ((Settings(), 200), (Settings(keys=place), 401)):
        app = FastAPI()
        app.get("/v1/search")(lambda: "an answer")
        problems.install(app, 1000)
        middleware.install(app, settings, Metrics(), Admission(1, 0))
        assert TestClient(app).get("/v1/search").status_code == status


@pytest.mark.parametrize("path", USED_BY_PAGES)
def test_what_pages_use_asks_for_no_key_as_long_as_there_are_pages(path: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(DESK.lines)
    for pages, status in ((True, 404), (False, 401)):
        app = FastAPI()
        problems.install(app, 1000)
        middleware.install(app, Settings(keys=keys, pages=pages), Metrics(), Admission(1, 0))
        assert TestClient(app).get(path).status_code == status
        assert TestClient(app).get("/v1/search").status_code == 401
