#!/usr/bin/env python3
"""How much of what an exact search finds is found through lists, and how long both take, over a large index.

Usage: bench_recall.py --index DIR --questions FILE [FILE ...] [--judged FOLDER]

Each FILE holds one JSON object a line with a "question". The index must be large enough to have lists. FOLDER is a
judged set whose articles are among those of the index: its measures are printed for both ways, too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
from machine import describe

from api.candidates import CANDIDATES
from api.evaluate import evaluate, read_judged_set
from api.evaluation_run import ranking
from api.search import Searcher, open_index
from indexer.embedded.coarse import Coarse
from indexer.embedded.dense import Dense
from indexer.embedded.generation import COARSE
from indexer.embedded.layout import Layout
from indexer.encode import Vectors

SHARES = (0.001, 0.01, 0.1, 0.2, 0.5, 1.0)
"""Of the passages that a filter lets in."""


def timed(index: Dense | Coarse, question: Vectors, mask: np.ndarray | None) -> tuple[list[int], float]:
    """The nearest rows, and the milliseconds that it took to find them."""
    began = time.perf_counter()
    rows = index.search(question, CANDIDATES, mask).rows.tolist()
    return rows, 1000 * (time.perf_counter() - began)


def share_of(found: list[list[int]], exact: list[list[int]], k: int) -> float:
    """Of the k nearest, the share that was found on average."""
    pairs = zip(found, exact, strict=True)
    return float(np.mean([len(set(one[:k]) & set(other[:k])) / max(1, len(other[:k])) for one, other in pairs]))


def show_measures(folder: Path, searcher: Searcher, exact: Dense) -> None:
    """Print what users get of it: the measures of a judged set, through lists and exactly."""
    judged = read_judged_set(folder)
    ways = {"lists": Coarse.search, "exact": lambda _, vector, k, mask=None: exact.search(vector, k, mask)}
    for name, way in ways.items():
        Coarse.search = way  # type: ignore[assignment, method-assign]
        found = evaluate(judged, lambda question: ranking(searcher, question))
        means = ", ".join(f"{measure} {mean:.4f}" for measure, mean in found.measures.items())
        print(f"{name}: {found.questions} questions, {means}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--judged", type=Path)
    given = parser.parse_args()
    lines = [line for path in given.questions for line in path.read_text(encoding="utf-8").splitlines()]
    with open_index(given.index) as searcher:
        info = searcher.engine.snapshot().info
        folder = Layout(given.index).generation(info.generation)
        dense = Dense.load(folder / "dense.faiss", info.dimension)
        if not (folder / COARSE).exists():
            parser.error(f"{given.index} has {info.passages:,} passages, too few for lists")
        lists = Coarse.load(folder / COARSE, dense)
        vectors = [searcher.encode(json.loads(line)["question"]) for line in lines]
    print(describe())
    print(f"{info.passages:,} passages, {len(vectors)} questions, {CANDIDATES} passages each; {lists.kind}\n")
    print("| a filter lets in | exact, ms | lists, ms | recall@10 | recall@100 |\n|---|---|---|---|---|")
    rng = np.random.default_rng(0)
    for share in SHARES:
        mask = None if share == 1 else rng.random(info.passages) < share
        exact, found = ([timed(index, vector, mask) for vector in vectors] for index in (dense, lists))
        rows, near = ([one[0] for one in some] for some in (exact, found))
        times = [statistics.median(one[1] for one in some) for some in (exact, found)]
        recall = [share_of(near, rows, k) for k in (10, 100)]
        print(f"| {share:.1%} | {times[0]:.1f} | {times[1]:.1f} | {recall[0]:.4f} | {recall[1]:.4f} |", flush=True)
    if given.judged:
        print()
        with open_index(given.index) as searcher:
            show_measures(given.judged, searcher, dense)


if __name__ == "__main__":
    main()
