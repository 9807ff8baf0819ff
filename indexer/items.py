"""What sources give: documents as they were read, what could not be read, and what is remembered of addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from indexer.types import PartialDate


@dataclass(frozen=True, slots=True)
class Known:
    """What the source of a document says of it, such as a feed of its items.

    ``publisher`` was set by a person and counts for more than what the document says; everything else, ``name`` (of
    the source) among it, fills in only what the document leaves unsaid. ``country`` (two letters) and ``kind`` are the
    publisher's: its seat, and what it is, such as "ministry" or "newspaper".
    """

    publisher: str | None = None
    name: str | None = None
    country: str | None = None
    kind: str | None = None
    language: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: PartialDate | None = None
    updated: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """What is remembered of an address that was fetched, so that it is asked for again only when that may be worth it.

    ``source`` is the name of the source that led there. ``etag`` and ``last_modified`` are the server's, for
    conditional requests. ``checked`` is when it answered last, ``changed`` when that was last something new (UTC).
    ``status`` is its last HTTP status; 0 where nobody ever answered, and -1 where it must not be fetched; ``checked``
    is when that was tried. ``article_id`` is the article that came from a page, None of feeds, sitemaps and failures.
    An "alias" is no address that was fetched, but one that a page of an article led on to or gave as its own.
    """

    url: str
    source: str
    kind: Literal["feed", "sitemap", "page", "alias"]
    checked: datetime
    changed: datetime
    status: int
    etag: str | None = None
    last_modified: str | None = None
    article_id: str | None = None


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One document as read, before anything is understood.

    ``source`` says where it stood, in printable characters (a path; ``path:17`` for line 17; an address).
    ``media_type`` is one of ``text/plain``, ``text/markdown``, ``text/html`` and ``application/json`` (one article
    object). ``charset`` is what the sender says of the encoding. ``input`` is what to read again to meet this document
    again: the path or address that was given or found, unlike ``source`` to the letter. ``visit`` is to be remembered
    once the document has been dealt with.
    """

    source: str
    media_type: str
    content: bytes
    url: str | None = None
    fetched_at: datetime | None = None
    charset: str | None = None
    known: Known = Known()
    input: str | None = None
    visit: Visit | None = None


class Taken(NamedTuple):
    """A document that was taken: the article that it became, and the digest of the version that was current then."""

    fingerprint: bytes
    article_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A document or file that was not taken, and why, in words for a person; ``input`` as in ``RawDocument``."""

    source: str
    reason: str
    input: str | None = None


@dataclass(frozen=True, slots=True)
class Vanished:
    """An address that no longer has what was once taken from it: a 404 or 410, or a page that is no article now."""

    url: str
    reason: str


Item = RawDocument | Failure | Vanished | Visit
"""What sources give. Their order counts: a visit is kept once everything before it has been stored."""
