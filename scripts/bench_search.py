#!/usr/bin/env python3
"""How long a question takes over an index that is there: in-process, through HTTP, with filters, and of many callers.

Usage: bench_search.py --questions FILE [--index DIR] [--callers N] [--seconds N] [--processes N]

FILE holds one JSON object a line with a "question", such as seeds/questions.jsonl. The server is a process of its own,
started as a user would start it; also printed are how long it takes to be ready and what memory it holds. A question is
never asked twice in the same words, since the vectors of the last ones are remembered: each has a number behind it.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from machine import describe

from api.search import Searcher, open_index
from indexer.build import add, writing
from indexer.items import RawDocument
from indexer.settings import Settings

SHARES = (0.001, 0.01, 0.1, 0.5)
"""Of the passages that a filter lets in."""

_LONGEST_WAIT = 300
_ANSWERED, _SHED = 200, 503


def milliseconds(ask: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """The time of each question."""
    found = []
    for question in questions:
        began = time.perf_counter()
        ask(question)
        found.append(1000 * (time.perf_counter() - began))
    return found


def anew(questions: Sequence[str], counter: Iterator[int] = itertools.count(1_000_000)) -> list[str]:
    """The same questions in words in which nobody has asked them."""
    return [f"{question} ({next(counter)})" for question in questions]


def row(name: str, times: Sequence[float]) -> str:
    """A line of the table: the name, and what half, 95 and 99 of 100 questions take at most."""
    cuts = statistics.quantiles(times, n=100)
    return f"| {name} | {cuts[49]:.1f} | {cuts[94]:.1f} | {cuts[98]:.1f} |"


@contextmanager
def serving(index: Path, processes: int = 1) -> Iterator[tuple[int, int, float]]:
    """A server over an index: its port, its process, and the seconds until it said that it answers."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", "0", "--index", str(index)]
    command += ["--processes", str(processes)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            said = next(line for line in process.stderr if "answers at" in line)
            ready = time.perf_counter() - began
            found = re.search(r":(\d+) ", said)
            assert found is not None
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield int(found[1]), process.pid, ready
        finally:
            process.terminate()


class Caller:
    """Asks a server over a connection that it keeps."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_LONGEST_WAIT)

    def status(self, question: str, **given: str) -> int:
        """Ask a question, and read the answer to its end."""
        self._connection.request("GET", f"/v1/search?{urllib.parse.urlencode({'q': question, **given})}")
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def ask(self, question: str, **given: str) -> None:
        """The same, where any other answer would be a mistake."""
        if (status := self.status(question, **given)) != _ANSWERED:
            raise RuntimeError(f"{status} for {question!r}")


def at_once(port: int, callers: int, seconds: float, questions: Sequence[str]) -> tuple[list[float], Counter[int]]:
    """So many callers, each with its next question as soon as it has an answer: times of the answers, and statuses."""
    times: list[float] = []
    statuses: Counter[int] = Counter()
    end = time.perf_counter() + seconds

    def call(first: int) -> None:
        caller, number = Caller(port), first
        while (began := time.perf_counter()) < end:
            status = caller.status(*anew([questions[number % len(questions)]]))
            number += callers
            statuses[status] += 1
            if status == _ANSWERED:
                times.append(1000 * (time.perf_counter() - began))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, statuses


def memory(process: int) -> dict[str, float]:
    """MB that a process and those that it started hold for themselves (anonymous), and of mapped files at most."""
    place = Path(f"/proc/{process}")
    lines = (place / "status").read_text(encoding="ascii").splitlines()
    held = {line.partition(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith("Rss")}
    children = (place / "task" / str(process) / "children").read_text(encoding="ascii").split()
    below = [memory(int(child)) for child in children]
    return {
        "own": held["RssAnon"] + sum(child["own"] for child in below),
        "mapped": max(held["RssFile"], *(child["mapped"] for child in below), 0),
    }


def own_memory_without_passages(processes: int) -> float:
    """MB that a server over an index of one passage holds: what the model and the libraries take."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings.from_environment(), index=Path(folder) / "index")
        with writing(settings) as (engine, encoder):
            add([RawDocument("one", "application/json", b'{"title": "One", "text": "One."}')], engine, encoder)
        with serving(settings.index, processes) as (port, process, _):
            at_once(port, 16, 2, ["Who met?"])
            return memory(process)["own"]


def beginnings(searcher: Searcher) -> dict[float, date]:
    """For each share the day from which on about so many of the passages were published."""

    def share(day: date) -> float:
        facets = searcher.search("news", facets=True, after=day.isoformat()).facets
        return facets.searched / searcher.engine.snapshot().info.passages if facets else 0.0

    found = {}
    for wanted in SHARES:
        low, high = date(1900, 1, 1), date(2100, 1, 1)
        while high - low > timedelta(days=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if share(middle) > wanted else (low, middle)
        found[share(low)] = low
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--index", type=Path, default=Settings.from_environment().index)
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--processes", type=int, default=1, help="in which the server searches")
    given = parser.parse_args()
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    print(describe())
    with open_index(given.index) as searcher:
        info = searcher.engine.snapshot().info
        print(f"{info.articles:,} articles, {info.passages:,} passages; {len(questions)} questions, ten hits each\n")
        milliseconds(searcher.search, anew(questions[:50]))
        print("| way | p50, ms | p95, ms | p99, ms |\n|---|---|---|---|")
        print(row("in-process", milliseconds(searcher.search, anew(questions))))
        days = beginnings(searcher)
    with serving(given.index, given.processes) as (port, process, ready):
        caller = Caller(port)
        milliseconds(caller.ask, anew(questions[:50]))
        print(row("HTTP", milliseconds(caller.ask, anew(questions))))
        for share, day in days.items():
            some = milliseconds(lambda question, day=day: caller.ask(question, after=day.isoformat()), anew(questions))  # type: ignore[misc]
            print(row(f"HTTP, a filter that leaves {share:.2%}", some))
        times, statuses = at_once(port, given.callers, given.seconds, questions)
        print(row(f"HTTP, {given.callers} callers at once", times))
        flood, shed = at_once(port, 4 * given.callers, given.seconds, questions)
        held = memory(process)
        print(row(f"HTTP, {4 * given.callers} callers at once, what was answered", flood))
    print(f"\n{given.callers} callers: {len(times) / given.seconds:.0f} questions a second, {dict(statuses)}")
    print(
        f"{4 * given.callers} callers: {len(flood) / given.seconds:.0f} a second, {shed[_SHED]} of {shed.total()} shed"
    )
    without = own_memory_without_passages(given.processes)
    each = (held["own"] - without) * 2**20 / info.passages
    print(
        f"memory: {held['own']:.0f} MB of its own ({without:.0f} without passages, so {each:.0f} bytes a passage), ",
        end="",
    )
    print(f"{held['mapped']:.0f} MB of mapped files; ready after {ready:.1f} s")


if __name__ == "__main__":
    main()
