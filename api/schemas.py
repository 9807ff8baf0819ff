"""The JSON of every surface: what ``GET /v1/search`` answers is what ``dragoman search --json`` prints."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.citations import cite
from api.search import MAX_K, MAX_LENGTH, Answer, make_query
from indexer.records import to_record
from indexer.types import Hit, IndexInfo, Metadata, Passage, Query, StoredArticle, StoredPassage


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

    def query(self) -> Query:
        """The query, or QueryError."""
        return make_query(self.q, self.k, self.after, self.before, self.publisher)


class FiltersOut(Exact):
    """The filters as they were understood."""

    after: str | None
    before: str | None
    publisher: list[str]


class QueryOut(Exact):
    """The question as it was understood."""

    text: str
    filters: FiltersOut


class PassageOut(Exact):
    """A passage and its place: code points of the article's text, as /v1/articles/{id} gives it."""

    id: str
    ordinal: int
    start: int
    end: int
    text: str
    highlights: Annotated[
        list[tuple[int, int]], Field(description="Where the answering sentence stands in the article's text.")
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


class HitOut(Exact):
    """A ranked passage. The score orders the hits of one answer, 0 to 1; it is not a probability."""

    rank: int
    score: float
    parts: Annotated[dict[str, float], Field(description="The parts that sum to the score.")]
    passage: PassageOut
    article: ArticleOut
    citation: CitationOut

    @classmethod
    def of(cls, hit: Hit) -> HitOut:
        return cls(
            rank=hit.rank,
            score=round(hit.score, 6),
            parts={name: round(part, 6) for name, part in hit.parts},
            passage=PassageOut.of(hit.passage, hit.highlights),
            article=ArticleOut.of(hit.article, hit.version),
            citation=CitationOut.of(hit.passage, hit.article),
        )


class IndexOut(Exact):
    """The published index that answered."""

    generation: int
    articles: int
    passages: int
    model: str

    @classmethod
    def of(cls, info: IndexInfo) -> IndexOut:
        return cls(generation=info.generation, articles=info.articles, passages=info.passages, model=info.model)


class SearchResponse(Exact):
    """The answer to a search: ranked passages, each with its article and its citation."""

    query: QueryOut
    hits: list[HitOut]
    index: IndexOut
    took_ms: float

    @classmethod
    def of(cls, answer: Answer) -> SearchResponse:
        filters = answer.query.filters
        understood = FiltersOut(
            after=filters.after.iso if filters.after else None,
            before=filters.before.iso if filters.before else None,
            publisher=list(filters.publishers),
        )
        return cls(
            query=QueryOut(text=answer.query.text, filters=understood),
            hits=[HitOut.of(hit) for hit in answer.hits],
            index=IndexOut.of(answer.index),
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
