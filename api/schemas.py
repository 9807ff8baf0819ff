"""The JSON of every surface: what ``GET /v1/search`` answers is what ``dragoman search --json`` prints."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.citations import cite
from api.explain import MEANS
from api.search import MAX_K, MAX_LENGTH, Answer, Reading, make_query
from api.when import Period, in_words
from indexer.records import to_record
from indexer.types import (
    PER_ARTICLE,
    Hit,
    IndexInfo,
    Metadata,
    Part,
    Passage,
    Query,
    StoredArticle,
    StoredPassage,
)


class Exact(BaseModel):
    """A body that holds just these fields."""

    model_config = ConfigDict(extra="forbid")


class SearchParameters(Exact):
    """A search, by the names that GET takes in its query string and POST in its JSON."""

    q: Annotated[str, Field(description="The question, in plain words.", max_length=16 * MAX_LENGTH)]
    k: Annotated[int, Field(description="How many passages are wanted.", ge=1, le=MAX_K)] = 10
    after: Annotated[
        str | None, Field(description="First day of publication let in: ISO 8601, any precision (2012, 2012-05-23).")
    ] = None
    before: Annotated[str | None, Field(description="First day of publication kept out: ISO 8601, any precision.")] = (
        None
    )
    publisher: Annotated[
        list[str],
        BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
        Field(description="Publishers, any of which is enough; case does not count.", max_length=100),
    ] = []
    per_article: Annotated[int, Field(description="Hits of one article at most; 0 is any number.", ge=0, le=MAX_K)] = (
        PER_ARTICLE
    )
    asked_on: Annotated[
        str | None,
        Field(description='ISO 8601 day from which "last year" in the question counts; by default today (UTC).'),
    ] = None
    explain: Annotated[bool, Field(description="Whether each hit says what its score is made of.")] = False

    def query(self) -> Query:
        """The query, or QueryError."""
        day = (self.asked_on or "").strip() or "today"
        return make_query(self.q, self.k, self.after, self.before, self.publisher, self.per_article, day)


class FiltersOut(Exact):
    """The filters as they were understood."""

    after: str | None
    before: str | None
    publisher: list[str]


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
    filters: FiltersOut
    per_article: int
    asked_on: Annotated[str | None, Field(description="The day on which the question counts as asked.")]
    understood: Annotated[list[PeriodOut], Field(description="The times that the question names, in its order.")]

    @classmethod
    def of(cls, answer: Answer) -> QueryOut:
        query = answer.query
        filters = FiltersOut(
            after=query.filters.after.iso if query.filters.after else None,
            before=query.filters.before.iso if query.filters.before else None,
            publisher=list(query.filters.publishers),
        )
        return cls(
            text=query.text,
            filters=filters,
            per_article=query.per_article,
            asked_on=query.asked_on.isoformat() if query.asked_on else None,
            understood=[PeriodOut.of(period) for period in answer.periods],
        )


class PassageOut(Exact):
    """A passage and its place: code points of the article's text, as /v1/articles/{id} gives it."""

    id: str
    ordinal: int
    start: int
    end: int
    text: str
    highlights: Annotated[
        list[tuple[int, int]],
        Field(
            description="In a hit, where the sentence that is nearest to the question in meaning stands in the"
            " article's text: one span. Empty where no question was asked."
        ),
    ] = []

    @classmethod
    def of(cls, passage: Passage, highlights: tuple[tuple[int, int], ...] = ()) -> PassageOut:
        return cls(
            id=passage.id,
            ordinal=passage.ordinal,
            start=passage.start,
            end=passage.end,
            text=passage.text,
            highlights=list(highlights),
        )


class ReferenceOut(Exact):
    """An article that another rests on."""

    publisher: str
    published: str | None
    title: str | None
    url: str | None


class ArticleOut(Exact):
    """What is known about an article; null is unknown."""

    id: str
    title: str
    publisher: str | None
    authors: list[str]
    published: str | None
    updated: str | None
    url: str | None
    language: str | None
    countries: list[str]
    references: list[ReferenceOut]
    version: int

    @classmethod
    def of(cls, meta: Metadata, version: int) -> ArticleOut:
        return cls(**to_record(meta), version=version)


class ArticleText(ArticleOut):
    """An article with its whole text, and where its passages stand in it."""

    text: str
    passages: list[PassageOut]

    @classmethod
    def of_stored(cls, stored: StoredArticle) -> ArticleText:
        passages = [PassageOut.of(passage) for passage in stored.passages]
        record = to_record(stored.article.meta)
        return cls(**record, version=stored.version, text=stored.article.text, passages=passages)


class CitationOut(Exact):
    """The exact quote, a reference in words, and a link that opens at the quote."""

    quote: str
    text: str
    url: str | None

    @classmethod
    def of(cls, passage: Passage, article: Metadata) -> CitationOut:
        citation = cite(passage, article)
        return cls(quote=citation.quote, text=citation.text, url=citation.url)


class PassageAnswer(Exact):
    """A passage with its article and its citation."""

    passage: PassageOut
    article: ArticleOut
    citation: CitationOut

    @classmethod
    def of(cls, found: StoredPassage) -> PassageAnswer:
        return cls(
            passage=PassageOut.of(found.passage),
            article=ArticleOut.of(found.article, found.version),
            citation=CitationOut.of(found.passage, found.article),
        )


class PartOut(Exact):
    """One kind of evidence for a passage."""

    name: str
    means: Annotated[str, Field(description="What it says of the passage where its value is high.")]
    value: Annotated[float, Field(description="How much of it the passage has, beside the other candidates.")]
    weight: float
    part: Annotated[float, Field(description="What it adds to the score: value times weight.")]

    @classmethod
    def of(cls, part: Part) -> PartOut:
        value, weight, score = (_rounded(number, 9) for number in (part.value, part.weight, part.score))
        return cls(name=part.name, means=MEANS[part.name], value=value, weight=weight, part=score)


class PlaceOut(Exact):
    """A passage by its name: /v1/passages/{id} has its text."""

    id: str
    ordinal: int


class CopyOut(Exact):
    """A passage of another article that says the same in nearly the same words."""

    passage: PassageOut
    article: ArticleOut

    @classmethod
    def of(cls, found: StoredPassage) -> CopyOut:
        return cls(passage=PassageOut.of(found.passage), article=ArticleOut.of(found.article, found.version))


class HitOut(Exact):
    """A ranked passage, with those that were held back for it."""

    rank: int
    score: Annotated[
        float,
        Field(
            description="Orders the hits of one answer. It can be negative, is no probability (answerable is one), and"
            " does not compare with the scores of another question."
        ),
    ]
    explain: Annotated[
        list[PartOut] | None, Field(description="The parts that sum to the score; null unless they are asked for.")
    ]
    passage: PassageOut
    article: ArticleOut
    citation: CitationOut
    more: Annotated[
        list[PlaceOut],
        Field(
            description="Further passages of this article that rank above the last hit, best first: held back, since"
            " per_article has been reached."
        ),
    ]
    copies: Annotated[
        list[CopyOut], Field(description="Nearly identical passages of other articles, shown here once: also in ...")
    ]

    @classmethod
    def of(cls, hit: Hit, *, explain: bool = False) -> HitOut:
        return cls(
            rank=hit.rank,
            score=_rounded(hit.score, 6),
            explain=[PartOut.of(part) for part in hit.parts] if explain else None,
            passage=PassageOut.of(hit.passage, hit.highlights),
            article=ArticleOut.of(hit.article, hit.version),
            citation=CitationOut.of(hit.passage, hit.article),
            more=[PlaceOut(id=found.passage.id, ordinal=found.passage.ordinal) for found in hit.more],
            copies=[CopyOut.of(found) for found in hit.copies],
        )


def _rounded(number: float, digits: int) -> float:
    """Rounded, and never -0.0, which JSON would show. Parts get more digits than the score: they sum to it."""
    return round(number, digits) + 0.0


class IndexOut(Exact):
    """The published index that answered."""

    generation: int
    articles: int
    passages: int
    model: str

    @classmethod
    def of(cls, info: IndexInfo) -> IndexOut:
        return cls(generation=info.generation, articles=info.articles, passages=info.passages, model=info.model)


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
    index: IndexOut
    reranker: Annotated[RerankerOut | None, Field(description="Null where no reranker is set up.")]
    took_ms: float

    @classmethod
    def of(cls, answer: Answer, *, explain: bool = False) -> SearchResponse:
        return cls(
            query=QueryOut.of(answer),
            answerable=answer.answerable,
            answered=answer.is_answered,
            hits=[HitOut.of(hit, explain=explain) for hit in answer.hits],
            index=IndexOut.of(answer.index),
            reranker=RerankerOut.of(answer.reading) if answer.reading else None,
            took_ms=answer.took_ms,
        )


class Stats(Exact):
    """What the index holds. ``superseded`` and ``removed`` versions are kept, but not searched."""

    generation: int
    articles: int
    passages: int
    superseded: int
    removed: int
    failures: int
    model: str
    dimension: int
    splitting: str

    @classmethod
    def of(cls, info: IndexInfo, counts: dict[str, int]) -> Stats:
        kept = {name: counts[name] for name in ("superseded", "removed", "failures")}
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


class Problem(BaseModel):
    """An error as RFC 9457 has it; ``errors`` names each parameter that is wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] | None = None
