"""Decoding: whatever answer a server writes as JSON is read as the very same answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from api.answer import Answer, Lap, Reading
from api.citations import Cited
from api.citing.verification import Stored, Verdict
from api.explain import MEANS
from api.facets import Bar, Facets, Timeline
from api.responses import SearchResponse, SimilarResponse, Verdicts
from api.schemas import ArticleText, CitationOut, PassageAnswer
from api.serving.server_timing import server_timing
from api.when import Period
from api.wire.decoding import (
    answer_from,
    article_from,
    cited_from,
    editions_from,
    laps_from,
    similar_from,
    verdicts_from,
    versions_from,
)
from indexer.types import (
    Change,
    Copy,
    Count,
    Edition,
    Filters,
    Hit,
    IndexInfo,
    Metadata,
    Notice,
    Part,
    PartialDate,
    Passage,
    Query,
    Reference,
    StoredArticle,
    StoredPassage,
    Version,
)
from tests.fakes import article

M = TypeVar("M", bound=BaseModel)

TEXT = st.text(min_size=1, max_size=12)
SOME_TEXT = st.none() | TEXT
SCORES = st.floats(-9, 9, allow_nan=False)
NUMBERS = st.integers(0, 10**9)
DATES = st.none() | st.sampled_from(
    [PartialDate(iso) for iso in ("2012", "2012-05", "2012-05-23", "2012-05-23T19:43", "2012-05-22T08:30:01.5+02:00")]
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
URLS = st.none() | st.sampled_from(["https://example.org/a?b=c#d", "http://news.example/核"])
TEXTS = st.lists(TEXT, max_size=3).map(tuple)

NOTICES = st.none() | st.builds(Notice, st.sampled_from(["correction", "clarification", "retraction"]), TEXT)
METADATA = st.builds(
    Metadata,
    id=TEXT,
    title=TEXT,
    url=URLS,
    publisher=SOME_TEXT,
    authors=TEXTS,
    published=DATES,
    updated=DATES,
    language=SOME_TEXT,
    countries=TEXTS,
    references=st.lists(st.builds(Reference, TEXT, DATES, SOME_TEXT, URLS), max_size=2).map(tuple),
    published_from=SOME_TEXT,
    publisher_country=SOME_TEXT,
    publisher_kind=SOME_TEXT,
    notice=NOTICES,
)

EDITIONS = st.builds(Edition, METADATA, st.integers(1, 9))


@st.composite
def passages(draw: st.DrawFn, article_id: str) -> Passage:
    text, start = draw(st.text(min_size=1, max_size=40)), draw(NUMBERS)
    cut = draw(st.integers(0, len(text)))
    spans = [(start + low, start + high) for low, high in ((0, cut), (cut, len(text))) if low < high]
    return Passage(article_id, draw(st.integers(0, 999)), start, start + len(text), text, tuple(spans))


@st.composite
def hits(draw: st.DrawFn) -> Hit:
    meta, other = draw(METADATA), draw(METADATA)
    passage = draw(passages(meta.id))
    copies = st.builds(Copy, passages(other.id), st.just(other), st.integers(1, 9))
    return Hit(
        rank=draw(st.integers(1, 1000)),
        score=draw(SCORES),
        passage=passage,
        article=meta,
        version=draw(st.integers(1, 9)),
        highlights=passage.sentences[: draw(st.integers(0, 1))],
        parts=tuple(draw(st.lists(st.builds(Part, st.sampled_from(sorted(MEANS)), SCORES, SCORES), max_size=3))),
        more=tuple(draw(st.lists(passages(meta.id) | passages(other.id), max_size=2))),
        copies=tuple(draw(st.lists(copies, max_size=2))),
        added=draw(st.none() | MOMENTS),
        link=f"{meta.url}#:~:text=border" if meta.url else None,
        origin=draw(TEXT),
        editions=tuple(draw(st.lists(EDITIONS, max_size=2))),
        vanished=draw(st.none() | MOMENTS),
    )


COUNTS = st.lists(st.builds(Count, TEXT, NUMBERS, NUMBERS), max_size=2).map(tuple)
BARS = st.lists(st.builds(Bar, TEXT, st.dates(), st.dates(), NUMBERS), max_size=3).map(tuple)
TIMELINES = st.builds(Timeline, st.sampled_from(["day", "month", "year", "decade", "century"]), BARS, NUMBERS)
PERIODS = st.builds(
    Period, st.just(date.min) | st.dates(date(1000, 1, 1)), st.just(date.max) | st.dates(date(1000, 1, 1)), TEXT
)
INFO = st.builds(IndexInfo, NUMBERS, NUMBERS, NUMBERS, TEXT, TEXT, NUMBERS, TEXT)
QUERIES = st.builds(
    Query,
    text=TEXT,
    k=NUMBERS,
    filters=st.builds(Filters, DATES, DATES, TEXTS, TEXTS, TEXTS),
    per_article=NUMBERS,
    asked_on=st.none() | st.dates(),
    sort=st.sampled_from(["relevance", "date"]),
    start=NUMBERS,
)
ANSWERS = st.builds(
    Answer,
    query=QUERIES,
    hits=st.lists(hits(), max_size=2).map(tuple),
    periods=st.lists(PERIODS, max_size=2).map(tuple),
    answerable=st.floats(0, 1),
    is_answered=st.booleans(),
    index=INFO,
    took_ms=st.floats(0, 1e6),
    reading=st.none() | st.builds(Reading, TEXT, NUMBERS, st.floats(0, 1e6)),
    cursor=SOME_TEXT,
    found=NUMBERS,
    origins=NUMBERS,
    facets=st.none() | st.builds(Facets, NUMBERS, NUMBERS, COUNTS, COUNTS, COUNTS, TIMELINES),
)


def over_the_wire(written: M) -> M:
    """As JSON and back."""
    return type(written).model_validate_json(written.model_dump_json())


@settings(deadline=None, max_examples=60)
@given(ANSWERS)
def test_an_answer_is_read_as_it_was(answer: Answer) -> None:
    found = answer_from(over_the_wire(SearchResponse.of(answer)))
    assert found == answer
    assert found.took_ms == answer.took_ms
    assert not answer.reading or (found.reading and found.reading.took_ms == answer.reading.took_ms)


@settings(deadline=None, max_examples=20)
@given(ANSWERS)
def test_passages_like_one_are_read_as_they_were(given: Answer) -> None:
    answer = replace(
        given, periods=(), answerable=None, is_answered=True, reading=None, cursor=None, facets=None, laps=()
    )
    answer = replace(answer, found=len(answer.hits))
    assert similar_from(over_the_wire(SimilarResponse.of("a:0", answer))) == answer


@given(METADATA, st.data())
def test_a_passage_is_read_as_it_was(meta: Metadata, data: st.DataObject) -> None:
    stored = StoredPassage(7, data.draw(passages(meta.id)), meta, 3, data.draw(st.none() | MOMENTS))
    given = over_the_wire(PassageAnswer.of(stored, f"{stored.passage.text} {stored.passage.text}"))
    read, cited = cited_from(given), Cited.of(stored)
    assert (read.passage, read.article, read.version) == (cited.passage, cited.article, cited.version)
    assert CitationOut.of(read.citation) == given.citation


def test_an_article_is_read_with_its_digest_and_versions() -> None:
    news = article("vienna", ["Ministers met.", "They agreed."], publisher="The Post", published="2012-05")
    moments = [datetime(2026, 11, day, 3, 25, 1, 250, tzinfo=UTC) for day in (1, 2)]
    versions = [Version(2, "current", moments[1], "title"), Version(1, "superseded", moments[0], "first")]
    editions = [Edition(article("herald", published="2012", published_from="url").meta, 3)]
    parts = (Passage("vienna", 0, 0, 14, "Ministers met.", ((0, 14),)),)
    stored = StoredArticle(news, 2, parts, "current", moments[1], moments[0])
    read = over_the_wire(ArticleText.of_stored(stored, versions, editions))
    assert article_from(read, news.source) == stored
    assert article_from(read, "elsewhere").article.source == "elsewhere"
    assert versions_from(read) == versions
    assert editions_from(read) == editions


STORED = st.builds(Stored, TEXT, NUMBERS, NUMBERS, NUMBERS, TEXT, TEXT)
KINDS: list[Change] = ["first", "details", "title", "substance"]
VERDICTS = st.builds(
    Verdict,
    STORED,
    st.sampled_from(["stands", "changed", "gone", "mismatch"]),
    TEXT,
    *(st.none() | NUMBERS for _ in range(3)),
    SOME_TEXT,
    st.lists(st.sampled_from(KINDS), max_size=3).map(tuple),
    NOTICES,
    st.none() | MOMENTS,
)


@settings(deadline=None, max_examples=30)
@given(st.lists(VERDICTS, max_size=3))
def test_verdicts_are_read_as_they_were(given: list[Verdict]) -> None:
    assert verdicts_from(over_the_wire(Verdicts.of(given)), [one.citation for one in given]) == given


def test_a_version_that_came_at_no_known_time_is_none() -> None:
    stored = StoredArticle(article("vienna"), 1, ())
    read = ArticleText.of_stored(stored, [Version(1, "current", datetime.now(UTC))])
    read.versions[0].added = None
    with pytest.raises(ValueError, match="isoformat"):
        versions_from(read)


@pytest.mark.parametrize(
    ("header", "stages"),
    [
        (server_timing([("parse", 0.5), ("dense", 12.25), ("total", 20)]), [("parse", 0.5), ("dense", 12.25)]),
        ('cache;desc="hit, of a proxy";dur=3, rank ; dur=1', [("rank", 1.0)]),
        ("edge, dur=4, ;dur=5, rank;dur=x", []),
        ("", []),
    ],
)
def test_the_stages_are_those_timings_that_are_read_for_certain(header: str, stages: list[tuple[str, float]]) -> None:
    assert laps_from(header) == tuple(Lap(*stage) for stage in stages)
