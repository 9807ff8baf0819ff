"""Sources to engine: read, extract, split, encode, store, publish; with a report of what became of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer.encode import Encoder, load_encoder
from indexer.engine import Binding, Engine, open_engine
from indexer.errors import DocumentError, IndexMissing
from indexer.extract import extract
from indexer.passages import Splitting, embedded_texts, split
from indexer.pooling import Span
from indexer.settings import Settings
from indexer.types import Article, Failure, Passage, RawDocument

BATCH = 512
"""Passages encoded and committed together: enough to sort by length, little to do again after a crash."""


@dataclass(slots=True)
class Report:
    """What became of the documents of a run. ``failures`` holds those that were not taken, each with its reason."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    passages: int = 0
    published: bool = False
    failures: list[Failure] = field(default_factory=list)

    @property
    def documents(self) -> int:
        """How many documents were looked at."""
        return self.added + self.changed + self.unchanged + len(self.failures)


Progress = Callable[[Report], None]
"""Shown the report as it grows, after each batch, each failure and each unchanged article."""


def add(
    documents: Iterable[RawDocument | Failure], engine: Engine, encoder: Encoder, progress: Progress = lambda _: None
) -> Report:
    """Take documents into an engine and publish. Documents that are no articles are reported and left out.

    What is stored already, unchanged, costs neither encoding nor storage, so that an interrupted run is resumed
    by running it again. Where an id is given twice, the later text counts. Memory holds one batch, one article of
    any length, and the failures.
    """
    report = Report()
    rule = Splitting.for_model(encoder.count_tokens, encoder.max_tokens)
    for batch in _batches(_articles(documents, report, progress), engine, rule, report, progress):
        _store(batch, engine, encoder, rule, report)
        progress(report)
    engine.log_failures(report.failures)
    report.published = engine.publish()
    return report


Batch = list[tuple[Article, list[Passage]]]


def _articles(documents: Iterable[RawDocument | Failure], report: Report, progress: Progress) -> Iterator[Article]:
    for document in documents:
        try:
            if isinstance(document, RawDocument):
                yield extract(document)
                continue
            report.failures.append(document)
        except DocumentError as error:
            report.failures.append(Failure(document.source, str(error)))
        progress(report)


def _batches(
    articles: Iterable[Article], engine: Engine, rule: Splitting, report: Report, progress: Progress
) -> Iterator[Batch]:
    """Articles that are not stored as they are, with their passages: about BATCH of them, never one id twice."""
    batch: Batch = []
    ids: set[str] = set()
    passages = 0
    for article in articles:
        if batch and (passages >= BATCH or article.id in ids):
            yield batch
            batch, ids, passages = [], set(), 0
        if engine.digests([article.id]).get(article.id) == article.digest:
            report.unchanged += 1
            progress(report)
            continue
        parts = split(article, rule)
        batch.append((article, parts))
        ids.add(article.id)
        passages += len(parts)
    if batch:
        yield batch


def _store(batch: Batch, engine: Engine, encoder: Encoder, rule: Splitting, report: Report) -> None:
    articles = [article for article, _ in batch]
    texts = [
        text for article, parts in batch for text in embedded_texts(article.meta, [part.text for part in parts], rule)
    ]
    changed = len(engine.digests([article.id for article in articles]))
    flat = [part for _, parts in batch for part in parts]
    sentences = [in_text(part, text) for part, text in zip(flat, texts, strict=True)]
    engine.put(articles, [parts for _, parts in batch], encoder.encode_with_sentences(texts, sentences))
    report.changed += changed
    report.added += len(batch) - changed
    report.passages += len(texts)


def in_text(passage: Passage, text: str) -> list[Span]:
    """Where a passage's sentences stand in what is encoded for it, which ends with the passage."""
    moved = len(text) - passage.end
    return [(moved + start, moved + end) for start, end in passage.sentences]


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
