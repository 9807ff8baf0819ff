"""Searches in several processes: Python computes in one thread at a time, so that one process uses hardly two cores.

Each process has the index open, whose files are mapped and so in memory once, and a model of its own with its share of
the cores; the server has one more, with which it opened the index. What is no search is answered where it is asked for.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from api.answer import Answer
from api.search import Searcher, open_index
from indexer.errors import DragomanError
from indexer.settings import Settings, cores
from indexer.types import Query

log = logging.getLogger(__name__)


class CrewSearcher(Searcher):
    """Answers as the searcher does that it is made from, but in ``settings.processes`` others."""

    def __init__(self, searcher: Searcher, settings: Settings) -> None:
        """Start the processes, and wait until all answer. Raises DragomanError where one does not."""
        super().__init__(searcher.engine, searcher.encoder, searcher.ranking, searcher.reranker)
        self._crew = _Crew(settings)

    def answer(self, query: Query, *, explain: bool = False, facets: bool = False) -> Answer:
        return self._crew.answer(query, explain, facets)

    def close(self) -> None:
        self._crew.close()
        super().close()


class _Crew:
    """A pool of processes; a new one where a process of the old one was ended from outside."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._pool = self._started()

    def answer(self, query: Query, explain: bool, facets: bool) -> Answer:  # noqa: FBT001 - as they are sent
        """What one of the processes answers; asked again, once, where that or another one ends meanwhile."""
        pool = self._pool
        try:
            return pool.submit(_answer, query, explain, facets).result()
        except BrokenProcessPool:
            pass
        try:
            return self._renewed(pool).submit(_answer, query, explain, facets).result()
        except BrokenProcessPool as error:
            raise DragomanError("the processes that search have ended twice over one question") from error

    def _renewed(self, broken: ProcessPoolExecutor) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is broken:  # else another thread has seen to it
                log.warning("a process that searches has ended: starting %d new ones", self._settings.processes)
                broken.shutdown(wait=False)
                self._pool = self._started()
            return self._pool

    def _started(self) -> ProcessPoolExecutor:
        count, context = self._settings.processes, get_context("spawn")
        place = _Place(self._settings, max(1, cores() // count), context.Barrier(count))
        pool = ProcessPoolExecutor(count, context, _begin, (place,))
        try:
            for ready in wait([pool.submit(_warm_up) for _ in range(count)]).done:
                ready.result()
        except BrokenProcessPool as error:
            raise DragomanError("a process that searches does not start: what it says stands above") from error
        except BaseException:
            pool.shutdown(wait=False)
            raise
        return pool

    def close(self) -> None:
        self._pool.shutdown()


# In the processes


@dataclass(frozen=True, slots=True)
class _Place:
    """What a process begins with."""

    settings: Settings
    threads: int
    together: Barrier


class _Here(NamedTuple):
    searcher: Searcher
    together: Barrier


_here: list[_Here] = []
"""What this process has: one, once it has begun."""


def _begin(place: _Place) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all of them: the server ends them when it is done
    threading.Thread(target=_end_with_the_server, name="watching", daemon=True).start()
    _here.append(_Here(open_index(settings=place.settings, threads=place.threads), place.together))


def _end_with_the_server() -> None:
    """A server that is killed, or ends by a signal, says nothing to its processes: they would wait for ever."""
    server = parent_process()
    assert server is not None
    server.join()
    os._exit(0)


def _warm_up() -> None:
    _here[0].together.wait()  # else the first process might do it for all, while another still begins
    _here[0].searcher.search("warm up")
    gc.freeze()  # as in the server (api.server)


def _answer(query: Query, explain: bool, facets: bool) -> Answer:  # noqa: FBT001 - as they are sent
    return _here[0].searcher.answer(query, explain=explain, facets=facets)
