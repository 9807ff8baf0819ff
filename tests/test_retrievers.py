"""The retrievers of api/RETRIEVERS.md, as they stand there, with the real libraries over a real index."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import Client
from api.app import create_app
from api.citations import Cited
from api.search import Searcher
from indexer.engine import Binding, open_engine
from indexer.types import Hit
from tests.fakes import FakeEncoder, article, put

LIBRARIES = ("langchain_core", "haystack")
MISSING = [name for name in LIBRARIES if find_spec(name) is None]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (they are in the extra test)"
)

PAGE = (Path(__file__).resolve().parents[1] / "api" / "RETRIEVERS.md").read_text(encoding="utf-8")
BLOCKS = dict(zip(LIBRARIES, re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL), strict=True))

SILENT = {
    "HAYSTACK_TELEMETRY_ENABLED": "False",  # it is read when haystack is imported
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
}
QUESTION = "Who visited Pyongyang?"
NEWS = [
    article(
        "pyongyang",
        "The chairman visited Pyongyang.",
        "A guest in Pyongyang",
        publisher="Morning Post",
        published="2024-04-11",
        url="https://news.example/pyongyang",
    ),
    article("undated", ["Nobody knows when this visit to Pyongyang was.", "Pyongyang said nothing."], "A rumour"),
    article("grain", "Exports of grain stopped.", "Grain"),
]


@dataclass
class Found:
    """A document of either library, in the same words."""

    id: str
    text: str
    known: dict[str, object]
    score: float | None


@pytest.fixture(autouse=True)
def _offline_and_silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither library reports what it does to its makers: a name that is looked up or called fails the test."""
    for name, value in SILENT.items():
        monkeypatch.setenv(name, value)
    called: list[object] = []

    def refuse(*where: object, **_: object) -> None:
        called.append(where)  # the libraries would swallow the error, in a thread of their own
        raise OSError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
    assert called == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("retrievers") / "index"
    engine = open_engine(place, create=Binding.of(FakeEncoder()))
    put(engine, FakeEncoder(), NEWS)
    engine.close()
    return place


@pytest.fixture
def searcher(folder: Path) -> Iterator[Searcher]:
    with Searcher(open_engine(folder), FakeEncoder()) as opened:
        yield opened


@pytest.fixture
def defined(
    request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[dict[str, Any], str]:
    """What a block of the page defines, and what it prints for an index that is where one is looked for."""
    monkeypatch.setenv("DRAGOMAN_INDEX", str(folder))
    monkeypatch.setattr("api.search.load_encoder", lambda *_: FakeEncoder())
    names: dict[str, Any] = {"__name__": "retriever"}
    exec(compile(BLOCKS[request.param], "RETRIEVERS.md", "exec", dont_inherit=True), names)
    return names, capsys.readouterr().out


def with_langchain(names: dict[str, Any], index: Searcher | Client, k: int) -> list[Found]:
    documents = names["NewsRetriever"](index=index, k=k).invoke(QUESTION)
    assert all(type(document).__module__ == "langchain_core.documents.base" for document in documents)
    return [Found(found.id, found.page_content, found.metadata, None) for found in documents]


def with_haystack(names: dict[str, Any], index: Searcher | Client, k: int) -> list[Found]:
    pipeline = names["Pipeline"]()
    pipeline.add_component("news", names["NewsRetriever"](index, k))
    documents = pipeline.run({"news": {"query": QUESTION}})["news"]["documents"]
    assert all(type(document).__module__ == "haystack.dataclasses.document" for document in documents)
    return [Found(found.id, found.content, found.meta, found.score) for found in documents]


with_each = pytest.mark.parametrize(
    ("defined", "ask"), [("langchain_core", with_langchain), ("haystack", with_haystack)], indirect=["defined"]
)


def expected(hit: Hit, score: float | None) -> Found:
    known = {
        "title": hit.article.title,
        "publisher": hit.article.publisher,
        "published": hit.article.published.iso if hit.article.published else "",
        "url": hit.article.url,
        "passage_id": hit.passage.id,
        "citation": Cited.of(hit).citation.text,
    }
    return Found(hit.passage.id, hit.passage.text, known, score)


@with_each
def test_the_documents_are_the_hits_in_their_order_with_what_is_needed_to_cite_them(
    defined: Any, ask: Any, searcher: Searcher
) -> None:
    found = ask(defined[0], searcher, 2)
    hits = searcher.search(QUESTION, 2).hits
    assert len(found) == 2
    assert found == [expected(hit, None if ask is with_langchain else hit.score) for hit in hits]
    [dated] = [one for one in found if one.id == "pyongyang:0"]
    assert dated.known == {
        "title": "A guest in Pyongyang",
        "publisher": "Morning Post",
        "published": "2024-04-11",
        "url": "https://news.example/pyongyang",
        "passage_id": "pyongyang:0",
        "citation": "“A guest in Pyongyang”, Morning Post, 11 April 2024, https://news.example/pyongyang.",
    }


@with_each
def test_a_client_gives_the_same_documents_as_the_index_of_its_server(
    defined: Any, ask: Any, searcher: Searcher
) -> None:
    with TestClient(create_app(searcher)) as server, Client("http://testserver", transport=server._transport) as client:
        assert ask(defined[0], client, 5) == ask(defined[0], searcher, 5)


@with_each
def test_the_example_prints_what_it_finds(defined: Any, ask: Any) -> None:
    assert "The chairman visited Pyongyang. “A guest in" in defined[1]


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_page_says_what_to_install(library: str) -> None:
    assert f"`pip install {'haystack-ai' if library == 'haystack' else 'langchain-core'}`" in PAGE
