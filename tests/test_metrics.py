"""The measures count by route, never by address, and each application has its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from starlette.responses import PlainTextResponse

from api.serving import middleware, problems
from api.serving.admission import Admission
from api.serving.metrics import Metrics
from indexer.errors import IndexMissing
from indexer.settings import Settings
from indexer.types import IndexInfo

INFO = IndexInfo(7, 120, 4321, "fake", "weights", 64, "rule")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> TestClient:
    app, pages = FastAPI(), APIRouter()
    app.get("/v1/articles/{article_id:path}")(lambda article_id: article_id)
    app.post("/v1/search")(lambda: 1 / 0)
    pages.get("/article/{article_id:path}")(lambda article_id: article_id)
    app.include_router(pages)
    app.mount("/mcp", PlainTextResponse("stream"))
    problems.install(app, 1000)
    middleware.install(app, Settings(), metrics, Admission(1, 0))
    metrics.install(app)
    return TestClient(app)


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The values of one measure by the values of its labels."""
    text = metrics.render().text.decode()
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == f"dragoman_{name}"
    }


def test_requests_are_counted_by_route_method_and_status(client: TestClient, metrics: Metrics) -> None:
    for path in ("/v1/articles/a", "/v1/articles/b/c", "/article/x", "/article/y"):
        client.get(path)
    client.head("/v1/articles/a")
    client.post("/v1/search")
    client.put("/v1/search")
    for method in ("BREW", "SIP"):
        client.request(method, "/v1/search")
    client.get("/nothing/1")
    client.get("/nothing/2")
    client.get("/mcp/anything")
    client.get("/mcp/")
    found = samples(metrics, "http_requests_total")
    assert {tuple(sorted(key)): count for key, count in found.items()} == {
        tuple(sorted(key)): count
        for key, count in {
            ("/v1/articles/{article_id}", "GET", "200"): 2,
            ("/v1/articles/{article_id}", "HEAD", "200"): 1,
            ("/article/{article_id}", "GET", "200"): 2,
            ("/v1/search", "POST", "500"): 1,
            ("/v1/search", "PUT", "405"): 1,
            ("/v1/search", "other", "405"): 2,
            ("none", "GET", "404"): 2,
            ("/mcp", "GET", "200"): 2,
        }.items()
    }
    assert samples(metrics, "http_request_seconds_count")[("/article/{article_id}",)] == 2


def test_no_address_no_question_and_no_key_is_in_the_measures(client: TestClient, metrics: Metrics) -> None:
    client.get("/v1/articles/secret-id?q=secret-question", headers={"X-API-Key": "secret-key"})
    client.get("/secret-path")
    assert b"secret" not in metrics.render().text


def test_stages_are_given_in_milliseconds_and_kept_in_seconds(metrics: Metrics) -> None:
    metrics.observe([("encode", 2.0), ("rank", 30.0)])
    metrics.observe([("encode", 3.0)])
    assert samples(metrics, "search_stage_seconds_count") == {("encode",): 2, ("rank",): 1}
    assert samples(metrics, "search_stage_seconds_sum")[("encode",)] == pytest.approx(0.005)


def test_running_and_waiting_searches_are_shown_as_they_are_now(metrics: Metrics) -> None:
    admission, done, let_in = Admission(1, 3), threading.Event(), threading.Event()
    metrics.watch_admission(admission)

    def search() -> None:
        with admission.turn():
            let_in.set()
            done.wait(60)

    def now() -> tuple[float, float]:
        return samples(metrics, "searches_running")[()], samples(metrics, "searches_waiting")[()]

    assert now() == (0, 0)
    threads = [threading.Thread(target=search) for _ in range(2)]
    threads[0].start()
    assert let_in.wait(60)
    threads[1].start()
    while admission.waiting < 1:
        done.wait(0.001)
    assert now() == (1, 1)
    done.set()
    for thread in threads:
        thread.join(60)
    assert now() == (0, 0)


def test_the_index_is_looked_at_when_the_measures_are_fetched(metrics: Metrics) -> None:
    asked: list[Callable[[], IndexInfo]] = []

    def info() -> IndexInfo:
        asked.append(info)
        return INFO

    metrics.watch_index(info)
    assert asked == []
    names = ("index_up", "index_generation", "index_articles", "index_passages")
    assert [samples(metrics, name)[()] for name in names] == [1, 7, 120, 4321]


def test_an_index_that_cannot_be_read_is_down_and_the_rest_is_shown(metrics: Metrics) -> None:
    def info() -> IndexInfo:
        raise IndexMissing("there is no index at x")

    metrics.watch_index(info)
    metrics.observe([("encode", 1.0)])
    assert samples(metrics, "index_up") == {(): 0}
    assert samples(metrics, "index_generation") == {}
    assert samples(metrics, "search_stage_seconds_count") == {("encode",): 1}


def test_they_are_fetched_as_prometheus_reads_them(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert list(text_string_to_metric_families(answer.text))
    assert "/metrics" not in client.get("/openapi.json").json()["paths"]


def test_two_applications_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.observe([("encode", 1.0)])
    assert samples(other, "search_stage_seconds_count") == {}


def test_an_answer_that_breaks_off_is_counted() -> None:
    metrics, seen = Metrics(), []

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        raise ZeroDivisionError

    client = TestClient(metrics.middleware(broken), raise_server_exceptions=False)
    assert client.get("/x").status_code == 500
    assert seen == ["/x"]
    assert list(samples(metrics, "http_requests_total").values()) == [1]
