"""Judged sets: questions, the passages that answer them, and the measures of a ranking over them.

Two forms are read. A set of spans has corpus.jsonl, questions.jsonl and qrels.jsonl, where a judgment is a span
of an article's text with a grade; a set of passages has briefs/, questions.jsonl and a TREC qrels.tsv of
(question, 0, ARTICLE:ORDINAL, grade). Any file may be compressed with xz or gzip.

Grades: 3 answers fully, 2 gives a substantial part, 1 is on the topic, 0 does not help.
"""

from __future__ import annotations

import gzip
import json
import lzma
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TextIO

from indexer.clean import normalise
from indexer.errors import DragomanError
from indexer.types import PartialDate

GAINS = {0: 0, 1: 0, 2: 1, 3: 3}
"""What a grade earns in nDCG (Järvelin and Kekäläinen 2002, with gains that tell full answers from parts)."""

RELEVANT = 2
"""The least grade that counts as an answer in reciprocal rank, hits and recall."""

DEPTH = 100
"""Passages of a ranking that are looked at."""

UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, lzma.LZMAError, zlib.error)
"""What reading a file of an evaluation may raise where the file is missing, broken or of another form."""

_FOLDED = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})


class Retrieved(NamedTuple):
    """A passage of a ranking, as much of it as a judgment needs."""

    article_id: str
    passage_id: str
    text: str


class Question(NamedTuple):
    """A question of a judged set."""

    qid: str
    text: str
    asked_on: date | None = None
    """The day on which it was asked, where the set says so ("asked", ISO 8601; of a month the last day)."""


class Judgments(Protocol):
    """What is known of the answers to one question."""

    def grades(self, ranking: Sequence[Retrieved]) -> list[int | None]:
        """The grade of each passage, None where nobody judged it; a judgment is earned once."""

    def ideal(self) -> list[int]:
        """All judged grades, best first."""


@dataclass(frozen=True, slots=True)
class Span:
    """A judged place in the folded text of an article."""

    start: int
    end: int
    grade: int


@dataclass(slots=True)
class SpanJudgments:
    """Judged spans of articles. A passage earns the best grade of the spans with which it shares half of the shorter.

    ``texts`` are the folded texts of the articles; a passage is found in them by its own folded text.
    """

    texts: dict[str, str]
    spans: dict[str, list[Span]] = field(default_factory=dict)

    def grades(self, ranking: Sequence[Retrieved]) -> list[int | None]:
        earned: set[tuple[str, Span]] = set()
        found: list[int | None] = []
        for passage in ranking:
            best = self._best(passage)
            found.append(None if best is None else 0 if (passage.article_id, best) in earned else best.grade)
            if best is not None:
                earned.add((passage.article_id, best))
        return found

    def _best(self, passage: Retrieved) -> Span | None:
        spans = self.spans.get(passage.article_id)
        place = _locate(self.texts[passage.article_id], folded(passage.text)) if spans else None
        if spans is None or place is None:
            return None
        return max((span for span in spans if _overlaps(span, *place)), key=lambda span: span.grade, default=None)

    def ideal(self) -> list[int]:
        return sorted((span.grade for spans in self.spans.values() for span in spans), reverse=True)


@dataclass(slots=True)
class PassageJudgments:
    """Judged passages by their ids."""

    by_id: dict[str, int] = field(default_factory=dict)

    def grades(self, ranking: Sequence[Retrieved]) -> list[int | None]:
        return [self.by_id.get(passage.passage_id) for passage in ranking]

    def ideal(self) -> list[int]:
        return sorted(self.by_id.values(), reverse=True)


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Questions with their judgments, and the files that hold the articles they are about."""

    questions: tuple[Question, ...]
    judgments: dict[str, Judgments]
    corpus: Path


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over the questions that have an answer; a question without results counts as zero."""

    questions: int
    measures: dict[str, float]
    per_question: dict[str, dict[str, float]]
    """All measures of each question, by its id."""


def evaluate(judged: JudgedSet, rank: Callable[[Question], Sequence[Retrieved]]) -> Scores:
    """Ask every question that has an answer and take the means of the measures."""
    rows: dict[str, dict[str, float]] = {}
    for question in judged.questions:
        known = judged.judgments.get(question.qid)
        if known is not None and any(grade >= RELEVANT for grade in known.ideal()):
            rows[question.qid] = measures(known.grades(rank(question)[:DEPTH]), known.ideal())
    names = measures([], [RELEVANT])
    means = {name: sum(row[name] for row in rows.values()) / max(1, len(rows)) for name in names}
    return Scores(len(rows), means, rows)


def evaluate_run(judged: JudgedSet, run: Mapping[str, Sequence[Retrieved]]) -> Scores:
    """The same of rankings that are there already, by the ids of their questions; one that is missing is empty."""
    return evaluate(judged, lambda question: run.get(question.qid, ()))


def measures(grades: Sequence[int | None], ideal: Sequence[int]) -> dict[str, float]:
    """All measures of one ranking, given the grades of its passages and all judged grades, best first.

    nDCG@10 with log2 discount over the ideal of all judged passages; MRR@10; hit@k (any answer in the first k);
    recall@100; unjudged@10 (the share of the first ten that nobody judged, which count as 0).
    """
    good = [(grade or 0) >= RELEVANT for grade in grades]
    result = {"nDCG@10": _dcg(grades[:10]) / _dcg(ideal[:10])}
    result["MRR@10"] = next((1 / rank for rank, hit in enumerate(good[:10], start=1) if hit), 0.0)
    result.update({f"hit@{k}": float(any(good[:k])) for k in (1, 3, 5, 10)})
    result["recall@100"] = sum(good) / sum(grade >= RELEVANT for grade in ideal)
    result["unjudged@10"] = sum(grade is None for grade in grades[:10]) / 10
    return result


def _dcg(grades: Sequence[int | None]) -> float:
    return sum(GAINS[grade or 0] / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))


def read_judged_set(folder: Path) -> JudgedSet:
    """Read a judged set in either form. Raises DragomanError where something is missing or broken."""
    try:
        rows = read_rows(folder / "questions.jsonl")
        questions = tuple(Question(row["qid"], row["question"], _asked_on(row)) for row in rows)
        if _packed(folder / "qrels.tsv").exists():
            if not any((folder / "briefs").iterdir()):
                raise ValueError("briefs/ is empty")
            return JudgedSet(questions, _passage_judgments(folder / "qrels.tsv"), folder / "briefs")
        return JudgedSet(questions, _span_judgments(folder), _packed(folder / "corpus.jsonl"))
    except UNREADABLE as error:
        raise DragomanError(
            f"{folder} is not a judged set ({error!r}): it needs questions.jsonl with corpus.jsonl and qrels.jsonl, "
            "or with briefs/ and qrels.tsv"
        ) from error


def _passage_judgments(path: Path) -> dict[str, Judgments]:
    found: dict[str, PassageJudgments] = {}
    for line in _lines(path):
        qid, _, passage_id, grade = line.rstrip("\n").split("\t")
        found.setdefault(qid, PassageJudgments()).by_id[passage_id] = _grade(int(grade))
    return dict(found)


def _span_judgments(folder: Path) -> dict[str, Judgments]:
    rows = list(read_rows(folder / "qrels.jsonl"))
    wanted = {row["doc_id"] for row in rows}
    texts = {
        article_id: row["text"]
        for row in read_rows(folder / "corpus.jsonl")
        if (article_id := str(row.get("id") or row.get("doc_id"))) in wanted
    }
    whole = {article_id: folded(text) for article_id, text in texts.items()}
    found: dict[str, SpanJudgments] = {}
    for row in rows:
        article_id = row["doc_id"]
        quote = folded(texts[article_id][row["start"] : row["end"]])
        start = whole[article_id].find(quote)
        known = found.setdefault(row["qid"], SpanJudgments(whole))
        known.spans.setdefault(article_id, []).append(Span(start, start + len(quote), _grade(row["grade"])))
    return dict(found)


def _asked_on(row: Mapping[str, Any]) -> date | None:
    return PartialDate.parse(row["asked"]).last_day if row.get("asked") else None


def _grade(given: int) -> int:
    if given not in GAINS:
        raise ValueError(f"grade {given!r} is not one of {', '.join(map(str, GAINS))}")
    return given


_ANCHOR = 60
"""Leading characters by which a passage is found where cleaning changed something further on in it."""


def _locate(text: str, quote: str) -> tuple[int, int] | None:
    start = text.find(quote)
    if start < 0 and len(quote) > _ANCHOR + 20:
        start = text.find(quote[:_ANCHOR])
    return None if start < 0 else (start, start + len(quote))


def _overlaps(span: Span, start: int, end: int) -> bool:
    shared = min(end, span.end) - max(start, span.start)
    return 2 * shared >= min(end - start, span.end - span.start)


def folded(text: str) -> str:
    """A text for comparison: curly quotes are straight, every run of white space is one space."""
    return " ".join(normalise(text).translate(_FOLDED).split())


def _packed(path: Path) -> Path:
    """The file itself, or its compressed form where only that is there."""
    packed = [path.with_name(path.name + ending) for ending in (".xz", ".gz")]
    return next((candidate for candidate in [path, *packed] if candidate.exists()), path)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines, or of its compressed form. Raises what ``UNREADABLE`` names."""
    for line in _lines(path):
        row = json.loads(line)
        if not isinstance(row, dict):
            raise TypeError(f"{path.name} has a line that is not a JSON object")
        yield row


def _lines(path: Path) -> Iterator[str]:
    found = _packed(path)
    opener: Callable[..., TextIO] = {".xz": lzma.open, ".gz": gzip.open}.get(found.suffix, open)  # type: ignore[assignment]
    with opener(found, "rt", encoding="utf-8") as lines:
        yield from lines
