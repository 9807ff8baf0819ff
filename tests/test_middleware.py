"""The layers around the application: what each answer carries, whatever answers it, and in which order they stand."""

from __future__ import annotations

import asyncio
import gzip
import logging
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from api.serving import middleware, problems, request_ids
from api.serving.admission import Admission
from api.serving.caching import etag, headers, not_modified
from api.serving.keys import new_key
from api.serving.metrics import Metrics
from api.serving.request_ids import chosen
from api.serving.server_timing import STAGES, server_timing
from indexer.settings import Settings

SITE = "https://desk.example.org"
KEY = new_key("desk", "3/minute")
LONG = "news " * 1000


def build(settings: Settings) -> FastAPI:
    app = FastAPI()
    problems.install(app, 1000)
    middleware.install(app, settings, Metrics(), Admission(1, 0))

    @app.get("/v1/search")
    def search(request: Request) -> Response:
        return not_modified(request, etag(1)) or PlainTextResponse("short", headers=headers(etag(1)))

    @app.post("/v1/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    @app.get("/v1/id")
    def id_in_thread() -> str | None:
        found: list[str | None] = []
        thread = threading.Thread(target=lambda: found.append(request_ids.current()))
        thread.start()
        thread.join()
        return request_ids.current()

    @app.get("/v1/long")
    def long() -> PlainTextResponse:
        return PlainTextResponse(LONG)

    @app.get("/v1/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter([b"a" * 600, b"b" * 600]), media_type="text/event-stream")

    @app.get("/v1/fails")
    def fails() -> None:
        raise ZeroDivisionError

    @app.get("/v1/breaks")
    def breaks() -> StreamingResponse:
        def pieces() -> Iterator[bytes]:
            yield b"half"
            raise ZeroDivisionError

        return StreamingResponse(pieces())

    @app.get("/page")
    def page() -> PlainTextResponse:
        return PlainTextResponse("page", headers={"Content-Security-Policy": "default-src 'self'"})

    return app


@pytest.fixture
def client() -> TestClient:
    return TestClient(build(Settings()), raise_server_exceptions=False)


@pytest.fixture
def closed(tmp_path: Path) -> TestClient:
    """A server with everything on: a key is needed, one site is let in, one host is served."""
    place = tmp_path / "keys.toml"
    place.write_text(KEY.lines, encoding="utf-8")
    settings = Settings(keys=place, cors_origins=(SITE,), hosts=("testserver",))
    return TestClient(build(settings), raise_server_exceptions=False)


def test_head_has_the_headers_of_get_and_no_body(client: TestClient) -> None:
    for path in ("/v1/search", "/v1/long", "/page", "/nothing", "/openapi.json", "/v1/fails", "/v1/stream"):
        for encoding in ("gzip", "identity"):
            asked = {"Accept-Encoding": encoding, "X-Request-ID": "same"}
            got, head = client.get(path, headers=asked), client.head(path, headers=asked)
            assert head.status_code == got.status_code
            assert head.headers == got.headers, path
            assert (head.content, bool(got.content)) == (b"", True)


def test_head_is_answered_304_like_get(client: TestClient) -> None:
    assert client.head("/v1/search", headers={"If-None-Match": etag(1)}).status_code == 304


def test_head_where_there_is_no_get_is_not_possible(client: TestClient) -> None:
    answer = client.head("/v1/body")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_head_does_not_open_the_stream_of_assistants() -> None:
    asked: list[str] = []
    app = FastAPI()
    middleware.install(app, Settings(), Metrics(), Admission(1, 0))

    async def assistants(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["method"])
        await PlainTextResponse("", 405)(scope, receive, send)

    app.mount("/mcp", assistants)
    TestClient(app).head("/mcp/")
    assert asked == ["HEAD"]


@pytest.mark.parametrize("sane", ["a", "0f3a-42_B.x", "x" * 64])
def test_a_sane_request_id_is_given_back(client: TestClient, sane: str) -> None:
    assert client.get("/page", headers={"X-Request-ID": sane}).headers["x-request-id"] == sane


@pytest.mark.parametrize("odd", ["", "x" * 65, "a b", "a\tb", "<script>", "é".encode("latin-1"), "a,b", "a:b"])
def test_any_other_request_id_is_replaced_by_a_fresh_one(client: TestClient, odd: Any) -> None:
    ids = {client.get("/page", headers={"X-Request-ID": odd}).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(re.fullmatch(r"[0-9a-f]{16}", found) for found in ids)


@given(st.none() | st.text())
def test_a_request_id_is_always_fit_for_headers_and_logs(given: str | None) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", chosen(given), re.ASCII)


def test_the_endpoint_in_its_thread_knows_the_id_and_nobody_else_does(client: TestClient) -> None:
    assert client.get("/v1/id", headers={"X-Request-ID": "mine"}).json() == "mine"
    assert request_ids.current() is None


@pytest.mark.parametrize("path", ["/v1/fails", "/nothing", "/v1/body"])
def test_a_problem_carries_the_id_as_its_instance(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"X-Request-ID": "mine"})
    assert answer.status_code >= 400
    assert answer.json()["instance"] == answer.headers["x-request-id"] == "mine"


def test_the_log_of_an_error_holds_the_id_once(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/v1/fails", headers={"X-Request-ID": "mine"})
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
        "request mine: unexpected error"
    ]


def test_every_answer_says_that_it_is_data(client: TestClient) -> None:
    for path in ("/v1/search", "/nothing", "/v1/fails", "/openapi.json"):
        found = client.get(path).headers
        assert {name: found[name] for name in middleware.SAFE} == middleware.SAFE


def test_a_page_keeps_its_own_policy(client: TestClient) -> None:
    found = client.get("/page").headers
    assert found["content-security-policy"] == "default-src 'self'"
    assert found["x-content-type-options"] == "nosniff"


def test_long_answers_are_compressed_for_who_can_read_that(client: TestClient) -> None:
    with client.stream("GET", "/v1/long", headers={"Accept-Encoding": "gzip"}) as answer:
        assert gzip.decompress(b"".join(answer.iter_raw())).decode() == LONG
        assert "Accept-Encoding" in answer.headers["vary"]
    assert "content-encoding" not in client.get("/v1/long", headers={"Accept-Encoding": "identity"}).headers


def test_short_answers_and_streams_of_events_are_left_as_they_are(client: TestClient) -> None:
    for path in ("/v1/search", "/v1/stream"):
        assert "content-encoding" not in client.get(path, headers={"Accept-Encoding": "gzip"}).headers


def test_no_other_site_may_read_unless_it_is_named(client: TestClient) -> None:
    assert "access-control-allow-origin" not in client.get("/v1/search", headers={"Origin": SITE}).headers


def test_a_named_site_may_read_answers_and_the_headers_that_help_it(closed: TestClient) -> None:
    answer = closed.get("/v1/search", headers={"Origin": SITE, "X-API-Key": KEY.key})
    assert answer.headers["access-control-allow-origin"] == SITE
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"X-Request-ID", "ETag", "Server-Timing", "Retry-After", "Link"} <= exposed
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    other = closed.get("/v1/search", headers={"Origin": "https://evil.example", "X-API-Key": KEY.key})
    assert "access-control-allow-origin" not in other.headers


def test_a_browser_may_ask_beforehand_without_a_key(closed: TestClient) -> None:
    asked = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
    wanted = {"Access-Control-Request-Headers": "authorization, content-type, x-api-key, if-none-match, mcp-session-id"}
    assert closed.options("/v1/search", headers={**asked, **wanted}).status_code == 200
    assert closed.options("/v1/search", headers={**asked, "Origin": "https://evil.example"}).status_code == 400


def test_refusals_carry_what_every_answer_carries(closed: TestClient) -> None:
    """A script at a named site can tell a missing key, a spent one and a fault apart, and quote the request's id."""
    answers = [closed.get("/v1/search", headers={"Origin": SITE})]
    good = {"Origin": SITE, "X-API-Key": KEY.key}
    answers += [closed.get("/v1/fails", headers=good)]
    answers += [closed.post("/v1/body", content=b"x" * 1001, headers=good)]
    answers += [closed.get("/v1/nothing", headers=good)]
    answers += [closed.get("/v1/search", headers=good)]
    assert [answer.status_code for answer in answers] == [401, 500, 413, 404, 429]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == SITE
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.json()["instance"] == answer.headers["x-request-id"]


def test_a_wrong_host_is_refused_before_anything_else_is_told(closed: TestClient) -> None:
    answer = closed.get("/page", headers={"Host": "evil.example", "Origin": SITE})
    assert answer.status_code == 421
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-request-id"]


def test_an_answer_that_fails_half_way_breaks_off_and_is_not_made_to_look_whole() -> None:
    with pytest.raises(ZeroDivisionError):
        TestClient(build(Settings())).get("/v1/breaks")


def run(app: Callable[..., Any], path: str) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"q=secret"}
    asyncio.run(app(scope, receive, send))
    return sent


def test_each_request_is_one_line_in_the_log_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "dragoman.access"):
        run(build(Settings()), "/v1/search")
        run(build(Settings()), "/nothing\nGET /forged 200")
        run(build(Settings()), "/v1/fails")
    lines = [record.getMessage() for record in caplog.records if record.name == "dragoman.access"]
    form = r"GET (\S+) (\d+) \d+\.\d ms [0-9a-f]{16}"
    found = [match.groups() for line in lines if (match := re.fullmatch(form, line))]
    assert found == [("/v1/search", "200"), ("/nothing%0AGET%20/forged%20200", "404"), ("/v1/fails", "500")]
    assert "secret" not in caplog.text


def test_the_access_log_is_silent_unless_it_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    run(build(Settings()), "/v1/search")
    assert not caplog.records


def test_timings_are_written_as_browsers_read_them() -> None:
    assert server_timing([("parse", 0.1), ("encode", 12.345), ("total", 20.0)]) == (
        "parse;dur=0.10, encode;dur=12.35, total;dur=20.00"
    )
    assert server_timing([]) == ""
    assert STAGES == ("parse", "encode", "dense", "lexical", "rank", "total")


@pytest.mark.parametrize("name", ["", "a b", "a;b", 'a"', "é", "a,b", "a\r\nSet-Cookie:x"])
def test_a_timing_whose_name_would_break_the_header_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a timing"):
        server_timing([(name, 1.0)])
