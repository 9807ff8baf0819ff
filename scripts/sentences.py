#!/usr/bin/env python3
"""How often the marked sentence of an answering passage has the answer's words, beside two simpler choices.

Usage: sentences.py SET[=INDEX] ...

SET needs an "answer" in its questions. Looked at are the passages that answer in full (grade 3) and have more than one
sentence. A sentence has the answer where it has at least half of the answer's words, rare or not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from machine import describe

from api.candidates import candidates
from api.evaluate import GAINS, Retrieved
from api.evaluation_run import open_judged
from api.pool import asked
from api.question import read_question
from api.search import Searcher
from indexer.settings import Settings
from indexer.types import Filters, Passage
from indexer.words import content_words, words

HALF = 0.5


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    print(describe())
    for given in parser.parse_args().sets:
        folder, _, index = given.partition("=")
        judged, searcher = open_judged(Path(folder), Settings.from_environment(), Path(index) if index else None)
        lines = (Path(folder) / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        answers = {row["qid"]: row.get("answer") for row in map(json.loads, lines)}
        found: list[dict[str, float]] = []
        with searcher:
            for question in judged.questions:
                known, answer = judged.judgments.get(question.qid), answers.get(question.qid)
                for passage, nearest in passages(searcher, question.text) if known and answer else ():
                    grade = known.grades([Retrieved(passage.article_id, passage.id, passage.text)])[0]
                    if grade == max(GAINS) and len(passage.sentences) > 1:
                        found.append(compare(passage, nearest, question.text, answer))
        label = f"{Path(folder).resolve().name}, {len(found)} passages"
        print(f"\n| {label} | has the answer | share of its words |\n|---|---|---|")
        for name in found[0]:
            shares = np.array([row[name] for row in found])
            print(f"| {name} | {(shares >= HALF).mean():.3f} | {shares.mean():.3f} |")


def passages(searcher: Searcher, text: str) -> Iterator[tuple[Passage, int]]:
    """The candidates for a question, each with its marked sentence."""
    snapshot, question, vector = searcher.engine.snapshot(), read_question(text), searcher.encode(text)
    numbers = candidates(snapshot, vector, text, question.periods, Filters(), 10)
    evidence = snapshot.evidence(vector, asked(question), numbers)
    for found, nearest in zip(snapshot.get(numbers), evidence.answering.tolist(), strict=True):
        yield found.passage, nearest


def compare(passage: Passage, nearest: int, question: str, answer: str) -> dict[str, float]:
    """The share of the answer's words in each choice of a sentence."""
    texts = [passage.text[start - passage.start : end - passage.start] for start, end in passage.sentences]
    wanted, asked_for = set(content_words(answer)), set(content_words(question))
    shares = [len(wanted & set(words(text))) / len(wanted) for text in texts]
    overlaps = [len(asked_for & set(words(text))) for text in texts]
    return {
        "nearest in meaning (marked)": shares[nearest],
        "most words in common": shares[int(np.argmax(overlaps))],
        "first": shares[0],
        "best possible": max(shares),
    }


if __name__ == "__main__":
    main()
