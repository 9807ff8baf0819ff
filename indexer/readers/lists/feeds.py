"""RSS, Atom and JSON feeds, from bytes to frozen items. Pure: bytes in, nothing fetched, nothing read from disk.

feedparser understands the many forms of feeds, but takes any time and memory, so it never sees what a stranger sent:
XML passes first through lxml, which recovers from errors, and comes out well-formed, without entities, no deeper than
libxml2 allows (256 levels) and within the limits below. feedparser is given a stream of bytes: a string, and even plain
bytes, it would take for a file or an address to open.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import feedparser
from lxml import etree

from indexer.charset import decoded
from indexer.clean import one_line
from indexer.errors import DocumentError
from indexer.readers.lists.links import web_address
from indexer.readers.lists.stated_dates import read_date
from indexer.readers.lists.xml_text import clean_xml, is_cut, pieces
from indexer.types import PartialDate

MAX_FEED = 8 * 2**20
"""Bytes of a feed: several times what the largest of news have."""
MAX_ITEMS = 5_000
"""Items that are read of a feed, its first ones: the newest, as feeds are written."""
MAX_ELEMENTS = 100_000
"""Elements of XML that a feed may have in these items; feedparser takes some 50 microseconds for one."""
_MAX_ATTRIBUTES = 64
_MAX_PREFIXES = 100
_MAX_ID = 2_048
_MAX_AUTHORS = 50
_MAX_NAME = 200
_MAX_TITLE = 1_000

_ITEM = re.compile(r"(?:\{[^}]*\})?(?:item|entry)")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")


@dataclass(frozen=True, slots=True)
class FeedItem:
    """What a feed says of one article. ``url`` is an http or https address; None where the feed gives none.

    ``content`` is the article as HTML, where the feed claims to carry it whole (content:encoded, Atom's content, JSON
    Feed's content_html or content_text); ``summary`` is HTML too, and may be the whole, the beginning, or a teaser.
    ``published`` and ``updated`` are as stated; ``updated`` is None where it is the moment of publication.
    """

    url: str | None = None
    id: str | None = None
    title: str | None = None
    published: PartialDate | None = None
    updated: PartialDate | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    content: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's items in its own order, and how many more it has than ``MAX_ITEMS`` (``left_out``)."""

    title: str | None
    language: str | None
    items: tuple[FeedItem, ...]
    left_out: int = 0


def read_feed(content: bytes, url: str, charset: str | None = None) -> Feed:
    """Read RSS 0.9x, 1.0 and 2.0, Atom, or JSON Feed. ``url`` is the feed's own, from which relative links go out.

    Of broken XML it takes what can be read. Raises DocumentError, and nothing else, for what is no feed, declares XML
    entities, or is larger than the limits.
    """
    if len(content) > MAX_FEED:
        raise DocumentError(f"the feed has {len(content)} bytes: more than {MAX_FEED // 2**20} MiB are not read")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(content, url, charset)
    xml, left_out = _well_formed(clean_xml(content, charset))
    parsed = _parsed(xml, url)
    version = str(parsed.get("version") or "")
    dated = not version.startswith("atom")
    items = tuple(_item(dict(entry.items()), url, dated=dated) for entry in parsed.entries[:MAX_ITEMS])
    if not (version or items):
        raise DocumentError("it is no feed: neither RSS, nor Atom, nor JSON Feed")
    return Feed(_plain(parsed.feed.get("title")), _language(parsed.feed.get("language")), items, left_out)


def _well_formed(xml: bytes) -> tuple[bytes, int]:
    """The document as well-formed XML with its first MAX_ITEMS items, and how many items more there were."""
    kept = _Kept()
    try:
        for event, node in pieces(xml, "start", "end", "start-ns"):
            kept.take(event, node)
    except etree.XMLSyntaxError as error:
        if kept.root is None:
            raise DocumentError(f"it is no feed: {error}") from None
    if kept.root is None:
        raise DocumentError("it is no feed: there is no XML in it")
    if is_cut(xml, b"item", b"entry"):
        kept.drop_last()
    return etree.tostring(kept.root, encoding="utf-8"), kept.left_out


class _Kept:
    """What is kept of a feed while it is parsed. Raises DocumentError as soon as that is too much."""

    def __init__(self) -> None:
        self.root: etree._Element | None = None
        self.left_out = 0
        self._last: etree._Element | None = None
        self._elements = self._items = 0
        self._prefixes: set[str] = set()

    def take(self, event: str, node: Any) -> None:
        """Take an event of the parser: a declaration of a namespace, or an element that begins or ends."""
        if event == "start-ns":
            self._prefixes.add(node[0])
        elif event == "start":
            self.root = node if self.root is None else self.root
            self._elements += 1
            if len(node.attrib) > _MAX_ATTRIBUTES:
                node.attrib.clear()
        elif _ITEM.fullmatch(str(node.tag)):
            self._end_item(node)
        if self._elements > MAX_ELEMENTS or len(self._prefixes) > _MAX_PREFIXES:
            raise DocumentError(f"the feed has over {MAX_ELEMENTS:,} elements, or over {_MAX_PREFIXES} namespaces")

    def _end_item(self, node: etree._Element) -> None:
        self._items += 1
        self._last = node
        if self._items > MAX_ITEMS:
            self.left_out += 1
            self._elements -= sum(1 for _ in node.iter())
            self.drop_last()

    def drop_last(self) -> None:
        """Drop the last item: it is one too many, or was cut off and may say something else than the whole."""
        parent = None if self._last is None else self._last.getparent()
        if parent is not None:
            parent.remove(self._last)


def _parsed(xml: bytes, url: str) -> feedparser.FeedParserDict:
    """What feedparser makes of it; without its sanitiser, since nothing of a feed is shown, only its text is read."""
    try:
        return feedparser.parse(
            io.BytesIO(xml),
            response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # noqa: BLE001 - on hostile input feedparser raises whatever happens to go wrong
        raise DocumentError(f"the feed cannot be read: {type(error).__name__}: {error}") from None


def _item(entry: Mapping[str, object], url: str, *, dated: bool) -> FeedItem:
    """An item from feedparser's fields; from a plain mapping, since feedparser's own answers with other dates.

    ``dated``: an only date is that of publication, as in RSS (dc:date, which feedparser calls "updated").
    """
    published, updated = read_date(entry.get("published")), read_date(entry.get("updated"))
    if dated and published is None:
        published, updated = updated, None
    names = [_text_of(author, "name") for author in _listed(entry.get("authors"))]
    content = _longest(_text_of(part, "value") for part in _listed(entry.get("content")))
    summary = _longest([entry.get("summary")])
    return FeedItem(
        url=web_address(entry.get("feedburner_origlink"), url) or web_address(entry.get("link"), url),
        id=_short(entry.get("id"), _MAX_ID),
        title=_plain(entry.get("title")),
        published=published,
        updated=None if updated == published else updated,
        authors=_names(names or [entry.get("author")]),
        language=_language(entry.get("language")) or _language(_text_of(entry.get("title_detail"), "language")),
        content=content,
        summary=None if summary == content else summary,
    )


def _json_feed(content: bytes, url: str, charset: str | None) -> Feed:
    try:
        feed = json.loads(decoded(content, charset).lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"it starts as JSON does, but cannot be read as JSON: {error}") from None
    if not (isinstance(feed, dict) and "jsonfeed.org" in str(feed.get("version"))[:_MAX_ID]):
        raise DocumentError("it is JSON, but no JSON Feed: its version does not name jsonfeed.org")
    entries = _listed(feed.get("items"))
    items = tuple(_json_item(entry, url) for entry in entries[:MAX_ITEMS] if isinstance(entry, dict))
    return Feed(_plain(feed.get("title")), _language(feed.get("language")), items, max(0, len(entries) - MAX_ITEMS))


def _json_item(entry: Mapping[str, object], url: str) -> FeedItem:
    published, updated = read_date(entry.get("date_published")), read_date(entry.get("date_modified"))
    authors = _listed(entry.get("authors")) or [entry.get("author")]
    text = entry.get("content_text")
    return FeedItem(
        url=web_address(entry.get("url"), url) or web_address(entry.get("external_url"), url),
        id=_short(entry.get("id"), _MAX_ID),
        title=_plain(entry.get("title")),
        published=published,
        updated=None if updated == published else updated,
        authors=_names(_text_of(author, "name") for author in authors),
        language=_language(entry.get("language")),
        content=_longest([entry.get("content_html")]) or (_paragraphs(text) if isinstance(text, str) else None),
        summary=_longest([entry.get("summary")]),
    )


def _paragraphs(text: str) -> str | None:
    """Plain text as HTML, a paragraph a line."""
    return "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines() if line.strip()) or None


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _text_of(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None


def _short(value: object, most: int) -> str | None:
    text = one_line(str(value))[:most] if isinstance(value, str | int) else ""
    return text or None


def _plain(value: object) -> str | None:
    """A title or a name without markup: some feeds escape once, some twice, and some have HTML in them."""
    if not isinstance(value, str):
        return None
    return one_line(html.unescape(_TAG.sub("", value[: 4 * _MAX_TITLE])))[:_MAX_TITLE] or None


def _names(values: Iterable[object]) -> tuple[str, ...]:
    """The authors' names, each once; an address of mail is none."""
    plain = (_plain(value) for value in islice(values, _MAX_AUTHORS))
    return tuple(dict.fromkeys(name for name in plain if name and "@" not in name and len(name) <= _MAX_NAME))


def _language(value: object) -> str | None:
    return value.strip().replace("_", "-") if isinstance(value, str) and _LANGUAGE.fullmatch(value.strip()) else None


def _longest(values: Iterable[object]) -> str | None:
    return max((value for value in values if isinstance(value, str) and value.strip()), key=len, default=None)
