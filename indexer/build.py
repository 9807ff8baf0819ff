"""Sources to engine: read, extract, split, encode, store, publish; with a report of what became of everything.

Reading, preparing (in processes of their own), encoding and storing go on beside each other. The encoder runs in the
thread that calls ``add``: it is what all others must keep from waiting.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace

import numpy as np

from indexer.encode import Encoder, load_encoder
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import IndexMissing
from indexer.items import Failure, Item, RawDocument, Taken, Vanished, Visit
from indexer.passages import Splitting, split
from indexer.pipeline.encoding import Text, encoded, known_vectors, texts_of
from indexer.pipeline.fingerprint import fingerprint
from indexer.pipeline.flow import Flow, Passed, Recall
from indexer.pipeline.history import History
from indexer.pipeline.prepare import Outcome, Prepared, attempt
from indexer.pipeline.storing import Batch, Returned, Writer
from indexer.pipeline.workers import Limits
from indexer.pooling import Encoded
from indexer.settings import Settings
from indexer.types import Change

BATCH = 512
"""Passages encoded and committed together: enough to sort by length, little to do again after a crash."""

_ADDRESS = "://"
"""In the source of what came from the web, where a visit may follow a failure; files have no visits."""

_LINES = 1000
"""Failures, visits and the like that are stored together at most."""

PATIENCE = 10.0
"""Seconds that what has come waits for more from a slow source before it is stored."""

_AT_ONCE = 2 * BATCH
"""Passages that the encoder is given at once, however many an article has: it holds all their word pieces."""

_SHOWN_EVERY = 0.2
"""Seconds between two shows of progress that no batch calls for."""

KEPT = 1000
"""Failures, and different reasons, that a report holds; the engine has them all."""


@dataclass(slots=True)
class Encoding:
    """Where the time went, in seconds: from the beginning of the first encoding to the end of the last (``wall``)."""

    busy: float = 0
    wall: float = 0
    waited_for_input: float = 0
    waited_for_writer: float = 0

    @property
    def utilisation(self) -> float:
        """The share of the time in which the encoder worked."""
        return self.busy / self.wall if self.wall else 0.0


@dataclass(slots=True)
class Report:
    """What became of the documents of a run, as far as it is stored.

    ``changes`` says of how many of the ``changed`` what differs. ``cosmetic`` ones differ in nothing that matters and
    are not stored; ``vanished`` articles are no longer at their addresses. ``failures`` are the first of those that
    were not taken, each with its reason; ``failed`` and ``reasons`` count all of them.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    passages: int = 0
    published: bool = False
    failures: list[Failure] = field(default_factory=list)
    cosmetic: int = 0
    vanished: int = 0
    failed: int = 0
    changes: Counter[Change] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    encoding: Encoding = field(default_factory=Encoding, compare=False)

    @property
    def documents(self) -> int:
        """How many documents were looked at."""
        return self.added + self.changed + self.unchanged + self.cosmetic + self.failed

    def fail(self, failure: Failure) -> None:
        """Count a document that was not taken."""
        self.failed += 1
        if len(self.failures) < KEPT:
            self.failures.append(failure)
        reason = failure.reason.partition(":")[0]
        self.reasons[reason if reason in self.reasons or len(self.reasons) < KEPT else "other reasons"] += 1


Progress = Callable[[Report], None]
"""Shown the report as it grows: after each batch, and some times a second."""


def add(
    documents: Iterable[Item],
    engine: Engine,
    encoder: Encoder,
    progress: Progress = lambda _: None,
    limits: Limits = Limits(),
) -> Report:
    """Take documents into an engine and publish. Documents that are no articles are reported and left out.

    What is stored already, unchanged, costs neither encoding nor storage, so that an interrupted run is resumed
    by running it again; of an article that changed, the passages that did not are not encoded again. Where an id is
    given twice, the later text counts. Memory holds three batches, what ``limits`` lets wait, and one article of any
    length. Whatever ends a run early, what it had encoded is stored; where the source raises something, it is
    published, too, before that is raised.
    """
    report = Report()
    with closing(_Intake(engine, encoder, report, progress)) as intake:
        with Flow(documents, _sendable(encoder), limits, _recall(engine)) as flow:
            for passed in intake.awaited(flow):
                intake.take(passed.item, passed.outcome)
        intake.finish()
    report.published = engine.publish()
    if flow.error:
        raise flow.error
    return report


def _recall(engine: Engine) -> Recall:
    """What the engine remembers of a document; pages that are visited have a memory of their own."""
    return lambda raw: engine.taken(fingerprint(raw)) if raw.visit is None else None


def _sendable(encoder: Encoder) -> Splitting | None:
    """The splitting rule as other processes can have it; None where they cannot."""
    return Splitting.for_model(encoder.counter, encoder.max_tokens) if encoder.counter else None


class _Intake:
    """What is done with each item, one after the other, in the thread that encodes."""

    def __init__(self, engine: Engine, encoder: Encoder, report: Report, progress: Progress) -> None:
        self._engine, self._encoder, self._report, self._progress = engine, encoder, report, progress
        self._rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
        self._writer = Writer(engine)
        self._batch = Batch()
        self._ids: set[str] = set()
        """Of the articles in the batch."""
        self._history = History(engine)
        self._failed: set[str] = set()
        """Addresses of which something was not taken in this run: that they answered does not make up for it."""
        self._began: float | None = None
        self._shown = -_SHOWN_EVERY

    def awaited(self, flow: Flow) -> Iterator[Passed]:
        """What comes, with the time noted that the encoder, once it has begun, waits; little is kept waiting long."""
        waiting = iter(flow)
        while True:
            asked = time.perf_counter()
            if self._holds_any() and not flow.is_ready_within(PATIENCE):
                self._pass_on()
                asked = time.perf_counter()
            passed = next(waiting, None)
            if self._began:
                self._report.encoding.waited_for_input += time.perf_counter() - asked
            if passed is None:
                return
            yield passed

    def _holds_any(self) -> bool:
        return bool(self._batch.articles or self._batch.lines)

    def take(self, item: Item, outcome: Outcome | Taken | Visit) -> None:
        """Put an outcome into the batch, and have the batch encoded and stored when it is full."""
        match outcome:
            case Prepared():
                assert isinstance(item, RawDocument)
                self._take_article(outcome, item)
            case Taken():
                assert isinstance(item, RawDocument)
                self._take_again(outcome, item)
            case Failure():
                self._take_failure(outcome, item.visit if isinstance(item, RawDocument) else None)
            case Vanished() if isinstance(item, RawDocument) and item.visit:
                self._batch.notes += [outcome, _as_gone(item.visit)]
            case Visit(status=200 | 304):
                if outcome.url not in self._failed:
                    self._batch.recovered.append(outcome.url)
                self._batch.notes += [Returned(outcome.article_id), outcome] if outcome.article_id else [outcome]
            case _:
                self._batch.notes.append(outcome)
        if self._batch.passages >= BATCH or self._batch.lines >= _LINES:
            self._pass_on()
        elif not isinstance(outcome, Prepared):
            self._show()

    def _take_failure(self, failure: Failure, visit: Visit | None) -> None:
        self._report.fail(failure)
        self._batch.failures[failure.source] = failure
        if _ADDRESS in failure.source:
            self._failed.add(failure.source)
        if visit:  # without a condition for the next request: another version of this program may take it
            self._batch.notes.append(replace(visit, etag=None, last_modified=None))

    def _take_article(self, prepared: Prepared, raw: RawDocument) -> None:
        verdict = self._history.judge(prepared, raw)
        article = verdict.prepared.article
        self._overtake(article.id)
        match verdict.state:
            case "held":
                self._history.hold(verdict.prepared)
            case "new" | "changed":
                self._append(verdict.prepared, verdict.change)
            case "cosmetic":
                self._report.cosmetic += 1
                self._settle(raw.source)
            case "unchanged":
                self._report.unchanged += 1
                self._settle(raw.source)
        self._batch.notes += verdict.notes  # behind the article, which may have begun another batch
        self._history.expect_notes(verdict.notes)
        if raw.visit is None and verdict.state != "held":
            self._batch.taken.append(Taken(fingerprint(raw), article.id, self._history.digest(article.id) or ""))
        self._show()

    def _take_again(self, taken: Taken, raw: RawDocument) -> None:
        """A document that was taken before: it is no news as long as its article is what it was then.

        Else it is understood here, without the limits of other processes: it was harmless then.
        """
        if self._history.digest(taken.article_id) != taken.digest:
            self.take(raw, attempt(raw, self._rule))
            return
        self._overtake(taken.article_id)
        self._report.unchanged += 1
        self._settle(raw.source)
        self._show()

    def _overtake(self, article_id: str) -> None:
        """What is held of an article does not count when something has come behind it."""
        if overtaken := self._history.overtaken(article_id):
            self._report.unchanged += 1
            self._settle(overtaken.article.source)

    def _settle(self, source: str) -> None:
        """Have forgotten what failed of a source that is well now."""
        self._batch.failures.pop(source, None)
        self._batch.recovered.append(source)

    def _append(self, prepared: Prepared, change: Change | None) -> None:
        article = prepared.article
        if article.id in self._ids:
            self._pass_on()
        if not prepared.passages:
            prepared = replace(prepared, passages=tuple(split(article, self._rule)))
        self._ids.add(article.id)
        self._batch.articles.append(prepared)
        self._batch.changes.append(change)
        self._batch.passages += len(prepared.passages)
        self._batch.failures.pop(article.source, None)
        self._history.expect(article)

    def _pass_on(self) -> None:
        """Encode the batch and have it stored."""
        batch, self._batch, self._ids = self._batch, Batch(), set()
        if batch.articles:
            batch.encoded = self._encode(batch)
        began = time.perf_counter()
        self._writer.give(batch)
        self._report.encoding.waited_for_writer += time.perf_counter() - began
        if self._count():
            self._show(now=True)

    def _encode(self, batch: Batch) -> Encoded:
        parts = [texts_of(one.article.meta, one.passages, self._rule) for one in batch.articles]
        changed = [one.article.id for one, change in zip(batch.articles, batch.changes, strict=True) if change]
        known = known_vectors(self._engine, changed, self._rule) if changed else {}
        return encoded([text for some in parts for text in some], known, self._computed)

    def _computed(self, texts: Sequence[Text]) -> Encoded:
        began = time.perf_counter()
        slices = [texts[start : start + _AT_ONCE] for start in range(0, len(texts), _AT_ONCE)]
        parts = [
            self._encoder.encode_with_sentences([one.text for one in some], [one.sentences for one in some])
            for some in slices
        ]
        ended = time.perf_counter()
        self._began = self._began or began
        self._report.encoding.busy += ended - began
        self._report.encoding.wall = ended - self._began
        return Encoded(*map(np.concatenate, zip(*parts, strict=True)))

    def finish(self) -> None:
        """Store what waited for the end and what is in the last batch, and wait until all is stored."""
        for prepared, change in self._history.held():
            self._append(prepared, change)
            if self._batch.passages >= BATCH:
                self._pass_on()
        if self._holds_any():
            self._pass_on()
        self._writer.finish()

    def close(self) -> None:
        """Wait until what was passed on is stored, and show it."""
        self._writer.close()
        self._count()
        self._show(now=True)

    def _count(self) -> bool:
        """Count in the report what has been stored since; says whether anything has."""
        written = self._writer.written()
        for batch, vanished in written:
            changes = [change for change in batch.changes if change]
            self._report.changes.update(changes)
            self._report.changed += len(changes)
            self._report.added += len(batch.articles) - len(changes)
            self._report.passages += batch.passages
            self._report.vanished += vanished
            self._history.arrived([prepared.article for prepared in batch.articles], batch.notes)
        return bool(written)

    def _show(self, *, now: bool = False) -> None:
        clock = time.monotonic()
        if now or clock - self._shown >= _SHOWN_EVERY:
            self._shown = clock
            self._progress(self._report)


def _as_gone(visit: Visit) -> Visit:
    """A page that says of itself that nothing is there is as good as one whose server says so."""
    return replace(visit, status=404, etag=None, last_modified=None)


@contextmanager
def writing(settings: Settings) -> Iterator[tuple[Engine, Encoder]]:
    """An index open for writing, made if there is none, with the encoder it is bound to.

    Raises IndexLocked, IndexMismatch, IndexDamaged or EncoderError.
    """
    encoder = load_encoder(settings.model or _bound_model(settings), settings.cache, settings.backend)
    engine = open_engine(settings.index, create=Binding.of(encoder))
    try:
        yield engine, encoder
    finally:
        engine.close()


def _bound_model(settings: Settings) -> str | None:
    try:
        engine = open_engine(settings.index)
    except IndexMissing:
        return None
    engine.close()
    return engine.binding.model
