"""The OpenAPI description: every way in, every problem, and no reference that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
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
        "/v1/articles/{article_id}": {"get"},
        "/v1/passages/{passage_id}": {"get"},
        "/v1/stats": {"get"},
        "/livez": {"get"},
        "/readyz": {"get"},
    }


def test_every_reference_in_the_description_leads_somewhere(description: dict[str, Any]) -> None:
    found = set(references(description))
    assert found == {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}


def test_the_description_names_every_problem_and_its_form(description: dict[str, Any]) -> None:
    statuses = {
        (name, way): {status for status in operation["responses"] if status != "200"}
        for name, ways in description["paths"].items()
        for way, operation in ways.items()
    }
    assert statuses == {
        ("/v1/search", "get"): {"422", "503"},
        ("/v1/search", "post"): {"400", "413", "422", "503"},
        ("/v1/articles/{article_id}", "get"): {"404", "503"},
        ("/v1/passages/{passage_id}", "get"): {"404", "503"},
        ("/v1/stats", "get"): {"503"},
        ("/livez", "get"): set(),
        ("/readyz", "get"): {"503"},
    }
    for (name, way), problems in statuses.items():
        for status in problems:
            response = description["paths"][name][way]["responses"][status]
            assert response["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }


def test_the_description_is_the_same_each_time_it_is_asked_for(client: TestClient, description: dict[str, Any]) -> None:
    assert client.get("/openapi.json").json() == description


def test_get_takes_the_parameters_that_post_takes(description: dict[str, Any]) -> None:
    by_get = {parameter["name"]: parameter for parameter in description["paths"]["/v1/search"]["get"]["parameters"]}
    by_post = description["components"]["schemas"]["SearchParameters"]
    assert (
        set(by_get)
        == set(by_post["properties"])
        == {
            *("q", "k", "after", "before", "publisher"),
            *("per_article", "asked_on", "explain"),
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
