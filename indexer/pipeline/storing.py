"""What a run keeps, written by a thread of its own, so that the encoder never waits for the disk."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from indexer.engine import Engine
from indexer.items import Failure, Taken, Vanished, Visit
from indexer.pipeline.prepare import Prepared
from indexer.pooling import Encoded
from indexer.types import Change

THERE = (200, 304)
"""What a server answers for a page that it has."""

AHEAD = 1
"""Batches that may wait while another is written."""


class Returned(NamedTuple):
    """An article that is at its address."""

    article_id: str


Note = Visit | Vanished | Returned


@dataclass(slots=True)
class Batch:
    """What is stored together: articles in one transaction, then failures, then the notes in their order.

    No article's id is among ``articles`` twice. ``changes`` has one for each of them; None for those that are new.
    ``taken`` are the documents that they came from, and others that made no difference. ``recovered`` are sources that
    are well: what failed of them before this batch is forgotten.
    """

    articles: list[Prepared] = field(default_factory=list)
    changes: list[Change | None] = field(default_factory=list)
    passages: int = 0
    encoded: Encoded | None = None
    taken: list[Taken] = field(default_factory=list)
    recovered: list[str] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How much there is to write besides articles."""
        return len(self.taken) + len(self.recovered) + len(self.failures) + len(self.notes)


class Written(NamedTuple):
    """A batch that is stored, and how many articles were marked as vanished that had not been."""

    batch: Batch
    vanished: int


class Writer:
    """Stores batches one after the other. After an error nothing more is stored, and whoever gives more is told."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.Queue[Batch | None] = queue.Queue(AHEAD)
        self._written: queue.SimpleQueue[Written] = queue.SimpleQueue()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write_all, name="storing", daemon=True)
        self._thread.start()

    def give(self, batch: Batch) -> None:
        """Have a batch stored, when there is room for it. Raises what storing an earlier one raised."""
        self._check()
        self._waiting.put(batch)

    def written(self) -> list[Written]:
        """What was stored since this was asked last."""
        found = []
        while not self._written.empty():
            found.append(self._written.get())
        return found

    def close(self) -> None:
        """Wait until all is stored."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def finish(self) -> None:
        """The same. Raises what storing one of them raised."""
        self.close()
        self._check()

    def _check(self) -> None:
        if self._error:
            raise self._error

    def _write_all(self) -> None:
        while batch := self._waiting.get():
            if self._error:
                continue
            try:
                self._written.put(Written(batch, self._write(batch)))
            except BaseException as error:  # noqa: BLE001 - raised again where batches come from
                self._error = error

    def _write(self, batch: Batch) -> int:
        if batch.articles:
            assert batch.encoded is not None
            articles = [prepared.article for prepared in batch.articles]
            parts = [prepared.passages for prepared in batch.articles]
            sketches = [prepared.sketch for prepared in batch.articles]
            changes: list[Change] = [change or "substance" for change in batch.changes]  # if there was one before
            self._engine.put(articles, parts, batch.encoded, sketches, changes)
        if batch.taken:
            self._engine.note_taken(batch.taken)
        if batch.recovered:
            self._engine.settle_failures(batch.recovered)
        if batch.failures:
            self._engine.log_failures(list(batch.failures.values()))
        return sum(self._note(is_gone, list(some)) for is_gone, some in groupby(batch.notes, _is_gone))

    def _note(self, is_gone: bool, notes: list[Note]) -> int:  # noqa: FBT001 - the key of its group
        """Write notes of one kind; says how many articles are newly marked as vanished."""
        if is_gone:
            gone = self._gone({note.url for note in notes if isinstance(note, Vanished)})
            return self._engine.mark_vanished(gone, datetime.now(UTC).replace(microsecond=0)) if gone else 0
        if back := [note.article_id for note in notes if isinstance(note, Returned)]:
            self._engine.unmark_vanished(back)
        if visits := [self._complete(note) for note in notes if isinstance(note, Visit)]:
            self._engine.keep_visits(visits)
        return 0

    def _gone(self, urls: set[str]) -> list[str]:
        """The articles that came from addresses which are gone, but for those that are at another address still."""
        known = [self._engine.visit(url) for url in sorted(urls)]
        articles = {visit.article_id for visit in known if visit and visit.article_id}
        return sorted(article for article in articles if not self._is_elsewhere(article, urls))

    def _is_elsewhere(self, article_id: str, gone: set[str]) -> bool:
        visits = self._engine.visits_of_article(article_id)
        there = (visit for visit in visits if visit.kind == "page" and visit.status in THERE)
        return any(visit.url not in gone for visit in there)

    def _complete(self, visit: Visit) -> Visit:
        """With the article that once came from the page, so that it can be told when the page is gone."""
        if visit.article_id or visit.kind != "page":
            return visit
        before = self._engine.visit(visit.url)
        return replace(visit, article_id=before.article_id) if before else visit


def _is_gone(note: Note) -> bool:
    return isinstance(note, Vanished)
