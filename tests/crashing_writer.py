"""The processes that test_crash.py kills: each is forked, when it is ordered, from one that has imported everything.

An order is a line of JSON on standard input: the index, the files to add and publish one after the other (or
"mend", to open the index for reading), and when to die: at a named step of the n-th publication ("die"), after some
seconds ("after"), or with the next line, having said that it waits at a step ("wait"). The answer is a line with
the exit code, -9 where the process was killed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from indexer import build
from indexer.engine import Binding, Observer, open_engine
from indexer.pipeline import flow
from indexer.readers.files import read_files
from tests.fakes import FakeEncoder

BATCH = 4
"""Passages in a transaction: few, so that there are many transactions."""


def write(index: Path, files: Iterable[Path], observe: Observer = lambda _: None) -> None:
    """Add each file and publish it, by the way that the command line takes."""
    usual = build.BATCH, flow.FEW
    build.BATCH, flow.FEW = BATCH, 10**6  # no process is started: each death would cost a second
    encoder = FakeEncoder()
    engine = open_engine(index, create=Binding.of(encoder))
    publish = engine.publish
    engine.publish = lambda: publish(observe)  # type: ignore[method-assign, assignment]
    try:
        for file in files:
            report = build.add(read_files([file]), engine, encoder)
            assert report.failures == []
    finally:
        build.BATCH, flow.FEW = usual
        engine.close()


def _stop(order: dict[str, Any]) -> Observer:
    seen = []

    def observe(step: str) -> None:
        seen.append(step)
        if seen.count(step) != order.get("publication", 1):
            return
        if step == order.get("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if step == order.get("wait"):
            print("waiting", flush=True)  # noqa: T201
            signal.pause()

    return observe


def _carry_out(order: dict[str, Any]) -> None:
    if order.get("mend"):
        engine = open_engine(order["index"])
        engine.snapshot()
        engine.close()
    else:
        write(Path(order["index"]), map(Path, order["files"]), _stop(order))


def _forked(order: dict[str, Any]) -> int:
    """Carry out an order in a process of its own; says how that ended."""
    alive, held = os.pipe()  # reads as ended when the child is
    child = os.fork()
    if child == 0:
        try:
            _carry_out(order)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it is, this process must not return
            traceback.print_exc()
            os._exit(1)
    os.close(held)
    first, _, _ = select.select([alive, sys.stdin], [], [], order.get("after"))
    if alive not in first:
        os.kill(child, signal.SIGKILL)
        if first:
            sys.stdin.readline()
    os.close(alive)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Carry out one order after the other."""
    while line := sys.stdin.readline():
        print(_forked(json.loads(line)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
