"""The embedded engine: a library and its published generation in one folder, no server needed."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import filelock
import numpy as np

from indexer.embedded import generation, publishing, verify
from indexer.embedded.dense import singles
from indexer.embedded.generation import Generation, Outdated
from indexer.embedded.layout import Layout
from indexer.embedded.ledger import Ledger
from indexer.embedded.library import Library
from indexer.embedded.links import is_linked, link
from indexer.encode import Vectors
from indexer.engine import Binding, Observer
from indexer.errors import IndexDamaged, IndexLocked, IndexMismatch, IndexMissing, IndexProblem
from indexer.items import Failure, Taken, Visit
from indexer.pooling import Encoded
from indexer.types import Article, Change, Passage, StoredArticle

log = logging.getLogger(__name__)

_UNIT = 1e-3
"""How far a vector's length may be from 1."""


_MENDING = 5.0
"""Seconds that a reader waits for another process, which mends the same index perhaps."""


_POLL = 0.05
"""Seconds between two looks at a lock that is waited for."""


def _silent(_: str) -> None:
    """Observes nothing."""


class EmbeddedEngine:
    """Implements ``indexer.engine.Engine``."""

    def __init__(self, layout: Layout, library: Library, lock: filelock.BaseFileLock | None) -> None:
        self._layout = layout
        self._library = library
        self._ledger = Ledger(library)
        self._lock = lock
        self._swap = threading.RLock()
        """Held while generations are written or swapped, so that one thread does not mend what another publishes."""
        self._generation: Generation | None = None
        self._patience = _MENDING
        facts = library.facts()
        self.binding = Binding(facts["model"], facts["weights"], int(facts["dimension"]), facts["splitting"])

    @classmethod
    def open(cls, root: Path, *, write: bool = False, create: Binding | None = None) -> EmbeddedEngine:
        """Open, or with ``create`` make where there is none. Raises the errors of ``open_engine``."""
        layout = Layout(root)
        with contextlib.ExitStack() as undo:
            lock = _take_lock(layout) if create or (write and layout.library.is_file()) else None
            if lock:
                undo.callback(lock.release)
            if Library.exists(layout.library):
                library = Library(layout.library, writable=lock is not None)
            elif create:
                library = Library.make(layout.library, {name: str(value) for name, value in asdict(create).items()})
            else:
                raise IndexMissing(f"no index at {root}: dragoman add PATH makes one there")
            undo.callback(library.close)
            engine = cls(layout, library, lock)
            if create:
                engine.binding.check(create, str(root))
            undo.pop_all()
            return engine

    # Reading

    def snapshot(self) -> Generation:
        number = self._layout.published()
        held = self._generation
        if held is not None and held.manifest.generation == number:
            return held
        with self._swap:
            return self._open_published()

    def _open_published(self) -> Generation:
        """Open what CURRENT names; where that is damaged, missing or of an older format, mend from the library."""
        while True:
            number = self._layout.published()
            if self._generation is not None and self._generation.manifest.generation == number:
                return self._generation
            if not self._layout.library.is_file():
                raise IndexMissing(f"the index at {self._layout.root} is gone: put it back, or name another")
            try:
                self._generation = self._open(number)
            except IndexDamaged as error:
                if self._layout.published() == number:  # else it went because newer ones came: open the newest
                    self._generation = self._repair(number, error)

    def _open(self, number: int | None) -> Generation:
        if number is None:
            raise IndexDamaged("nothing has been published yet")
        opened = Generation.open(self._layout.generation(number), self._library)
        if not self._library.had(opened.manifest.revision):
            raise IndexDamaged(f"generation {number} is not of this library, which was restored from a copy perhaps")
        return opened

    def _repair(self, number: int | None, damage: IndexDamaged) -> Generation:
        """Publish a new generation from the library. A damaged one is put aside before: nothing is deleted.

        One of an older format stays where it is, named in CURRENT until the new one is, and goes when others do.
        """
        with contextlib.ExitStack() as stack:
            if self._lock is None:
                stack.callback(self._wait_for_lock(str(damage)).release)
            if self._layout.published() == number:  # else another process has mended it meanwhile
                if number is not None:
                    log.warning("making the searchable part anew from the library: %s", damage)
                if number is not None and not isinstance(damage, Outdated):
                    self._layout.set_aside(number)
                self._make(_silent, anew=True)
        mended = self._layout.published()
        if mended is None:
            raise damage
        return Generation.open(self._layout.generation(mended), self._library)

    def _wait_for_lock(self, why: str) -> filelock.BaseFileLock:
        """The lock, once those that opened the index at the same time have mended it; of a long wait one is enough."""
        wait, self._patience = self._patience, 0.0
        lock = _take_lock(self._layout, why, wait)
        self._patience = wait
        return lock

    def digests(self, article_ids: Sequence[str]) -> dict[str, str]:
        return self._library.digests(article_ids)

    def had(self, article_id: str, digest: str) -> bool:
        return self._library.had_version(article_id, digest)

    def taken(self, fingerprint: bytes) -> Taken | None:
        return self._ledger.taken(fingerprint)

    def current(self, article_ids: Sequence[str]) -> dict[str, Article]:
        return self._library.current_articles(article_ids)

    def encoded(self, article_ids: Sequence[str]) -> dict[str, tuple[StoredArticle, Encoded]]:
        found = {}
        for article_id in article_ids:
            with contextlib.suppress(IndexDamaged):
                if current := self._library.current_of(article_id):
                    vectors = self._library.vectors(current[0])
                    own = Encoded(singles(vectors.passages), singles(vectors.sentences))
                    if _are_units(own.passages) and _are_units(own.sentences):
                        found[article_id] = (current[1], own)
        return found

    def failures(self) -> list[Failure]:
        return self._ledger.failures()

    def visit(self, url: str) -> Visit | None:
        return self._ledger.visit(url)

    def visits(self, source: str | None = None) -> list[Visit]:
        return self._ledger.visits(source)

    def visits_of_article(self, article_id: str) -> list[Visit]:
        return self._ledger.visits_of_article(article_id)

    def counts(self) -> dict[str, int]:
        return self._library.counts()

    def verify(self, observe: Observer = _silent) -> list[str]:
        return verify.findings(self._layout, self._library, observe)

    # Writing

    def put(
        self,
        articles: Sequence[Article],
        passages: Sequence[Sequence[Passage]],
        encoded: Encoded,
        sketches: Sequence[bytes] = (),
        changes: Sequence[Change] = (),
    ) -> None:
        self._must_write()
        self._check(articles, passages, encoded)
        if {len(sketches), len(changes)} - {0, len(articles)}:
            raise ValueError(f"{len(articles)} articles with {len(sketches)} sketches and {len(changes)} changes")
        self._library.put(articles, passages, encoded, sketches, changes)

    def delete(self, article_ids: Sequence[str]) -> int:
        self._must_write()
        return self._library.delete(article_ids)

    def log_failures(self, failures: Sequence[Failure]) -> None:
        self._must_write()
        self._ledger.log_failures(failures)

    def forget_failures(self, inputs: Sequence[str]) -> None:
        self._must_write()
        self._ledger.forget_failures(inputs)

    def settle_failures(self, sources: Sequence[str]) -> None:
        self._must_write()
        self._ledger.settle_failures(sources)

    def note_taken(self, taken: Sequence[Taken]) -> None:
        self._must_write()
        self._ledger.note_taken(taken)

    def keep_visits(self, visits: Sequence[Visit]) -> None:
        self._must_write()
        self._ledger.keep_visits(visits)

    def mark_vanished(self, article_ids: Sequence[str], since: datetime) -> int:
        self._must_write()
        return self._ledger.mark_vanished(article_ids, since)

    def unmark_vanished(self, article_ids: Sequence[str]) -> int:
        self._must_write()
        return self._ledger.unmark_vanished(article_ids)

    def publish(self, observe: Observer = _silent, *, force: bool = False) -> bool:
        self._must_write()
        with self._swap:
            published = not force and self._is_published()
            if published and is_linked(self._library):
                return False
            if link(self._library) == 0 and published:
                return False
            observe("linked")
            self._make(observe, anew=force)
            return True

    def _make(self, observe: Observer, *, anew: bool) -> None:
        try:
            publishing.publish(self._layout, self._library, self.binding, observe, anew=anew)
        except (OSError, RuntimeError, ValueError) as error:  # what a full disk is to Python, FAISS and tantivy
            raise IndexProblem(
                f"a generation could not be written to {self._layout.generations}: {error}; nothing is lost: "
                "mend that (is the disk full?) and run dragoman rebuild"
            ) from error

    def _is_published(self) -> bool:
        number = self._layout.published()
        if number is None:
            return False
        try:
            return generation.Manifest.read(self._layout.generation(number)).revision == self._library.revision
        except IndexDamaged:
            return False

    def _check(self, articles: Sequence[Article], passages: Sequence[Sequence[Passage]], encoded: Encoded) -> None:
        if len(articles) != len(passages):
            raise ValueError(f"{len(articles)} articles need as many lists of passages, these are {len(passages)}")
        for article, parts in zip(articles, passages, strict=True):
            if not _in_place(article, parts):
                raise ValueError(f"the passages of {article.id} do not stand in its text where they say, in order")
        flat = [part for parts in passages for part in parts]
        self._check_vectors("passages", len(flat), encoded.passages)
        self._check_vectors("sentences", sum(len(part.sentences) for part in flat), encoded.sentences)
        if len({article.id for article in articles}) != len(articles):
            raise ValueError("one article id is given twice in one call")

    def _check_vectors(self, of: str, rows: int, vectors: Vectors) -> None:
        expected = (rows, self.binding.dimension)
        if vectors.shape != expected:
            raise IndexMismatch(f"{rows} {of} need vectors of shape {expected}, these have {vectors.shape}")
        if not _are_units(vectors):
            raise ValueError("vectors must be finite and of length 1")

    def _must_write(self) -> None:
        if self._lock is None:
            raise IndexLocked(f"{self._layout.root} was opened for reading: open it with write=True")

    def close(self) -> None:
        self._library.close()
        if self._lock is not None:
            self._lock.release()


def _are_units(vectors: Vectors) -> bool:
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    return bool((np.abs(lengths - 1) <= _UNIT).all())  # a comparison with NaN is False, too


def _in_place(article: Article, parts: Sequence[Passage]) -> bool:
    """Whether these are the passages of an article: one or more, numbered from 0, in order, each where it says."""
    end = 0
    for ordinal, part in enumerate(parts):
        if (part.article_id, part.ordinal) != (article.id, ordinal) or not end <= part.start < part.end:
            return False
        if article.text[part.start : part.end] != part.text:
            return False
        end = part.end
    return bool(parts)


def _take_lock(layout: Layout, why: str = "", wait: float = 0.0) -> filelock.BaseFileLock:
    """The kernel's lock on the index, waited for so many seconds: it goes when its process does, however that ends."""
    reason = f"{layout.root}: {why + ', ' if why else ''}"
    lock = filelock.FileLock(layout.lock, thread_local=False)
    try:
        layout.root.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait, poll_interval=_POLL)
    except filelock.Timeout as error:
        raise IndexLocked(f"{reason}another process is writing to it; try again when it is done") from error
    except OSError as error:
        raise IndexProblem(f"{reason}it cannot be written there: {error}; name another folder with --index") from error
    return lock
