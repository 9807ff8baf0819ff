#!/usr/bin/env python3
"""What each part of the ranking brings: a judged set scored with all of them, without each, and with each alone.

Usage: ablation.py SET [--index DIR]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from machine import describe

from api.evaluate import evaluate
from api.evaluation_run import open_judged, ranking
from api.fusion import Weights
from indexer.settings import Settings

MEASURES = ("nDCG@10", "MRR@10", "hit@1", "hit@3", "hit@10", "recall@100")


def variants() -> dict[str, Weights]:
    """The weights as they are, without each part, and each part alone."""
    whole = Weights()
    none = Weights(*(0.0 for _ in whole))
    found = {"all": whole}
    found.update({f"without {name}": whole._replace(**{name: 0.0}) for name in whole._fields})
    found.update({f"{name} alone": none._replace(**{name: 1.0}) for name in whole._fields[:-1]})
    return found


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("--index", type=Path)
    arguments = parser.parse_args()
    judged, searcher = open_judged(arguments.set, Settings.from_environment(), arguments.index)
    print(describe())
    print(f"\n| {arguments.set.name} | {' | '.join(MEASURES)} |\n|---{'|---' * len(MEASURES)}|")
    with searcher:
        for name, weights in variants().items():
            searcher.weights = weights
            scores = evaluate(judged, lambda question: ranking(searcher, question))
            print(f"| {name} | {' | '.join(f'{scores.measures[measure]:.3f}' for measure in MEASURES)} |")


if __name__ == "__main__":
    main()
