#!/usr/bin/env python3
"""How fast a corpus goes into an index, and whether the encoder ever waits. Run again, it goes on where it ended.

Usage: bench_ingest.py CORPUS [--index DIR] [--limit N] [--processes N] [--changed SHARE]

With --changed the corpus is added a second time, in which that share of its documents has a paragraph more.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from machine import describe

from indexer.build import Report, add, writing
from indexer.engine import Engine
from indexer.items import Item, RawDocument
from indexer.pipeline.workers import Limits
from indexer.readers.files import read_files
from indexer.settings import Settings


class Watch:
    """Prints how far a run has come, now and then."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._began = self._last = time.perf_counter()

    def show(self, report: Report) -> None:
        now = time.perf_counter()
        if now - self._last >= self._every:
            self._last = now
            speed = report.passages / (now - self._began)
            print(
                f"{now - self._began:7.0f} s  {report.documents:,} documents, {report.passages:,} passages "
                f"({speed:.0f} a second), encoder busy {report.encoding.utilisation:.1%}, {peak()} MB",
                flush=True,
            )


def peak(who: int = resource.RUSAGE_SELF) -> int:
    """The most memory ever held by this process, or by the largest of those it started and has seen end; MB."""
    return resource.getrusage(who).ru_maxrss // 1024


def publishing_timed(engine: Engine) -> list[str]:
    """Have an engine note how long each step of publishing takes; they are appended to the list."""
    steps: list[str] = []
    publish = type(engine).publish

    def timed() -> bool:
        began = [time.perf_counter()]

        def observe(step: str) -> None:
            steps.append(f"{step} {time.perf_counter() - began[-1]:.1f} s")
            began.append(time.perf_counter())

        done = publish(engine, observe)
        steps.append(f"all {time.perf_counter() - began[0]:.1f} s")
        return done

    engine.publish = timed  # type: ignore[method-assign, assignment]
    return steps


def size(folder: Path) -> float:
    """MB of files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def show(report: Report, seconds: float, steps: list[str], index: Path) -> None:
    """Print what a run was like."""
    times = report.encoding
    print(
        f"\n{report.added:,} articles added, {report.changed:,} changed, {report.unchanged:,} unchanged, "
        f"{report.cosmetic:,} cosmetic, {report.failed:,} not taken, {report.passages:,} passages in {seconds:.0f} s"
    )
    for reason, count in report.reasons.most_common():
        print(f"  not taken: {reason} ({count:,})")
    print(f"per second: {report.documents / seconds:.1f} articles, {report.passages / seconds:.1f} passages")
    print(
        f"encoder: busy {times.busy:.1f} s of {times.wall:.1f} s ({times.utilisation:.1%}); "
        f"waited {times.waited_for_input:.1f} s for input, {times.waited_for_writer:.1f} s for the writer"
    )
    print(f"publishing: {', '.join(steps)}")
    print(f"peak memory: {peak()} MB here, {peak(resource.RUSAGE_CHILDREN)} MB in the largest other process")
    print(f"index: {size(index):.0f} MB")


def amended(documents: Iterable[Item], share: float) -> Iterator[Item]:
    """The same documents, a share of them, evenly spread, with a paragraph more; these are JSON with a "text"."""
    for number, raw in enumerate(documents):
        due = int(number * share) != int((number + 1) * share)
        if due and isinstance(raw, RawDocument) and raw.media_type == "application/json":
            record = json.loads(raw.content)
            record["text"] += "\n\nThe ministry later added that the talks would go on next week."
            yield replace(raw, content=json.dumps(record).encode())
        else:
            yield raw


def main() -> None:
    """Take a corpus in and print what that took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--processes", type=int, default=Limits().processes)
    parser.add_argument("--changed", type=float, help="share of the documents, such as 0.01")
    parser.add_argument("--every", type=float, default=30, help="seconds between two lines of progress")
    given = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as scratch:
        index = given.index or Path(scratch) / "index"
        with writing(replace(Settings.from_environment(), index=index)) as (engine, encoder):
            times = []
            for share in [0.0] if given.changed is None else [0.0, given.changed]:
                steps = publishing_timed(engine)
                began = time.perf_counter()
                with closing(read_files([given.corpus])) as documents:
                    wanted = amended(itertools.islice(documents, given.limit), share)
                    limits = Limits(processes=given.processes)
                    report = add(wanted, engine, encoder, Watch(given.every).show, limits)
                times.append(time.perf_counter() - began)
                show(report, times[-1], steps, index)
            if given.changed is not None:
                print(f"\nwith {given.changed:.1%} changed {times[0] / times[1]:.0f} times as fast as from nothing")


if __name__ == "__main__":
    main()
