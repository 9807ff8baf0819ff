#!/usr/bin/env python3
"""Learns the weights of the ranking and of answerability from judged sets, and scores them by cross-validation.

Usage: learn.py [--write FILE] SET[=INDEX] ...

SET is a folder with a judged set; INDEX an index of its corpus, where the one in the cache is not wanted. Questions are
dealt into five folds; the scores printed are of questions that were not learned from, the weights written are learned
from all. A question that names a time is asked a second time without it, so that the weights for undated questions are
learned on the same articles, too.

The loss is the cross-entropy of a softmax over the candidates against their gains (ListNet, Cao et al. 2007), with an
L2 penalty; each set but LESS counts the same, however many questions it has. No weight is below zero: evidence against
a passage, learned from a few hundred questions, would be an accident of the sets.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from learn_answerable import Refusals, learn_refusals
from machine import describe
from scipy.optimize import minimize

from api.candidates import candidates
from api.evaluate import GAINS, RELEVANT, Judgments, Retrieved, measures
from api.evaluation_run import open_judged
from api.features import FEATURES, features
from api.fusion import scores
from api.pool import asked, has_time, in_order
from api.question import Question, read_question
from api.search import Searcher
from indexer.engine import Evidence
from indexer.models import file_sha256
from indexer.settings import Settings
from indexer.types import Filters

FOLDS = 5
PENALTY = 1.0
TOGETHER = 100
"""What the questions of one set weigh together."""

LESS = {"whitehouse": 0.3}
"""Sets that count for less: reporters' spoken questions, of half a page, are not what people type."""

UNUSED = {
    "dated": {"rest_of_article"},
    "undated": {"feedback", "best_of_article", "within", "days", "years"},
}
"""Evidence that each kind of question does without, since it was no better with it in cross-validation."""

SHOWN = ("nDCG@10", "MRR@10", "hit@1", "hit@3", "hit@10", "recall@100")


@dataclass
class Row:
    """A judged question with its candidates; ``judged`` is None where nothing in the set answers it."""

    name: str
    qid: str
    question: Question
    evidence: Evidence
    passages: list[Retrieved]
    judged: Judgments | None
    fold: int

    @property
    def kind(self) -> str:
        return "dated" if has_time(self.question, self.table) else "undated"

    @cached_property
    def table(self) -> np.ndarray:
        """(n, features) what speaks for each candidate."""
        return features(self.question, self.evidence)

    @cached_property
    def gains(self) -> np.ndarray:
        """(n,) what each candidate would earn alone."""
        grades = [self.judged.grades([passage])[0] or 0 for passage in self.passages] if self.judged else []
        return np.array([GAINS[grade] for grade in grades], dtype=np.float64)


def main() -> None:
    """Learn, print the cross-validated scores, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    print(describe(), flush=True)
    folders = {given: Path(given.partition("=")[0]) for given in arguments.sets}
    rows = [row for given, folder in folders.items() for row in gather(folder, given.partition("=")[2])]
    learners = Learners(rows)
    print(table(learners))
    refusals = learn_refusals(rows, learners.held_out)
    print(refusals.report)
    if arguments.write:
        arguments.write.write_text(written(folders.values(), learners, refusals), encoding="utf-8")


def gather(folder: Path, index: str) -> Iterator[Row]:
    """Every question of a set, and those that name a time once more without it."""
    judged, searcher = open_judged(folder, Settings.from_environment(), Path(index) if index else None)
    name = folder.resolve().name
    with searcher:
        for place, (qid, text, day) in enumerate(judged.questions):
            known = judged.judgments.get(qid)
            known = known if known and max(known.ideal(), default=0) >= RELEVANT else None
            row = ask(searcher, name, qid, text, day, known, place % FOLDS)
            yield row
            if row.kind == "dated" and known and (shorter := without_time(row.question)):
                yield ask(searcher, f"{name} (time left out)", qid, shorter, None, known, place % FOLDS)


def ask(
    searcher: Searcher, name: str, qid: str, text: str, day: date | None, known: Judgments | None, fold: int
) -> Row:
    """A question with its candidates, as in a search."""
    snapshot = searcher.engine.snapshot()
    question = read_question(text, day)
    vector = searcher.encode(text)
    numbers = candidates(snapshot, vector, text, question.periods, Filters(), 10)
    evidence = snapshot.evidence(vector, asked(question), numbers)._replace(vectors=np.empty((0, 0), np.float32))
    passages = [Retrieved(found.article.id, found.passage.id, found.passage.text) for found in snapshot.get(numbers)]
    return Row(name, qid, question, evidence, passages, known, fold)


def without_time(question: Question) -> str | None:
    """The question without the words that say when; None where little is left or a date is still in it."""
    text = question.text
    for period in question.periods:
        phrase = r"\s+".join(map(re.escape, period.phrase.split()))
        text = re.sub(rf"(?:,\s*)?(?:\b(?:in|on|during|of|from|by|at|for)\s+)?(?:the\s+)?{phrase}", "", text, count=1)
    return text if len(text.split()) > 3 and not read_question(text).periods else None


class Learners:
    """The weights learned from all questions of a kind but those of one fold, and from all of them."""

    def __init__(self, rows: Sequence[Row], without: str | None = None) -> None:
        self.rows = [row for row in rows if row.judged]
        self._unused = {kind: {*names, without or ""} for kind, names in UNUSED.items()}
        self._found: dict[tuple[str, int | None], np.ndarray] = {}

    def weights(self, kind: str, without: int | None = None) -> np.ndarray:
        """The weights for dated or undated questions, without those of a fold."""
        if (kind, without) not in self._found:
            self._found[kind, without] = learn(
                [row for row in self.rows if row.kind == kind and row.fold != without], self._unused[kind]
            )
        return self._found[kind, without]

    def held_out(self, row: Row) -> np.ndarray:
        """The weights for a question that were not learned from it."""
        return self.weights(row.kind, row.fold)

    def order(self, row: Row) -> list[int]:
        """The ranking of a question that was not learned from."""
        found = scores(row.table, self.held_out(row))
        return in_order(found, row.evidence.articles)


def learn(rows: Sequence[Row], unused: set[str]) -> np.ndarray:
    """The weights that put the answers first; none for what is unused."""
    names = [row.name.partition(" (")[0] for row in rows]
    data = [
        (row.table, row.gains / row.gains.sum(), LESS.get(name, 1) * TOGETHER / names.count(name))
        for row, name in zip(rows, names, strict=True)
        if row.gains.sum()
    ]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = PENALTY / 2 * float(weights @ weights), PENALTY * weights
        for given, target, weight in data:
            found = given @ weights
            shifted = np.exp(found - found.max())
            total += weight * float(np.log(shifted.sum()) + found.max() - target @ found)
            slope = slope + weight * (given.T @ (shifted / shifted.sum() - target))
        return total, slope

    start = np.zeros(len(FEATURES))
    bounds = [(0, 0 if name in unused else None) for name in FEATURES]
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x


def table(learners: Learners) -> str:
    """The cross-validated scores of each set, and of its dated and undated questions, beside the nearest vector's."""
    lines = ["", f"| set | ranking | questions | {' | '.join(SHOWN)} |", f"|---|---|---{'|---' * len(SHOWN)}|"]
    for name in dict.fromkeys(row.name for row in learners.rows):
        rows = [row for row in learners.rows if row.name == name]
        parts = {name: rows}
        if len({row.kind for row in rows}) > 1:
            parts.update({f"{name}, {kind}": [r for r in rows if r.kind == kind] for kind in ("dated", "undated")})
        for label, some in parts.items():
            lines.append(line(label, "nearest vector", some, [nearest(row) for row in some]))
            lines.append(line(label, "learned, cross-validated", some, [learners.order(row) for row in some]))
    return "\n".join(lines)


def nearest(row: Row) -> list[int]:
    """The order by the passages' vectors alone."""
    return in_order(row.evidence.dense.astype(np.float64), row.evidence.articles)


def line(label: str, ranking: str, rows: Sequence[Row], orders: Sequence[list[int]]) -> str:
    """The means of the measures, as a row of a table."""
    found = []
    for row, order in zip(rows, orders, strict=True):
        assert row.judged is not None
        found.append(measures(row.judged.grades([row.passages[at] for at in order[:100]]), row.judged.ideal()))
    means = " | ".join(f"{np.mean([values[name] for values in found]):.3f}" for name in SHOWN)
    return f"| {label} | {ranking} | {len(rows)} | {means} |"


def written(folders: Sequence[Path], learners: Learners, refusals: Refusals) -> str:
    """The file of weights."""
    lines = ["# Learned by scripts/learn.py; do not edit by hand. api/features.py says what each weight is for.", ""]
    lines.append("[data]")
    for folder in folders:
        digest = file_sha256(folder / "questions.jsonl")[:16]
        lines.append(f'{folder.resolve().name} = "questions.jsonl {digest}"')
    lines += ["", "# nDCG@10 and MRR@10 of questions that were not learned from", "[cross_validated]"]
    for name in dict.fromkeys(row.name for row in learners.rows):
        cells = line("", "", some := [r for r in learners.rows if r.name == name], [learners.order(r) for r in some])
        ndcg, mrr = cells.split(" | ")[3:5]
        lines.append(f'"{name}" = [{ndcg}, {mrr}]')
    for kind in ("dated", "undated"):
        lines += ["", f"[{kind}]"]
        lines += [f"{name} = {weight:.3f}" for name, weight in zip(FEATURES, learners.weights(kind), strict=True)]
    return "\n".join([*lines, "", refusals.toml, ""])


if __name__ == "__main__":
    main()
