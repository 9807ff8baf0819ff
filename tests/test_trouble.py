"""What a reader is told when something does not work, and what a program gets instead."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from lxml import html

from api.app import create_app
from api.search import Searcher
from api.serving.problem_types import TYPES
from indexer.engine import Engine
from indexer.errors import Busy, IndexDamaged
from tests.fakes import FakeEncoder, article, put

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def searcher(engine: Engine, encoder: FakeEncoder) -> Searcher:
    put(engine, encoder, [article("vienna", "Ministers met in Vienna.")])
    return Searcher(engine, encoder)


def failing(searcher: Searcher, monkeypatch: pytest.MonkeyPatch, error: Exception) -> TestClient:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Searcher, "answer", fail)
    return TestClient(create_app(searcher), raise_server_exceptions=False)


def said(response, path: str) -> str:
    [element] = html.document_fromstring(response.content).xpath(path)
    return " ".join(element.text_content().split())


@pytest.mark.parametrize(
    ("error", "status", "heading", "again"),
    [
        (Busy("2 searches are running and 8 waiting", 3), 503, "Many questions at once", True),
        (IndexDamaged("the index is damaged"), 503, "The index cannot be read just now", True),
        (RuntimeError("secret"), 500, "Something went wrong", True),
    ],
)
def test_trouble_is_a_page_that_says_what_to_do(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, heading: str, again: bool
) -> None:
    client = failing(searcher, monkeypatch, error)
    response = client.get("/?q=who+met&after=2012", headers=BROWSER)
    assert response.status_code == status
    assert said(response, "//h1") == heading
    links = html.document_fromstring(response.content).xpath("//p[@class='ways']/a/@href")
    assert links == ["/?q=who+met&after=2012", "/"]
    assert html.document_fromstring(response.content).xpath("//input[@name='q']/@value") == ["who met"]
    assert "secret" not in response.text
    assert response.headers["x-request-id"] in response.text
    assert ("retry-after" in response.headers) == isinstance(error, Busy)


def test_a_way_back_never_leads_to_another_server(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(create_app(searcher))
    links = html.document_fromstring(client.get("//evil.example/x", headers=BROWSER).content).xpath("//main//a/@href")
    assert all(link.startswith("/") and not link.startswith("//") for link in links)


def test_an_address_where_there_is_nothing_is_a_page_for_people_and_a_problem_for_programs(searcher: Searcher) -> None:
    client = TestClient(create_app(searcher))
    assert said(client.get("/nothing", headers=BROWSER), "//h1") == "Not found"
    for path, accept in (("/nothing", "application/json"), ("/v1/nothing", "text/html"), ("/problems/x", "text/html")):
        response = client.get(path, headers={"accept": accept})
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", TYPES)
def test_every_type_of_problem_has_a_page(searcher: Searcher, name: str) -> None:
    response = TestClient(create_app(searcher)).get(TYPES[name].uri, headers=BROWSER)
    assert response.status_code == 200
    assert said(response, "//h1") == TYPES[name].title
    assert TYPES[name].remedy.replace("`", "") in " ".join(
        html.document_fromstring(response.content).text_content().split()
    )
