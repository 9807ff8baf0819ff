"""Fetching as a guest: robots.txt first, one request at a time to a host, pauses between them, and rest when asked for.

All of it holds for every request of an exchange, redirects too; for robots.txt itself all but the rules.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from indexer.errors import FetchError, Forbidden, Refused
from indexer.readers.http.fetching import Fetched, FetchingStepwise
from indexer.readers.http.robots import Rules, RulesCache, rules, unreachable
from indexer.readers.http.targets import Target, target

_RESTING = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Manners:
    """How long to wait, in seconds.

    ``delay`` lies between the end of a request to a host and the beginning of the next, longer if its robots.txt asks
    for it, but ``longest_delay`` at most. A host that answers 429 or 503 is left alone for as long as it says, or for
    ``rest`` if it does not say; if no more than ``longest_delay`` of that is left, it is waited for, else refused.
    """

    delay: float = 1.0
    longest_delay: float = 60.0
    rest: float = 3600.0


@dataclass(slots=True)
class _Host:
    """What is known of a host, by the clock in seconds.

    ``turn`` is held by whoever asks it. It may be asked from ``free`` on, ``delay`` after each request, and wants to be
    left alone until ``rested``, which ``rested_at`` says in words.
    """

    name: str
    delay: float
    free: float = 0.0
    rested: float = 0.0
    rested_at: str = ""
    turn: threading.Lock = field(default_factory=threading.Lock)


class PoliteFetcher:
    """Fetches as ``fetcher`` does, with manners. Can be used by several threads: each host has one queue.

    ``agent`` is the name by which robots.txt may call us. ``clock`` gives seconds that only ever grow, ``sleep`` waits.
    """

    def __init__(
        self,
        fetcher: FetchingStepwise,
        manners: Manners = Manners(),
        *,
        agent: str = "Dragoman",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._fetcher = fetcher
        self._manners = manners
        self._agent = agent
        self._clock = clock
        self._sleep = sleep
        self._cache = RulesCache(clock)
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """What an address answers, after its redirects.

        Raises FetchError for what the fetcher raises it for; Refused for an address that robots.txt asks not to fetch;
        and FetchError for a host that wants to be left alone (429, 503), saying until when.
        """
        turn = _Turn(self._clock, self._sleep, self._host, self._manners)
        try:
            fetched = self._fetcher.fetch(
                url, etag=etag, last_modified=last_modified, before=lambda hop: self._permit(target(hop), turn)
            )
            if why := turn.heed(fetched):
                raise FetchError(f"{url}: {why}", why)
            return fetched
        finally:
            turn.end()

    def _permit(self, hop: Target, turn: _Turn) -> None:
        """Wait until an address may be asked for. Raises FetchError if it must not be, Refused if it never will."""
        turn.take(hop.host)
        found = self._cache.get(hop.origin) or self._read_rules(hop, turn)
        if why := found.refusal(hop.url):
            raise (Refused if found.lasts else FetchError)(why)
        turn.take(hop.host)
        turn.wait(found.delay)

    def _read_rules(self, hop: Target, turn: _Turn) -> Rules:
        """What the host's robots.txt asks for.

        Raises FetchError if all it says is that it wants to be left alone, and Forbidden if the host itself must not be
        reached: that is said of what was to be fetched, not of its robots.txt.
        """
        asked: list[str] = []

        def before(url: str) -> None:
            asked.append(url)
            turn.take(target(url).host)
            turn.wait()

        try:
            answer = self._fetcher.fetch(f"{hop.origin}/robots.txt", before=before, any_type=True)
        except FetchError as error:
            if isinstance(error, Forbidden) and len(asked) == 1:
                raise Forbidden(error.reason) from error
            found = unreachable(self._agent, error.reason, lasting=isinstance(error, Refused))
        else:
            if why := turn.heed(answer):
                raise FetchError(f"asked for its robots.txt, {why}")
            found = rules(answer, self._agent)
        self._cache.put(hop.origin, found)
        return found

    def _host(self, name: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(name, _Host(name, self._manners.delay))


class _Turn:
    """One exchange's turn at one host after the other: never at two at once, so that no two wait for each other."""

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        host: Callable[[str], _Host],
        manners: Manners,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._host = host
        self._manners = manners
        self._held: _Host | None = None
        self._asking = False

    def take(self, name: str) -> None:
        """Wait for the turn at a host, giving up the one at another. Raises FetchError if it wants to be left alone."""
        host = self._host(name)
        if host is not self._held:
            self.end()
            host.turn.acquire()
            self._held = host
        if host.rested - self._clock() > self._manners.longest_delay:
            raise FetchError(f"{host.name} wants to be left alone until {host.rested_at}: try again then")

    def wait(self, delay: float = 0.0) -> None:
        """Wait until the host may be asked, just before it is; ``delay`` is what it asks for between two requests."""
        host = self._held
        assert host is not None
        host.delay = min(max(self._manners.delay, delay), self._manners.longest_delay)
        self._finish()
        pause = max(host.free, host.rested) - self._clock()
        if pause > 0:
            self._sleep(pause)
        self._asking = True

    def heed(self, answer: Fetched) -> str | None:
        """Leave the host alone if its answer asks for that; in words, None if it does not."""
        host = self._held
        if host is None or answer.status not in _RESTING:
            return None
        seconds = self._manners.rest if answer.retry_after is None else answer.retry_after
        host.rested = self._clock() + seconds
        host.rested_at = f"{answer.fetched_at + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S} UTC"
        return f"{host.name} answers {answer.status} and wants to be left alone until {host.rested_at}: try again then"

    def end(self) -> None:
        """Let the next one have the turn."""
        if self._held is not None:
            self._finish()
            self._held.turn.release()
            self._held = None

    def _finish(self) -> None:
        """The request that was going on, if any, is over: the pause begins."""
        if self._asking and self._held is not None:
            self._held.free = self._clock() + self._held.delay
        self._asking = False
