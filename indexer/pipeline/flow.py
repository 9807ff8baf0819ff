"""What sources give, prepared in other processes while the encoder works: in order, and never much of it at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import NamedTuple, Self

from indexer.items import Item, RawDocument, Taken, Visit
from indexer.passages import Splitting
from indexer.pipeline.prepare import Outcome, attempt
from indexer.pipeline.workers import Ended, Limits, Worker

FEW = 8
"""Fewer small plain documents than this are prepared where they are asked for, without starting a process."""

_SMALL = 64 * 2**10
_PLAIN = {"application/json", "text/plain"}

_AT_ONCE, _AT_ONCE_BYTES = 64, 256 * 2**10
"""Documents, and bytes of them, that one process is given together."""

_LIFE = 5000
"""Documents after which a process is replaced, so that what libraries leak stays small."""

_LEAVING = 2
"""Seconds that a source is waited for when a run ends early; one in the middle of a download may take longer."""


class Passed(NamedTuple):
    """An item and what became of it: of a document its article, why there is none, or what is remembered of it."""

    item: Item
    outcome: Outcome | Taken | Visit


Recall = Callable[[RawDocument], Taken | None]


def _nothing(_: RawDocument) -> None:
    return None


class _Place:
    """An item in the line, and its outcome when that is known."""

    __slots__ = ("few", "item", "outcome", "size")

    def __init__(self, item: Item, known: Taken | None) -> None:
        self.item = item
        self.outcome: Outcome | Taken | Visit | None = known if isinstance(item, RawDocument) else item
        self.size = len(item.content) if isinstance(item, RawDocument) else 0
        self.few = False
        """Whether the outcome is found where it is asked for."""


class Flow:
    """Iterate for what became of each item, in the order of the items. A context: leaving it ends all processes.

    A thread reads ahead as far as the limits let it, one thread for each process hands documents over. What ``known``
    remembers of a document, asked by the thread that reads, is its outcome. Where the source raises something the line
    ends, and ``error`` says so.
    """

    def __init__(
        self, items: Iterable[Item], rule: Splitting | None, limits: Limits = Limits(), known: Recall = _nothing
    ) -> None:
        self._items, self._rule, self._limits, self._known = items, rule, limits, known
        self._turn = threading.Condition()
        self._line: deque[_Place] = deque()
        """Everything that was read and not yet given, in order."""
        self._waiting: deque[_Place] = deque()
        """Those of them that no process has yet been given."""
        self._bytes = 0
        self._few = self._idle = 0
        self._read = self._stopped = False
        self.error: BaseException | None = None
        """What the source raised."""
        self._broken: BaseException | None = None
        """What handing over raised: nothing of the line can be relied on."""
        self._reader = threading.Thread(target=self._read_items, name="reading", daemon=True)
        self._handlers: list[threading.Thread] = []
        self._workers: set[Worker] = set()

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._stopped = True
            self._turn.notify_all()
            for worker in self._workers:
                worker.kill()
        for thread in self._handlers:
            thread.join()
        self._reader.join(_LEAVING)

    def __iter__(self) -> Iterator[Passed]:
        while (place := self._next()) is not None:
            if place.outcome is None and isinstance(place.item, RawDocument):
                place.outcome = attempt(place.item, self._rule)
            assert place.outcome is not None
            yield Passed(place.item, place.outcome)

    def is_ready_within(self, seconds: float) -> bool:
        """Wait for the next outcome, or for the end, at most so long; says whether it is there."""
        with self._turn:
            return bool(self._turn.wait_for(self._has_news, seconds))

    def _has_news(self) -> bool:
        return self._broken is not None or self._is_first_ready() or (self._read and not self._line)

    def _next(self) -> _Place | None:
        """The first in the line, when its outcome is known or is to be found here."""
        with self._turn:
            self._turn.wait_for(self._has_news)
            if self._broken:
                raise self._broken
            if not self._line:
                return None
            place = self._line.popleft()
            self._bytes -= place.size
            self._turn.notify_all()
            return place

    def _is_first_ready(self) -> bool:
        return bool(self._line) and (self._line[0].few or self._line[0].outcome is not None)

    # In the thread that reads

    def _read_items(self) -> None:
        try:
            for item in self._items:
                if not self._append(_Place(item, self._known(item) if isinstance(item, RawDocument) else None)):
                    return
        except BaseException as error:  # noqa: BLE001 - whoever takes the outcomes raises it
            self.error = error
        with self._turn:
            self._read = True
            self._turn.notify_all()

    def _append(self, place: _Place) -> bool:
        """Put an item into the line when there is room; says whether more are wanted."""
        with self._turn:
            self._turn.wait_for(lambda: self._stopped or self._has_room(place.size))
            if self._stopped:
                return False
            self._line.append(place)
            self._bytes += place.size
            if isinstance(place.item, RawDocument) and place.outcome is None:
                self._send_on(place, place.item)
            self._turn.notify_all()
            return True

    def _has_room(self, size: int) -> bool:
        """Whatever its size, an item has room in an empty line."""
        fits = len(self._line) < self._limits.window and self._bytes + size <= self._limits.window_bytes
        return fits or not self._line

    def _send_on(self, place: _Place, raw: RawDocument) -> None:
        if self._few < FEW - 1 and raw.media_type in _PLAIN and place.size <= _SMALL:
            self._few += 1
            place.few = True
            return
        self._waiting.append(place)
        if not self._idle and len(self._handlers) < self._limits.processes:
            self._handlers.append(threading.Thread(target=self._handle, name="preparing", daemon=True))
            self._handlers[-1].start()

    # In the threads that hand documents to processes

    def _handle(self) -> None:
        worker: Worker | None = None
        try:
            while places := self._take():
                worker = self._hand_over(worker, places)
        except BaseException as error:  # noqa: BLE001 - raised again where the outcomes are asked for
            with self._turn:
                self._broken = error
                self._turn.notify_all()
        finally:
            self._leave(worker)

    def _take(self) -> deque[_Place]:
        """The documents that wait longest, as many as one process gets at once; none when there will be no more."""
        taken: deque[_Place] = deque()
        with self._turn:
            self._idle += 1
            self._turn.wait_for(lambda: self._waiting or self._stopped or self._read)
            self._idle -= 1
            size = 0
            while self._waiting and not self._stopped and len(taken) < _AT_ONCE and size < _AT_ONCE_BYTES:
                taken.append(self._waiting.popleft())
                size += taken[-1].size
        return taken

    def _hand_over(self, worker: Worker | None, places: deque[_Place]) -> Worker | None:
        """Have documents prepared; gives back the process for the next ones, if it is good for more."""
        while places and not self._stopped:
            worker = worker or self._start()
            try:
                raws = [place.item for place in places if isinstance(place.item, RawDocument)]
                for outcome in worker.prepare(raws):
                    self._settle(places.popleft(), outcome)
            except Ended as ended:
                self._leave(worker)
                worker = None
                if ended.certain:  # else it is tried again, as the first of a new process
                    self._settle(places.popleft(), ended.failure)
        if worker and worker.done >= _LIFE:
            self._leave(worker)
            worker = None
        return worker

    def _settle(self, place: _Place, outcome: Outcome) -> None:
        with self._turn:
            place.outcome = outcome
            if self._line and self._line[0] is place:
                self._turn.notify_all()

    def _start(self) -> Worker:
        worker = Worker(self._rule, self._limits)
        with self._turn:
            self._workers.add(worker)
            if self._stopped:  # after all processes that were known then had been ended
                worker.kill()
        return worker

    def _leave(self, worker: Worker | None) -> None:
        if worker:
            with self._turn:
                self._workers.discard(worker)
            worker.close()
