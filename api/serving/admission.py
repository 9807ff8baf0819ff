"""A bounded queue in front of the model: so many searches run, so many wait, and the rest are told when to come back.

Endpoints run in a pool of 40 threads (anyio's). Each search that runs or waits holds one, so both together stay well
below: pages, articles and health checks always find a thread.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from indexer.errors import Busy, SettingError
from indexer.settings import Settings

MOST = 32
"""Searches that may run and wait together: 8 of the 40 threads stay free for everything else."""

PATIENCE = 10.0
"""Seconds that a search waits at most: few people, and few programs, wait longer for the first sign of an answer."""

_SOON = 0.8
"""Seconds in which the last of those that wait should have its answer: then of 100 at most one takes over a second."""

_LONGEST_ADVICE = 60
_WEIGHT = 0.1
"""Of the newest search in the running mean of how long one takes (exponential smoothing)."""


class Admission:
    """Lets ``running`` searches run at once and ``waiting`` more wait, in the order in which they came.

    Fewer wait where the last would wait too long, but as many as run: searches may take long, and one always follows.
    For threads of one process. Not reentrant: a thread that holds a turn must not ask for another.
    """

    def __init__(
        self,
        running: int,
        waiting: int,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``patience`` is in seconds. Raises SettingError where all of them would not leave threads for the rest."""
        if running < 1 or waiting < 0 or running + waiting > MOST:
            raise SettingError(
                f"{running} searches at once and {waiting} waiting: at least 1 must run, and both together are at most"
                f" {MOST}; set DRAGOMAN_CONCURRENCY (or DRAGOMAN_PROCESSES) and DRAGOMAN_QUEUE"
            )
        self._most_running, self._most_waiting, self._patience, self._clock = running, waiting, patience, clock
        self._lock = threading.Lock()
        self._running = 0
        self._queue: deque[threading.Event] = deque()
        self._mean = 0.0

    @property
    def most_running(self) -> int:
        """How many searches may run at once."""
        return self._most_running

    @property
    def running(self) -> int:
        """How many searches run now."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many searches wait now."""
        return len(self._queue)

    def refusal(self) -> Busy | None:
        """What a search would be told that came now; None where it could run or wait."""
        with self._lock:
            is_full = self._running >= self._most_running and len(self._queue) >= self._room()
            return self._busy() if is_full else None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn for the length of the block. Raises Busy at once where too many wait, or after the patience."""
        self._enter()
        began = self._clock()
        try:
            yield
        finally:
            self._leave(self._clock() - began)

    def _enter(self) -> None:
        with self._lock:
            if self._running < self._most_running:
                self._running += 1
                return
            if len(self._queue) >= self._room():
                raise self._busy()
            mine = threading.Event()
            self._queue.append(mine)
        if not mine.wait(self._patience):
            self._give_up(mine)

    def _room(self) -> int:
        """How many may wait, by the mean of how long searches took: those ahead are done in turns of as many as run."""
        if not self._mean:
            return self._most_waiting
        in_time = int(_SOON / self._mean * self._most_running) - self._most_running
        return min(self._most_waiting, max(self._most_running, in_time))

    def _give_up(self, mine: threading.Event) -> None:
        with self._lock:
            if mine in self._queue:  # else the turn came at the last moment, and is taken
                self._queue.remove(mine)
                raise self._busy()

    def _leave(self, took: float) -> None:
        with self._lock:
            self._mean = took if not self._mean else self._mean + _WEIGHT * (took - self._mean)
            if self._queue:
                self._queue.popleft().set()  # the turn goes from one to the next: as many run as before
            else:
                self._running -= 1

    def _busy(self) -> Busy:
        """The advice is when those that are here now will be done, by the mean of those before; at least a second."""
        ahead = self._running + len(self._queue)
        seconds = min(max(1, math.ceil(self._mean * ahead / self._most_running)), _LONGEST_ADVICE)
        return Busy(
            f"{self._running} searches are running and {len(self._queue)} waiting: try again in {seconds}"
            f" second{'s' if seconds > 1 else ''}",
            seconds,
        )


def admission_for(settings: Settings) -> Admission:
    """As the settings say: of several processes each searches for one at a time. Raises SettingError."""
    return Admission(settings.concurrency if settings.processes == 1 else settings.processes, settings.queue)
