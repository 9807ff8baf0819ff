"""Runs a judged set: indexes its corpus (once; kept in the cache) and asks every question."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from api import reports
from api.evaluate import DEPTH, JudgedSet, Retrieved, Scores, evaluate, read_judged_set
from api.search import Searcher, open_index
from indexer.build import add, writing
from indexer.errors import DragomanError, IndexMismatch
from indexer.models import file_sha256
from indexer.readers.files import read_files
from indexer.settings import Settings


def measure(folder: Path, settings: Settings, index: Path | None = None, run: Path | None = None) -> Scores:
    """Score the ranking on the judged set in ``folder``; ``run`` is where to write the rankings, for other scorers.

    Without ``index`` the corpus is indexed into the cache. Raises DragomanError for what is not a judged set.
    """
    judged, searcher = open_judged(folder, settings, index)
    with searcher:
        scores = evaluate(judged, lambda question: ranking(searcher, question))
        if run is not None:
            _write_run(judged, searcher, run)
        return scores


def open_judged(folder: Path, settings: Settings, index: Path | None = None) -> tuple[JudgedSet, Searcher]:
    """The judged set in ``folder`` and an open index of its corpus: ``index``, or one in the cache, kept fresh."""
    judged = read_judged_set(folder)
    settings = replace(settings, index=index or _cached_index(judged.corpus, settings))
    if index is None:
        try:
            _refresh(judged, settings)
        except IndexMismatch:  # made by another version of Dragoman; it is a cache, so anew
            shutil.rmtree(settings.index)
            _refresh(judged, settings)
    return judged, open_index(settings=settings)


def ranking(searcher: Searcher, question: str) -> Sequence[Retrieved]:
    """The first hundred passages for a question, as judgments need them."""
    hits = searcher.search(question, DEPTH).hits
    return [Retrieved(hit.article.id, hit.passage.id, hit.passage.text) for hit in hits]


def _cached_index(corpus: Path, settings: Settings) -> Path:
    """Named by the content of the corpus: an article that is no longer in it must not be found."""
    whole = hashlib.sha256(f"{settings.model}\n".encode())
    for path in sorted(path for path in [corpus, *corpus.rglob("*")] if path.is_file()):
        whole.update(f"{path.relative_to(corpus.parent)} {file_sha256(path)}\n".encode())
    return settings.cache / "evaluations" / f"{corpus.resolve().parent.name}-{whole.hexdigest()[:16]}"


def _refresh(judged: JudgedSet, settings: Settings) -> None:
    with writing(settings) as (engine, encoder), reports.Indexing() as progress:
        report = add(read_files([judged.corpus]), engine, encoder, progress.show)
    if report.failures:
        reports.show_report(report)


def _write_run(judged: JudgedSet, searcher: Searcher, path: Path) -> None:
    try:
        out = path.open("w", encoding="utf-8")
    except OSError as error:
        raise DragomanError(f"the rankings cannot be written to {path}: {error.strerror}") from error
    with out:
        for question in judged.questions:
            hits = [{"doc_id": hit.article_id, "text": hit.text} for hit in ranking(searcher, question.text)]
            out.write(json.dumps({"qid": question.qid, "hits": hits}, ensure_ascii=False) + "\n")
