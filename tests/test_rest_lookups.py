"""What the index holds: articles in all their versions, passages, citations, whether those still stand, and counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.citing.formats import FORMATS
from api.parameters import MAX_CITATIONS
from indexer.engine import Engine
from tests.archive import WideEncoder, served, stored
from tests.fakes import FakeEncoder, article, put

FIRST = ["Ministers met in Vienna.", "They agreed to reopen the border.", "A second round will be held in Oslo."]
SECOND = ["Correction: ministers met in Graz.", "They agreed to reopen the border.", "A third round will be in Rome."]
KNOWN = {"publisher": "Morning Post", "published": "2012-05-21", "url": "https://example.org/1"}
GRAIN = "The port of Dravia stopped all exports of grain."


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


@pytest.fixture(scope="module")
def then(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, TestClient, dict[str, Any]]]:
    """An index in which one article was changed and one removed, and the citations that were taken before."""
    news = [article("vienna", FIRST, "Ministers meet", **KNOWN), article("grain", GRAIN), article("kept", "It stays.")]
    with stored(tmp_path_factory.mktemp("lookups"), news) as engine:
        client = served(engine)
        cited = {
            name: client.get(f"/v1/passages/{name}").json()["citation"]
            for name in ("vienna:0", "vienna:1", "vienna:2", "grain:0", "kept:0")
        }
        put(engine, WideEncoder(), [article("vienna", SECOND, "Ministers meet", **KNOWN)])
        engine.delete(["grain"])
        engine.publish()
        yield engine, client, cited


@pytest.fixture(scope="module")
def client(then: tuple[Engine, TestClient, dict[str, Any]]) -> TestClient:
    return then[1]


@pytest.fixture(scope="module")
def cited(then: tuple[Engine, TestClient, dict[str, Any]]) -> dict[str, Any]:
    return then[2]


def missing(response: Any) -> str:
    assert response.status_code == 404
    assert response.json()["type"] == "/problems/not-found"
    detail: str = response.json()["detail"]
    return detail


# Articles


def test_the_current_version_comes_unless_another_is_asked_for(client: TestClient) -> None:
    found = client.get("/v1/articles/vienna").json()
    assert (found["version"], found["state"]) == (2, "current")
    assert found["text"] == "\n\n".join(SECOND)
    assert [(one["version"], one["state"]) for one in found["versions"]] == [(2, "current"), (1, "superseded")]
    assert client.get("/v1/articles/vienna?version=2").json() == found


def test_an_earlier_version_has_its_own_text_and_passages_and_says_that_it_is_no_more(client: TestClient) -> None:
    now, found = client.get("/v1/articles/vienna").json(), client.get("/v1/articles/vienna?version=1").json()
    assert (found["version"], found["state"]) == (1, "superseded")
    assert found["text"] == "\n\n".join(FIRST)
    assert [passage["text"] for passage in found["passages"]] == FIRST
    assert found["versions"] == now["versions"]
    for passage in found["passages"]:
        assert found["text"][passage["start"] : passage["end"]] == passage["text"]
        for start, end in passage["sentences"]:
            assert passage["start"] <= start < end <= passage["end"]


def test_an_article_that_was_removed_is_not_there_in_any_version(client: TestClient) -> None:
    for path in ("/v1/articles/grain", "/v1/articles/grain?version=1", "/v1/passages/grain:0", "/v1/citations/grain:0"):
        assert "grain" in missing(client.get(path))
    assert missing(client.get("/v1/similar/grain:0"))


@pytest.mark.parametrize("version", [3, 99, 2**63, 10**30])
def test_a_version_that_never_was_is_not_found(client: TestClient, version: int) -> None:
    detail = missing(client.get(f"/v1/articles/vienna?version={version}"))
    assert f"no version {version} of article 'vienna'" in detail


@pytest.mark.parametrize("version", ["0", "-1", "x", "1.5", ""])
def test_what_is_no_version_is_refused(client: TestClient, version: str) -> None:
    response = client.get(f"/v1/articles/vienna?version={version}")
    assert response.status_code == 422
    assert [error["parameter"] for error in response.json()["errors"]] == ["version"]


@pytest.mark.parametrize("unknown", ["nobody", "VIENNA", "vienna:0", "%00", "%F0%9F%98%80", "..", "a/b"])
def test_an_unknown_article_is_not_found(client: TestClient, unknown: str) -> None:
    assert client.get(f"/v1/articles/{unknown}").status_code == 404


def test_versions_have_tags_of_their_own(client: TestClient) -> None:
    paths = ["/v1/articles/vienna", "/v1/articles/vienna?version=1", "/v1/articles/kept"]
    assert len({client.get(path).headers["ETag"] for path in paths}) == 3


# Passages and citations


def test_a_passage_is_one_of_the_current_version(client: TestClient) -> None:
    found = client.get("/v1/passages/vienna:0").json()
    assert found["passage"]["text"] == SECOND[0]
    assert (found["article"]["version"], found["citation"]["version"]) == (2, 2)
    assert "no passage 'vienna:3'" in missing(client.get("/v1/passages/vienna:3"))


def test_a_citation_comes_in_every_style_and_format(client: TestClient) -> None:
    found = client.get("/v1/citations/vienna:1").json()
    assert found["citation"] == client.get("/v1/passages/vienna:1").json()["citation"]
    assert set(found["forms"]) == set(FORMATS) == {"apa", "chicago", "mla", "bibtex", "ris", "csl"}
    for name in ("apa", "chicago", "mla"):
        assert "ministers meet" in found["forms"][name].lower()
    assert found["forms"]["bibtex"].startswith("@")
    assert found["forms"]["ris"].startswith("TY  - ")
    [item] = json.loads(found["forms"]["csl"])
    assert item["title"] == "Ministers meet"
    assert "no passage 'vienna:9'" in missing(client.get("/v1/citations/vienna:9"))


# Whether citations still stand


def verdicts(client: TestClient, *citations: dict[str, Any]) -> list[dict[str, Any]]:
    response = client.post("/v1/citations/verify", json={"citations": list(citations)})
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["verdicts"]
    return found


def test_a_quote_that_is_still_there_stands_and_it_is_said_where(client: TestClient, cited: dict[str, Any]) -> None:
    [kept, moved] = verdicts(client, cited["kept:0"], cited["vienna:1"])
    assert (kept["status"], kept["current"], kept["start"], kept["end"]) == ("stands", 1, 0, len("It stays."))
    assert (moved["status"], moved["version"], moved["current"], moved["nearest"]) == ("stands", 1, 2, None)
    text = client.get("/v1/articles/vienna").json()["text"]
    assert text[moved["start"] : moved["end"]] == FIRST[1]
    assert moved["start"] != cited["vienna:1"]["start"]


def test_a_quote_that_was_rewritten_has_changed_and_what_stands_there_now_is_shown(
    client: TestClient, cited: dict[str, Any]
) -> None:
    [changed] = verdicts(client, cited["vienna:0"])
    assert (changed["status"], changed["version"], changed["current"]) == ("changed", 1, 2)
    assert (changed["start"], changed["end"], changed["nearest"]) == (None, None, SECOND[0])


def test_a_quote_of_an_article_that_was_removed_is_gone(client: TestClient, cited: dict[str, Any]) -> None:
    [removed, never] = verdicts(client, cited["grain:0"], {**cited["kept:0"], "article_id": "nobody"})
    assert (removed["status"], removed["current"]) == (never["status"], never["current"]) == ("gone", None)


@pytest.mark.parametrize(
    "altered",
    [
        {"quote": "It leaves."},
        {"sha256": "0" * 64},
        {"start": 1},
        {"end": 5},
        {"start": -9, "end": -1},
        {"version": 7},
        {"article_id": "vienna"},
        {"start": 10**30},
        {"version": 10**30},
    ],
    ids=str,
)
def test_an_altered_citation_is_a_mismatch(client: TestClient, cited: dict[str, Any], altered: dict[str, Any]) -> None:
    [found] = verdicts(client, {**cited["kept:0"], **altered})
    assert found["status"] == "mismatch"
    assert found["detail"].endswith(".")


def test_verdicts_come_in_the_order_of_the_citations_with_their_names(
    client: TestClient, cited: dict[str, Any]
) -> None:
    names = ["vienna:2", "grain:0", "kept:0", "vienna:0", "kept:0"]
    found = verdicts(client, *(cited[name] for name in names))
    assert [one["article_id"] for one in found] == [name.partition(":")[0] for name in names]
    assert [one["status"] for one in found] == ["changed", "gone", "stands", "changed", "stands"]
    assert all(one["detail"] for one in found)


def test_a_citation_of_any_surface_can_be_checked_as_it_is(client: TestClient) -> None:
    hits = client.get("/v1/search", params={"q": "ministers"}).json()["hits"]
    cited = [hit["citation"] for hit in hits] + [client.get("/v1/citations/kept:0").json()["citation"]]
    assert {found["status"] for found in verdicts(client, *cited)} == {"stands"}
    bare = {name: value for name, value in cited[0].items() if name not in {"text", "url"}}
    assert verdicts(client, bare)[0]["status"] == "stands"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"quote": None}, "citations.1.quote"),
        ({"version": "one"}, "citations.1.version"),
        ({"start": 1.5}, "citations.1.start"),
        ({"extra": 1}, "citations.1.extra"),
    ],
    ids=str,
)
def test_what_is_no_citation_is_refused_by_name(
    client: TestClient, cited: dict[str, Any], wrong: dict[str, Any], name: str
) -> None:
    response = client.post("/v1/citations/verify", json={"citations": [cited["kept:0"], {**cited["kept:0"], **wrong}]})
    assert response.status_code == 422
    assert [error["parameter"] for error in response.json()["errors"]] == [name]


def test_a_thousand_citations_are_checked_in_one_call_and_no_more(client: TestClient, cited: dict[str, Any]) -> None:
    one = cited["kept:0"]
    assert len(verdicts(client, *[one] * MAX_CITATIONS)) == MAX_CITATIONS == 1000
    for wrong in ([], [one] * (MAX_CITATIONS + 1)):
        assert client.post("/v1/citations/verify", json={"citations": wrong}).status_code == 422


def test_citations_can_be_checked_by_post_alone(client: TestClient) -> None:
    assert client.put("/v1/citations/verify").status_code == 405


# Counts


def test_statistics_count_what_is_searched_and_what_is_kept(client: TestClient) -> None:
    found = client.get("/v1/stats").json()
    assert {name: found[name] for name in ("articles", "passages", "superseded", "removed", "failures")} == {
        "articles": 2,
        "passages": 4,
        "superseded": 1,
        "removed": 1,
        "failures": 0,
    }


def test_what_is_stored_but_not_published_is_not_looked_up(
    engine: Engine, encoder: FakeEncoder, tmp_path: Path
) -> None:
    put(engine, encoder, [article("kept", "It stays.")])
    client = served(engine)
    engine.delete(["kept"])
    assert client.get("/v1/articles/kept").json()["state"] == "current"
    assert client.get("/v1/stats").json()["articles"] == 1
    engine.publish()
    assert client.get("/v1/articles/kept").status_code == 404


def test_a_version_is_given_once(client: TestClient) -> None:
    answer = client.get("/v1/articles/anything?version=1&version=2")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "version"


def test_half_a_letter_in_the_name_of_an_article_is_refused(client: TestClient) -> None:
    citation = {"quote": "x", "article_id": "\ud800", "version": 1, "start": 0, "end": 1, "sha256": "0" * 64}
    answer = client.post("/v1/citations/verify", content=json.dumps({"citations": [citation]}).encode(), headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "citations.0.article_id"


JSON = {"Content-Type": "application/json"}


def test_an_article_that_was_taken_out_is_not_there_in_its_earlier_texts(tmp_path: Path) -> None:
    with stored(tmp_path, [article("secret", "The first text of it."), article("kept")]) as engine:
        put(engine, WideEncoder(), [article("secret", "The second text of it.")])
        client = served(engine)
        assert client.get("/v1/articles/secret?version=1").status_code == 200
        engine.delete(["secret"])
        engine.publish()
        for path in ("/v1/articles/secret", "/v1/articles/secret?version=1", "/article/secret?version=1"):
            assert client.get(path).status_code == 404
