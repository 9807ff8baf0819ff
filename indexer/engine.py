"""The seam between Dragoman and where its passages are stored and searched.

An Engine is written by one process and read by many. What was ``put`` is durable at once and searchable from
the next ``publish`` on. A Snapshot is one published state, immutable: everything that answers one question
comes from one snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from indexer.encode import Encoder, Vectors
from indexer.errors import IndexMismatch, IndexProblem
from indexer.items import Failure, Taken, Visit
from indexer.passages import Splitting
from indexer.pooling import Encoded
from indexer.types import (
    Article,
    Change,
    Edition,
    Filters,
    IndexInfo,
    Passage,
    Scored,
    StoredArticle,
    StoredPassage,
    Tally,
    Version,
)

Scores = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]
"""Analysed words as numbers."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/+")

Forms = tuple[str, ...]
"""A word as the index knows it (``indexer.words``), and others that count as the same."""

FEEDBACK = 3
"""Nearest passages that make the mean of ``Evidence.feedback`` (api/RANKING.md)."""

Observer = Callable[[str], None]
"""Told the name of each step of a longer work as it is done."""


class Evidence(NamedTuple):
    """What speaks for each of n passages, in the order asked about; t words were asked about.

    Cosines are -1 to 1.
    """

    dense: Scores
    """(n,) cosine of the question and the passage."""
    sentence: Scores
    """(n,) cosine of the question and the nearest sentence; the passage's own where it has no sentences."""
    second: Scores
    """(n,) that of the second nearest; NaN where there is none."""
    answering: npt.NDArray[np.int64]
    """(n,) which sentence is the nearest, counted from 0; -1 where there is none."""
    feedback: Scores
    """(n,) cosine of the passage and the mean of the nearest of them (Rocchio 1971, without the question)."""
    articles: npt.NDArray[np.int64]
    """(n,) the place of the article among all, in the order of their ids."""
    in_passage: npt.NDArray[np.bool_]
    """(n, t) whether the passage has the word, in any of its forms."""
    in_title: npt.NDArray[np.bool_]
    """(n, t) whether the title has it."""
    frequencies: npt.NDArray[np.int64]
    """(t,) in how many passages of the whole index the word stands, at most: forms that share one count twice."""
    total: int
    """How many passages the whole index has."""
    days: npt.NDArray[np.int32]
    """(n, 2) first and last day on which the article can have been published, as ordinals; 0 where not known."""
    vectors: Vectors
    """(n, dimension) the passages' own."""
    origins: npt.NDArray[np.int64]
    """(n,) the place in ``articles`` of the first article that is of one origin with this one; its own if it is alone.

    Copies of a story, shortened, retitled or with another beginning, are of one origin; the first is the earliest.
    """


class Story(NamedTuple):
    """The id of the first article of an origin, and the other articles of it: all but the one asked about.

    The earliest comes first, ``EDITIONS`` at most.
    """

    origin: str
    editions: tuple[Edition, ...]


class Snapshot(Protocol):
    """One published state of an index."""

    @property
    def info(self) -> IndexInfo:
        """Generation, counts, model and splitting rule."""

    def dense(self, vector: Vectors, k: int, filters: Filters = Filters()) -> list[Scored]:
        """The k passages nearest to a unit vector (dimension,), by cosine, among those that the filters let in."""

    def lexical(self, text: str, k: int, filters: Filters = Filters()) -> list[Scored]:
        """The k best passages by BM25 over title and paragraph, among those that the filters let in.

        Passages that share no word with the text are never among them. Any text is taken as plain words.
        """

    def evidence(self, vector: Vectors, words: Sequence[Forms], numbers: Sequence[int]) -> Evidence:
        """All that is known of given passages, for a question's vector and words. Raises KeyError for unknown ones."""

    def get(self, numbers: Sequence[int]) -> list[StoredPassage]:
        """Passages by number, in the order asked for; unknown numbers are left out."""

    def article(self, article_id: str, version: int | None = None) -> StoredArticle | None:
        """An article in the version that is searched, or in a given one; None where it is not there.

        Superseded and removed versions are given when they are asked for; their state says so.
        """

    def versions(self, article_id: str) -> list[Version]:
        """Every version of an article up to the one that is searched, newest first; of a removed one all there were."""

    def passage(self, article_id: str, ordinal: int) -> StoredPassage | None:
        """A passage of an article in the version that is searched."""

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """The whole texts that passages stand in, one for each. Raises KeyError for unknown ones."""

    def words(self, numbers: Sequence[int]) -> list[Words]:
        """The analysed words of passages in order, as numbers that are equal where words are. Raises KeyError."""

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """The vectors (n, dimension) of passages. Raises KeyError for unknown ones."""

    def tally(self, numbers: Sequence[int], filters: Filters = Filters()) -> Tally:
        """What given passages have in common, beside what the filters let in. Raises KeyError for unknown ones."""

    def stories(self, numbers: Sequence[int]) -> list[Story]:
        """Of the articles that passages stand in, one for each passage. Raises KeyError for unknown ones."""

    def origin(self, article_id: str) -> str:
        """The id of the first article that is of one origin with this one: its own where it is alone or not there."""

    def editions(self, article_id: str) -> list[Edition]:
        """The other articles of the same origin, the earliest first, then by id; those without a date last."""

    def suggest(self, text: str, k: int) -> list[str]:
        """Up to k titles, names and publishers in which words begin as the words of the text do, most frequent first.

        The last word may be unfinished; nothing for a text without a letter or digit.
        """


class Engine(Protocol):
    """An index that can be written, published and read."""

    @property
    def binding(self) -> Binding:
        """The model and splitting rule that the index belongs to."""

    def snapshot(self) -> Snapshot:
        """The state published last. Cheap: call it for every question."""

    def put(
        self,
        articles: Sequence[Article],
        passages: Sequence[Sequence[Passage]],
        encoded: Encoded,
        sketches: Sequence[bytes] = (),
        changes: Sequence[Change] = (),
    ) -> None:
        """Store articles as their current versions: all of them or, after a crash, none.

        ``sketches`` (``indexer.duplicates.sketch``) are made by the engine where they are not given; ``changes`` say
        what each differs in from its version before, of a first version nothing. What vanished is back with it.
        ``encoded`` has a row for each passage in order, and one for each sentence of each. Raises IndexMismatch for
        vectors of another dimension or number, and ValueError for ones that are not finite and of length 1, for an
        id given twice and for an article without passages or with ones that do not stand in its text where they say.
        """

    def delete(self, article_ids: Sequence[str]) -> int:
        """Take articles out, as far as they are there; says how many were."""

    def publish(self, observe: Observer = ..., *, force: bool = False) -> bool:
        """Make searchable what was put and deleted since; says whether there was anything (or ``force``).

        Articles of one origin are found here, among those that came since the last time and all others.
        """

    def digests(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The digests of those of these articles that are stored, published or not."""

    def had(self, article_id: str, digest: str) -> bool:
        """Whether some version of an article has that digest, whatever became of it."""

    def note_taken(self, taken: Sequence[Taken]) -> None:
        """Remember documents that were dealt with, so that they are known when they come again."""

    def taken(self, fingerprint: bytes) -> Taken | None:
        """What is remembered of a document."""

    def current(self, article_ids: Sequence[str]) -> dict[str, Article]:
        """Those of these articles that are stored, published or not, in their current versions."""

    def encoded(self, article_ids: Sequence[str]) -> dict[str, tuple[StoredArticle, Encoded]]:
        """The same with their passages, and the vectors of these as they are kept, which ``put`` takes as they are.

        Left out is what is damaged.
        """

    def log_failures(self, failures: Sequence[Failure]) -> None:
        """Keep what could not be taken, to be looked at and tried again later."""

    def failures(self) -> list[Failure]:
        """What could not be taken."""

    def forget_failures(self, inputs: Sequence[str]) -> None:
        """Drop the failures of these inputs or sources."""

    def settle_failures(self, sources: Sequence[str]) -> None:
        """Drop the failures of these sources, which are well now; what else came from the same input stays."""

    def keep_visits(self, visits: Sequence[Visit]) -> None:
        """Remember addresses as they were met; an earlier memory of the same address is replaced."""

    def visit(self, url: str) -> Visit | None:
        """What is remembered of an address."""

    def visits(self, source: str | None = None) -> list[Visit]:
        """What is remembered of the addresses of a source, or of all; the longest unchecked first."""

    def visits_of_article(self, article_id: str) -> list[Visit]:
        """What is remembered of the addresses that an article came from, by address."""

    def mark_vanished(self, article_ids: Sequence[str], since: datetime) -> int:
        """Note that articles are no longer at their addresses; says of how many that is new. They stay searchable.

        The mark is seen at once, and counts as a change for the next ``publish``.
        """

    def unmark_vanished(self, article_ids: Sequence[str]) -> int:
        """Note that articles are at their addresses; says of how many the opposite was noted."""

    def counts(self) -> dict[str, int]:
        """articles, superseded, removed, corrected, vanished, passages, failures."""

    def verify(self, observe: Observer = ...) -> list[str]:
        """Check everything against everything; each finding is a sentence, none means sound."""

    def close(self) -> None:
        """Release files and locks. Snapshots taken before go on working until they are dropped."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What an index is bound to: vectors of another model, or passages cut otherwise, do not go into it."""

    model: str
    weights: str
    dimension: int
    splitting: str

    @classmethod
    def of(cls, encoder: Encoder) -> Binding:
        """The binding of an index that this encoder makes."""
        rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
        return cls(encoder.model, encoder.weights, encoder.dimension, rule.name)

    def check(self, other: Binding, place: str) -> None:
        """Raise IndexMismatch unless ``other`` gives the same vectors for the same passages."""
        mine, theirs = asdict(self), asdict(other)
        for name in ("weights", "dimension", "splitting"):
            if mine[name] != theirs[name]:
                raise IndexMismatch(
                    f"{place} was made with {name} {mine[name]} (model {self.model}), "
                    f"now it is {theirs[name]} (model {other.model}): "
                    f"use --model {self.model}, or add the articles to a new index with --index"
                )


def open_engine(url: str | Path, *, write: bool = False, create: Binding | None = None) -> Engine:
    """Open the index at a folder; ``create`` makes it there, bound so, if there is none.

    Raises IndexMissing, IndexDamaged, IndexMismatch and, for writing, IndexLocked.
    """
    scheme = _SCHEME.match(str(url))  # a Path has made one slash of two
    if scheme and scheme[1] != "file":
        raise IndexProblem(f"there is no engine for {str(url)!r}: name a folder")
    place = Path(str(url)[scheme.end() - 1 :] if scheme else url)
    from indexer.embedded.engine import EmbeddedEngine  # noqa: PLC0415 - an engine that is not used is not loaded

    return EmbeddedEngine.open(place, write=write, create=create)
