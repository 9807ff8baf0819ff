"""What all answers of searches share: their tag and 304, their times, their turn in front of the model."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from api.rest.turns import SEVERAL
from indexer.engine import Engine
from tests.archive import NEWS, QUESTIONS, WideEncoder, searching, served, stored, timeless
from tests.fakes import FakeEncoder, article, put

ASKED = {"q": QUESTIONS[0], "asked_on": "2013-01-05"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with stored(tmp_path_factory.mktemp("turns"), NEWS) as engine:
        yield served(engine)


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


def tag(client: TestClient, path: str = "/v1/search", **given: Any) -> str:
    response = client.get(path, params={**ASKED, **given})
    assert response.status_code == 200, response.text
    found: str = response.headers["ETag"]
    return found


PLACES: list[tuple[str, dict[str, Any]]] = [
    ("/v1/search", ASKED),
    ("/v1/similar/wire-0:0", {}),
    ("/v1/export", {**ASKED, "format": "csv"}),
    ("/v1/feed.atom", ASKED),
    ("/v1/feed.json", ASKED),
    ("/v1/articles/long", {}),
    ("/v1/articles/long", {"version": 1}),
    ("/v1/passages/wire-0:0", {}),
]
every_place = pytest.mark.parametrize(("path", "given"), PLACES, ids=lambda value: str(value)[:30])


@every_place
def test_who_holds_the_answer_is_told_that_it_still_is(client: TestClient, path: str, given: dict[str, Any]) -> None:
    first = client.get(path, params=given)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert re.fullmatch(r'W/"[0-9a-f]+"', first.headers["ETag"])
    for held in (first.headers["ETag"], first.headers["ETag"].removeprefix("W/"), f'"x", {first.headers["ETag"]}', "*"):
        again = client.get(path, params=given, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    other = client.get(path, params=given, headers={"If-None-Match": 'W/"x"'})
    assert other.status_code == 200
    assert other.content


@every_place
def test_head_is_get_without_the_body(client: TestClient, path: str, given: dict[str, Any]) -> None:
    got, asked = client.get(path, params=given), client.head(path, params=given)
    assert (asked.status_code, asked.content) == (200, b"")
    for name in ("ETag", "Content-Type", "Cache-Control"):
        assert asked.headers[name] == got.headers[name]
    same = client.head(path, params=given, headers={"If-None-Match": got.headers["ETag"]})
    assert same.status_code == 304


OTHERS: list[dict[str, Any]] = [
    {"q": QUESTIONS[1]},
    {"k": 11},
    {"after": "2012"},
    {"before": "2014"},
    {"publisher": "The Courier"},
    {"country": "JP"},
    {"language": "en"},
    {"per_article": 3},
    {"asked_on": "2013-01-06"},
    {"asked_on": "none"},
    {"sort": "date"},
    {"explain": True},
    {"facets": True},
]


def test_the_tag_changes_with_whatever_the_answer_depends_on(client: TestClient) -> None:
    tags = [tag(client), *(tag(client, **other) for other in OTHERS)]
    first = client.get("/v1/search", params={**ASKED, "k": 11}).json()
    tags.append(tag(client, k=11, cursor=first["cursor"]))
    tags.append(tag(client, "/v1/feed.json"))
    tags.append(tag(client, "/v1/feed.json", since="2026-01-01T00:00:00Z"))
    tags.append(tag(client, "/v1/feed.atom"))
    tags += [tag(client, "/v1/export", format=form) for form in ("csv", "jsonl", "ris")]
    assert len(set(tags)) == len(tags)


def test_the_tag_of_passages_like_one_changes_with_the_passage_and_the_filters(client: TestClient) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("wire-0:0", {}),
        ("wire-0:1", {}),
        ("wire-0:0", {"k": 3}),
        ("wire-0:0", {"publisher": "The Courier"}),
        ("wire-0:0", {"explain": True}),
    ]
    tags = [client.get(f"/v1/similar/{name}", params=given).headers["ETag"] for name, given in asked]
    assert len(set(tags)) == len(tags)


def test_the_tag_is_the_same_for_the_same_search_in_other_words(client: TestClient) -> None:
    plain = tag(client, country="JP", publisher=["The Courier", "Morning Post"])
    assert tag(client, country="japan", publisher=["The  Courier", "", "Morning Post"]) == plain
    assert tag(client, country="JP", publisher=["The Courier", "Morning Post"], after=" ", k="10") == plain


def test_the_tag_does_not_depend_on_the_time_taken_nor_on_the_process(client: TestClient) -> None:
    other = served(client.app.state.searcher.engine)  # type: ignore[attr-defined]
    assert len({tag(client), tag(client), tag(other), tag(other, q=f" {ASKED['q']} ")}) == 1


LOOKED_UP = ("/v1/articles/", "/v1/passages/")


def test_a_publication_changes_the_tag_of_every_search_and_of_no_article_that_stayed(
    engine: Engine, encoder: FakeEncoder
) -> None:
    put(engine, encoder, NEWS)
    client = served(engine)
    before = [client.get(path, params=given).headers["ETag"] for path, given in PLACES]
    put(engine, encoder, [article("steel", "Both governments lifted their tariffs on steel.")])
    for (path, given), held in zip(PLACES, before, strict=True):
        response = client.get(path, params=given, headers={"If-None-Match": held})
        stayed = path.startswith(LOOKED_UP)
        assert response.status_code == (304 if stayed else 200), path
        assert (response.headers["ETag"] == held) is stayed


def test_what_is_gone_is_not_said_to_be_the_same(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    client = served(engine)
    places = ["/v1/articles/wire-0", "/v1/passages/wire-0:0"]
    held = [client.get(path).headers["ETag"] for path in places]
    assert engine.mark_vanished(["wire-0"], datetime(2026, 1, 2, tzinfo=UTC)) == 1  # seen at once, unpublished
    for path, tag_before in zip(places, held, strict=True):
        assert client.get(path, headers={"If-None-Match": tag_before}).status_code == 200
    engine.delete(["wire-0"])
    engine.publish()
    for path, tag_before in zip(places, held, strict=True):
        for known in (tag_before, "*"):
            assert client.get(path, headers={"If-None-Match": known}).status_code == 404


class Reader:
    """A reranker to which all is the same."""

    def __init__(self, name: str) -> None:
        self.name = name

    def relevance(self, question: str, texts: Sequence[str]) -> np.ndarray:
        return np.full(len(texts), 0.5)


def test_a_reranker_is_part_of_what_an_answer_depends_on(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS[:3])
    client = served(engine)
    tags = [tag(client)]
    for name in ("tiny", "large"):
        client.app.state.searcher = searching(engine, Reader(name))  # type: ignore[attr-defined]
        tags.append(tag(client))
    assert len(set(tags)) == 3


def test_a_held_answer_costs_no_search(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    held = tag(client)
    searcher = client.app.state.searcher  # type: ignore[attr-defined]
    monkeypatch.setattr(type(searcher), "answer", lambda *_, **__: pytest.fail("it was searched for"))
    assert client.get("/v1/search", params=ASKED, headers={"If-None-Match": held}).status_code == 304


@pytest.mark.parametrize(
    ("path", "given", "stages"),
    [
        ("/v1/search", ASKED, ["parse", "encode", "dense", "lexical", "rank", "total"]),
        ("/v1/export", {**ASKED, "format": "ris"}, ["parse", "encode", "dense", "lexical", "rank", "total"]),
        ("/v1/feed.json", ASKED, ["parse", "encode", "dense", "lexical", "rank", "total"]),
        ("/v1/similar/wire-0:0", {}, ["parse", "dense", "rank", "total"]),
    ],
    ids=str,
)
def test_the_times_of_the_stages_stand_in_a_header(
    client: TestClient, path: str, given: dict[str, Any], stages: list[str]
) -> None:
    header = client.get(path, params=given).headers["Server-Timing"]
    found = re.findall(r"(\w+);dur=(\d+\.\d\d)(?:, |$)", header)
    assert [name for name, _ in found] == stages
    *parts, total = (float(milliseconds) for _, milliseconds in found)
    assert sum(parts) <= total + 0.1


def test_the_times_are_counted_by_the_metrics(client: TestClient) -> None:
    def observed() -> float:
        text = client.get("/metrics").text
        found = re.search(r'^dragoman_\w*_count\{stage="encode"\} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    before = observed()
    client.get("/v1/search", params=ASKED)
    assert observed() == before + 1


SCALARS = ["q", "k", "after", "before", "per_article", "asked_on", "sort", "cursor", "explain", "facets"]


@pytest.mark.parametrize("name", SCALARS)
@pytest.mark.parametrize("path", ["/v1/search", "/v1/feed.atom", "/v1/feed.json", "/v1/export"])
def test_a_parameter_that_can_have_but_one_value_is_not_given_twice(client: TestClient, path: str, name: str) -> None:
    values = {"q": "x", "k": "3", "per_article": "1", "sort": "date", "explain": "true", "facets": "true"}
    twice = [(name, values.get(name, "2012-05-23"))] * 2
    response = client.get(path, params=[*({"q": "x", "format": "csv"} | {}).items(), *twice])
    assert response.status_code == 422
    assert [error["parameter"] for error in response.json()["errors"]] == [name]
    assert re.search(r"\d times: give it once", response.json()["detail"]) or name == "cursor"


def test_names_may_be_given_again(client: TestClient) -> None:
    several = {"publisher": ["A", "B"], "country": ["AT", "JP"], "language": ["en", "fr"]}
    answer = client.get("/v1/search", params={"q": "talks", **several}).json()
    assert answer["query"]["filters"] == {"after": None, "before": None, **several}
    assert set(several) == SEVERAL


def test_past_the_queue_a_search_is_refused_and_told_when_to_come_back(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, encoder, NEWS[:3])
    client = served(engine, concurrency=1, queue=0)
    running, go_on = threading.Event(), threading.Event()
    searcher = client.app.state.searcher  # type: ignore[attr-defined]
    plain = searcher.encode

    def slow(text: str) -> Any:
        running.set()
        assert go_on.wait(60)
        return plain(text)

    held = tag(client)
    monkeypatch.setattr(searcher, "encode", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.get, "/v1/search", params=ASKED)
        assert running.wait(60)
        try:
            refused = [client.get(path, params=given) for path, given in PLACES[:5]]
            refused.append(client.post("/v1/search", json=ASKED))
            refused.append(client.get("/v1/search", params={"k": "none"}))  # before it is looked at
            refused.append(client.post("/v1/search/batch", json={"searches": [ASKED]}))
            for response in refused:
                assert response.status_code == 503
                assert response.json()["type"] == "/problems/busy"
                assert int(response.headers["Retry-After"]) >= 1
                assert response.headers["Content-Type"] == "application/problem+json"
            # what needs no turn goes on
            assert client.get("/v1/search", params=ASKED, headers={"If-None-Match": held}).status_code == 304
            for path in ("/livez", "/readyz", "/v1/stats", "/v1/articles/report-00", "/v1/suggest?q=day"):
                assert client.get(path).status_code == 200
        finally:
            go_on.set()
        assert first.result().status_code == 200
    assert client.get("/v1/search", params=ASKED).status_code == 200


def test_a_search_that_fails_gives_its_turn_back(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS[:3])
    client = served(engine, concurrency=1, queue=0)
    for _ in range(3):
        assert client.get("/v1/similar/nobody:0").status_code == 404
        assert client.get("/v1/search", params={"q": "?"}).status_code == 422
    assert timeless(client.get("/v1/search", params=ASKED).json())["hits"]
