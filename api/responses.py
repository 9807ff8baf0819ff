"""The JSON of whole answers: what ``GET /v1/search`` answers is what ``dragoman search --json`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from api.answer import Answer, Reading
from api.citing.verification import Status, Verdict
from api.facets import Facets, Unit
from api.parameters import Exact
from api.schemas import CitationOut, HitOut, NoticeOut, in_iso
from api.when import Period, in_words
from indexer.types import Change, Filters, IndexInfo, Sort


class FiltersOut(Exact):
    """The filters as they were understood."""

    after: str | None
    before: str | None
    publisher: list[str]
    country: list[str]
    language: list[str]

    @classmethod
    def of(cls, filters: Filters) -> FiltersOut:
        return cls(
            after=filters.after.iso if filters.after else None,
            before=filters.before.iso if filters.before else None,
            publisher=list(filters.publishers),
            country=list(filters.countries),
            language=list(filters.languages),
        )


class PeriodOut(Exact):
    """A time that the question names. It is evidence in the ranking, and keeps nothing out."""

    phrase: Annotated[str, Field(description="The words of the question that name it.")]
    first: Annotated[str | None, Field(description="Its first day; null where it has no beginning.")]
    last: Annotated[str | None, Field(description="Its last day; null where it has no end.")]
    text: Annotated[str, Field(description='In words, such as "March 2012".')]

    @classmethod
    def of(cls, period: Period) -> PeriodOut:
        return cls(
            phrase=period.phrase,
            first=None if period.first == date.min else period.first.isoformat(),
            last=None if period.last == date.max else period.last.isoformat(),
            text=in_words(period),
        )


class QueryOut(Exact):
    """The question as it was understood."""

    text: str
    k: int
    filters: FiltersOut
    per_article: int
    asked_on: Annotated[str | None, Field(description="The day on which the question counts as asked.")]
    sort: Sort
    start: Annotated[int, Field(description="How many hits came on the pages before.")]
    understood: Annotated[list[PeriodOut], Field(description="The times that the question names, in its order.")]

    @classmethod
    def of(cls, answer: Answer) -> QueryOut:
        query = answer.query
        return cls(
            text=query.text,
            k=query.k,
            filters=FiltersOut.of(query.filters),
            per_article=query.per_article,
            asked_on=query.asked_on.isoformat() if query.asked_on else None,
            sort=query.sort,
            start=query.start,
            understood=[PeriodOut.of(period) for period in answer.periods],
        )


class CountOut(Exact):
    """How often a value occurs."""

    value: str
    found: Annotated[int, Field(description="Among the hits of all pages.")]
    passages: Annotated[int, Field(description="Passages of the index that the filters let in and that have it.")]


class BarOut(Exact):
    """A year, a month or a day, and how many hits of all pages were published in it."""

    label: Annotated[str, Field(description="Its beginning in ISO 8601, as precise as it is: 2012, 2012-05.")]
    first: Annotated[str, Field(description="Its first day: give it as after.")]
    end: Annotated[str, Field(description="The first day behind it: give it as before.")]
    found: int


class TimelineOut(Exact):
    """When the hits of all pages were published, without gaps."""

    unit: Unit
    bars: list[BarOut]
    unplaced: Annotated[int, Field(description="Hits without a date, or without one as precise as the unit.")]


class FacetsOut(Exact):
    """What the hits of all pages have in common."""

    found: Annotated[int, Field(description="How many hits all pages have.")]
    searched: Annotated[int, Field(description="How many passages of the index the filters let in.")]
    publishers: list[CountOut]
    countries: list[CountOut]
    languages: list[CountOut]
    timeline: TimelineOut

    @classmethod
    def of(cls, facets: Facets) -> FacetsOut:
        return cls.model_validate(_plain(asdict(facets)))


def _plain(value: Any) -> Any:
    """Days as ISO 8601, the rest as it is."""
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case date():
            return value.isoformat()
    return value


class IndexOut(Exact):
    """The published index that answered."""

    generation: int
    articles: int
    passages: int
    model: str
    weights: Annotated[str, Field(description="SHA-256 of the model's weights.")]
    dimension: int
    splitting: Annotated[str, Field(description="The rule by which articles are cut into passages.")]

    @classmethod
    def of(cls, info: IndexInfo) -> IndexOut:
        return cls(**asdict(info))


class RerankerOut(Exact):
    """The model that read the best passages again together with the question, how many, and what that cost."""

    model: str
    passages: int
    took_ms: Annotated[float, Field(description="Milliseconds, which are in the answer's took_ms, too.")]

    @classmethod
    def of(cls, reading: Reading) -> RerankerOut:
        return cls(model=reading.model, passages=reading.passages, took_ms=reading.took_ms)


class SearchResponse(Exact):
    """The answer to a search: ranked passages, each with its article and its citation."""

    query: QueryOut
    answerable: Annotated[float, Field(description="The probability, 0 to 1, that one of the hits answers.")]
    answered: Annotated[
        bool,
        Field(description="Whether that is enough to present the hits as answers, not only as the nearest there is."),
    ]
    hits: list[HitOut]
    cursor: Annotated[str | None, Field(description="Where the next page begins; null after the last one.")]
    found: Annotated[int, Field(description="How many hits all pages have.")]
    origins: Annotated[
        int,
        Field(
            description="From how many independent origins the hits of all pages are: articles that are one story in"
            " several editions count once."
        ),
    ]
    facets: Annotated[FacetsOut | None, Field(description="Null unless they are asked for.")]
    index: IndexOut
    reranker: Annotated[RerankerOut | None, Field(description="Null where no reranker is set up.")]
    took_ms: float

    @classmethod
    def of(cls, answer: Answer) -> SearchResponse:
        return cls(
            query=QueryOut.of(answer),
            answerable=answer.answerable or 0.0,
            answered=answer.is_answered,
            hits=[HitOut.of(hit) for hit in answer.hits],
            cursor=answer.cursor,
            found=answer.found,
            origins=answer.origins,
            facets=FacetsOut.of(answer.facets) if answer.facets else None,
            index=IndexOut.of(answer.index),
            reranker=RerankerOut.of(answer.reading) if answer.reading else None,
            took_ms=answer.took_ms,
        )


class BatchResponse(Exact):
    """The answers to a batch of searches, in its order."""

    answers: list[SearchResponse]


class SimilarResponse(Exact):
    """The passages of other articles that are nearest in meaning to one, nearest first."""

    passage_id: str
    query: Annotated[QueryOut, Field(description="The passage's text as a question, and the filters.")]
    hits: list[HitOut]
    origins: Annotated[
        int,
        Field(
            description="From how many independent origins they are, without the passage's own: other editions of its"
            " story are no confirmation of it."
        ),
    ]
    index: IndexOut
    took_ms: float

    @classmethod
    def of(cls, passage_id: str, answer: Answer) -> SimilarResponse:
        return cls(
            passage_id=passage_id,
            query=QueryOut.of(answer),
            hits=[HitOut.of(hit) for hit in answer.hits],
            origins=answer.origins,
            index=IndexOut.of(answer.index),
            took_ms=answer.took_ms,
        )


class CitationAnswer(Exact):
    """A citation, and the same in the styles and formats that are asked for in print."""

    citation: CitationOut
    forms: Annotated[dict[str, str], Field(description="By name: apa, chicago, mla, bibtex, ris, csl.")]


class VerdictOut(Exact):
    """Whether a citation still holds."""

    article_id: str
    version: int
    status: Annotated[
        Status,
        Field(
            description="stands: the article has the quote, to the letter; changed: it had it in the version cited;"
            " gone: the article is no longer there; mismatch: the citation itself was altered."
        ),
    ]
    detail: str
    current: Annotated[int | None, Field(description="The version that is searched now.")]
    start: Annotated[int | None, Field(description="Where the quote stands in that version.")]
    end: int | None
    nearest: Annotated[str | None, Field(description="Of a changed one, the paragraph that is most like it now.")]
    changes: Annotated[
        list[Change],
        Field(description="What each later version differs in from the one before it, the oldest first."),
    ]
    notice: Annotated[NoticeOut | None, Field(description="What the publisher says now of the article itself.")]
    vanished: Annotated[
        str | None, Field(description="Since when the article is no longer at its address: ISO 8601, UTC.")
    ]

    @classmethod
    def of(cls, found: Verdict) -> VerdictOut:
        return cls(
            article_id=found.citation.article_id,
            version=found.citation.version,
            status=found.status,
            detail=found.detail,
            current=found.current,
            start=found.start,
            end=found.end,
            nearest=found.nearest,
            changes=list(found.changes),
            notice=NoticeOut.of(found.notice) if found.notice else None,
            vanished=in_iso(found.vanished),
        )


class Verdicts(Exact):
    """A verdict for each citation, in their order."""

    verdicts: list[VerdictOut]

    @classmethod
    def of(cls, found: Sequence[Verdict]) -> Verdicts:
        return cls(verdicts=[VerdictOut.of(one) for one in found])


class Stats(Exact):
    """What the index holds. ``superseded`` and ``removed`` versions are kept, but not searched.

    ``corrected`` articles are those with a notice of their publisher, ``vanished`` those no longer at their addresses.
    """

    generation: int
    articles: int
    passages: int
    superseded: int
    removed: int
    corrected: int
    vanished: int
    failures: int
    model: str
    dimension: int
    splitting: str

    @classmethod
    def of(cls, info: IndexInfo, counts: dict[str, int]) -> Stats:
        kept = {name: counts[name] for name in ("superseded", "removed", "corrected", "vanished", "failures")}
        return cls(
            generation=info.generation,
            articles=info.articles,
            passages=info.passages,
            model=info.model,
            dimension=info.dimension,
            splitting=info.splitting,
            **kept,
        )


class Health(Exact):
    """Whether the server works."""

    status: str
