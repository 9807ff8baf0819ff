#!/usr/bin/env python3
"""What each kind of evidence brings: the cross-validated ranking, learned anew without each of them.

Usage: ablation.py SET[=INDEX] ...   (as for learn.py)
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from learn import Learners, Row, gather
from machine import describe

from api.evaluate import measures
from api.features import FEATURES

SHOWN = ("nDCG@10", "MRR@10")


def main() -> None:
    """Print a table: a row without each kind of evidence, a column for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    arguments = parser.parse_args()
    print(describe(), flush=True)
    parts = [given.partition("=") for given in arguments.sets]
    rows = [row for folder, _, index in parts for row in gather(Path(folder), index)]
    names = list(dict.fromkeys(row.name for row in rows if row.judged))
    print(f"\n| {' / '.join(SHOWN)} | {' | '.join(names)} |\n|---{'|---' * len(names)}|")
    for without in (None, *FEATURES):
        learners = Learners(rows, without)
        cells = [means(learners, [row for row in learners.rows if row.name == name]) for name in names]
        print(f"| {'all' if without is None else f'without {without}'} | {' | '.join(cells)} |", flush=True)


def means(learners: Learners, rows: list[Row]) -> str:
    """The means of the measures over questions that were not learned from."""
    found = []
    for row in rows:
        assert row.judged is not None
        ranked = [row.passages[at] for at in learners.order(row)[:100]]
        found.append(measures(row.judged.grades(ranked), row.judged.ideal()))
    return " / ".join(f"{np.mean([values[name] for values in found]):.3f}" for name in SHOWN)


if __name__ == "__main__":
    main()
