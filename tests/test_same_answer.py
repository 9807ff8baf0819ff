"""The same question gets the same passages in the same order on every surface: page, REST, Python, command line, MCP.

Over the starter corpus with the default model. "In process" is the yardstick; every other surface is asked the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

import anyio
import httpx2
import lxml.html
import mcp
import pytest
from typer.testing import CliRunner

from api import Client
from api.cli import app as command_line
from api.search import Searcher

pytest_plugins = ["tests.browser"]

JUDGED = [
    json.loads(line)["question"]
    for line in (Path(__file__).parents[1] / "seeds" / "questions.jsonl").read_text().splitlines()
]
QUESTIONS = [
    *JUDGED[:: len(JUDGED) // 24][:24],
    'Who said "peace" & what of 100 %?',
    "Größe, 核, Москва: what happened?",
    "US-China: trade AND tariffs (2019)",
    "What happened last year?",
    "sanctions",
    "How do I bake a sourdough loaf?",
]
FILTERS: list[dict[str, Any]] = [
    {"after": "2022"},
    {"before": "2015-06", "country": ["JP", "KR"]},
    {"language": "en", "per_article": 1},
    {"sort": "date", "k": 5},
    {"k": 25},
    {"publisher": "dragoman briefs", "after": "2020", "before": "2024-02-01"},
]

Ask = Callable[..., list[str]]
"""Ids of passages in their order, for a question and what ``search`` takes beside it."""


def ids(answer: Any) -> list[str]:
    return [hit.passage.id for hit in answer.hits]


@pytest.fixture(scope="module")
def page(server: str) -> Ask:
    def ask(q: str, **given: Any) -> list[str]:
        answer = httpx2.get(f"{server}/?{urlencode({'q': q, **given}, doseq=True)}", follow_redirects=True)
        assert answer.status_code == 200
        links = lxml.html.fromstring(answer.text).xpath("//ol[@class='hits']/li//h2/a/@href")
        return [unquote(link).removeprefix("/article/").partition("?")[0].replace("#p", ":") for link in links]

    return ask


@pytest.fixture(scope="module")
def rest(server: str) -> Ask:
    def ask(q: str, **given: Any) -> list[str]:
        answer = httpx2.get(f"{server}/v1/search", params={"q": q, **given})
        assert answer.status_code == 200
        return [hit["passage"]["id"] for hit in answer.json()["hits"]]

    return ask


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[Ask]:
    with Client(server) as opened:
        yield lambda q, **given: ids(opened.search(q, **given))


@pytest.fixture
def cli(briefs: Searcher, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The command, with an index of its own to open, and the model that is loaded already."""
    monkeypatch.setattr("api.search.load_encoder", lambda *_: briefs.encoder)
    index = briefs.engine._layout.root  # type: ignore[attr-defined]

    def ask(q: str, **given: Any) -> list[str]:
        options = [
            word
            for name, value in given.items()
            for one in (value if isinstance(value, list) else [value])
            for word in (f"{'-' if name == 'k' else '--'}{name.replace('_', '-')}", str(one))
        ]
        result = CliRunner().invoke(command_line, ["search", "--jsonl", "--index", str(index), *options, "--", q])
        assert result.exit_code == 0, result.output
        return [json.loads(line)["passage"]["id"] for line in result.stdout.splitlines()]

    return ask


@pytest.fixture(scope="module")
def assistant(server: str) -> Ask:
    def ask(q: str) -> list[str]:
        async def call() -> Any:
            async with mcp.Client(f"{server}/mcp") as opened:
                return await opened.call_tool("search", {"query": q})

        return [result["id"] for result in anyio.run(call).structured_content["results"]]

    return ask


@pytest.mark.parametrize("surface", ["page", "rest", "client", "cli", "assistant"])
def test_a_surface_finds_the_same_passages_in_the_same_order(
    surface: str, request: pytest.FixtureRequest, briefs: Searcher
) -> None:
    ask: Ask = request.getfixturevalue(surface)
    assert len(QUESTIONS) == 30
    expected = {q: ids(briefs.search(q)) for q in QUESTIONS}
    assert {q: ask(q) for q in QUESTIONS} == expected
    assert sum(map(len, expected.values())) == 300


@pytest.mark.parametrize("given", FILTERS, ids=str)
@pytest.mark.parametrize("surface", ["page", "rest", "client", "cli"])
def test_a_surface_takes_the_same_filters(
    surface: str, given: dict[str, Any], request: pytest.FixtureRequest, briefs: Searcher
) -> None:
    if surface == "page" and "k" in given:
        given = {name: value for name, value in given.items() if name != "k"}
    ask: Ask = request.getfixturevalue(surface)
    for q in QUESTIONS[::6]:
        expected = ids(briefs.search(q, **given))
        assert ask(q, **given) == expected != []


def test_the_whole_answer_is_the_same_through_the_client(server: str, briefs: Searcher) -> None:
    with Client(server) as opened:
        for q in QUESTIONS:
            assert opened.search(q, explain=True, facets=True) == briefs.search(q, explain=True, facets=True)


def test_every_surface_says_alike_how_many_origins_there_are_and_which_hits_share_one(
    server: str, briefs: Searcher
) -> None:
    for q in QUESTIONS[::6]:
        answer = briefs.search(q)
        known = [(hit.passage.id, hit.origin, [one.article.id for one in hit.editions]) for hit in answer.hits]
        for given in ({}, {"facets": True}):
            found = httpx2.get(f"{server}/v1/search", params={"q": q, **given}).json()
            assert (found["found"], found["origins"]) == (answer.found, answer.origins)
            assert known == [
                (hit["passage"]["id"], hit["origin"], [one["id"] for one in hit["editions"]]) for hit in found["hits"]
            ]
        with Client(server) as opened:
            assert opened.search(q) == answer
        page = lxml.html.fromstring(httpx2.get(f"{server}/", params={"q": q}).text)
        [head] = page.xpath("//p[@class='count']")
        assert f"of {answer.found} from {answer.origins} independent origin" in head.text_content()
        assert sum(bool(hit.editions) for hit in answer.hits) == head.getroottree().getroot().text_content().count(
            "Also published by"
        )


def test_pages_go_on_alike(page: Ask, rest: Ask, server: str, briefs: Searcher) -> None:
    first = briefs.search(QUESTIONS[0])
    second = briefs.search(QUESTIONS[0], cursor=first.cursor)
    assert ids(second) == page(QUESTIONS[0], cursor=first.cursor) == rest(QUESTIONS[0], cursor=first.cursor)
    assert not set(ids(first)) & set(ids(second))
    with Client(server) as opened:
        assert [ids(answer) for answer in opened.pages(QUESTIONS[0])][:2] == [ids(first), ids(second)]
