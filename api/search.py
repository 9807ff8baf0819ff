"""The search itself: question to ranked, cited passages. No web in it; every surface calls this."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, Self

from api.answerable import default_answerable
from api.candidates import candidates
from api.fusion import Ranking, default_ranking
from api.grouping import SAME, Group, grouped, resemblance
from api.pool import Pool, asked
from api.question import Question, read_question
from api.rerank import DEPTH, CrossEncoderReranker, Reranker
from api.when import Period
from indexer.clean import one_line
from indexer.encode import Encoder, Vectors, load_encoder
from indexer.engine import Binding, Engine, Snapshot, open_engine
from indexer.errors import QueryError
from indexer.settings import Settings
from indexer.types import PER_ARTICLE, Filters, Hit, IndexInfo, PartialDate, Query, StoredPassage

MAX_K = 1000
"""Passages one search returns at most."""

MAX_LENGTH = 4000
"""Characters of a question at most; a model reads less than half of them."""

Day = str | int | date | PartialDate | None
"""ISO 8601 of any precision, a year, or a date."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A second reading by a reranker: its name, how many passages it read, and how long it took in milliseconds."""

    model: str
    passages: int
    took_ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits for a query, best first, with what was understood of it.

    ``answerable`` is the probability, 0 to 1, that one of the hits answers. ``periods`` are what the question says of
    time. ``took_ms`` is in milliseconds.
    """

    query: Query
    hits: tuple[Hit, ...]
    periods: tuple[Period, ...]
    answerable: float
    index: IndexInfo
    took_ms: float
    reading: Reading | None = None

    @property
    def is_answered(self) -> bool:
        """Whether the hits may be presented as answers; under 2 of 100 questions with an answer are refused so."""
        return self.answerable >= default_answerable().threshold


def make_query(
    q: str,
    k: int = 10,
    after: Day = None,
    before: Day = None,
    publisher: str | Sequence[str] = (),
    per_article: int = PER_ARTICLE,
    asked_on: Day | Literal["today"] = "today",
) -> Query:
    """A query from what a user gave. Raises QueryError, naming the parameter, for what makes no sense."""
    text = _question(q)
    _check_number("k", k, 1, MAX_K)
    _check_number("per_article", per_article, 0, MAX_K)
    names = [publisher] if isinstance(publisher, str) else publisher
    filters = Filters(_date(after, "after"), _date(before, "before"), tuple(filter(None, map(one_line, names))))
    if filters.after and filters.before and filters.after.first_day >= filters.before.first_day:
        raise QueryError(
            f"after ({filters.after}) is not earlier than before ({filters.before}): no article can satisfy both",
            "after",
        )
    return Query(text, k, filters, per_article, _asked_on(asked_on))


def _question(q: str) -> str:
    text = one_line(q)
    if not text:
        raise QueryError('the question is empty: ask something, such as "Who visited Pyongyang?"', "q")
    if not any(char.isalnum() for char in text):
        raise QueryError(f'there is no word in the question {text!r}: ask something, such as "Who left?"', "q")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the question has {len(text)} characters, at most {MAX_LENGTH} are read: shorten it", "q")
    return text


def _check_number(name: str, value: int, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise QueryError(f"{name} is {value!r}, it must be a whole number from {least} to {most}", name)
    if not least <= value <= most:
        raise QueryError(f"{name} is {value}, it must be from {least} to {most}", name)


def _asked_on(day: Day | Literal["today"]) -> date | None:
    if day == "today":
        return datetime.now(UTC).date()
    known = _date(day, "asked_on")
    if known is not None and known.first_day != known.last_day:
        raise QueryError(f"asked_on is {known}: give a day, such as 2012-05-23", "asked_on")
    return known.first_day if known else None


def _date(value: Day, parameter: str) -> PartialDate | None:
    if value is None or not str(value).strip():
        return None
    try:
        return PartialDate.parse(str(value))
    except ValueError as error:
        raise QueryError(f"{parameter}: {error}", parameter) from None


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
        self._encoder = encoder

    def search(
        self,
        q: str,
        k: int = 10,
        *,
        after: str | None = None,
        before: str | None = None,
        publisher: str | Sequence[str] = (),
        per_article: int = PER_ARTICLE,
        asked_on: str | date | None = "today",
    ) -> Answer:
        """The k best passages for a question in plain words. Raises QueryError.

        ``after`` is the first day of publication let in, ``before`` the first kept out, both ISO 8601 of any
        precision; articles without a date pass neither. ``publisher`` names publishers, any of which is enough.
        ``per_article`` is how many hits one article gets at most, 0 for any number. ``asked_on`` is the day from which
        "last year" in the question counts; None leaves such words alone.
        """
        return self.answer(make_query(q, k, after, before, publisher, per_article, asked_on))

    def answer(self, query: Query) -> Answer:
        """The same for a query made before."""
        began = time.perf_counter()
        snapshot = self.engine.snapshot()
        question = read_question(query.text, query.asked_on)
        pool = self._gather(snapshot, question, query)
        if pool is None:
            return Answer(query, (), question.periods, 0.0, snapshot.info, _since(began))
        reading = self._read_again(snapshot, query, pool)
        groups = self._group(snapshot, query, pool)
        hits = _hits(snapshot, pool, groups)
        return Answer(
            query,
            hits,
            question.periods,
            round(default_answerable().probability(pool.signs), 4),
            snapshot.info,
            _since(began),
            reading,
        )

    def _gather(self, snapshot: Snapshot, question: Question, query: Query) -> Pool | None:
        if not snapshot.info.passages:
            return None
        vector = self.encode(query.text)
        numbers = candidates(snapshot, vector, query.text, question.periods, query.filters, query.k)
        if not numbers:
            return None
        return Pool.ranked(question, snapshot.evidence(vector, asked(question), numbers), numbers, self.ranking)

    def encode(self, text: str) -> Vectors:
        """The question's vector (dimension,)."""
        vector: Vectors = self._encoder.encode_queries([text])[0]
        return vector

    def _read_again(self, snapshot: Snapshot, query: Query, pool: Pool) -> Reading | None:
        if self.reranker is None:
            return None
        began = time.perf_counter()
        best = pool.order[:DEPTH]
        stored = snapshot.get([pool.numbers[place] for place in best])
        texts = [f"{found.article.title}. {found.passage.text}" for found in stored]
        pool.read_again(best, self.reranker.relevance(query.text, texts))
        return Reading(self.reranker.name, len(best), _since(began))

    def _group(self, snapshot: Snapshot, query: Query, pool: Pool) -> list[Group]:
        texts: dict[int, str] = {}

        def text(place: int) -> str:
            if place not in texts:
                [found] = snapshot.get([pool.numbers[place]])
                texts[place] = found.passage.text
            return texts[place]

        def are_copies(one: int, other: int) -> bool:
            return resemblance(text(one), text(other)) >= SAME

        evidence = pool.evidence
        return grouped(pool.order, evidence.articles, evidence.vectors, query.k, query.per_article, are_copies)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)


def _hits(snapshot: Snapshot, pool: Pool, groups: Sequence[Group]) -> tuple[Hit, ...]:
    places = [place for group in groups for place in (group.lead, *group.more, *group.copies)]
    stored = {found.number: found for found in snapshot.get([pool.numbers[place] for place in places])}

    def at(places: Sequence[int]) -> tuple[StoredPassage, ...]:
        return tuple(stored[pool.numbers[place]] for place in places)

    return tuple(
        _hit(rank, at([group.lead])[0], pool, group.lead, at(group.more), at(group.copies))
        for rank, group in enumerate(groups, start=1)
    )


def _hit(
    rank: int,
    found: StoredPassage,
    pool: Pool,
    place: int,
    more: tuple[StoredPassage, ...],
    copies: tuple[StoredPassage, ...],
) -> Hit:
    answering = int(pool.evidence.answering[place])
    marked = (found.passage.sentences[answering],) if answering >= 0 else ()
    score, parts = float(pool.scores[place]), pool.parts(place)
    return Hit(rank, score, parts, found.passage, found.article, found.version, marked, more, copies)


def open_index(index: Path | str | None = None, settings: Settings | None = None) -> Searcher:
    """Open an index for searching, with the model it is bound to, and the reranker that the settings name, if any.

    Raises IndexMissing, IndexDamaged, IndexMismatch (another model was asked for) or EncoderError.
    """
    settings = settings or Settings.from_environment()
    engine = open_engine(index or settings.index)
    try:
        encoder = load_encoder(settings.model or engine.binding.model, settings.cache, settings.backend)
        reranker = CrossEncoderReranker.load(settings.reranker) if settings.reranker else None
        return Searcher(engine, encoder, reranker=reranker)
    except BaseException:
        engine.close()
        raise
