"""The HTTP contract: what callers of the REST interface rely on, field by field."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.answerable import SIGNS, Answerable
from api.app import create_app, describe
from api.features import FEATURES
from api.search import Searcher
from indexer.engine import Binding, Engine, open_engine
from indexer.passages import Splitting, split
from indexer.settings import Settings
from indexer.types import PARAGRAPH_BREAK, PER_ARTICLE, PartialDate, Reference
from tests.archive import WideEncoder
from tests.fakes import FakeEncoder, article, encoded, put

ODD_IDS = [
    "a/b/c",
    "/leading",
    "trailing/",
    "with space",
    "100%",
    "what?q=1",
    "sharp#p3",
    "plus+and&amp;",
    "colon:7",
    "核/é",
    "https://example.org/a?b=c#d",
    "quote\"'<i>",
]
NEWS = [
    article(
        "vienna",
        [
            "Ministers of both states met in Vienna 🕊 on Monday. They agreed to reopen the border at Kelmen.",
            "(ok)",
            "A second round of the border talks will take place in Oslo, the Norwegian minister said.",
        ],
        "Ministers meet in Vienna",
        publisher="Morning Post",
        published="2012-05-21",
        updated="2012-05-22T08:30+02:00",
        url="https://example.org/vienna#top",
        authors=["Jane Doe", "Li Wei"],
        language="en",
        countries=["AT", "NO"],
        references=[Reference("Evening Herald", PartialDate("2012-05-20"))],
    ),
    article(
        "grain", "The port of Dravia stopped all exports of grain after the 1st storm.", publisher="Evening Herald"
    ),
    *(article(name, f"A report on border posts, filed as number {n}.") for n, name in enumerate(ODD_IDS)),
]
VOCABULARY = sorted({word for item in NEWS for word in item.text.split()})
TEXT = str
CONTRACT: dict[str, Any] = {
    "query": {
        "text": TEXT,
        "filters": {"after": None, "before": None, "publisher": list, "country": list, "language": list},
    },
    "hits": [
        {
            "rank": int,
            "score": float,
            "passage": {"id": TEXT, "ordinal": int, "start": int, "end": int, "text": TEXT, "highlights": list},
            "article": {
                "id": TEXT,
                "title": TEXT,
                "publisher": TEXT,
                "authors": list,
                "published": TEXT,
                "updated": TEXT,
                "url": TEXT,
                "language": TEXT,
            },
            "citation": {"quote": TEXT, "text": TEXT, "url": TEXT},
        }
    ],
    "index": {"generation": int, "articles": int, "passages": int, "model": TEXT},
    "took_ms": float,
}
"""design.md's answer, with the types of what the first news gives."""
BEYOND = {
    "": {"answerable", "answered", "reranker", "cursor", "facets", "found", "origins"},
    "query": {"k", "per_article", "asked_on", "sort", "start", "understood"},
    "hits": {"explain", "more", "copies", "origin", "editions"},
    "hits.passage": {"sentences"},
    "hits.article": {
        *("countries", "references", "version", "added"),
        *("published_from", "publisher_country", "publisher_kind", "notice", "vanished"),
    },
    "hits.citation": {"article_id", "version", "start", "end", "sha256"},
    "index": {"weights", "dimension", "splitting"},
}
"""Fields that stand there on top of the contract."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the application over the news above, which no test changes."""
    engine = open_engine(tmp_path_factory.mktemp("app") / "index", create=Binding.of(WideEncoder()))
    put(engine, WideEncoder(), NEWS)
    yield TestClient(create_app(Searcher(engine, WideEncoder())))
    engine.close()


@pytest.fixture(scope="module")
def articles(client: TestClient) -> dict[str, Any]:
    """Every article as the server gives it, by id."""
    return {item.id: client.get(path(item.id)).json() for item in NEWS}


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


def search(client: TestClient, q: str, **given: Any) -> dict[str, Any]:
    response = client.get("/v1/search", params={"q": q, **given})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def path(article_id: str) -> str:
    return f"/v1/articles/{quote(article_id, safe='')}"


def check(shape: Any, given: Any, place: str = "") -> None:
    match shape:
        case dict():
            assert set(given) == set(shape) | BEYOND.get(place, set()), place
            for name, inner in shape.items():
                check(inner, given[name], f"{place}.{name}".strip("."))
        case list():
            for item in given:
                check(shape[0], item, place)
        case None:
            assert given is None, place
        case _:
            assert type(given) is shape, place


def test_an_answer_has_the_fields_of_the_contract(client: TestClient) -> None:
    answer = search(client, "Which border will ministers in Vienna reopen?", k=1, publisher="morning post")
    assert len(answer["hits"]) == 1
    check(CONTRACT, answer)


def test_a_hit_holds_what_was_put_in(client: TestClient) -> None:
    [hit] = search(client, "Which border will ministers in Vienna reopen?", k=1)["hits"]
    assert hit["rank"] == 1
    assert hit["passage"]["id"] == "vienna:0"
    assert hit["article"] == {
        "id": "vienna",
        "title": "Ministers meet in Vienna",
        "publisher": "Morning Post",
        "authors": ["Jane Doe", "Li Wei"],
        "published": "2012-05-21",
        "updated": "2012-05-22T08:30+02:00",
        "url": "https://example.org/vienna#top",
        "language": "en",
        "countries": ["AT", "NO"],
        "references": [{"publisher": "Evening Herald", "published": "2012-05-20", "title": None, "url": None}],
        "published_from": None,
        "publisher_country": None,
        "publisher_kind": None,
        "notice": None,
        "version": 1,
        "added": hit["article"]["added"],
        "vanished": None,
    }
    assert (hit["origin"], hit["editions"]) == ("vienna", [])
    assert abs(datetime.now(UTC) - datetime.fromisoformat(hit["article"]["added"])).days == 0
    assert hit["citation"]["quote"] == hit["passage"]["text"]
    assert hit["citation"]["text"].startswith("Jane Doe and Li Wei, “Ministers meet in Vienna”, Morning Post, 21 May")
    assert hit["citation"]["url"].startswith("https://example.org/vienna#top:~:text=Ministers")


def test_what_is_not_known_is_null_or_empty(client: TestClient) -> None:
    [hit] = search(client, "border post filed as number 0", k=1)["hits"]
    unknown = ["publisher", "published", "updated", "url", "language"]
    assert [hit["article"][name] for name in unknown] == [None] * 5
    assert hit["article"]["authors"] == hit["article"]["references"] == []
    assert hit["citation"]["url"] is None


def test_the_question_and_filters_come_back_as_they_were_understood(client: TestClient) -> None:
    filters = {"after": " 2012-05 ", "before": "2013", "publisher": ["Morning  Post", "", "Evening Herald"]}
    filters |= {"country": "Japan", "language": [" en"]}
    answer = search(client, " Who \n met last  May? ", per_article=1, asked_on="2013-01-05", **filters)
    assert answer["query"] == {
        "text": "Who met last May?",
        "k": 10,
        "filters": {
            "after": "2012-05",
            "before": "2013",
            "publisher": ["Morning Post", "Evening Herald"],
            "country": ["JP"],
            "language": ["en"],
        },
        "per_article": 1,
        "asked_on": "2013-01-05",
        "sort": "relevance",
        "start": 0,
        "understood": [{"phrase": "last May", "first": "2012-05-01", "last": "2012-05-31", "text": "May 2012"}],
    }


def test_a_question_counts_as_asked_today_and_hits_of_an_article_have_a_limit(client: TestClient) -> None:
    days = {datetime.now(UTC).date().isoformat()}
    query = search(client, "Who met?")["query"]
    days.add(datetime.now(UTC).date().isoformat())  # midnight may have passed
    assert query["asked_on"] in days
    assert (query["per_article"], query["understood"]) == (PER_ARTICLE, [])


@pytest.mark.parametrize("given", [{"per_article": -1}, {"per_article": 1001}, {"asked_on": "2012"}, {"explain": "so"}])
def test_a_new_parameter_that_makes_no_sense_is_named(client: TestClient, given: dict[str, Any]) -> None:
    for response in (
        client.get("/v1/search", params={"q": "border", **given}),
        client.post("/v1/search", json={"q": "border", **given}),
    ):
        assert response.status_code == 422
        assert [error["parameter"] for error in response.json()["errors"]] == list(given)


def test_explained_the_parts_of_each_hit_sum_to_its_score(client: TestClient) -> None:
    question = "Which border did ministers reopen in Vienna in May 2012?"
    plain, explained = search(client, question), search(client, question, explain="true")
    assert len(explained["hits"]) > 3
    assert [hit["explain"] for hit in plain["hits"]] == [None] * len(plain["hits"])
    for hit, bare in zip(explained["hits"], plain["hits"], strict=True):
        assert [part["name"] for part in hit["explain"]] == list(FEATURES)
        assert all(part["means"] == FEATURES[part["name"]] for part in hit["explain"])
        assert all(part["part"] == pytest.approx(part["value"] * part["weight"], abs=1e-6) for part in hit["explain"])
        assert sum(part["part"] for part in hit["explain"]) == pytest.approx(hit["score"], rel=0, abs=1e-6)
        assert hit | {"explain": None} == bare


def test_the_other_passages_of_an_article_are_named_under_its_last_hit(client: TestClient) -> None:
    hits = search(client, "Which border talks will ministers hold in Vienna and Oslo?", per_article=1)["hits"]
    [found] = [hit for hit in hits if hit["article"]["id"] == "vienna"]
    assert {found["passage"]["id"], found["more"][0]["id"]} == {"vienna:0", "vienna:1"}
    for held in found["more"]:
        assert held == client.get(f"/v1/passages/{held['id']}").json()["passage"]
    anywhere = search(client, "Which border talks will ministers hold in Vienna and Oslo?", per_article=0)["hits"]
    assert sum(hit["article"]["id"] == "vienna" for hit in anywhere) == 2
    assert all(hit["more"] == [] for hit in anywhere)


def test_a_copy_stands_under_its_original_with_the_article_it_is_in(engine: Engine, encoder: FakeEncoder) -> None:
    copied = [article(name, NEWS[1].text, "Grain", publisher=name.title()) for name in ("herald", "post")]
    put(engine, encoder, [*copied, article("steel", "Both governments lifted their tariffs on steel.")])
    hits = search(TestClient(create_app(Searcher(engine, encoder))), "Why did exports of grain stop in Dravia?")["hits"]
    assert [hit["article"]["id"] for hit in hits] == ["herald", "steel"]
    [copy] = hits[0]["copies"]
    assert copy["passage"] == hits[0]["passage"] | {"id": "post:0", "highlights": []}
    assert (copy["article"]["id"], copy["article"]["publisher"]) == ("post", "Post")


@pytest.mark.parametrize(("threshold", "is_answered"), [(0.5, True), (0.51, False)])
def test_it_is_said_whether_a_hit_answers_and_how_likely(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, threshold: float, *, is_answered: bool
) -> None:
    even = Answerable(np.zeros(len(SIGNS)), 0.0, threshold)
    monkeypatch.setattr("api.search.default_answerable", lambda: even)
    answer = search(client, "border talks")
    assert (answer["answerable"], answer["answered"]) == (0.5, is_answered)
    assert answer["hits"] != []


def test_nothing_is_answered_where_no_passage_is_found(client: TestClient) -> None:
    answer = search(client, "border talks", publisher="Nobody's Gazette")
    assert (answer["hits"], answer["answerable"], answer["answered"]) == ([], 0, False)


class KeenReader:
    """A reranker to which the longest text is the most relevant."""

    name = "keen"

    def relevance(self, question: str, texts: Sequence[str]) -> np.ndarray:
        return np.array([min(1.0, len(text) / 200) for text in texts])


def test_a_second_reading_is_told_with_what_it_added(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    client = TestClient(create_app(Searcher(engine, encoder, reranker=KeenReader())))
    answer = search(client, "border report", explain="true")
    assert answer["reranker"] == {"model": "keen", "passages": len(NEWS) + 1, "took_ms": answer["reranker"]["took_ms"]}
    assert 0 <= answer["reranker"]["took_ms"] <= answer["took_ms"]
    for hit in answer["hits"]:
        assert hit["explain"][-1]["name"] == "reranker"
        assert sum(part["part"] for part in hit["explain"]) == pytest.approx(hit["score"], rel=0, abs=1e-6)
    assert "parts" not in answer["hits"][0]


def test_without_a_reranker_there_is_no_second_reading(client: TestClient) -> None:
    assert search(client, "border report")["reranker"] is None


def test_ten_passages_come_unless_another_number_is_asked_for(client: TestClient) -> None:
    assert len(search(client, "border report")["hits"]) == 10
    assert len(search(client, "border report", k=12)["hits"]) == 12


@pytest.mark.parametrize(
    "given",
    [
        {"q": "border talks"},
        {"q": "border talks", "k": 3, "after": "2012", "before": "2013"},
        {"q": 'a "quoted" + question & more = 100 %', "publisher": ["Morning Post", "Evening Herald"]},
        {"q": "Who met last May?", "per_article": 0, "asked_on": "2013-01-05", "explain": True},
        {"q": "Größe 核 🕊 \u202e"},
    ],
)
def test_get_and_post_answer_the_same(client: TestClient, given: dict[str, Any]) -> None:
    by_get = search(client, **given)
    by_post = client.post("/v1/search", json=given).json()
    assert by_get | {"took_ms": 0} == by_post | {"took_ms": 0}


def test_null_and_blank_dates_are_no_filters(client: TestClient) -> None:
    plain = search(client, "border talks")
    assert search(client, "border talks", after="", before="")["hits"] == plain["hits"]
    response = client.post("/v1/search", json={"q": "border talks", "after": None, "before": None})
    assert response.json()["hits"] == plain["hits"]


def test_the_index_says_what_answered(client: TestClient) -> None:
    assert search(client, "border")["index"] == {
        "generation": 1,
        "articles": len(NEWS),
        "passages": len(NEWS) + 1,
        "model": "fake",
        "weights": "fake-weights",
        "dimension": 64,
        "splitting": client.get("/v1/stats").json()["splitting"],
    }


@settings(deadline=None, max_examples=60)
@given(words=st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=8).filter(lambda words: {*words} != {"🕊"}))
def test_a_passage_stands_in_its_article_at_its_offsets(
    client: TestClient, articles: dict[str, Any], words: list[str]
) -> None:
    for hit in search(client, " ".join(words), k=30)["hits"]:
        passage, whole = hit["passage"], articles[hit["article"]["id"]]
        assert whole["text"][passage["start"] : passage["end"]] == passage["text"] == hit["citation"]["quote"]
        assert passage | {"highlights": []} in whole["passages"]
        assert all(passage["start"] <= start < end <= passage["end"] for start, end in passage["highlights"])


@pytest.mark.parametrize("name", ODD_IDS)
def test_any_article_id_can_be_asked_for(client: TestClient, name: str) -> None:
    found = client.get(path(name)).json()
    assert found["id"] == name
    assert found["text"] == next(item.text for item in NEWS if item.id == name)
    passage = client.get(f"/v1/passages/{quote(found['passages'][0]['id'], safe='')}").json()
    assert passage["article"]["id"] == name
    assert passage["passage"]["text"] == found["text"]


def test_an_article_comes_with_its_text_and_the_places_of_its_passages(client: TestClient) -> None:
    found = client.get("/v1/articles/vienna").json()
    [hit] = search(client, "Which border will ministers in Vienna reopen?", k=1)["hits"]
    assert found["text"].count(PARAGRAPH_BREAK) == 2
    assert [passage["id"] for passage in found["passages"]] == ["vienna:0", "vienna:1"]
    assert {name: value for name, value in found.items() if name in hit["article"]} == hit["article"]
    assert set(found) - set(hit["article"]) == {"text", "passages", "state", "versions", "editions"}
    assert found["versions"] == [{"version": 1, "state": "current", "added": found["added"], "change": "first"}]
    assert found["editions"] == []


def test_a_passage_comes_with_its_article_and_citation(client: TestClient) -> None:
    [hit] = search(client, "Which border will ministers in Vienna reopen?", k=1)["hits"]
    found = client.get("/v1/passages/vienna:0").json()
    assert found == {
        "passage": hit["passage"] | {"highlights": []},
        "article": hit["article"],
        "citation": hit["citation"] | {"url": found["citation"]["url"]},
    }
    # with no question no sentence answers: the link opens at the whole passage
    assert found["citation"]["url"].startswith("https://example.org/vienna#top:~:text=Ministers%20of%20both")


def test_the_statistics_count_what_the_index_holds(client: TestClient) -> None:
    found = client.get("/v1/stats").json()
    assert found.pop("splitting").startswith("date-title-paragraph-sentences/")
    assert found == {
        "generation": 1,
        "articles": len(NEWS),
        "passages": len(NEWS) + 1,
        "superseded": 0,
        "removed": 0,
        "corrected": 0,
        "vanished": 0,
        "failures": 0,
        "model": "fake",
        "dimension": 64,
    }


def test_a_sound_server_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_the_running_server_answers_from_what_a_writer_publishes(
    engine: Engine, encoder: FakeEncoder, tmp_path: Path
) -> None:
    put(engine, encoder, NEWS)
    with Searcher(open_engine(tmp_path / "index"), encoder) as reader:
        client = TestClient(create_app(reader))
        assert search(client, "tariffs on steel", k=1)["hits"][0]["article"]["id"] != "steel"
        put(engine, encoder, [article("steel", "Both governments lifted their tariffs on steel.", "Tariffs lifted")])
        answer = search(client, "tariffs on steel", k=1)
        assert answer["hits"][0]["article"]["id"] == "steel"
        assert answer["index"]["generation"] == 2
        assert client.get("/v1/articles/steel").status_code == 200
        engine.delete(["steel"])
        engine.publish()
        assert search(client, "tariffs on steel", k=1)["hits"][0]["article"]["id"] != "steel"
        assert client.get("/v1/articles/steel").status_code == 404
        assert client.get("/v1/stats").json()["removed"] == 1


def test_while_a_writer_is_at_work_hits_agree_with_their_articles(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    client = TestClient(create_app(Searcher(engine, encoder)))
    correction = article("vienna", ["This is a correction.", "The ministers did not meet, and no border was reopened."])
    parts = split(correction, Splitting.for_model(encoder.count_tokens, encoder.max_tokens))
    engine.put([correction], [parts], encoded(encoder, [(correction, parts)]))  # not published yet
    [hit] = search(client, "Which border will ministers in Vienna reopen?", k=1)["hits"]
    passage, whole = hit["passage"], client.get(path("vienna")).json()
    assert whole["text"][passage["start"] : passage["end"]] == passage["text"]
    assert client.get("/v1/passages/vienna:0").json()["passage"]["text"] == passage["text"]


def damage_beyond_repair(place: Path) -> None:
    """Leave neither a generation nor a library that could make one."""
    shutil.rmtree(place / "generations")
    (place / "CURRENT").unlink()
    content = (place / "library.sqlite").read_bytes()
    noise = random.Random(7).randbytes(len(content) - 100)
    (place / "library.sqlite").write_bytes(content[:100] + noise)


@pytest.mark.parametrize(
    "url", ["/readyz", "/v1/search?q=border", "/v1/stats", "/v1/articles/vienna", "/v1/passages/vienna:0"]
)
def test_an_index_damaged_beyond_repair_makes_the_service_unavailable(
    engine: Engine, encoder: FakeEncoder, tmp_path: Path, url: str
) -> None:
    put(engine, encoder, NEWS)
    engine.close()
    with Searcher(open_engine(tmp_path / "index"), encoder) as reader:
        damage_beyond_repair(tmp_path / "index")
        client = TestClient(create_app(reader), raise_server_exceptions=False)
        response = client.get(url)
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert "library.sqlite" in response.json()["detail"]
        assert client.get("/livez").status_code == 200


def test_one_publisher_may_be_given_as_a_string(client: TestClient) -> None:
    body = {"q": "border", "publisher": "Morning Post"}
    answer = client.post("/v1/search", json=body).json()
    assert answer["query"]["filters"]["publisher"] == ["Morning Post"]
    assert answer["hits"] == client.get("/v1/search", params=body).json()["hits"] != []


def test_what_is_not_part_of_the_contract_is_not_served_under_v1(client: TestClient) -> None:
    response = client.get("/v1/nothing")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert "/openapi.json" in response.json()["detail"]


def test_pages_can_be_left_out(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    with_pages, without = (
        TestClient(create_app(Searcher(engine, encoder), Settings(pages=pages))) for pages in (True, False)
    )
    assert with_pages.get("/").headers["content-type"].startswith("text/html")
    assert without.get("/").status_code == 404
    assert without.get("/v1/search?q=border").status_code == 200


def test_a_description_needs_no_index(client: TestClient) -> None:
    assert describe() == client.get("/openapi.json").json()
