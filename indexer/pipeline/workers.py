"""Processes that prepare documents: what hangs one, ends it or fills its memory costs one document.

The standard pools do not do for this. They start their processes by importing the main module again, which ends a
script without a guard and one from standard input; theirs share a pipe, which a process that is killed at the wrong
moment leaves locked for all; and they do not say which of several documents it was that ended a process.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.errors import DragomanError
from indexer.items import Failure, RawDocument
from indexer.passages import Splitting
from indexer.pipeline.prepare import Outcome
from indexer.pipeline.worker import OUT_OF_MEMORY, READY, Answer, Job, seconds_for


@dataclass(frozen=True, slots=True)
class Limits:
    """What preparing may take: seconds of processor time and bytes of memory for one document, and processes.

    ``window`` documents and ``window_bytes`` of them, as read, are at most on the way or waiting to be fetched.
    """

    seconds: float = 20
    memory: int = 2**30
    processes: int = min(4, os.cpu_count() or 1)
    window: int = 1024
    window_bytes: int = 64 * 2**20


_DYING = 10
"""Seconds that a process may take to end: the kernel has to free its memory."""

_CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from indexer.pipeline.worker import main; main()"

_TIMERS = {-getattr(signal, name) for name in ("SIGPROF", "SIGALRM") if hasattr(signal, name)}


class Ended(Exception):
    """A process is no more, or of no more use; ``failure`` is for the document that it had."""

    def __init__(self, failure: Failure, *, certain: bool) -> None:
        super().__init__(failure.reason)
        self.failure = failure
        self.certain = certain
        """Whether that document is to blame; else those that the process had before may be."""


class Worker:
    """One process. Used by one thread, which must outlive it: on Linux it dies with the thread that started it."""

    def __init__(self, rule: Splitting | None, limits: Limits) -> None:
        """Start it, and wait until it has loaded everything. Raises DragomanError where it does not start."""
        self.done = 0
        self._limits = limits
        self._process = subprocess.Popen(  # noqa: S603 - this Python, our own module
            [sys.executable, "-P", "-c", _CHILD, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        try:
            self._give(Job(rule, limits.seconds, limits.memory))
            ready = self._answer()
        except (OSError, EOFError, pickle.UnpicklingError):
            ready = None
        if ready != READY:
            raise DragomanError(f"a process to read documents in does not start (it ended {_ending(self._ended())})")

    @property
    def pid(self) -> int:
        return self._process.pid

    def prepare(self, documents: Sequence[RawDocument]) -> Iterator[Outcome]:
        """What becomes of each document, as it is known. Raises Ended at the one that the process ended with."""
        raw = documents[0]
        try:
            self._give(list(documents))
            for raw in documents:
                answer = self._answer()
                if isinstance(answer, str):
                    self.close()
                    raise Ended(self._failure(answer, raw), certain=self.done == 0)
                self.done += 1
                yield answer
        except (OSError, EOFError, pickle.UnpicklingError):
            code = self._ended()
            raise Ended(self._failure(code, raw), certain=code in _TIMERS or self.done == 0) from None

    def _failure(self, ending: str | int, raw: RawDocument) -> Failure:
        if ending == OUT_OF_MEMORY:
            reason = f"needed more than {self._limits.memory / 2**30:.3g} GiB of memory"
        elif ending in _TIMERS:
            reason = f"took longer than {seconds_for(raw, self._limits.seconds):g} s"
        else:
            reason = f"ended the process that read it ({_ending(ending)})"
        return Failure(raw.source, reason, raw.input)

    def _give(self, given: object) -> None:
        assert self._process.stdin is not None
        pickle.dump(given, self._process.stdin, pickle.HIGHEST_PROTOCOL)
        self._process.stdin.flush()

    def _answer(self) -> Answer:
        assert self._process.stdout is not None
        answer: Answer = pickle.load(self._process.stdout)  # noqa: S301 - from a process of our own code
        return answer

    def _ended(self) -> int:
        """How it ended, as subprocess says it; it has closed its pipes, so it is about to, if it has not."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING)
        return self.close()

    def kill(self) -> None:
        """End it now, from whatever thread; whoever waits for an answer meets the end."""
        self._process.kill()

    def close(self) -> int:
        """End it now and free what it holds."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was on its way to a process that is gone
                if pipe is not None:
                    pipe.close()
        return self._process.wait()


def _ending(code: str | int) -> str:
    with contextlib.suppress(ValueError):
        return f"by {signal.Signals(-int(code)).name}"
    return f"with exit code {code}"
