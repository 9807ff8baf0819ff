"""What may be fetched and what comes back: the words that those who fetch and those who read have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MEDIA_TYPES = frozenset(
    {
        *("text/html", "application/xhtml+xml", "text/plain"),
        *("application/xml", "text/xml", "application/json", "application/feed+json"),
        *(
            "application/rss+xml",
            "application/atom+xml",
            "application/rdf+xml",
            "application/x-rss+xml",
            "text/rss+xml",
        ),
    }
)
"""What articles, feeds and sitemaps come as."""

PACKED_TYPES = frozenset({"application/gzip", "application/x-gzip", "application/octet-stream", "binary/octet-stream"})
"""What packed sitemaps come as; taken only if it is gzip that comes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one exchange, redirects and all, may take at most.

    ``total_seconds`` go from the first look-up to the last byte, ``connect_seconds`` to one host's look-up, connection
    and TLS. ``wire_bytes`` are counted as they come, ``content_bytes`` when they are unpacked (50 MiB is what
    sitemaps.org allows), ``header_bytes`` for each answer. ``media_types`` are taken, and an answer that names none.
    """

    total_seconds: float = 30.0
    connect_seconds: float = 10.0
    redirects: int = 5
    wire_bytes: int = 20 * 2**20
    content_bytes: int = 50 * 2**20
    header_bytes: int = 64 * 2**10
    media_types: frozenset[str] = MEDIA_TYPES


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered.

    ``url`` is the address that was asked for, ``final_url`` the one that answered. ``status`` is the HTTP status: 304,
    404 and 500 are answers, too, and ``content`` is empty for all but 200; it is unpacked. ``media_type`` is in lower
    case and without parameters, None if the server names none or what came was a gzip file. ``etag`` and
    ``last_modified`` are to be sent with the next request; of a 304 that names none, those that were sent with this
    one. ``fetched_at`` is in UTC, ``retry_after`` for how many seconds the server wants to be left alone.
    """

    url: str
    final_url: str
    status: int
    media_type: str | None
    charset: str | None
    content: bytes
    etag: str | None
    last_modified: str | None
    fetched_at: datetime
    retry_after: float | None = None


class Fetching(Protocol):
    """Whatever fetches: the web itself, politely or not, or what stands for it in a test. Raises FetchError."""

    def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched: ...


class FetchingStepwise(Protocol):
    """What fetches and says before every request which address it goes to, so that somebody may wait or object."""

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        before: Callable[[str], None] | None = None,
        any_type: bool = False,
    ) -> Fetched: ...
