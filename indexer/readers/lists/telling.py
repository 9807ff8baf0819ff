"""What an address gave: a feed, a sitemap or a page. Told by the content, since servers name all three alike."""

from __future__ import annotations

import re
from typing import Literal

from indexer.charset import decoded
from indexer.errors import DocumentError
from indexer.readers.lists.links import web_address

Kind = Literal["feed", "sitemap", "page"]

_HEAD = 64 * 2**10
_LINES = 5
"""So many lines, if there are as many, must be addresses for a plain text to be a list of them."""
_ROOTS: dict[str, Kind] = {"rss": "feed", "feed": "feed", "rdf": "feed", "urlset": "sitemap", "sitemapindex": "sitemap"}
_NAME = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(?P<name>[A-Za-z_][\w.-]{0,40})")
_PROLOGUE = re.compile(r"<\?.*?\?>|<!--.*?-->|<![^<>\[]*(?:\[[^\]]*\]\s*)?>", re.DOTALL)
_SPACE = re.compile(r"\s*")
_JSON_FEED = "jsonfeed.org/version"


def tell(content: bytes) -> Kind:
    """What the content is; whatever is neither feed nor sitemap is a page, readable or not.

    Raises DocumentError for JSON that is no JSON Feed.
    """
    head = decoded(content[:_HEAD], markup=True).lstrip("\ufeff \t\r\n")
    if head.startswith("{"):
        if _JSON_FEED in head.replace("\\/", "/"):
            return "feed"
        raise DocumentError("it is JSON, but no JSON Feed: its beginning does not name jsonfeed.org/version")
    if head.startswith("<"):
        name = _NAME.match(_after_prologue(head))
        return _ROOTS.get(name["name"].lower(), "page") if name else "page"
    lines = [line.strip() for line in head.splitlines() if line.strip()][:_LINES]
    return "sitemap" if lines and all(web_address(line, "") for line in lines) else "page"


def is_markup(content: bytes) -> bool:
    """Whether a page without a media type looks like HTML."""
    return decoded(content[:_HEAD], markup=True).lstrip("\ufeff \t\r\n").startswith("<")


def _after_prologue(text: str) -> str:
    """The text from its first element on: without declarations, comments and a document type."""
    place = 0
    while part := _PROLOGUE.match(text, place):
        space = _SPACE.match(text, part.end())
        place = space.end() if space else part.end()
    return text[place:]
