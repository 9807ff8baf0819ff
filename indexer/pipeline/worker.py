"""What runs in the processes that prepare documents, which ``indexer.pipeline.workers`` starts.

On standard input come pickles: a ``Job``, then lists of documents; on standard output goes one for each document, as
soon as it is done, so that whoever reads knows which document ended the process. The kernel does the killing: a timer
of processor time and one of real time are set for each document, and their signals end a process that runs no Python.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import pickle
import signal
import sys
from dataclasses import dataclass
from typing import BinaryIO

from indexer.items import RawDocument
from indexer.passages import Splitting
from indexer.pipeline.prepare import Outcome, attempt

READY = "ready"
"""The first answer, once everything is loaded."""

OUT_OF_MEMORY = "out of memory"
"""Answered for a document that needs more than it may; the process ends behind it."""

Answer = Outcome | str

SLACK = 10
"""Seconds of real time for each of processor time: a process that others leave little of the processor is no guilty
one, but one that sleeps must end as well."""

_FIRST = RawDocument(
    "first", "application/json", json.dumps({"title": "First", "text": "Nothing is read from this. " * 20}).encode()
)
"""Makes libraries load what they load at first use: the models of languages, the tokenizer."""

_PARENT_DIED = 1
"""PR_SET_PDEATHSIG of Linux's prctl(2): the signal to get when the thread that started this process ends."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is told at first: the splitting rule, seconds of processor time for one document and one MiB of
    plain text, and bytes of memory beyond what the program itself takes."""

    rule: Splitting | None
    seconds: float
    memory: int


def main() -> None:
    """Answer until standard input ends."""
    given, answers = _channel()
    _behave()
    job: Job = pickle.load(given)  # noqa: S301 - from the process that started this one
    attempt(_FIRST, job.rule)
    _limit_memory(job.memory)
    _silence()
    _send(answers, READY)
    with contextlib.suppress(EOFError):
        while True:
            for raw in pickle.load(given):  # noqa: S301
                _send(answers, answer := _answer(raw, job))
                if answer == OUT_OF_MEMORY:
                    os._exit(1)  # what an allocation has failed in may be in any state


def _channel() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, the latter out of reach of libraries that print."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # for what goes wrong while everything is loaded
    return sys.stdin.buffer, answers


def _silence() -> None:
    """What libraries print of a document goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _behave() -> None:
    """Die with the parent, and leave interrupts to it and the processor to the encoder."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "setitimer"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for name in (signal.SIGPROF, signal.SIGALRM):
            signal.signal(name, signal.SIG_DFL)
    logging.disable()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    if hasattr(os, "nice"):
        os.nice(NICENESS)


NICENESS = 10
"""By how much a worker steps back behind the encoder, which otherwise waits for each of its threads."""


def _limit_memory(memory: int) -> None:
    """Let further allocations fail beyond so many bytes, where the system can (Linux)."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - not everywhere

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            taken = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + memory, taken + memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(raw: RawDocument, job: Job) -> Answer:
    _set_timers(seconds_for(raw, job.seconds))
    try:
        return attempt(raw, job.rule)
    except MemoryError:
        return OUT_OF_MEMORY
    finally:
        _set_timers(0)


def seconds_for(raw: RawDocument, seconds: float) -> float:
    """The processor time that a document may take: more for large plain texts, in which nothing is to be untangled."""
    flat = raw.media_type in {"application/json", "text/plain"}
    return seconds * (1 + len(raw.content) // 2**20) if flat else seconds


def _set_timers(seconds: float) -> None:
    """End this process in so many seconds; 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, seconds * SLACK)


def _send(answers: BinaryIO, answer: Answer) -> None:
    pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
    answers.flush()
