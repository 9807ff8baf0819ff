#!/usr/bin/env python3
"""What it costs to let an article have only so many hits, and to fold copies.

Usage: diversity.py SET[=INDEX] ...
"""

from __future__ import annotations

import argparse
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from machine import describe

from api.evaluate import DEPTH, Question, Retrieved, evaluate
from api.evaluation_run import open_judged
from api.search import Searcher
from indexer.settings import Settings

SHOWN = ("nDCG@10", "MRR@10", "hit@10", "recall@100")
LIMITS = (0, 1, 3, 5, 7)


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    print(describe())
    for given in parser.parse_args().sets:
        folder, _, index = given.partition("=")
        judged, searcher = open_judged(Path(folder), Settings.from_environment(), Path(index) if index else None)
        with searcher:
            print(
                f"\n| {Path(folder).resolve().name}: hits of one article | {' | '.join(SHOWN)} | articles in ten hits |"
            )
            print(f"|---{'|---' * len(SHOWN)}|---|")
            for limit in LIMITS:
                different: list[int] = []
                scores = evaluate(judged, partial(ranked, searcher, limit, different))
                cells = " | ".join(f"{scores.measures[name]:.3f}" for name in SHOWN)
                print(f"| {limit or 'any number'} | {cells} | {np.mean(different):.1f} |", flush=True)


def ranked(searcher: Searcher, limit: int, different: list[int], question: Question) -> list[Retrieved]:
    """The ranking with a limit; notes how many articles its first ten hits are from."""
    hits = searcher.search(question.text, DEPTH, per_article=limit, asked_on=question.asked_on).hits
    different.append(len(Counter(hit.article.id for hit in hits[:10])))
    return [Retrieved(hit.article.id, hit.passage.id, hit.passage.text) for hit in hits]


if __name__ == "__main__":
    main()
