"""Any search as a feed: its best passages, those first that came into the index last (RFC 4287, JSON Feed 1.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from feedgen.feed import FeedGenerator

from api.answer import Answer
from api.citations import Cited
from api.elsewhere import published_by, source
from api.standing import cautions
from indexer.types import Hit

ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a passage came in whose engine does not keep that, and when an empty feed changed last."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed stands (``here``), the page of its search (``page``), and the server's address, without a slash."""

    here: str
    page: str
    server: str


def fresh(answer: Answer, since: datetime | None = None) -> list[Hit]:
    """The hits that came into the index after a moment, the last ones first."""
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    hits = [hit for hit in answer.hits if since is None or _added(hit) > since]
    return sorted(hits, key=_added, reverse=True)


def atom(question: str, hits: Sequence[Hit], place: Place) -> bytes:
    """An Atom feed."""
    feed = FeedGenerator()
    feed.id(_urn(place.page))
    feed.title(_xml(_title(question)))
    feed.subtitle("Passages of the news that are nearest to the question, word for word.")
    feed.link(href=place.here, rel="self", type=ATOM)
    feed.link(href=place.page, rel="alternate", type="text/html")
    feed.author(name="Dragoman")
    feed.updated(max(map(_added, hits), default=_BEGINNING))
    for hit in hits:
        entry = feed.add_entry(order="append")
        entry.id(_id(hit))
        entry.title(_xml(hit.article.title))
        entry.author([{"name": _xml(name)} for name in _authors(hit)])
        entry.link(href=_link(hit, place))
        entry.updated(_added(hit))
        said = "".join(f"<p>{escape(line)}</p>" for line in _about(hit))
        entry.content(_xml(f"<blockquote>{escape(hit.passage.text)}</blockquote>{said}"), type="html")
    written: bytes = feed.atom_str(pretty=True)
    return written


def json_feed(question: str, hits: Sequence[Hit], place: Place) -> str:
    """A JSON feed (https://www.jsonfeed.org/version/1.1/)."""
    items = [
        {
            "id": _id(hit),
            "url": _link(hit, place),
            "title": hit.article.title,
            "content_text": hit.passage.text,
            "summary": " ".join(_about(hit)),
            "date_modified": _added(hit).isoformat(),
            "authors": [{"name": name} for name in _authors(hit)],
            **({"language": hit.article.language} if hit.article.language else {}),
        }
        for hit in hits
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(question),
        "home_page_url": place.page,
        "feed_url": place.here,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False)


def _title(question: str) -> str:
    return f"{question} · Dragoman"


def _xml(text: str) -> str:
    """A text without the few characters that XML 1.0 has no place for, whichever way they are written."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _about(hit: Hit) -> list[str]:
    """How it is cited, who else published it, and what speaks against relying on it, a line each."""
    elsewhere = published_by(hit)
    others = [f"Also published by {elsewhere.named(source)}."] if elsewhere.appearances else []
    return [Cited.of(hit).citation.text, *others, *cautions(hit.article, hit.vanished)]


def _authors(hit: Hit) -> list[str]:
    return [*hit.article.authors] or [hit.article.publisher or "unknown"]


def _link(hit: Hit, place: Place) -> str:
    """The original at the sentence; where it has no address, the article as it is stored."""
    original = Cited.of(hit).citation.url
    return original or f"{place.server}/article/{quote(hit.article.id, safe='')}#p{hit.passage.ordinal}"


def _id(hit: Hit) -> str:
    """The same for the same text in the same article, for ever: readers show an entry once."""
    return _urn(f"{hit.passage.id} {hit.passage.text}")


def _urn(name: str) -> str:
    return uuid5(NAMESPACE_URL, name).urn


def _added(hit: Hit) -> datetime:
    return hit.added or _BEGINNING
