"""Answers of the REST interface as what they were made from: the inverse of api.schemas and api.responses.

Pure functions. They raise ValueError for a day or a moment that is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime

from api.answer import Answer, Lap, Reading
from api.citations import Cited
from api.citing.verification import Stored, Verdict
from api.facets import Bar, Facets, Timeline
from api.responses import (
    CountOut,
    FacetsOut,
    FiltersOut,
    PeriodOut,
    QueryOut,
    SearchResponse,
    SimilarResponse,
    VerdictOut,
    Verdicts,
)
from api.schemas import ArticleOut, ArticleText, HitOut, PassageAnswer, PassageOut
from api.when import Period
from indexer.records import digest, metadata_from
from indexer.types import (
    Article,
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
    StoredArticle,
    Version,
)

_METADATA = {field.name for field in fields(Metadata)}
_TIMING = re.compile(r"\s*([^\s;,]+)\s*;\s*dur=(\d+(?:\.\d+)?)\s*", re.ASCII)


def answer_from(found: SearchResponse, laps: tuple[Lap, ...] = ()) -> Answer:
    """The answer to a search."""
    reading = found.reranker
    return Answer(
        query=query_from(found.query),
        hits=tuple(map(hit_from, found.hits)),
        periods=tuple(map(_period, found.query.understood)),
        answerable=found.answerable,
        is_answered=found.answered,
        index=IndexInfo(**found.index.model_dump()),
        took_ms=found.took_ms,
        reading=Reading(reading.model, reading.passages, reading.took_ms) if reading else None,
        cursor=found.cursor,
        found=found.found,
        origins=found.origins,
        facets=_facets(found.facets) if found.facets else None,
        laps=laps,
    )


def similar_from(found: SimilarResponse, laps: tuple[Lap, ...] = ()) -> Answer:
    """The passages like a given one; no question was asked, so nothing is answered."""
    return Answer(
        query=query_from(found.query),
        hits=tuple(map(hit_from, found.hits)),
        periods=(),
        answerable=None,
        is_answered=True,
        index=IndexInfo(**found.index.model_dump()),
        took_ms=found.took_ms,
        found=len(found.hits),
        origins=found.origins,
        laps=laps,
    )


def query_from(found: QueryOut) -> Query:
    """The query as the server understood it."""
    return Query(
        text=found.text,
        k=found.k,
        filters=_filters(found.filters),
        per_article=found.per_article,
        asked_on=_day(found.asked_on) if found.asked_on else None,
        sort=found.sort,
        start=found.start,
    )


def hit_from(found: HitOut) -> Hit:
    """A hit. Of its citation only the link is kept: api.citations makes the rest from the hit."""
    name = found.article.id
    return Hit(
        rank=found.rank,
        score=found.score,
        passage=_passage(found.passage, name),
        article=_metadata(found.article),
        version=found.article.version,
        highlights=tuple(found.passage.highlights),
        parts=tuple(Part(part.name, part.value, part.weight) for part in found.explain or ()),
        more=tuple(_passage(passage, _article_of(passage)) for passage in found.more),
        copies=tuple(
            Copy(_passage(copy.passage, copy.article.id), _metadata(copy.article), copy.article.version)
            for copy in found.copies
        ),
        added=_moment(found.article.added),
        link=found.citation.url,
        origin=found.origin,
        editions=tuple(map(_edition, found.editions)),
        vanished=_moment(found.article.vanished),
    )


def article_from(found: ArticleText, source: str) -> StoredArticle:
    """A version of an article; ``source`` says where it was read. The digest is of what was read there."""
    meta = _metadata(found)
    return StoredArticle(
        article=Article(meta, found.text, digest(meta, found.text), source),
        version=found.version,
        passages=tuple(_passage(passage, found.id) for passage in found.passages),
        state=found.state,
        added=_moment(found.added),
        vanished=_moment(found.vanished),
    )


def versions_from(found: ArticleText) -> list[Version]:
    """All versions of an article, as the server orders them."""
    return [
        Version(one.version, one.state, datetime.fromisoformat(one.added or ""), one.change) for one in found.versions
    ]


def editions_from(found: ArticleText) -> list[Edition]:
    """The other articles of its origin, as the server orders them."""
    return list(map(_edition, found.editions))


def cited_from(found: PassageAnswer) -> Cited:
    """A passage with all that is needed to cite it."""
    passage = _passage(found.passage, found.article.id)
    return Cited(passage, _metadata(found.article), found.article.version, link=found.citation.url)


def verdicts_from(found: Verdicts, asked: Sequence[Stored]) -> list[Verdict]:
    """The verdict on each citation that was asked about; ValueError if it is not one for each."""
    return [_verdict(citation, one) for citation, one in zip(asked, found.verdicts, strict=True)]


def _verdict(citation: Stored, found: VerdictOut) -> Verdict:
    return Verdict(
        citation=citation,
        status=found.status,
        detail=found.detail,
        current=found.current,
        start=found.start,
        end=found.end,
        nearest=found.nearest,
        changes=tuple(found.changes),
        notice=Notice(found.notice.kind, found.notice.text) if found.notice else None,
        vanished=_moment(found.vanished),
    )


def laps_from(header: str) -> tuple[Lap, ...]:
    """The stages in a Server-Timing header, without the total; what is no timing is passed over."""
    timings = filter(None, map(_TIMING.fullmatch, header.split(",")))
    return tuple(Lap(found[1], float(found[2])) for found in timings if found[1] != "total")


def _passage(found: PassageOut, article_id: str) -> Passage:
    return Passage(article_id, found.ordinal, found.start, found.end, found.text, tuple(found.sentences))


def _article_of(found: PassageOut) -> str:
    """The article's id, which a passage's begins with."""
    return found.id.removesuffix(f":{found.ordinal}")


def _edition(found: ArticleOut) -> Edition:
    return Edition(_metadata(found), found.version)


def _metadata(found: ArticleOut) -> Metadata:
    return metadata_from(found.model_dump(include=_METADATA))


def _filters(found: FiltersOut) -> Filters:
    after, before = (PartialDate.parse(day) if day else None for day in (found.after, found.before))
    return Filters(after, before, tuple(found.publisher), tuple(found.country), tuple(found.language))


def _period(found: PeriodOut) -> Period:
    first = _day(found.first) if found.first else date.min
    return Period(first, _day(found.last) if found.last else date.max, found.phrase)


def _facets(found: FacetsOut) -> Facets:
    bars = (Bar(bar.label, _day(bar.first), _day(bar.end), bar.found) for bar in found.timeline.bars)
    return Facets(
        found=found.found,
        searched=found.searched,
        publishers=_counts(found.publishers),
        countries=_counts(found.countries),
        languages=_counts(found.languages),
        timeline=Timeline(found.timeline.unit, tuple(bars), found.timeline.unplaced),
    )


def _counts(values: list[CountOut]) -> tuple[Count, ...]:
    return tuple(Count(count.value, count.found, count.passages) for count in values)


def _day(iso: str) -> date:
    return date.fromisoformat(iso)


def _moment(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None
