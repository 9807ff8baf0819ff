#!/usr/bin/env python3
"""How time, memory and disk grow with the number of passages: parts of a large index, from small to all of it.

Usage: bench_growth.py --index DIR --questions FILE [--sizes N,N,...]

The articles and their vectors are taken from the index, so nothing is encoded: that takes the same for each passage
(bench_ingest.py). A server is ready from files that were written just before. Printed are a table, the exponents of the
curves that fit it best (time is as size to the power of the exponent: 1 is linear, 0 does not grow), a plot of each
column, and what they come to at ten million passages.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bench_search import Caller, anew, memory, milliseconds, serving
from machine import describe

from indexer.embedded.dense import singles
from indexer.embedded.layout import Layout
from indexer.embedded.library import Library
from indexer.encode import unit_rows
from indexer.engine import Engine, open_engine
from indexer.pooling import Encoded
from indexer.types import StoredArticle

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
FAR = 10_000_000
AT_ONCE = 512

_HEIGHT = 16


class Row(NamedTuple):
    """What one size took: seconds, MB and milliseconds."""

    passages: int
    storing: float
    linking: float
    publishing: float
    disk: float
    own: float
    ready: float
    question: float


def copied(source: Library, engine: Engine, sizes: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Put articles into an engine; at each size, and at the end, says how many passages it has and the seconds."""
    waiting: list[tuple[int, StoredArticle]] = []
    passages, seconds, wanted = 0, 0.0, list(sizes)
    for found in source.current():
        waiting.append(found)
        passages += len(found[1].passages)
        reached = bool(wanted) and passages >= wanted[0]
        if reached or sum(len(stored.passages) for _, stored in waiting) >= AT_ONCE:
            seconds += put(source, engine, waiting)
            waiting = []
        if reached:
            wanted = [size for size in wanted if size > passages]
            yield passages, seconds
    if waiting:
        seconds += put(source, engine, waiting)
    if wanted:
        yield passages, seconds


def put(source: Library, engine: Engine, some: Sequence[tuple[int, StoredArticle]]) -> float:
    """Store articles as they are; says how many seconds that took, reading them not counted."""
    vectors = [source.vectors(version) for version, _ in some]
    encoded = Encoded(
        *(
            unit_rows(singles(np.concatenate(parts)))
            for parts in ([one.passages for one in vectors], [one.sentences for one in vectors])
        )
    )
    began = time.perf_counter()
    engine.put([stored.article for _, stored in some], [stored.passages for _, stored in some], encoded)
    return time.perf_counter() - began


def measured(engine: Engine, index: Path, passages: int, storing: float, questions: Sequence[str]) -> Row:
    """Publish from nothing, serve, and ask; ``linking`` is of what came since the size before."""
    moments = [time.perf_counter()]
    engine.publish(lambda _: moments.append(time.perf_counter()), force=True)
    generation = Layout(index).generation(Layout(index).published() or 0)
    files = [*index.glob("library.sqlite*"), *generation.rglob("*")]
    disk = sum(path.stat().st_size for path in files if path.is_file())
    with serving(index) as (port, process, ready):
        caller = Caller(port)
        milliseconds(caller.ask, anew(questions[:20]))
        times = milliseconds(caller.ask, anew(questions))
        own = memory(process)["own"]
    linking, publishing = moments[1] - moments[0], moments[-1] - moments[1]
    return Row(passages, storing, linking, publishing, disk / 2**20, own, ready, statistics.median(times))


def exponent(sizes: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """Exponent and factor of the power of the size that is nearest to the values (least squares of logarithms)."""
    slope, level = np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-3)), 1)
    return float(slope), float(np.exp(level))


def plot(rows: Sequence[Row], name: str) -> str:
    """A column of the table over the size, both in logarithms."""
    values = np.log([max(getattr(row, name), 1e-3) for row in rows])
    sizes = np.log([row.passages for row in rows])
    low, high = values.min(), max(values.max(), values.min() + 1e-9)
    columns = ((sizes - sizes[0]) / max(sizes[-1] - sizes[0], 1e-9) * 59).astype(int)
    heights = ((values - low) / (high - low) * (_HEIGHT - 1)).astype(int)
    lines = [[" "] * 60 for _ in range(_HEIGHT)]
    for column, height in zip(columns, heights, strict=True):
        lines[_HEIGHT - 1 - height][column] = "*"
    return "\n".join(f"  | {''.join(line)}" for line in lines) + f"\n  +{'-' * 61}"


def main() -> None:
    """Print the table, the fits and the plots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    given = parser.parse_args()
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    source = Library(given.index / "library.sqlite")
    reader = open_engine(given.index)
    binding = reader.binding
    reader.close()
    rows = []
    print(describe())
    print(
        "\n| passages | storing, s | linking, s | publishing, s | disk, MB | memory, MB | ready, s | question p50, ms |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        engine = open_engine(index, write=True, create=binding)
        for passages, storing in copied(source, engine, [int(size) for size in given.sizes.split(",")]):
            row = measured(engine, index, passages, storing, questions)
            row = row._replace(linking=row.linking + (rows[-1].linking if rows else 0))
            rows.append(row)
            print(f"| {passages:,} | " + " | ".join(f"{value:.1f}" for value in row[1:]) + " |", flush=True)
        engine.close()
    sizes = [row.passages for row in rows]
    for name in Row._fields[1:]:
        values = [getattr(row, name) for row in rows]
        slope, (last, factor) = exponent(sizes, values)[0], exponent(sizes[-2:], values[-2:])
        print(f"\n{name}: as size to the power of {slope:.2f}, between the last two sizes {last:.2f}", end="")
        print(f"; going on like these, {factor * FAR**last:,.0f} at {FAR:,} passages")
        print(plot(rows, name))


if __name__ == "__main__":
    main()
