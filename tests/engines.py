"""The engines under contract, some invented news, and the oracle in numpy that says what is right about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from indexer.engine import FEEDBACK, Binding, Engine, Evidence, Forms, Snapshot, open_engine
from indexer.passages import Splitting, split
from indexer.types import Article, Change, Filters, Metadata, Passage, Scored
from indexer.words import words
from tests.fakes import FakeEncoder, article, encoded

Factory = Callable[[Path, FakeEncoder], Engine]

Row = tuple[Article, Passage]


def embedded(folder: Path, encoder: FakeEncoder) -> Engine:
    return open_engine(folder / "index", create=Binding.of(encoder))


ENGINES: list[Factory] = [embedded]
"""Another engine is one more name here: it opens an index for writing, made on first use."""

every_engine = pytest.mark.parametrize("make", ENGINES, ids=lambda make: make.__name__)


NEWS = (
    article("summit", "Envoys of Zarnovia met for a summit.", publisher="Ostreland Post", published="2012-05-23"),
    article(
        "wheat", ["Zarnovia bans wheat exports to Ostreland.", "Bakers fear for the harvest."], publisher="The Courier"
    ),
    article("canal", "A tanker blocks the canal at Port Melis.", publisher="OSTRELAND POST", published="2012-06"),
    article("tariffs", "Ministers quarrel about steel tariffs.", published="2013-01-01T08:30"),
    article("ferry", "The ferry to Port Melis sails again.", publisher="The Courier", published="2012"),
)

STORY = [
    f"The envoys of Zarnovia and Ostreland agreed on point {place} of the river treaty, which says that {word} are"
    f" shared by both shores and that neither side may build a dam of more than {place + 3} metres without the other."
    for place, word in enumerate(["fish", "ports", "tolls", "mills", "patrols", "bridges", "wells", "ferries"])
]
"""Paragraphs of a story that several publish."""


class Oracle:
    """Brute force over vectors in half precision: what an engine must answer about these articles."""

    def __init__(self, encoder: FakeEncoder, articles: Sequence[Article], rows: Sequence[Row] = ()) -> None:
        """``rows`` are the passages, where they are not those of the splitting rule."""
        rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
        self.rows = list(rows) or [(item, part) for item in articles for part in split(item, rule)]
        found = encoded(encoder, [(item, [part]) for item, part in self.rows])
        self.vectors = found.passages.astype(np.float16).astype(np.float64)
        sentences = iter(found.sentences.astype(np.float16).astype(np.float64))
        self.sentences = [[next(sentences) for _ in part.sentences] for _, part in self.rows]

    def allowed(self, filters: Filters) -> set[str]:
        return {part.id for item, part in self.rows if lets_in(filters, item.meta)}

    def cosines(self, vector: np.ndarray) -> dict[str, float]:
        lengths = np.linalg.norm(self.vectors, axis=1)
        found = self.vectors @ vector.astype(np.float64) / lengths / np.linalg.norm(vector)
        return {part.id: float(cosine) for (_, part), cosine in zip(self.rows, found, strict=True)}

    def sharing(self, question: str) -> set[str]:
        """The passages that share a word with a question, title included."""
        return {part.id for item, part in self.rows if words_of(question) & words_of(f"{item.meta.title} {part.text}")}

    def sharing_articles(self, question: str) -> set[str]:
        asked = words_of(question)
        return {item.id for item, _ in self.rows if asked & words_of(f"{item.meta.title} {item.text}")}

    def nearness(self, vector: np.ndarray) -> dict[str, list[float]]:
        """The cosines of a question and each sentence of each passage."""
        return {
            part.id: [float(own @ vector) for own in sentences]
            for (_, part), sentences in zip(self.rows, self.sentences, strict=True)
        }

    def evidence(self, vector: np.ndarray, asked: Sequence[Forms], names: Sequence[str]) -> Evidence:
        """All about the passages of these ids, one by one."""
        dense, place = self._products(vector), {part.id: place for place, (_, part) in enumerate(self.rows)}
        nearest = sorted(names, key=lambda name: -dense[name])[:FEEDBACK]
        mean = sum(self.vectors[place[name]] for name in nearest)
        feedback = self._products(mean / np.linalg.norm(mean))
        articles = sorted({item.id for item, _ in self.rows})
        rows = [self._row(*self.rows[place[name]], vector, asked) for name in names]
        return Evidence(
            np.array([dense[name] for name in names]),
            *(np.array([row[column] for row in rows]) for column in range(3)),
            np.array([feedback[name] for name in names]),
            np.array([articles.index(name.rpartition(":")[0]) for name in names]),
            *(np.array([row[column] for row in rows]) for column in (3, 4)),
            np.array(
                [sum(sum(form in words(part.text) for _, part in self.rows) for form in forms) for forms in asked]
            ),
            len(self.rows),
            np.array([row[5] for row in rows]),
            np.array([self.vectors[place[name]] for name in names]),
            np.array([articles.index(name.rpartition(":")[0]) for name in names]),
        )

    def _products(self, vector: np.ndarray) -> dict[str, float]:
        return {part.id: float(own @ vector) for (_, part), own in zip(self.rows, self.vectors, strict=True)}

    def _row(self, item: Article, part: Passage, vector: np.ndarray, asked: Sequence[Forms]) -> tuple[object, ...]:
        """Nearest and second sentence and which; words of passage and title; the days."""
        own = self.nearness(vector)[part.id]
        falling = [*sorted(own, reverse=True), np.nan, np.nan]
        title = words(item.meta.title)
        day = item.meta.published
        return (
            falling[0] if own else self._products(vector)[part.id],
            falling[1],
            own.index(falling[0]) if own else -1,
            [any(form in words(part.text) for form in forms) for forms in asked],
            [any(form in title for form in forms) for forms in asked],
            (day.first_day.toordinal(), day.last_day.toordinal()) if day else (0, 0),
        )


def lets_in(filters: Filters, meta: Metadata) -> bool:
    named = (
        one_of(filters.publishers, [meta.publisher])
        and one_of(filters.countries, meta.countries)
        and in_language(filters.languages, meta.language)
    )
    if not named or not (filters.after or filters.before):
        return named
    if meta.published is None:
        return False
    low = filters.after.first_day if filters.after else date.min
    high = filters.before.first_day if filters.before else date.max
    return low <= meta.published.first_day and meta.published.last_day < high


def one_of(wanted: Sequence[str], values: Sequence[str | None]) -> bool:
    """Whether one of the values is wanted, whatever its case; all are where nothing is asked for."""
    return not wanted or bool({name.lower() for name in wanted} & {value.lower() for value in values if value})


def in_language(wanted: Sequence[str], tag: str | None) -> bool:
    """Basic filtering as RFC 4647 words it: equal to the range, or to its beginning up to a hyphen."""
    ours = (tag or "").lower().replace("_", "-")
    asked = [name.lower().replace("_", "-") for name in wanted]
    return not wanted or any(ours == name != "" or (name and ours.startswith(f"{name}-")) for name in asked)


def words_of(text: str) -> set[str]:
    """Lower-case words; the vocabulary of the generated news has no other forms of a word."""
    return set(re.findall("[a-z]+", text.lower()))


def named(snapshot: Snapshot, scored: Sequence[Scored]) -> list[tuple[str, float]]:
    """Passage ids for an engine's own numbers."""
    found = snapshot.get([hit.number for hit in scored])
    return [(stored.passage.id, hit.score) for stored, hit in zip(found, scored, strict=True)]


def ids(snapshot: Snapshot, scored: Sequence[Scored]) -> list[str]:
    return [name for name, _ in named(snapshot, scored)]


def articles_found(engine: Engine, question: str, filters: Filters = Filters()) -> set[str]:
    snapshot = engine.snapshot()
    return {
        stored.article.id for stored in snapshot.get([hit.number for hit in snapshot.lexical(question, 50, filters)])
    }


def vector_of(encoder: FakeEncoder, text: str) -> np.ndarray:
    return encoder.encode_queries([text])[0]


def store(engine: Engine, encoder: FakeEncoder, articles: Sequence[Article], changes: Sequence[Change] = ()) -> None:
    """Put without publishing."""
    store_rows(engine, encoder, articles, Oracle(encoder, articles).rows, changes)


def store_rows(
    engine: Engine,
    encoder: FakeEncoder,
    articles: Sequence[Article],
    rows: Sequence[Row],
    changes: Sequence[Change] = (),
) -> None:
    """The same with passages of one's own."""
    parts = [[part for item, part in rows if item is one] for one in articles]
    engine.put(articles, parts, encoded(encoder, zip(articles, parts, strict=True)), changes=changes)


def analysed(text: str) -> list[Forms]:
    """The words of a question as evidence is asked for them, each in its one form."""
    return [(word,) for word in dict.fromkeys(words(text))]
