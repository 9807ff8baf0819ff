"""The seam between Dragoman and where its passages are stored and searched.

An Engine is written by one process and read by many. What was ``put`` is durable at once and searchable from
the next ``publish`` on. A Snapshot is one published state, immutable: everything that answers one question
comes from one snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from indexer.encode import Encoder, Vectors
from indexer.errors import IndexMismatch, IndexProblem
from indexer.passages import Splitting
from indexer.types import Article, Failure, Filters, IndexInfo, Passage, Scored, StoredArticle, StoredPassage

Scores = npt.NDArray[np.float32]

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/+")

Observer = Callable[[str], None]
"""Told the name of each step of a longer work as it is done."""


class Evidence(NamedTuple):
    """What speaks for each of some passages, as arrays in the order of the passages asked about.

    ``dense`` is the cosine of the question's vector and the passage's, -1 to 1. ``passage`` is the BM25 of
    title and paragraph, ``article`` that of the whole article, both 0 (no word in common) and up. ``days`` is
    (n, 2), the first and the last day that the article can have been published on, as ordinals, 0 if not known.
    """

    dense: Scores
    passage: Scores
    article: Scores
    days: npt.NDArray[np.int32]


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

    def evidence(self, vector: Vectors, text: str, numbers: Sequence[int]) -> Evidence:
        """The same scores, and the article's BM25, for given passages. Raises KeyError for unknown numbers."""

    def get(self, numbers: Sequence[int]) -> list[StoredPassage]:
        """Passages by number, in the order asked for; unknown numbers are left out."""

    def article(self, article_id: str) -> StoredArticle | None:
        """An article in the version that is searched; None where it is not among them."""

    def passage(self, article_id: str, ordinal: int) -> StoredPassage | None:
        """A passage of an article in the version that is searched."""


class Engine(Protocol):
    """An index that can be written, published and read."""

    @property
    def binding(self) -> Binding:
        """The model and splitting rule that the index belongs to."""

    def snapshot(self) -> Snapshot:
        """The state published last. Cheap: call it for every question."""

    def put(self, articles: Sequence[Article], passages: Sequence[Sequence[Passage]], vectors: Vectors) -> None:
        """Store articles as their current versions: all of them or, after a crash, none.

        ``vectors`` is (n, dimension), a row for each passage in order. Raises IndexMismatch for vectors of
        another dimension, and ValueError for ones that are not finite and of length 1, for an id given twice and
        for an article without passages or with ones that do not stand in its text where they say.
        """

    def delete(self, article_ids: Sequence[str]) -> int:
        """Take articles out, as far as they are there; says how many were."""

    def publish(self, observe: Observer = ..., *, force: bool = False) -> bool:
        """Make searchable what was put and deleted since; says whether there was anything (or ``force``)."""

    def digests(self, article_ids: Sequence[str]) -> dict[str, str]:
        """The digests of those of these articles that are stored, published or not."""

    def log_failures(self, failures: Sequence[Failure]) -> None:
        """Keep what could not be taken, to be looked at later."""

    def failures(self) -> list[Failure]:
        """What could not be taken."""

    def counts(self) -> dict[str, int]:
        """articles, superseded, removed, passages, failures."""

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
