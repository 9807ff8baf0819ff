"""The client of a server: it answers as the open index behind the server does, to the last field, and refuses so."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.citations import Cited, citation, sha256
from api.citing.verification import Stored, verify
from api.client import Client
from api.parameters import MAX_SEARCHES
from api.queries import make_query
from api.search import Searcher
from api.serving.keys import new_key
from api.wire.sending import ServerError
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import Busy, CursorExpired, IndexProblem, NotFound, QueryError, SettingError
from indexer.settings import Settings
from indexer.types import Filters, PartialDate, Query, Reference
from tests.fakes import FakeEncoder, article, put

WIRE = (
    "Ministers of both states agreed on Monday to reopen the border at Kelmen to lorries and to all passenger trains,"
    " their offices said in a joint note after a week of talks behind closed doors."
)
NEWS = [
    article(
        "vienna",
        [
            "Ministers of both states met in Vienna 🕊 on Monday. They agreed to reopen the border at Kelmen.",
            "A second round of the border talks will take place in Oslo, the Norwegian minister said.",
            "Border talks had failed twice before, in March and in May 2011.",
        ],
        "Ministers meet in Vienna",
        publisher="Morning Post",
        published="2012-05-21",
        updated="2012-05-22T08:30+02:00",
        url="https://example.org/vienna#top",
        authors=["Jane Doe", "Li Wei"],
        language="en-GB",
        countries=["AT", "NO"],
        references=[Reference("Evening Herald", PartialDate("2012-05-20"), "Talks", "https://example.org/h")],
    ),
    article("wire-a", WIRE, "Border reopens", publisher="Evening Herald", published="2012-05", countries=["AT"]),
    article("wire-b", WIRE, "Border reopens", publisher="Morning Post", published="2012-05-23", language="en"),
    article("grain", "The port of Dravia stopped exports of grain after the storm.", publisher="Evening Herald"),
    article("peking", "外交部长会议在北京举行。边界谈判将于六月继续。", "边界谈判", published="2011", countries=["CN"]),
    article("a/b c?#%", "A report on border posts, filed under an odd name, 5 March 2013.", published="2013-03-05"),
    article("..", "A report on border posts that stands two steps up.", published="2014"),
]
VOCABULARY = sorted({word for item in NEWS for word in item.text.split() if any(map(str.isalnum, word))})


class WideEncoder(FakeEncoder):
    """Reads enough for each paragraph to be one passage."""

    max_tokens = 256


@pytest.fixture
def encoder() -> FakeEncoder:
    return WideEncoder()


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """An index of the news above, which no test changes."""
    engine = open_engine(tmp_path_factory.mktemp("client") / "index", create=Binding.of(WideEncoder()))
    put(engine, WideEncoder(), [article("grain", "Exports of grain were to go on."), *NEWS[:2]])
    put(engine, WideEncoder(), NEWS)
    with Searcher(engine, WideEncoder()) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(searcher: Searcher) -> Iterator[Client]:
    with asking(create_app(searcher)) as opened:
        yield opened


@contextmanager
def asking(app: FastAPI, **given: Any) -> Iterator[Client]:
    """A client of an application, without a socket between them."""
    with TestClient(app, raise_server_exceptions=False) as inside, Client(transport=inside._transport, **given) as made:
        yield made


def answering(respond: httpx2.Response | Exception, **given: Any) -> Client:
    """A client of a server that always answers so, and is asked once."""

    def handle(_: httpx2.Request) -> httpx2.Response:
        if isinstance(respond, Exception):
            raise respond
        return respond

    return Client(transport=httpx2.MockTransport(handle), **{"retries": 0, **given})


SEARCHES: list[dict[str, Any]] = [
    {"q": "border talks"},
    {"q": "Who met in Vienna in May 2012?", "explain": True, "facets": True},
    {"q": "border", "per_article": 1, "k": 3},
    {"q": "border at Kelmen", "per_article": 0, "facets": True},
    {"q": "border", "after": "2012-05", "before": "2013"},
    {"q": "border", "publisher": "evening herald"},
    {"q": "border", "publisher": ["Morning Post", "Evening Herald"], "explain": True},
    {"q": "border", "country": "Austria", "facets": True},
    {"q": "border", "country": ("AT", "cn"), "language": ["en"]},
    {"q": "border", "sort": "date"},
    {"q": "talks last year", "asked_on": "2012-07-01"},
    {"q": "talks last year", "asked_on": date(2012, 7, 1)},
    {"q": "talks last year", "asked_on": None},
    {"q": "talks last year", "asked_on": ""},
    {"q": "talks since 2011"},
    {"q": "talks before May 2012"},
    {"q": "边界谈判在哪里？", "explain": True},
    {"q": "\u202eKelmen\u202c 🕊"},
    {"q": " Who \ud800 met?\x00\n", "after": " ", "before": ""},
    {"q": "border", "after": "2031", "facets": True},
    {"q": "of the", "k": 1000},
]


@pytest.mark.parametrize("asked", SEARCHES, ids=str)
def test_a_client_answers_as_the_open_index_does(client: Client, searcher: Searcher, asked: dict[str, Any]) -> None:
    assert client.search(**asked) == searcher.search(**asked)


def test_the_searches_reach_every_field_of_an_answer(searcher: Searcher) -> None:
    answers = [searcher.search(**asked) for asked in SEARCHES]
    hits = [hit for answer in answers for hit in answer.hits]
    assert any(answer.facets and answer.facets.countries and answer.facets.timeline.bars for answer in answers)
    assert any(answer.periods and answer.periods[0].first == date.min for answer in answers)
    assert any(answer.periods and answer.periods[0].last == date.max for answer in answers)
    assert any(not answer.hits for answer in answers)
    assert any(answer.is_answered for answer in answers)
    assert not all(answer.is_answered for answer in answers)
    for name in ("parts", "more", "copies", "highlights", "added"):
        assert any(getattr(hit, name) for hit in hits), name


@settings(deadline=None, max_examples=20)
@given(
    words=st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=6),
    k=st.integers(2, 5),
    per_article=st.integers(0, 2),
    sort=st.sampled_from(["relevance", "date"]),
    explain=st.booleans(),
    facets=st.booleans(),
)
def test_page_by_page_any_search_is_the_same(
    client: Client, searcher: Searcher, words: list[str], k: int, **asked: Any
) -> None:
    asked["q"] = " ".join(words)
    pages = list(client.pages(k=k, **asked))
    assert pages == list(searcher.pages(k=k, **asked))
    assert [page.query.start for page in pages] == [place * k for place in range(len(pages))]


def test_a_page_says_which_day_its_question_counts_from(client: Client, searcher: Searcher) -> None:
    first = searcher.search("border talks last year", 2, asked_on=None)
    assert first.cursor
    second = client.search("border talks last year", 2, asked_on=None, cursor=first.cursor)
    assert second == searcher.search("border talks last year", 2, asked_on=None, cursor=first.cursor)
    assert second.query.asked_on is None


def test_an_empty_index_gives_the_same_nothing(engine: Engine, encoder: FakeEncoder) -> None:
    with Searcher(engine, encoder) as searcher, asking(create_app(searcher)) as client:
        answer = client.search("Who met?", facets=True)
        assert answer == searcher.search("Who met?", facets=True)
        assert answer.hits == ()
        assert not answer.is_answered


@pytest.mark.parametrize(
    ("passage_id", "asked"),
    [
        ("vienna:0", {}),
        ("vienna:1", {"k": 2, "explain": True}),
        ("peking:0", {"per_article": 1, "country": "at"}),
        ("wire-a:0", {"after": "2012", "before": "2013", "publisher": ["Morning Post"]}),
        ("a/b c?#%:0", {"language": "en"}),
        ("..:0", {}),
    ],
)
def test_passages_like_one_are_the_same(
    client: Client, searcher: Searcher, passage_id: str, asked: dict[str, Any]
) -> None:
    answer = client.similar(passage_id, **asked)
    assert answer == searcher.similar(passage_id, **asked)
    assert answer.answerable is None


def test_a_batch_of_any_size_is_answered_in_its_order(
    client: Client, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.client.MAX_SEARCHES", 3)
    filters = Filters(PartialDate("2012-05"), PartialDate("2013"), ("Morning Post",), ("AT",), ("en",))
    queries = [
        make_query("border talks", 3, country="AT"),
        Query("talks last year"),
        Query("border talks", 2, filters, 1, date(2012, 7, 1), "date"),
        *(Query(f"report number {n} on the border", 1) for n in range(5)),
    ]
    for size in (0, 1, 3, 4, 8):
        assert client.batch(queries[:size]) == searcher.batch(queries[:size])


def test_a_batch_is_sent_in_parts_that_the_server_takes(client: Client) -> None:
    assert len(client.batch([Query("border", 1)] * (MAX_SEARCHES + 1))) == MAX_SEARCHES + 1


def test_a_batch_takes_no_later_pages(client: Client) -> None:
    with pytest.raises(QueryError, match="first pages") as caught:
        client.batch([Query("border"), Query("border", start=10)])
    assert caught.value.parameter == "cursor"


METHODS = [
    "search",
    "similar",
    "pages",
    "batch",
    "article",
    "versions",
    "editions",
    "passage",
    "stats",
    "suggest",
    "verify",
]


@pytest.mark.parametrize("name", METHODS)
def test_a_client_is_called_as_a_searcher_is(name: str) -> None:
    assert inspect.signature(getattr(Client, name)) == inspect.signature(getattr(Searcher, name))


def test_a_client_can_do_what_a_searcher_can_and_answers_the_same(client: Client, searcher: Searcher) -> None:
    assert {name for name in vars(Client) if name[0] != "_"} - {"close", "url"} == set(METHODS)
    hit = client.search("border").hits[0]
    for one in (client, searcher):
        assert [found.status for found in one.verify([citation(hit), Stored.of(citation(hit))])] == ["stands", "stands"]
    assert client.stats() == searcher.stats()
    assert client.suggest("min") == searcher.suggest("min") != []
    assert client.versions("vienna") == searcher.versions("vienna") != []
    assert client.editions("wire-a") == searcher.editions("wire-a") != []
    assert client.passage("vienna:0").citation == searcher.passage("vienna:0").citation
    assert client.article("vienna").article.text == searcher.article("vienna").article.text
    for one in (client, searcher):
        with pytest.raises(NotFound):
            one.versions("nowhere")
        with pytest.raises(NotFound):
            one.editions("nowhere")


def test_the_stages_of_a_search_come_along(client: Client) -> None:
    assert [lap.stage for lap in client.search("border").laps] == ["parse", "encode", "dense", "lexical", "rank"]
    assert "dense" in [lap.stage for lap in client.similar("vienna:0").laps]


@pytest.mark.parametrize("name", [item.id for item in NEWS])
def test_an_article_comes_whole_whatever_its_id(client: Client, searcher: Searcher, name: str) -> None:
    stored = searcher.engine.snapshot().article(name)
    assert stored
    found = client.article(name)
    assert found == replace(stored, article=replace(stored.article, source=found.article.source))
    assert found.article.source.startswith("http://127.0.0.1:8765/v1/articles/")


def test_an_older_version_of_an_article_can_be_read(client: Client, searcher: Searcher) -> None:
    assert client.versions("grain") == list(searcher.engine.snapshot().versions("grain"))
    first = client.article("grain", 1)
    assert (first.version, first.state, first.article.text) == (1, "superseded", "Exports of grain were to go on.")


@pytest.mark.parametrize("name", ["vienna:1", "a/b c?#%:0"])
def test_a_passage_comes_with_its_citation(client: Client, name: str) -> None:
    found = client.passage(name)
    assert found.passage.id == name
    assert found.citation.quote == found.passage.text in client.article(found.article.id).article.text


def test_the_statistics_count_what_the_index_holds(client: Client, searcher: Searcher) -> None:
    assert client.stats().articles == len(NEWS)
    assert client.stats().superseded == searcher.engine.counts()["superseded"] > 0


def test_suggestions_are_those_of_the_index(client: Client, searcher: Searcher) -> None:
    assert client.suggest("mini") == searcher.engine.snapshot().suggest("mini", 8) != []
    assert client.suggest("") == []


def test_citations_are_judged_as_by_the_index(
    client: Client, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.client._CITATIONS", 3)
    kept = [Stored.of(Cited.of(hit).citation) for hit in searcher.search("border talks").hits]
    old = client.article("grain", 1).passages[0]
    kept.append(Stored("grain", 1, old.start, old.end, old.text, sha256(old.text)))
    kept += [replace(kept[0], quote="Nobody met."), replace(kept[1], article_id="nowhere")]
    verdicts = client.verify(iter(kept))
    assert verdicts == verify(kept, searcher.engine.snapshot())
    assert {found.status for found in verdicts} == {"stands", "changed", "mismatch", "gone"}
    assert client.verify([]) == []


def test_verdicts_that_are_not_one_for_each_citation_are_no_answer() -> None:
    with (
        answering(httpx2.Response(200, text='{"verdicts": []}')) as client,
        pytest.raises(ServerError, match="shorter"),
    ):
        client.verify([Stored("vienna", 1, 0, 3, "The", sha256("The"))])


@pytest.mark.parametrize(
    "asked",
    [
        {"q": ""},
        {"q": "?!"},
        {"q": "x" * 4001},
        {"q": "x " * 40_000},
        {"q": "x", "k": 0},
        {"q": "x", "k": 1001},
        {"q": "x", "per_article": -1},
        {"q": "x", "after": "yesterday"},
        {"q": "x", "before": "2012-02-30"},
        {"q": "x", "after": "2013", "before": "2012"},
        {"q": "x", "country": "Atlantis"},
        {"q": "x", "language": "English, mostly"},
        {"q": "x", "publisher": [f"Post {n}" for n in range(101)]},
        {"q": "x", "asked_on": "2012"},
        {"q": "x", "sort": "size"},
        {"q": "x", "cursor": "none of ours"},
    ],
    ids=lambda asked: str(asked)[:60],
)
def test_what_makes_no_sense_is_refused_as_the_open_index_does(
    client: Client, searcher: Searcher, asked: dict[str, Any]
) -> None:
    with pytest.raises(QueryError) as here:
        searcher.search(**asked)
    with pytest.raises(QueryError) as there:
        client.search(**asked)
    assert there.value.parameter == here.value.parameter
    assert type(there.value) is type(here.value)


@pytest.mark.parametrize("asked", [{"q": ""}, {"q": "x", "after": "yesterday"}, {"q": "x", "country": "Atlantis"}])
def test_a_refusal_says_the_same_words(client: Client, searcher: Searcher, asked: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as here:
        searcher.search(**asked)
    with pytest.raises(QueryError) as there:
        client.search(**asked)
    assert str(there.value) == str(here.value)


def test_what_is_not_there_is_not_found(client: Client) -> None:
    for look in (client.article, client.versions, client.passage, client.similar):
        with pytest.raises(NotFound, match="nowhere"):
            look("nowhere:3")
    with pytest.raises(NotFound):
        client.article("vienna", 99)
    with pytest.raises(NotFound):
        client.article("")


def test_a_cursor_of_an_older_publication_has_expired(engine: Engine, encoder: FakeEncoder) -> None:
    put(engine, encoder, NEWS)
    with Searcher(engine, encoder) as searcher, asking(create_app(searcher)) as client:
        pages = client.pages("border", 1)
        next(pages)
        put(engine, encoder, [article("new", "A new report on the border.")])
        with pytest.raises(CursorExpired, match="again"):
            next(pages)


def test_a_full_server_is_busy_and_says_until_when(searcher: Searcher) -> None:
    app = create_app(searcher, Settings(concurrency=1, queue=0))
    with asking(app, retries=0) as client:
        with app.state.admission.turn(), pytest.raises(Busy) as caught:
            client.search("border")
        assert caught.value.retry_after >= 1
        assert client.search("border").hits


def test_a_damaged_index_is_a_problem_of_the_index(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IndexProblem("generation 7 is damaged: run dragoman verify")

    app = create_app(searcher)
    monkeypatch.setattr(searcher, "answer", fail)
    with asking(app, retries=0) as client, pytest.raises(IndexProblem, match="dragoman verify"):
        client.search("border")


def test_a_server_with_keys_lets_in_who_has_one(searcher: Searcher, tmp_path: Path) -> None:
    made = new_key("desk", "2/minute")
    (tmp_path / "keys.toml").write_text(made.lines, encoding="utf-8")
    app = create_app(searcher, Settings(keys=tmp_path / "keys.toml"))
    with asking(app, retries=0) as client, pytest.raises(ServerError, match=r"Client\(key=...\)") as refused:
        client.search("border")
    assert refused.value.status == 401
    with asking(app, retries=0, key=f"{made.key}\n") as client:
        assert client.search("border").hits
        client.stats()
        with pytest.raises(Busy, match="desk") as caught:
            client.search("border")
        assert caught.value.retry_after > 1


@pytest.mark.parametrize("broken", ["", "<html>", "null", "[]", '{"hits": []}', '{"q": 1'])
def test_what_is_no_answer_names_the_server_and_asks_what_it_is(broken: str) -> None:
    with answering(httpx2.Response(200, text=broken)) as client:
        for call in (client.search, client.similar, client.passage, client.article, client.suggest):
            with pytest.raises(ServerError, match=r"127\.0\.0\.1:8765.*dragoman serve"):
                call("x")


def test_an_answer_with_days_that_are_none_is_no_answer(searcher: Searcher) -> None:
    whole = TestClient(create_app(searcher)).post("/v1/search", json={"q": "talks in 2012", "after": "2011"}).text
    for day in ('"first":"2012-01-01"', '"after":"2011"'):
        assert day in whole
        broken = whole.replace(day, day.partition(":")[0] + ':"soon"')
        with answering(httpx2.Response(200, text=broken)) as client, pytest.raises(ServerError, match="soon"):
            client.search("talks in 2012")


def test_a_newer_server_may_say_more(searcher: Searcher) -> None:
    answered = TestClient(create_app(searcher)).post("/v1/search", json={"q": "border", "explain": True})
    newer = answered.text.replace('"title":', '"mood":[1],"title":').replace('"took_ms":', '"mood":{},"took_ms":')
    assert newer.count('"mood"') > 2
    with answering(httpx2.Response(200, text=newer)) as client:
        assert client.search("border", explain=True) == searcher.search("border", explain=True)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8765", "ftp://x", "http://", "http://x:99999", "http://x:port", "http://[::1", "//x", "news"],
)
def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(SettingError, match=r"http://127\.0\.0\.1:8765"):
        Client(url)


def test_an_address_holds_no_secret() -> None:
    with pytest.raises(SettingError, match="key=") as caught:
        Client("https://desk:hunter2@example.org")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("timeout", "retries"), [(0, 2), (-1.0, 2), (float("nan"), 2), (1.0, -1)])
def test_numbers_that_make_no_sense_are_refused(timeout: float, retries: int) -> None:
    with pytest.raises(SettingError, match=f"timeout is {timeout} and retries {retries}"):
        Client(timeout=timeout, retries=retries)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://news.example.org/dragoman/", "https://news.example.org/dragoman/v1/stats"),
        ("http://[::1]:80 ", "http://[::1]/v1/stats"),
    ],
)
def test_an_address_may_have_a_path(url: str, asked: str) -> None:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, text="")

    with Client(url, key=" secret ", transport=httpx2.MockTransport(handle)) as client, pytest.raises(ServerError):
        client.stats()
    assert str(seen[0].url) == asked
    assert seen[0].headers["Authorization"] == "Bearer secret"


def test_a_client_may_be_used_from_several_threads(client: Client, searcher: Searcher) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda word: client.search(word, 2), VOCABULARY[:24]))
    assert found == [searcher.search(word, 2) for word in VOCABULARY[:24]]


@pytest.fixture
def running(searcher: Searcher) -> Iterator[str]:
    """The address of a real server on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(create_app(searcher), host="127.0.0.1", port=0, log_level="error"))
    started = threading.Event()
    startup = server.startup

    async def start(*given: Any, **more: Any) -> None:
        await startup(*given, **more)
        started.set()

    server.startup = start  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(60)
        [listening] = server.servers
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)


def test_over_a_real_connection_all_is_the_same(running: str, searcher: Searcher) -> None:
    with Client(running) as client:
        assert client.search("边界 border", explain=True, facets=True) == searcher.search(
            "边界 border", explain=True, facets=True
        )
        assert list(client.pages("border", 2)) == list(searcher.pages("border", 2))
        assert client.similar("a/b c?#%:0") == searcher.similar("a/b c?#%:0")
        assert client.article("..").article.id == ".."
        with pytest.raises(QueryError):
            client.search("border", 0)


def test_a_server_that_is_not_there_is_said_with_what_to_do() -> None:
    with (
        Client("http://127.0.0.1:9", retries=0) as client,
        pytest.raises(ServerError, match=r"127\.0\.0\.1:9 .*dragoman serve") as caught,
    ):
        client.search("border")
    assert (caught.value.url, caught.value.status) == ("http://127.0.0.1:9", None)
