"""Ending a long command well: a first Ctrl-C or SIGTERM is heeded between two documents, a second breaks it off."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Self

from indexer.items import Item

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StoppedError(Exception):
    """Whoever wanted to wait is to end instead."""


class Stop:
    """Hears signals while it is entered, in the main thread; what it says may be asked in any thread.

    Built on a plain lock, which a handler of signals may release whatever the interrupted code is doing; an Event may
    not be set there.
    """

    def __init__(self) -> None:
        self.heard = False
        self._gate = threading.Lock()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._gate.acquire()
        self._before = {number: signal.signal(number, self._hear) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, *_: object) -> None:
        if self.heard:
            raise KeyboardInterrupt
        self.heard = True
        self._gate.release()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until a signal is heard; says whether one was."""
        if self._gate.acquire(timeout=min(seconds, threading.TIMEOUT_MAX)):
            self._gate.release()
        return self.heard

    def sleep(self, seconds: float) -> None:
        """Wait so long. Raises StoppedError where a signal is heard first."""
        if self.wait(seconds):
            raise StoppedError

    def until(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items as they come; no more of them once a signal is heard."""
        try:
            for item in items:
                if self.heard:
                    return
                yield item
        except StoppedError:
            return
