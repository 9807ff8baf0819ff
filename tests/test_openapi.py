"""The OpenAPI description: every way in, every problem, and no reference that leads nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import api
from api.app import create_app, describe
from api.search import Searcher
from indexer.engine import Binding, open_engine
from tests.fakes import FakeEncoder


def references(node: Any) -> Iterator[str]:
    """Every $ref below a node of the description."""
    match node:
        case dict():
            yield from (value for name, value in node.items() if name == "$ref")
            for value in node.values():
                yield from references(value)
        case list():
            for value in node:
                yield from references(value)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    engine = open_engine(tmp_path_factory.mktemp("openapi") / "index", create=Binding.of(FakeEncoder()))
    yield TestClient(create_app(Searcher(engine, FakeEncoder())))
    engine.close()


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_the_description_names_every_way_in(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    assert {name: set(ways) for name, ways in description["paths"].items()} == {
        "/v1/search": {"get", "post"},
        "/v1/search/batch": {"post"},
        "/v1/similar/{passage_id}": {"get"},
        "/v1/suggest": {"get"},
        "/v1/export": {"get"},
        "/v1/feed.atom": {"get"},
        "/v1/feed.json": {"get"},
        "/v1/articles/{article_id}": {"get"},
        "/v1/passages/{passage_id}": {"get"},
        "/v1/citations/{passage_id}": {"get"},
        "/v1/citations/verify": {"post"},
        "/v1/stats": {"get"},
        "/livez": {"get"},
        "/readyz": {"get"},
    }


def test_the_committed_description_is_that_of_the_code() -> None:
    committed = json.loads((Path(api.__file__).parent / "openapi.json").read_text(encoding="utf-8"))
    assert committed == describe(), "the contract has drifted: look at the difference, then run scripts/openapi.py"


def test_a_running_server_gives_the_same_description(description: dict[str, Any]) -> None:
    assert description == describe()


def test_every_reference_in_the_description_leads_somewhere(description: dict[str, Any]) -> None:
    found = set(references(description))
    assert found == {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}


def test_the_description_names_every_problem_and_its_form(description: dict[str, Any]) -> None:
    statuses = {
        (name, way): {status for status in operation["responses"] if status != "200"}
        for name, ways in description["paths"].items()
        for way, operation in ways.items()
    }
    always = {"401", "429", "503"}  # a key is missing, is used too often, or the server has no time for it
    searched, sent = {"410", "422", *always}, {"400", "413", "415", "422", *always}
    assert statuses == {
        ("/v1/search", "get"): {"304", *searched},
        ("/v1/search", "post"): {"410", *sent},
        ("/v1/search/batch", "post"): {"410", *sent},
        ("/v1/similar/{passage_id}", "get"): {"304", "404", *searched},
        ("/v1/suggest", "get"): {"422", *always},
        ("/v1/export", "get"): {"304", *searched},
        ("/v1/feed.atom", "get"): {"304", *searched},
        ("/v1/feed.json", "get"): {"304", *searched},
        ("/v1/articles/{article_id}", "get"): {"304", "404", "422", *always},
        ("/v1/passages/{passage_id}", "get"): {"304", "404", *always},
        ("/v1/citations/{passage_id}", "get"): {"404", *always},
        ("/v1/citations/verify", "post"): sent,
        ("/v1/stats", "get"): always,
        ("/livez", "get"): set(),
        ("/readyz", "get"): {"503"},
    }
    for (name, way), problems in statuses.items():
        for status in problems - {"304"}:
            [(media_type, content)] = description["paths"][name][way]["responses"][status]["content"].items()
            assert media_type == "application/problem+json"
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert content["examples"]


def test_the_description_is_the_same_each_time_it_is_asked_for(client: TestClient, description: dict[str, Any]) -> None:
    assert client.get("/openapi.json").json() == description


def test_get_takes_the_parameters_that_post_takes(description: dict[str, Any]) -> None:
    by_get = {parameter["name"]: parameter for parameter in description["paths"]["/v1/search"]["get"]["parameters"]}
    by_post = description["components"]["schemas"]["SearchParameters"]
    assert (
        set(by_get)
        == set(by_post["properties"])
        == {
            *("q", "k", "after", "before", "publisher", "country", "language"),
            *("per_article", "asked_on", "sort", "cursor", "explain", "facets"),
        }
    )
    assert [name for name, parameter in by_get.items() if parameter["required"]] == by_post["required"] == ["q"]
    assert all(parameter["description"] for parameter in by_get.values())


def test_what_a_score_is_and_is_not_is_described(description: dict[str, Any]) -> None:
    score = description["components"]["schemas"]["HitOut"]["properties"]["score"]["description"]
    assert "negative" in score
    assert "no probability" in score
    answer = description["components"]["schemas"]["SearchResponse"]["properties"]
    assert "probability, 0 to 1" in answer["answerable"]["description"]


def test_every_field_of_a_hit_is_always_there(description: dict[str, Any]) -> None:
    hit = description["components"]["schemas"]["HitOut"]
    assert set(hit["required"]) == set(hit["properties"]) >= {"explain", "more", "copies"}
    assert "parts" not in hit["properties"]
