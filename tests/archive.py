"""A small archive of invented news for the tests of searching: copies, a long article, dates of every precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.answer import Answer
from api.app import create_app
from api.rerank import Reranker
from api.search import Searcher
from indexer.encode import Encoder
from indexer.engine import Binding, Engine, open_engine
from indexer.settings import Settings
from indexer.types import Article
from tests.fakes import FakeEncoder, article, put


class WideEncoder(FakeEncoder):
    """Reads enough for each paragraph to be one passage."""

    max_tokens = 256


_WORDS = ("accord", "bishop", "canal", "dock", "envoy", "ferry", "grain", "harbour", "island", "jetty", "kiosk")
_PUBLISHERS = ("Morning Post", "Evening Herald", None, "The Courier", "MORNING POST")
_COUNTRIES = (("JP",), (), ("JP", "KR"), ("AT", "NO"), ("KR",), ())
_LANGUAGES = ("en", "fr", "en-GB", None)
_DATES = ("2012-05-21", "2014", None, "2012-05", "2013-11-02T08:30", "2014-03-30", "1999-12-31")
_WIRE = "Both governments lifted all of their tariffs on steel and timber, the joint agency said on Sunday night."


def _report(n: int) -> Article:
    one, two, three = (_WORDS[n * step % len(_WORDS)] for step in (1, 3, 7))
    paragraphs = [
        f"The {one} and the {two} were closed on day {n}. Nobody asked for the {three}, said clerk {n * 31}.",
        f"Ministers will speak of the {two} and of talks on the {three} in town {n * n}.",
        f"A witness of the {three} number {n * 17} left without a word on the {one}.",
    ]
    return article(
        f"report-{n:02}",
        paragraphs[: 1 + n % 3],
        f"The {one} of day {n}",
        publisher=_PUBLISHERS[n % len(_PUBLISHERS)],
        published=_DATES[n % len(_DATES)],
        countries=_COUNTRIES[n % len(_COUNTRIES)],
        language=_LANGUAGES[n % len(_LANGUAGES)],
        url=f"https://example.org/{n}" if n % 2 else None,
        authors=["Jane Doe"] if n % 3 else [],
    )


LONG = 30
"""Paragraphs of the long article: more than are named under a hit."""

NEWS = [
    *(_report(n) for n in range(40)),
    *(
        article(f"wire-{n}", [_WIRE, f"Kelmen welcomed it, wrote desk {n}."], "Tariffs", publisher=name, published=day)
        for n, (name, day) in enumerate([("The Courier", "2014-03-29"), ("Evening Herald", "2014-03-31"), (None, None)])
    ),
    article("long", [f"Chapter {n} on the talks, the canal and item {n * 13}." for n in range(LONG)], "Canal talks"),
]
"""Fewer passages than are looked at for a question: all of them are candidates."""

QUESTIONS = ("talks on the canal", "Which tariffs were lifted?", "Who closed the ferry in May 2012?", "zeppelins")


@contextmanager
def stored(folder: Path, news: list[Article], encoder: Encoder | None = None) -> Iterator[Engine]:
    """An index of the news, open for writing."""
    engine = open_engine(folder / "index", create=Binding.of(encoder or WideEncoder()))
    try:
        put(engine, encoder or WideEncoder(), news)
        yield engine
    finally:
        engine.close()


def searching(engine: Engine, reranker: Reranker | None = None) -> Searcher:
    return Searcher(engine, WideEncoder(), reranker=reranker)


def served(engine: Engine, **settings: Any) -> TestClient:
    """A client of the whole application over an index."""
    return TestClient(create_app(searching(engine), Settings(**settings)), raise_server_exceptions=False)


def ids(answer: Answer) -> list[str]:
    return [hit.passage.id for hit in answer.hits]


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer in JSON without how long it took."""
    return answer | {"took_ms": None}
