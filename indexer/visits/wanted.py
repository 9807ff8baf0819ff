"""Pages that feeds and sitemaps lead to, with what these say of them. Pure."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace

from indexer.items import Known, RawDocument
from indexer.readers.lists.feeds import Feed, FeedItem
from indexer.readers.lists.sitemaps import SitemapEntry
from indexer.sources import Source
from indexer.types import PartialDate
from indexer.visits.schedule import moment

_WHOLE = 500
"""Characters of text from which on what a feed carries is taken for the article, not for a teaser."""
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page to ask for. ``stated`` is when it was last new, as a feed or sitemap says.

    ``carried`` is the article as the feed itself carries it, None where it carries none.
    """

    url: str
    known: Known
    stated: PartialDate | None = None
    carried: RawDocument | None = None


def from_item(item: FeedItem, url: str, feed: Feed, source: Source, address: str) -> Wanted:
    """A feed's item that has an address (``url``); ``address`` is the feed's own."""
    stated = _latest(item.updated, item.published)
    return Wanted(url, _known(item, feed, source), stated, whole(item, feed, source, address))


def from_entry(entry: SitemapEntry, source: Source) -> Wanted:
    """A sitemap's page. Its lastmod is no date of the article: it changes with whatever surrounds that."""
    known = replace(
        source.known,
        name=entry.publication or source.known.name,
        title=entry.title,
        language=entry.language or source.language,
        published=entry.published,
    )
    return Wanted(entry.url, known, _latest(entry.modified, entry.published))


def whole(item: FeedItem, feed: Feed, source: Source, address: str) -> RawDocument | None:
    """The article as a feed carries it, if it claims to carry it and it is long enough to be one."""
    content = item.content or ""
    return _document(content, item, feed, source, address) if _text_length(content) >= _WHOLE else None


def longest(item: FeedItem, feed: Feed, source: Source, address: str) -> RawDocument | None:
    """The most that a feed carries of an item, for a source whose pages are not to be fetched."""
    content = max((item.content or "", item.summary or ""), key=_text_length)
    return _document(content, item, feed, source, address) if content else None


def _document(content: str, item: FeedItem, feed: Feed, source: Source, address: str) -> RawDocument:
    """A page around what a feed carries, as HTML."""
    title = html.escape(item.title or "")
    page = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head>'
    page += f"<body><article><h1>{title}</h1>\n{content}\n</article></body></html>"
    return RawDocument(
        source=item.url or f"{address}#{item.id or item.title or ''}",
        media_type="text/html",
        content=page.encode("utf-8", "replace"),
        url=item.url,
        charset="utf-8",
        known=_known(item, feed, source),
        input=item.url or address,
    )


def _known(item: FeedItem, feed: Feed, source: Source) -> Known:
    """What is known of an item. A person's word on the language of a source counts for more than the feed's head."""
    return replace(
        source.known,
        title=item.title,
        authors=item.authors,
        published=item.published,
        updated=item.updated,
        language=item.language or source.language or feed.language,
    )


def _latest(*dates: PartialDate | None) -> PartialDate | None:
    return max((date for date in dates if date), key=moment, default=None)


def _text_length(content: str) -> int:
    return len(_TAG.sub("", content).strip())
