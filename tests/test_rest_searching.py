"""Searching over REST: one question, pages, batches, passages like one, completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.responses import SearchResponse, SimilarResponse
from api.search import Searcher
from indexer.engine import Engine
from tests.archive import NEWS, QUESTIONS, WideEncoder, served, stored, timeless
from tests.fakes import FakeEncoder, article, put

ASKED: dict[str, Any] = {"q": QUESTIONS[0], "asked_on": "2013-01-05"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with stored(tmp_path_factory.mktemp("searching"), NEWS) as engine:
        yield served(engine)


@pytest.fixture(scope="module")
def searcher(client: TestClient) -> Searcher:
    found: Searcher = client.app.state.searcher  # type: ignore[attr-defined]
    return found


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


def search(client: TestClient, **given: Any) -> dict[str, Any]:
    response = client.get("/v1/search", params={**ASKED, **given})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def refused(response: Any, status: int = 422) -> list[str]:
    """The parameters that a problem names."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["type"]) == (status, "/problems/invalid-parameter")
    for error in problem["errors"]:
        assert error["detail"] in problem["detail"]
    return [error["parameter"] for error in problem["errors"]]


GIVEN: list[dict[str, Any]] = [
    {},
    {"k": 3, "explain": True, "facets": True},
    {"country": ["Japan", "KR"], "language": ["en"], "sort": "date", "facets": True},
    {"publisher": ["the courier"], "after": "2013", "before": "2015", "per_article": 0},
    {"q": "Who closed the ferry last month?", "explain": True},
    {"publisher": ["Nobody"], "facets": True},
]


@pytest.mark.parametrize("given_more", GIVEN, ids=str)
def test_the_answer_is_that_of_the_index_itself_to_the_last_digit(
    client: TestClient, searcher: Searcher, given_more: dict[str, Any]
) -> None:
    asked = {**ASKED, **given_more}
    expected = timeless(SearchResponse.of(searcher.search(**asked)).model_dump(mode="json"))
    assert timeless(client.get("/v1/search", params=asked).json()) == expected
    assert timeless(client.post("/v1/search", json=asked).json()) == expected


def test_pages_are_one_search_cut_into_pieces(client: TestClient) -> None:
    whole = search(client, k=200)
    assert whole["cursor"] is None
    hits, starts, cursor = [], [], ""
    while cursor is not None:
        page = search(client, k=30, cursor=cursor)
        hits += page["hits"]
        starts.append(page["query"]["start"])
        cursor = page["cursor"]
    assert hits == whole["hits"]
    assert starts == list(range(0, len(hits), 30))


def test_a_cursor_of_get_goes_on_in_post(client: TestClient) -> None:
    first = search(client, k=4)
    by_get = search(client, k=4, cursor=first["cursor"])
    by_post = client.post("/v1/search", json={**ASKED, "k": 4, "cursor": first["cursor"]}).json()
    assert timeless(by_get) == timeless(by_post)
    assert by_get["hits"][0]["rank"] == 5


@pytest.mark.parametrize("other", [{"k": 5}, {"q": "Who?"}, {"sort": "date"}, {"country": "JP"}, {"per_article": 1}])
def test_a_cursor_of_another_search_is_refused(client: TestClient, other: dict[str, Any]) -> None:
    cursor = search(client, k=4)["cursor"]
    assert refused(client.get("/v1/search", params={**ASKED, "k": 4, "cursor": cursor, **other})) == ["cursor"]


def test_a_cursor_may_be_used_with_other_fields_of_the_same_hits(client: TestClient) -> None:
    cursor = search(client, k=4)["cursor"]
    plain, more = search(client, k=4, cursor=cursor), search(client, k=4, cursor=cursor, explain=True, facets=True)
    assert [hit | {"explain": None} for hit in more["hits"]] == plain["hits"]


def test_after_a_publication_a_cursor_is_gone(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS[:9])
    client = served(engine)
    cursor = search(client, k=2)["cursor"]
    put(engine, encoder, [article("steel", "Both governments lifted their tariffs on steel.")])
    for response in (
        client.get("/v1/search", params={**ASKED, "k": 2, "cursor": cursor}),
        client.post("/v1/search", json={**ASKED, "k": 2, "cursor": cursor}),
        client.get("/v1/export", params={**ASKED, "k": 2, "cursor": cursor, "format": "csv"}),
    ):
        assert response.status_code == 410
        assert response.json()["type"] == "/problems/cursor-expired"
        assert "without the cursor" in response.json()["detail"]


@settings(deadline=None, max_examples=40)
@given(st.text(min_size=1, max_size=40))
def test_no_cursor_makes_the_server_fail(client: TestClient, cursor: str) -> None:
    response = client.get("/v1/search", params={**ASKED, "k": 1, "cursor": cursor.encode("utf-8", "replace")})
    if response.status_code == 200:
        assert not cursor.strip()
    else:
        assert refused(response) == ["cursor"]


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"q": ""}, ["q"]),
        ({"q": "?!"}, ["q"]),
        ({"k": True}, ["k"]),
        ({"k": 0}, ["k"]),
        ({"k": "many"}, ["k"]),
        ({"after": "yesterday"}, ["after"]),
        ({"after": "2013", "before": "2012"}, ["after"]),
        ({"before": "2012-13"}, ["before"]),
        ({"country": ["Xanthippe"]}, ["country"]),
        ({"language": ["English language"]}, ["language"]),
        ({"publisher": [f"p{n}" for n in range(101)]}, ["publisher"]),
        ({"asked_on": "2012"}, ["asked_on"]),
        ({"sort": "newest"}, ["sort"]),
        ({"limit": 3}, ["limit"]),
        ({"k": 0, "per_article": -1, "sort": "x"}, ["per_article", "k", "sort"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_makes_no_sense_is_refused_by_name(client: TestClient, wrong: dict[str, Any], names: list[str]) -> None:
    assert sorted(refused(client.post("/v1/search", json={**ASKED, **wrong}))) == sorted(names)
    by_get = client.get("/v1/search", params={**ASKED, **wrong})
    assert sorted(refused(by_get)) == sorted(names)


def test_true_is_no_number_in_an_address_either(client: TestClient) -> None:
    assert refused(client.get("/v1/search?q=x&k=true")) == ["k"]


def test_what_was_meant_by_a_country_is_suggested(client: TestClient) -> None:
    assert "JP (Japan)" in client.get("/v1/search?q=x&country=Jappan").json()["detail"]


# Batches


def batch(client: TestClient, *searches: dict[str, Any]) -> Any:
    return client.post("/v1/search/batch", json={"searches": list(searches)})


def test_a_batch_is_answered_as_each_search_alone(client: TestClient) -> None:
    searches = [{**ASKED, **more} for more in GIVEN]
    response = batch(client, *searches)
    assert response.status_code == 200
    alone = [timeless(client.post("/v1/search", json=one).json()) for one in searches]
    assert [timeless(answer) for answer in response.json()["answers"]] == alone
    assert response.headers["Server-Timing"].startswith("total;dur=")
    assert "ETag" not in response.headers


def test_a_page_can_be_asked_for_in_a_batch(client: TestClient) -> None:
    cursor = search(client, k=4)["cursor"]
    [answer] = batch(client, {**ASKED, "k": 4, "cursor": cursor}).json()["answers"]
    assert answer["query"]["start"] == 4


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"q": " "}, "searches.1.q"),
        ({"q": "x", "k": True}, "searches.1.k"),
        ({"q": "x", "k": 0}, "searches.1.k"),
        ({"q": "x", "country": "Xanthippe"}, "searches.1.country"),
        ({"q": "x", "cursor": "x"}, "searches.1.cursor"),
        ({"q": "x", "after": "2013", "before": "2012"}, "searches.1.after"),
        ({"q": "x", "limit": 3}, "searches.1.limit"),
        ({}, "searches.1.q"),
    ],
    ids=str,
)
def test_where_one_makes_no_sense_none_is_answered_and_it_is_named(
    client: TestClient, searcher: Searcher, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any], name: str
) -> None:
    monkeypatch.setattr(type(searcher), "answer", lambda *_, **__: pytest.fail("it was searched for"))
    assert refused(batch(client, ASKED, wrong, ASKED)) == [name]


def test_a_batch_has_a_limit(client: TestClient) -> None:
    assert refused(batch(client)) == ["searches"]
    assert refused(batch(client, *[ASKED] * 65)) == ["searches"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{", "application/json", 400),
        ('{"searches": []}', "text/plain", 415),
        ("[" * 100_000, "application/json", 400),
        ("x" * (2**20 + 1), "application/json", 413),
    ],
    ids=["broken", "text", "deep", "long"],
)
def test_a_body_that_cannot_be_read_is_refused(client: TestClient, content: str, kind: str, status: int) -> None:
    for path in ("/v1/search", "/v1/search/batch"):
        response = client.post(path, content=content, headers={"Content-Type": kind})
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


# Passages like one


@pytest.mark.parametrize("given_more", [{}, {"k": 3, "explain": True}, {"country": "JP", "per_article": 0}], ids=str)
def test_passages_like_one_are_those_of_the_index_itself(
    client: TestClient, searcher: Searcher, given_more: dict[str, Any]
) -> None:
    expected = SimilarResponse.of("wire-0:0", searcher.similar("wire-0:0", **given_more)).model_dump(mode="json")
    assert timeless(client.get("/v1/similar/wire-0:0", params=given_more).json()) == timeless(expected)
    assert expected["hits"]


def test_the_passage_may_have_any_id(engine: Engine, encoder: FakeEncoder) -> None:
    odd = ["a/b/c", "with space", "100%", "what?q=1", "核/é", "https://example.org/a?b=c#d", "colon:7"]
    put(engine, encoder, [article(name, f"Report number {n} on talks.") for n, name in enumerate(odd)])
    client = served(engine)
    for name in odd:
        found = client.get(f"/v1/similar/{quote(f'{name}:0', safe='')}").json()
        assert found["passage_id"] == f"{name}:0"
        assert len(found["hits"]) == len(odd) - 1


@pytest.mark.parametrize("unknown", ["nobody:0", "wire-0:9", "wire-0", "wire-0:x"])
def test_an_unknown_passage_is_not_found(client: TestClient, unknown: str) -> None:
    response = client.get(f"/v1/similar/{unknown}")
    assert response.status_code == 404
    assert response.json()["type"] == "/problems/not-found"
    assert repr(unknown) in response.json()["detail"]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [("k=0", "k"), ("q=x", "q"), ("cursor=x", "cursor"), ("country=Xanthippe", "country"), ("k=1&k=2", "k")],
)
def test_its_parameters_are_checked(client: TestClient, wrong: str, name: str) -> None:
    assert refused(client.get(f"/v1/similar/wire-0:0?{wrong}")) == [name]


# Completions


def test_completions_come_as_browsers_take_them(client: TestClient) -> None:
    response = client.get("/v1/suggest", params={"q": "The cour"})
    assert response.headers["content-type"] == "application/x-suggestions+json"
    typed, found = response.json()
    assert typed == "The cour"
    assert found == ["The Courier"]


def test_there_are_eight_at_most_and_none_for_nothing(client: TestClient) -> None:
    assert len(client.get("/v1/suggest", params={"q": "da"}).json()[1]) == 8
    for nothing in ("", " ", "?", "zeppelin"):
        assert client.get("/v1/suggest", params={"q": nothing}).json() == [nothing, []]


@pytest.mark.parametrize(("wrong", "name"), [("", "q"), ("q=x&q=y", "q"), (f"q={'x' * 501}", "q")])
def test_what_is_typed_is_given_once_and_is_not_long(client: TestClient, wrong: str, name: str) -> None:
    assert refused(client.get(f"/v1/suggest?{wrong}")) == [name]
