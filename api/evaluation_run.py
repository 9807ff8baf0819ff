"""Runs a judged set: indexes its corpus (once; kept in the cache) and asks every question.

The rankings can be written to a file, a run: a JSON line for each question with its id and its hits, best first, each
with its article's id as doc_id, its passage_id and its text. A run that was written earlier can be compared with.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from api.compare import Comparison, compare
from api.console import reports
from api.evaluate import (
    DEPTH,
    UNREADABLE,
    JudgedSet,
    PassageJudgments,
    Question,
    Retrieved,
    Scores,
    evaluate,
    evaluate_run,
    read_judged_set,
    read_rows,
)
from api.search import Searcher, open_index
from indexer.build import add, writing
from indexer.errors import DragomanError, IndexMismatch
from indexer.models import file_sha256
from indexer.readers.files import read_files
from indexer.settings import Settings


class Compared(NamedTuple):
    """A comparison, and the questions that it was made on."""

    comparison: Comparison
    questions: tuple[Question, ...]


def measure(folder: Path, settings: Settings, index: Path | None = None, run: Path | None = None) -> Scores:
    """Score the ranking on the judged set in ``folder``; ``run`` is where to write the rankings, for other scorers.

    Without ``index`` the corpus is indexed into the cache. Raises DragomanError for what is not a judged set.
    """
    return _measure(read_judged_set(folder), settings, index, run)


def measure_against(
    folder: Path, settings: Settings, saved: Path, index: Path | None = None, run: Path | None = None
) -> Compared:
    """The same beside the rankings that an earlier run wrote to ``saved``, which may be the file ``run`` is to replace.

    A question that is missing there counts as one without results, and how many are missing is said. Raises
    DragomanError, before anything is indexed, for a run that cannot be read or scored, or is of another set.
    """
    judged = read_judged_set(folder)
    before = _score_run(judged, saved)
    return Compared(compare(before, _measure(judged, settings, index, run)), judged.questions)


def _measure(judged: JudgedSet, settings: Settings, index: Path | None, run: Path | None) -> Scores:
    with _open(judged, settings, index) as searcher:
        scores = evaluate(judged, lambda question: ranking(searcher, question))
        if run is not None:
            _write_run(judged, searcher, run)
        return scores


def open_judged(folder: Path, settings: Settings, index: Path | None = None) -> tuple[JudgedSet, Searcher]:
    """The judged set in ``folder`` and an open index of its corpus: ``index``, or one in the cache, kept fresh."""
    judged = read_judged_set(folder)
    return judged, _open(judged, settings, index)


def _open(judged: JudgedSet, settings: Settings, index: Path | None) -> Searcher:
    settings = replace(settings, index=index or _cached_index(judged.corpus, settings))
    if index is None:
        try:
            _refresh(judged, settings)
        except IndexMismatch:  # made by another version of Dragoman; it is a cache, so anew
            shutil.rmtree(settings.index)
            _refresh(judged, settings)
    return open_index(settings=settings)


def ranking(searcher: Searcher, question: Question) -> Sequence[Retrieved]:
    """The first hundred passages for a question, as judgments need them."""
    hits = searcher.search(question.text, DEPTH, asked_on=question.asked_on).hits
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
            hits = [
                {"doc_id": hit.article_id, "passage_id": hit.passage_id, "text": hit.text}
                for hit in ranking(searcher, question)
            ]
            out.write(json.dumps({"qid": question.qid, "hits": hits}, ensure_ascii=False) + "\n")


def _score_run(judged: JudgedSet, path: Path) -> Scores:
    run = _read_run(path)
    if not any(question.qid in run for question in judged.questions):
        raise DragomanError(
            f"{path} has none of the {len(judged.questions)} questions of this judged set (it has {len(run)} others): "
            "name the set that it was written for"
        )
    by_id = any(isinstance(known, PassageJudgments) for known in judged.judgments.values())
    if by_id and not all(hit.passage_id for hits in run.values() for hit in hits):
        raise DragomanError(
            f"{path} has hits without a passage_id, which this set is judged by: "
            "write it again with dragoman eval SET --run FILE"
        )
    scores = evaluate_run(judged, run)
    if missing := len(scores.per_question.keys() - run.keys()):
        reports.say(
            f"{missing} of {scores.questions} questions are missing in {path}; there they count as without results"
        )
    return scores


def _read_run(path: Path) -> dict[str, list[Retrieved]]:
    run: dict[str, list[Retrieved]] = {}
    try:
        for row in read_rows(path):
            if row["qid"] in run:
                raise ValueError(f"question {row['qid']!r} is there twice")
            run[row["qid"]] = [_hit(hit["doc_id"], hit.get("passage_id", ""), hit["text"]) for hit in row["hits"]]
    except UNREADABLE as error:
        raise DragomanError(
            f"{path} is not a run ({error!r}): write one with dragoman eval SET --run FILE, in the configuration to "
            "compare with"
        ) from error
    return run


def _hit(*fields: object) -> Retrieved:
    if not all(isinstance(field, str) for field in fields):
        raise TypeError(f"a hit has something else than text in it: {fields!r:.80}")
    return Retrieved(*map(str, fields))
