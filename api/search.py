"""The search itself: question to ranked, cited passages. No web in it; every surface calls this."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from api.fusion import Fused, Weights, fuse
from api.highlight import highlights
from api.when import nearness, periods
from indexer.clean import one_line
from indexer.encode import Encoder, load_encoder
from indexer.engine import Binding, Engine, Snapshot, open_engine
from indexer.errors import QueryError
from indexer.settings import Settings
from indexer.types import Filters, Hit, IndexInfo, PartialDate, Query, StoredPassage

MAX_K = 1000
"""Passages one search returns at most."""

MAX_LENGTH = 4000
"""Characters of a question at most; a model reads less than half of them."""

CANDIDATES = 200
"""Passages taken from each of the dense and the lexical ranking before they are fused (api/RANKING.md)."""


Day = str | int | date | PartialDate | None
"""ISO 8601 of any precision, a year, or a date."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The hits for a query, best first, the index they come from, and how long it took in milliseconds."""

    query: Query
    hits: tuple[Hit, ...]
    index: IndexInfo
    took_ms: float


def make_query(
    q: str, k: int = 10, after: Day = None, before: Day = None, publisher: str | Sequence[str] = ()
) -> Query:
    """A query from what a user gave. Raises QueryError, naming the parameter, for what makes no sense."""
    text = one_line(q)
    if not text:
        raise QueryError('the question is empty: ask something, such as "Who visited Pyongyang?"', "q")
    if not any(char.isalnum() for char in text):
        raise QueryError(f'there is no word in the question {text!r}: ask something, such as "Who left?"', "q")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the question has {len(text)} characters, at most {MAX_LENGTH} are read: shorten it", "q")
    if not isinstance(k, int) or isinstance(k, bool):
        raise QueryError(f"k is {k!r}, it must be a whole number from 1 to {MAX_K}", "k")
    if not 1 <= k <= MAX_K:
        raise QueryError(f"k is {k}, it must be from 1 to {MAX_K}", "k")
    names = [publisher] if isinstance(publisher, str) else publisher
    filters = Filters(_date(after, "after"), _date(before, "before"), tuple(filter(None, map(one_line, names))))
    if filters.after and filters.before and filters.after.first_day >= filters.before.first_day:
        raise QueryError(
            f"after ({filters.after}) is not earlier than before ({filters.before}): no article can satisfy both",
            "after",
        )
    return Query(text, k, filters)


def _date(value: Day, parameter: str) -> PartialDate | None:
    if value is None or not str(value).strip():
        return None
    try:
        return PartialDate.parse(str(value))
    except ValueError as error:
        raise QueryError(f"{parameter}: {error}", parameter) from None


class Searcher:
    """An open index with the encoder it is bound to. Safe to use from several threads."""

    def __init__(self, engine: Engine, encoder: Encoder, weights: Weights = Weights()) -> None:
        """Raises IndexMismatch if the encoder is not the one that made the index."""
        engine.binding.check(Binding.of(encoder), "the index")
        self.engine = engine
        self.weights = weights
        self._encoder = encoder

    def search(
        self,
        q: str,
        k: int = 10,
        *,
        after: str | None = None,
        before: str | None = None,
        publisher: str | Sequence[str] = (),
    ) -> Answer:
        """The k best passages for a question in plain words. Raises QueryError.

        ``after`` is the first day of publication let in, ``before`` the first kept out, both ISO 8601 of any
        precision; articles without a date pass neither. ``publisher`` names publishers, any of which is enough.
        """
        return self.answer(make_query(q, k, after, before, publisher))

    def answer(self, query: Query) -> Answer:
        """The same for a query made before."""
        began = time.perf_counter()
        snapshot = self.engine.snapshot()
        ranked = self._rank(snapshot, query)
        hits = tuple(_hit(rank, query, *found) for rank, found in enumerate(ranked, start=1))
        return Answer(query, hits, snapshot.info, round((time.perf_counter() - began) * 1000, 2))

    def _rank(
        self, snapshot: Snapshot, query: Query
    ) -> list[tuple[StoredPassage, float, tuple[tuple[str, float], ...]]]:
        if not snapshot.info.passages:
            return []
        vector = self._encoder.encode_queries([query.text])[0]
        depth = max(CANDIDATES, query.k)
        found = snapshot.dense(vector, depth, query.filters) + snapshot.lexical(query.text, depth, query.filters)
        numbers = sorted({scored.number for scored in found})
        if not numbers:
            return []
        evidence = snapshot.evidence(vector, query.text, numbers)
        fused = fuse(evidence, nearness(periods(query.text), evidence.days), self.weights)
        stored = {passage.number: passage for passage in snapshot.get(_leading(numbers, fused, query.k))}
        rows = [
            (stored[number], float(score), tuple(zip(Weights._fields, map(float, parts), strict=True)))
            for number, score, parts in zip(numbers, fused.scores, fused.parts, strict=True)
            if number in stored
        ]
        rows.sort(key=lambda row: (-row[1], row[0].passage.article_id, row[0].passage.ordinal))
        return rows[: query.k]

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _leading(numbers: list[int], fused: Fused, k: int) -> list[int]:
    """The numbers of the k best, and of all that tie with the last of them."""
    least = sorted(fused.scores, reverse=True)[:k][-1]
    return [number for number, score in zip(numbers, fused.scores, strict=True) if score >= least]


def _hit(rank: int, query: Query, found: StoredPassage, score: float, parts: tuple[tuple[str, float], ...]) -> Hit:
    marked = highlights(query.text, found.passage, found.article.language)
    return Hit(rank, score, parts, found.passage, found.article, found.version, marked)


def open_index(index: Path | str | None = None, settings: Settings | None = None) -> Searcher:
    """Open an index for searching, with the model it is bound to.

    Raises IndexMissing, IndexDamaged, IndexMismatch (another model was asked for) or EncoderError.
    """
    settings = settings or Settings.from_environment()
    engine = open_engine(index or settings.index)
    try:
        encoder = load_encoder(settings.model or engine.binding.model, settings.cache, settings.backend)
        return Searcher(engine, encoder)
    except BaseException:
        engine.close()
        raise
