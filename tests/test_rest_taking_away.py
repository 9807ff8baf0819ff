"""A search as a file, and as a feed to come back to, over HTTP."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import rispy
from fastapi.testclient import TestClient
from lxml import etree
from pybtex.database import parse_string

from api.export import EXPORTS
from indexer.embedded import library
from indexer.engine import Engine
from tests.archive import NEWS, QUESTIONS, WideEncoder, served, stored
from tests.fakes import FakeEncoder, article, put

ASKED: dict[str, Any] = {"q": QUESTIONS[0], "asked_on": "2013-01-05"}
NAMES = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with stored(tmp_path_factory.mktemp("taking"), NEWS) as engine:
        yield served(engine)


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


def refused(response: Any) -> list[str]:
    assert response.status_code == 422
    return [error["parameter"] for error in response.json()["errors"]]


# Files


def export(client: TestClient, form: str, **given: Any) -> Any:
    response = client.get("/v1/export", params={**ASKED, "format": form, **given})
    assert response.status_code == 200, response.text
    return response


@pytest.mark.parametrize("form", EXPORTS)
def test_a_file_comes_with_its_kind_and_a_name_to_be_kept_under(client: TestClient, form: str) -> None:
    response = export(client, form)
    assert response.headers["Content-Type"] == EXPORTS[form].media_type
    assert response.headers["Content-Disposition"] == f'attachment; filename="dragoman.{EXPORTS[form].extension}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    hits = client.app.state.searcher.search(**ASKED, k=100).hits  # type: ignore[attr-defined]
    assert response.content.decode() == EXPORTS[form].write(hits)


def test_a_table_has_a_hundred_hits_unless_another_number_is_asked_for(client: TestClient) -> None:
    def rows(**given: Any) -> list[dict[str, str]]:
        text = export(client, "csv", **given).content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    found = [hit["passage"] for hit in client.get("/v1/search", params={**ASKED, "k": 100}).json()["hits"]]
    assert [row["passage_id"] for row in rows()] == [passage["id"] for passage in found]
    assert [row["quote"] for row in rows(k=3)] == [passage["text"] for passage in found[:3]]
    assert [int(row["rank"]) for row in rows(k=3)] == [1, 2, 3]
    assert rows(publisher="Nobody") == []


def test_json_lines_are_the_hits_of_the_answer(client: TestClient) -> None:
    given = {"k": 7, "sort": "date", "country": "JP"}
    lines = export(client, "jsonl", **given, explain=True).text.splitlines()
    answer = client.get("/v1/search", params={**ASKED, **given, "explain": True}).json()
    assert [json.loads(line) for line in lines] == answer["hits"]


def test_a_file_may_go_on_from_a_cursor(client: TestClient) -> None:
    cursor = client.get("/v1/search", params={**ASKED, "k": 5}).json()["cursor"]
    lines = export(client, "jsonl", k=5, cursor=cursor).text.splitlines()
    assert [json.loads(line)["rank"] for line in lines] == [6, 7, 8, 9, 10]


def test_reference_managers_read_the_lists(client: TestClient) -> None:
    assert len(rispy.loads(export(client, "ris", k=6).text)) == 6
    assert len(parse_string(export(client, "bibtex", k=6).text, "bibtex").entries) == 6
    assert len(export(client, "csl", k=6).json()) == 6


def test_a_title_that_a_spreadsheet_would_run_is_defused(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, [article("a", "Talks were held.", '=HYPERLINK("http://evil.example","talks")')])
    text = export(served(engine), "csv").content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text, newline=""))
    assert row["title"] == '\'=HYPERLINK("http://evil.example","talks")'


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"q": "x"}, "format"),
        ({"q": "x", "format": "xls"}, "format"),
        ({"format": "csv"}, "q"),
        ({"q": "x", "format": "csv", "k": 1001}, "k"),
        ({"q": "x", "format": "csv", "country": "Xanthippe"}, "country"),
        ({"q": "x", "format": "csv", "since": "2012-05-23"}, "since"),
        ({"q": "x", "format": "csv", "cursor": "x"}, "cursor"),
    ],
    ids=str,
)
def test_what_makes_no_sense_for_a_file_is_refused(client: TestClient, wrong: dict[str, Any], name: str) -> None:
    assert refused(client.get("/v1/export", params=wrong)) == [name]


# Feeds


def atom(client: TestClient, **given: Any) -> etree._Element:
    response = client.get("/v1/feed.atom", params={**ASKED, **given})
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    return etree.fromstring(response.content)


def feed(client: TestClient, **given: Any) -> dict[str, Any]:
    response = client.get("/v1/feed.json", params={**ASKED, **given})
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("application/feed+json")
    found: dict[str, Any] = response.json()
    return found


def atom_ids(found: etree._Element) -> list[str]:
    return [str(one) for one in found.xpath("a:entry/a:id/text()", namespaces=NAMES)]


def feed_ids(found: dict[str, Any]) -> list[str]:
    return [item["id"] for item in found["items"]]


def test_both_feeds_hold_the_best_fifty(client: TestClient) -> None:
    best = client.get("/v1/search", params={**ASKED, "k": 50}).json()["hits"]
    found = feed(client)
    assert sorted(item["content_text"] for item in found["items"]) == sorted(hit["passage"]["text"] for hit in best)
    assert atom_ids(atom(client)) == feed_ids(found)
    assert len(set(feed_ids(found))) == 50
    assert len(feed(client, k=3)["items"]) == 3


def test_a_feed_says_where_it_stands_and_where_its_search_does(client: TestClient) -> None:
    given = {"country": ["JP", "KR"], "k": 3, "since": "2020-01-01T00:00:00Z", "per_article": 1}
    found = feed(client, **given)
    assert found["feed_url"].startswith("http://testserver/v1/feed.json?q=talks")
    assert "since=2020" in found["feed_url"]
    page = found["home_page_url"]
    assert page.startswith("http://testserver/?")
    assert set(page.partition("?")[2].split("&")) == {
        "q=talks+on+the+canal",
        "asked_on=2013-01-05",
        "country=JP",
        "country=KR",
        "per_article=1",
    }
    assert client.get(page).status_code == 200


def test_a_feed_is_the_same_feed_whatever_part_of_it_is_asked_for(client: TestClient) -> None:
    def feed_id(**given: Any) -> str:
        return str(atom(client, **given).findtext("a:id", namespaces=NAMES))

    assert feed_id() == feed_id(k=3) == feed_id(since="2020-01-01")
    assert len({feed_id(), feed_id(q="Who met?"), feed_id(country="JP"), feed_id(sort="date")}) == 4


def test_what_came_in_since_the_last_poll_comes_first_and_the_rest_keeps_its_ids(
    engine: Engine, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, encoder, NEWS[:6])
    client = served(engine)
    before = feed(client)
    newest = max(item["date_modified"] for item in before["items"])
    assert feed(client, since=newest)["items"] == []
    hours = iter(range(1, 24))
    monkeypatch.setattr(library, "now", lambda: f"2100-01-01T{next(hours):02}:00:00+00:00")
    put(engine, encoder, [article("news", "New talks on the canal were announced.", "New talks")])
    after = feed(client)
    assert after["items"][0]["content_text"] == "New talks on the canal were announced."
    assert sorted(feed_ids(after)[1:]) == sorted(feed_ids(before))
    assert [item["title"] for item in feed(client, since=newest)["items"]] == ["New talks"]
    assert atom_ids(atom(client, since=newest)) == feed_ids(feed(client, since=newest))
    assert feed(client, since="2100-01-01T23:00:00Z")["items"] == []


MOMENTS = ["2012-05-23", "2012-05-23T19:43", "2012-05-23T19:43:00Z", "2012-05-23T19:43:00+02:00"]


@pytest.mark.parametrize("since", MOMENTS)
def test_since_takes_a_day_or_a_moment_of_iso_8601(client: TestClient, since: str) -> None:
    assert len(feed(client, since=since)["items"]) == 50


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"q": "x", "since": "yesterday"}, "since"),
        ({"q": "x", "since": "2012-13-01"}, "since"),
        ({"q": ""}, "q"),
        ({"q": "x", "k": 1001}, "k"),
        ({"q": "x", "format": "csv"}, "format"),
        ({"q": "x", "sort": "newest"}, "sort"),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/v1/feed.atom", "/v1/feed.json"])
def test_what_makes_no_sense_for_a_feed_is_refused_by_name(
    client: TestClient, path: str, wrong: dict[str, Any], name: str
) -> None:
    assert refused(client.get(path, params=wrong)) == [name]


def test_nothing_found_is_a_feed_too(client: TestClient) -> None:
    assert feed(client, publisher="Nobody")["items"] == []
    assert atom_ids(atom(client, publisher="Nobody")) == []
