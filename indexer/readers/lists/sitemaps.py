"""Sitemaps, from bytes to frozen entries: lists of pages, lists of sitemaps, news sitemaps, plain lists. Pure.

The forms are those of sitemaps.org (protocol 0.9) and of Google's news sitemaps 0.9; elements are known by their local
names, since many sitemaps have another namespace or none. XML is parsed piece by piece by lxml, which recovers from
errors, without entities, network or the tree in memory.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from lxml import etree

from indexer.charset import decoded
from indexer.clean import one_line
from indexer.errors import DocumentError
from indexer.readers.lists.links import web_address
from indexer.readers.lists.stated_dates import read_date
from indexer.readers.lists.xml_text import clean_xml, is_cut, pieces
from indexer.types import PartialDate

MAX_SITEMAP = 50 * 2**20
"""Bytes of a sitemap after unpacking: what sitemaps.org allows."""
MAX_ENTRIES = 50_000
"""Entries of a sitemap that are read, the first ones: what sitemaps.org allows."""
_MAX_PARTS = 200
"""Elements in one entry: news sitemaps have about ten, those with images and other languages some dozens."""
_MAX_TEXT = 2_048
_GZIP = b"\x1f\x8b"
_BOM = "\ufeff"
_FIELDS = ("loc", "lastmod", "publication_date", "title", "name", "language")


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A page, or in an index a sitemap, that a sitemap names: an http or https address and what is said of it.

    ``modified`` is its lastmod. The others are in news sitemaps only; ``publication`` is the name of the newspaper.
    """

    url: str
    modified: PartialDate | None = None
    published: PartialDate | None = None
    title: str | None = None
    publication: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: pages, or other sitemaps. ``left_out`` counts entries over ``MAX_ENTRIES``."""

    lists: Literal["pages", "sitemaps"]
    entries: tuple[SitemapEntry, ...]
    left_out: int = 0


def unpacked(content: bytes) -> bytes:
    """The content or, where it is gzip (an .xml.gz that was sent as a file), what it holds, ``MAX_SITEMAP`` at most.

    Raises DocumentError for more than that, and for gzip that is broken; a cut one gives what there is.
    """
    if not content.startswith(_GZIP):
        return content
    try:
        plain = zlib.decompressobj(wbits=31).decompress(content, MAX_SITEMAP + 1)
    except zlib.error as error:
        raise DocumentError(f"the gzip file cannot be unpacked: {error}") from None
    if len(plain) > MAX_SITEMAP:
        raise DocumentError(f"the gzip file holds more than {MAX_SITEMAP // 2**20} MiB: too much for a sitemap")
    return plain


def read_sitemap(content: bytes, url: str, charset: str | None = None) -> Sitemap:
    """Read a sitemap of any form, packed or not. ``url`` is its own.

    Of broken XML it takes what can be read. Raises DocumentError, and nothing else, for what is no sitemap, declares
    XML entities, or is larger than the limits.
    """
    plain = unpacked(content)
    if len(plain) > MAX_SITEMAP:
        raise DocumentError(f"the sitemap has {len(plain)} bytes: more than {MAX_SITEMAP // 2**20} MiB are not read")
    if not plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
        return _plain_list(decoded(plain, charset), url)
    try:
        return _from_xml(clean_xml(plain, charset), url)
    except etree.XMLSyntaxError as error:
        raise DocumentError(f"it is no sitemap: {error}") from None


def _plain_list(text: str, url: str) -> Sitemap:
    """A text file of addresses, one a line."""
    lines = [line.strip() for line in text.lstrip(_BOM).splitlines() if line.strip()]
    entries = [SitemapEntry(found) for line in lines[:MAX_ENTRIES] if (found := web_address(line, ""))]
    if not entries:
        raise DocumentError(f"it is no sitemap: neither XML nor a list of addresses ({url})")
    return Sitemap("pages", tuple(entries), max(0, len(lines) - MAX_ENTRIES))


def _from_xml(xml: bytes, url: str) -> Sitemap:
    entries: list[SitemapEntry] = []
    left_out = 0
    root: etree._Element | None = None
    for event, node in pieces(xml, "start", "end"):
        if root is None:
            root = node
            _refuse_unless_sitemap(root)
        elif event == "end" and node.getparent() is root:
            if len(entries) >= MAX_ENTRIES:
                left_out += 1
            elif entry := _entry(node, url):
                entries.append(entry)
            _forget(node)
    if root is None:
        raise DocumentError("it is no sitemap: there is no XML in it")
    if entries and is_cut(xml, b"url", b"sitemap"):
        entries.pop()  # what was cut off may say something else than the whole
    return Sitemap("sitemaps" if _name(root) == "sitemapindex" else "pages", tuple(entries), left_out)


def _refuse_unless_sitemap(root: etree._Element) -> None:
    if _name(root) not in ("urlset", "sitemapindex"):
        raise DocumentError(f"it is no sitemap: it is XML of the kind {_name(root)[:40]!r}, not urlset or sitemapindex")


def _forget(node: etree._Element) -> None:
    """Free an element that was read, and those before it; those behind it may be half built."""
    node.clear()
    while (before := node.getprevious()) is not None:
        before.getparent().remove(before)


def _entry(node: etree._Element, url: str) -> SitemapEntry | None:
    """One url or sitemap element; None for one without an address. Of a field that comes twice the first counts."""
    said: dict[str, str] = {}
    for part in islice(node.iter("{*}*"), _MAX_PARTS):
        name = _name(part)
        if name in _FIELDS and part.text and not (name in ("title", "loc") and _is_of_media(part)):
            said.setdefault(name, one_line(part.text[:_MAX_TEXT]))
    address = web_address(said.get("loc"), url)
    if address is None:
        return None
    return SitemapEntry(
        url=address,
        modified=read_date(said.get("lastmod")),
        published=read_date(said.get("publication_date")),
        title=said.get("title") or None,
        publication=said.get("name") or None,
        language=said.get("language") or None,
    )


def _is_of_media(part: etree._Element) -> bool:
    """A title or an address of a picture or a film, which sitemaps may name in a page's entry."""
    namespace = str(part.tag).rpartition("}")[0]
    return "image" in namespace or "video" in namespace


def _name(node: etree._Element) -> str:
    """The name without its namespace; broken XML is mended to names that no XML may have, which lxml's own refuses."""
    return str(node.tag).rpartition("}")[2]
