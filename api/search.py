"""The search itself: question to ranked, cited passages. No web in it; every surface calls this."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from api.answer import Answer, Lap, Reading
from api.answerable import default_answerable
from api.candidates import candidates
from api.citations import Cited
from api.citing.verification import Stored, Verdict, kept, verify
from api.cursor import check_seen
from api.facets import Facets
from api.fusion import Ranking, default_ranking
from api.pool import Pool, asked
from api.queries import Names, like, make_filters, make_query
from api.question import Question, read_question
from api.rerank import DEPTH, CrossEncoderReranker, Reranker
from api.results import Page, Ranked, in_common, page
from api.similar import Neighbours
from indexer.encode import Encoder, Vectors, load_encoder
from indexer.engine import Binding, Engine, Snapshot, open_engine
from indexer.errors import NotFound
from indexer.settings import Settings
from indexer.types import EDITIONS, PER_ARTICLE, Citation, Edition, Query, StoredArticle, StoredPassage, Version

if TYPE_CHECKING:
    from api.responses import Stats

SUGGESTIONS = 8
"""Completions of a question at most."""

REMEMBERED = 1024
"""Questions whose vectors are remembered: the next page, another filter or order ask the same one again."""

_LONGEST_ORDINAL = 10
"""Digits of an ordinal, and more than any has."""


class Options(TypedDict, total=False):
    """What a search takes beside the question, k and a cursor."""

    after: str | None
    before: str | None
    publisher: Names
    country: Names
    language: Names
    per_article: int
    asked_on: str | date | None
    sort: str
    explain: bool
    facets: bool


@dataclass(slots=True)
class _Watch:
    """When a search began, and how long each of its stages took."""

    began: float = field(default_factory=time.perf_counter)
    laps: list[Lap] = field(default_factory=list)

    def lap(self, stage: str) -> None:
        """What was done since the last lap was this stage."""
        self.laps.append(Lap(stage, round(self.ms - sum(lap.ms for lap in self.laps), 2)))

    @property
    def ms(self) -> float:
        return round((time.perf_counter() - self.began) * 1000, 2)


class Searcher:
    """An open index with the encoder it is bound to. Safe to use from several threads."""

    def __init__(
        self,
        engine: Engine,
        encoder: Encoder,
        ranking: Ranking | None = None,
        reranker: Reranker | None = None,
    ) -> None:
        """Raises IndexMismatch if the encoder is not the one that made the index."""
        engine.binding.check(Binding.of(encoder), "the index")
        self.engine = engine
        self.ranking = ranking or default_ranking()
        self.reranker = reranker
        self.encoder = encoder
        self._remembered = lru_cache(REMEMBERED)(self._encoded)

    def search(
        self,
        q: str,
        k: int = 10,
        *,
        after: str | None = None,
        before: str | None = None,
        publisher: Names = (),
        country: Names = (),
        language: Names = (),
        per_article: int = PER_ARTICLE,
        asked_on: str | date | None = "today",
        sort: str = "relevance",
        cursor: str | None = None,
        explain: bool = False,
        facets: bool = False,
    ) -> Answer:
        """The k best passages for a question in plain words. Raises QueryError.

        ``after`` is the first day of publication let in, ``before`` the first kept out, both ISO 8601 of any
        precision; articles without a date pass neither. ``publisher``, ``country`` (codes of ISO 3166, or names) and
        ``language`` (tags such as en) name one or several, any of which is enough. ``per_article`` is how many hits
        one article gets at most, together with the others of its origin, 0 for any number. ``asked_on`` is the day
        from which "last year" in the question counts; None leaves such words alone. ``sort`` is "relevance", or "date"
        for the best by date, newest first. ``cursor``, from an answer to the same search, goes on behind it; it raises
        CursorExpired once the index has changed. ``explain`` fills the parts of each hit, ``facets`` counts what all
        pages have in common.
        """
        names = (publisher, country, language)
        query = make_query(q, k, after, before, *names, per_article, asked_on, sort, cursor)
        return self.answer(query, explain=explain, facets=facets)

    def pages(self, q: str, k: int = 10, **given: Unpack[Options]) -> Iterator[Answer]:
        """All pages of a search, from the first; takes what ``search`` takes, but no cursor. Raises QueryError."""
        yield from turned(lambda cursor: self.search(q, k, cursor=cursor, **given))

    def batch(self, queries: Sequence[Query]) -> list[Answer]:
        """The answers to several queries, each as it would be alone.

        Each question is encoded by itself: in one go they would be padded to one length, which moves their vectors.
        """
        return [self.answer(query) for query in queries]

    def answer(self, query: Query, *, explain: bool = False, facets: bool = False) -> Answer:
        """The same for a query made before."""
        watch = _Watch()
        snapshot = self.engine.snapshot()
        check_seen(query, snapshot.info)
        question = read_question(query.text, query.asked_on)
        watch.lap("parse")
        pool = self._gather(snapshot, question, query, watch)
        reading = self._read_again(snapshot, query, pool) if pool else None
        shown, counted = _shown(snapshot, pool, query, explain=explain, count=facets)
        probability = round(default_answerable().probability(pool.signs), 4) if pool else 0.0
        answered = pool is not None and probability >= default_answerable().threshold
        watch.lap("rank")
        return Answer(
            query=query,
            hits=shown.hits,
            periods=question.periods,
            answerable=probability,
            is_answered=answered,
            index=snapshot.info,
            took_ms=watch.ms,
            reading=reading,
            cursor=shown.cursor,
            found=len(shown.groups),
            origins=shown.origins,
            facets=counted,
            laps=tuple(watch.laps),
        )

    def similar(
        self,
        passage_id: str,
        k: int = 10,
        *,
        after: str | None = None,
        before: str | None = None,
        publisher: Names = (),
        country: Names = (),
        language: Names = (),
        per_article: int = PER_ARTICLE,
        explain: bool = False,
    ) -> Answer:
        """The k passages of other articles that are nearest in meaning to a passage (ARTICLE:ORDINAL), nearest first.

        ``origins`` of the answer is how many origins beside the passage's own these are from. The rest is as in
        ``search``. Raises NotFound for a passage that is not there, and QueryError.
        """
        watch = _Watch()
        snapshot = self.engine.snapshot()
        found = find_passage(snapshot, passage_id)
        query = like(found.passage.text, k, make_filters(after, before, publisher, country, language), per_article)
        watch.lap("parse")
        neighbours = Neighbours.of(snapshot, found, query.filters, k)
        watch.lap("dense")
        shown, _ = _shown(snapshot, neighbours, query, explain=explain, count=False)
        others = {hit.origin for hit in shown.hits} - {snapshot.origin(found.article.id)}
        watch.lap("rank")
        return Answer(
            query=query,
            hits=shown.hits,
            periods=(),
            answerable=None,
            is_answered=True,
            index=snapshot.info,
            took_ms=watch.ms,
            found=len(shown.hits),
            origins=len(others),
            laps=tuple(watch.laps),
        )

    def article(self, article_id: str, version: int | None = None) -> StoredArticle:
        """A version of an article with its whole text, by default the current one. Raises NotFound.

        What a person took out is not there in any version.
        """
        return find_article(self.engine.snapshot(), article_id, version)

    def versions(self, article_id: str) -> list[Version]:
        """All versions of an article, newest first. Raises NotFound."""
        snapshot = self.engine.snapshot()
        find_article(snapshot, article_id)
        return snapshot.versions(article_id)

    def editions(self, article_id: str) -> list[Edition]:
        """The other articles of its origin, the earliest first, ``EDITIONS`` at most. Raises NotFound."""
        snapshot = self.engine.snapshot()
        find_article(snapshot, article_id)
        return snapshot.editions(article_id)[:EDITIONS]

    def passage(self, passage_id: str) -> Cited:
        """A passage (ARTICLE:ORDINAL) of an article's current version, with its ``citation``. Raises NotFound."""
        return find_cited(self.engine.snapshot(), passage_id)

    def stats(self) -> Stats:
        """What the index holds."""
        from api.responses import Stats  # noqa: PLC0415 - a search needs no schemas

        return Stats.of(self.engine.snapshot().info, self.engine.counts())

    def suggest(self, text: str) -> list[str]:
        """Titles, names and publishers that begin as the text does; its last word may be unfinished."""
        return self.engine.snapshot().suggest(text, SUGGESTIONS)

    def verify(self, citations: Iterable[Citation | Stored]) -> list[Verdict]:
        """What has become of each citation, as ``Verdict`` says it."""
        return verify([kept(citation) for citation in citations], self.engine.snapshot())

    def _gather(self, snapshot: Snapshot, question: Question, query: Query, watch: _Watch) -> Pool | None:
        if not snapshot.info.passages:
            return None
        vector = self.encode(query.text)
        watch.lap("encode")
        numbers = candidates(snapshot, vector, query.text, question.periods, query.filters, query.k, watch.lap)
        if not numbers:
            return None
        return Pool.ranked(question, snapshot.evidence(vector, asked(question), numbers), numbers, self.ranking)

    def encode(self, text: str) -> Vectors:
        """The question's vector (dimension,), which is not to be changed: the last questions' are remembered."""
        return self._remembered(text)

    def _encoded(self, text: str) -> Vectors:
        vector: Vectors = self.encoder.encode_queries([text])[0]
        vector.setflags(write=False)
        return vector

    def _read_again(self, snapshot: Snapshot, query: Query, pool: Pool) -> Reading | None:
        if self.reranker is None:
            return None
        watch = _Watch()
        best = pool.order[:DEPTH]
        stored = snapshot.get([pool.numbers[place] for place in best])
        texts = [f"{found.article.title}. {found.passage.text}" for found in stored]
        pool.read_again(best, self.reranker.relevance(query.text, texts))
        return Reading(self.reranker.name, len(best), watch.ms)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _shown(
    snapshot: Snapshot, ranked: Ranked | None, query: Query, *, explain: bool, count: bool
) -> tuple[Page, Facets | None]:
    if ranked is None:
        return Page((), (), 0, None), Facets.of(snapshot.tally([], query.filters), []) if count else None
    found = page(snapshot, ranked, query, explain=explain)
    return found, in_common(snapshot, ranked, found, query) if count else None


def turned(search: Callable[[str | None], Answer]) -> Iterator[Answer]:
    """All pages, given what searches from a cursor on; there is one at least."""
    answer = search(None)
    yield answer
    while answer.cursor is not None:
        answer = search(answer.cursor)
        yield answer


def find_article(snapshot: Snapshot, article_id: str, version: int | None = None) -> StoredArticle:
    """An article in the version that is searched, or in a given one. Raises NotFound, also for what was taken out.

    An earlier text comes with what its publisher says of the article now: it is read because somebody relied on it.
    """
    found = snapshot.article(article_id, version)
    newest = next(iter(snapshot.versions(article_id)), None)
    if newest is not None and newest.state == "removed":
        raise NotFound(f"the article {article_id!r} was taken out of this index")
    if found is not None:
        return found if found.state == "current" else _with_notice_of_now(snapshot, found)
    wanted = f"version {version} of " if version is not None else ""
    raise NotFound(f"no {wanted}article {article_id!r} in this index")


def _with_notice_of_now(snapshot: Snapshot, found: StoredArticle) -> StoredArticle:
    now = snapshot.article(found.article.id)
    if now is None or now.article.meta.notice is None:
        return found
    meta = replace(found.article.meta, notice=now.article.meta.notice)
    return replace(found, article=replace(found.article, meta=meta))


def find_passage(snapshot: Snapshot, passage_id: str) -> StoredPassage:
    """The passage of this id (ARTICLE:ORDINAL). Raises NotFound."""
    article_id, _, ordinal = passage_id.rpartition(":")
    known = ordinal.isascii() and ordinal.isdigit() and len(ordinal) < _LONGEST_ORDINAL
    found = snapshot.passage(article_id, int(ordinal)) if known else None
    if found is None:
        raise NotFound(f"no passage {passage_id!r}: passages are named ARTICLE:ORDINAL, counted from 0")
    return found


def find_cited(snapshot: Snapshot, passage_id: str) -> Cited:
    """The same to be cited, with the text that it stands in. Raises NotFound."""
    found = find_passage(snapshot, passage_id)
    [text] = snapshot.texts([found.number])
    return Cited.of(found, text)


def open_index(
    index: Path | str | None = None, settings: Settings | None = None, *, threads: int | None = None
) -> Searcher:
    """Open an index for searching, with the model it is bound to, and the reranker that the settings name, if any.

    ``threads`` is how many cores the models use, by default all. Raises IndexMissing, IndexDamaged, IndexMismatch
    (another model was asked for) or EncoderError.
    """
    settings = settings or Settings.from_environment()
    engine = open_engine(index or settings.index)
    try:
        encoder = load_encoder(settings.model or engine.binding.model, settings.cache, settings.backend, threads)
        reranker = CrossEncoderReranker.load(settings.reranker, threads) if settings.reranker else None
        return Searcher(engine, encoder, reranker=reranker)
    except BaseException:
        engine.close()
        raise
