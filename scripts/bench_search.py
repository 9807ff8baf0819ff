#!/usr/bin/env python3
"""How long a question takes, in-process and through HTTP on loopback, over an index that is there.

Usage: bench_search.py --questions FILE [--index DIR] [--rounds N]

FILE holds one JSON object a line with a "question", such as seeds/questions.jsonl.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import uvicorn
from machine import describe

from api.app import create_app
from api.search import Searcher, open_index


def milliseconds(ask: Callable[[str], object], questions: list[str]) -> list[float]:
    """The time of each question."""
    found = []
    for question in questions:
        began = time.perf_counter()
        ask(question)
        found.append(1000 * (time.perf_counter() - began))
    return sorted(found)


def serve(searcher: Searcher) -> tuple[uvicorn.Server, str]:
    """A server of its own thread on a free port of loopback, and its address."""
    server = uvicorn.Server(uvicorn.Config(create_app(searcher), port=0, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return server, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    lines = arguments.questions.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines] * arguments.rounds
    began = time.perf_counter()
    searcher = open_index(arguments.index)
    searcher.search("warm up")
    ready = time.perf_counter() - began
    server, address = serve(searcher)

    def over_http(question: str) -> bytes:
        query = urllib.parse.urlencode({"q": question})
        with urllib.request.urlopen(f"{address}/v1/search?{query}") as answer:
            return bytes(answer.read())

    info = searcher.engine.snapshot().info
    print(describe())
    print(f"{info.articles:,} articles, {info.passages:,} passages; open and warm after {ready:.1f} s")
    print(f"{len(questions)} questions, ten hits each\n\n| way | p50, ms | p95, ms | p99, ms |\n|---|---|---|---|")
    for name, ask in {"in-process": searcher.search, "HTTP": over_http}.items():
        cuts = statistics.quantiles(milliseconds(ask, questions), n=100)
        print(f"| {name} | {cuts[49]:.1f} | {cuts[94]:.1f} | {cuts[98]:.1f} |")
    server.should_exit = True


if __name__ == "__main__":
    main()
