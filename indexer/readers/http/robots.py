"""robots.txt: what a host asks crawlers not to fetch, and how long to wait between two requests (RFC 9309).

Protego reads the rules. What it is given is first cut to the size that RFC 9309 asks for, and the names of other
crawlers are blanked: it would keep a set of rules for each of a hundred thousand names. A name is ours if its letters
are, whatever stands behind them ("Dragoman/1.0"); a name that ours merely begins with is not.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from indexer.readers.http.fetching import Fetched

MOST_BYTES = 500 * 2**10
"""So much of a robots.txt is read (RFC 9309, 2.5)."""

LIFETIME = 24 * 3600.0
"""Seconds for which rules are kept (RFC 9309, 2.4)."""

LIFETIME_OF_TROUBLE = 3600.0
"""Seconds after which a robots.txt that could not be read is asked for again."""

_MOST_HOSTS = 512
_AGENT_LINE = re.compile(r"\s*user(?:-|\s*)agent(?:\s*:|\s)\s*(?P<name>[^#]*)(?:#.*)?", re.IGNORECASE)
_PRODUCT = re.compile(r"[a-z_-]+", re.IGNORECASE)
_OTHERS = "other"
_OK, _SERVER_ERRORS = 200, range(500, 600)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host asks for: a ``delay`` in seconds, 0 if it does not say.

    ``trouble`` is why all of it is refused; ``lasting`` says that it is none that passes by itself.
    """

    agent: str
    delay: float = 0.0
    trouble: str | None = None
    parsed: Protego | None = None
    lasting: bool = False

    @property
    def lasts(self) -> bool:
        """Whether what these rules refuse is refused later too."""
        return self.trouble is None or self.lasting

    def refusal(self, url: str) -> str | None:
        """Why an address may not be fetched; None if it may be."""
        if self.trouble is not None:
            return f"{self.trouble}, so that nothing there may be fetched for now (RFC 9309)"
        if self.parsed is None or self.parsed.can_fetch(url, self.agent):
            return None
        return "the host's robots.txt asks not to fetch this address"


def rules(answer: Fetched, agent: str) -> Rules:
    """The rules for a crawler that a robots.txt gives.

    RFC 9309, 2.3.1: none at all where there is no file or it is refused to us (4xx), and everything is forbidden while
    the server has trouble of its own (5xx).
    """
    if answer.status in _SERVER_ERRORS:
        return unreachable(agent, f"the server answers {answer.status}")
    if answer.status != _OK:
        return Rules(agent)
    parsed = Protego.parse(_ours(answer.content, agent))
    return Rules(agent, _delay(parsed, agent), parsed=parsed)


def unreachable(agent: str, why: str, *, lasting: bool = False) -> Rules:
    """The rules while a robots.txt cannot be read; ``lasting`` if that is for what it is, such as too long."""
    return Rules(agent, trouble=f"its robots.txt cannot be read ({why})", lasting=lasting)


def _delay(parsed: Protego, agent: str) -> float:
    rate = parsed.request_rate(agent)
    return max(parsed.crawl_delay(agent) or 0.0, rate.seconds / rate.requests if rate else 0.0)


def _ours(content: bytes, agent: str) -> str:
    """A robots.txt with every name in it ours, "*" or "other"; what is cut off is cut at the end of a line."""
    if len(content) > MOST_BYTES:
        content = content[:MOST_BYTES].rpartition(b"\n")[0]
    lines = content.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    return "\n".join(_named(line, agent) for line in lines)


def _named(line: str, agent: str) -> str:
    match = _AGENT_LINE.fullmatch(line)
    if match is None:
        return line
    name = match["name"].strip()
    product = _PRODUCT.match(name)
    ours = product is not None and product[0].lower() == agent.lower()
    return f"User-agent: {name if name == '*' else agent if ours else _OTHERS}"


class RulesCache:
    """The rules of the hosts that were asked lately, by origin; for several threads. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[Rules, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, origin: str) -> Rules | None:
        """The rules of an origin, None if they are not known or too old."""
        found, until = self._kept.get(origin, (None, 0.0))
        return found if self._clock() < until else None

    def put(self, origin: str, found: Rules) -> None:
        """Keep the rules of an origin, and let go of those that were kept first if they are too many."""
        lifetime = LIFETIME if found.trouble is None else LIFETIME_OF_TROUBLE
        with self._lock:
            self._kept[origin] = (found, self._clock() + lifetime)
            self._kept.move_to_end(origin)
            while len(self._kept) > _MOST_HOSTS:
                self._kept.popitem(last=False)
