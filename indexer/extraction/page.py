"""A web page: its article, and what the page says about it. Everything that is not stated is None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Document

from indexer.clean import one_line
from indexer.errors import DocumentError
from indexer.extraction.canonical import page_address
from indexer.extraction.linked_data import LinkedData, names_in, read_linked_data
from indexer.extraction.page_body import bare, read_body
from indexer.extraction.page_dates import Dated, published, updated
from indexer.extraction.page_kinds import read_signs, refuse_no_article
from indexer.extraction.page_live import read_live
from indexer.extraction.page_tidy import text_of
from indexer.types import PartialDate

MAX_HTML = 16 * 2**20
"""Characters of a page: the largest of real news pages have a tenth of it."""
MAX_TAGS = 15_000
"""Tags of a page: the largest of real news pages have a tenth of it, and time grows with them."""
MAX_DEPTH = 200
"""Elements within each other: real pages reach 50, and what recurses over more can break down."""
MAX_AUTHORS = 100
_MAX_ATTRIBUTE = 10_000
_MAX_TITLE = 1000
_MAX_NAME = 200
_TAG = re.compile(r"<[A-Za-z]")
_LIKELY_TITLES = '//meta[@property="og:title" or @name="twitter:title"]/@content'
_AHEAD = timedelta(days=2)
_SITE_NAMES = '//meta[@property="og:site_name" or @name="og:site_name"]/@content'
_MIN_TITLE = 10
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_NO_AUTHOR = re.compile(rf"^(?:(?:\w+ )?by\s)|(?:^|\s)(?:{_MONTH})$", re.IGNORECASE)
_NO_SITE = re.compile(r"copyright.*|home(?: ?page)?|news|world|international|u\.?[sk]\.?|index|blog", re.IGNORECASE)
_NO_NAME = re.compile(r"https?:|www\.|@\w|[<>{}]")


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A web page's article and what the page says about it."""

    title: str | None
    url: str | None
    publisher: str | None
    authors: tuple[str, ...]
    published: PartialDate | None
    published_from: str | None
    updated: PartialDate | None
    paragraphs: tuple[str, ...]


def read_page(html: str, url: str | None = None, fetched_at: datetime | None = None) -> HtmlPage:
    """Extract a web page's article. ``url`` is where it was fetched and ``fetched_at`` when, as far as known.

    Raises DocumentError if there is no article in the page (in words: what there is instead), if the page is beyond
    the limits of this module, or if it cannot be parsed at all.
    """
    _refuse_beyond_limits(html)
    try:
        return _read_page(html, url, fetched_at)
    except DocumentError:
        raise
    except Exception as error:  # the parsers raise nearly anything on hostile pages
        raise DocumentError(f"the page cannot be parsed: {type(error).__name__}: {one_line(str(error))}") from error


def _refuse_beyond_limits(html: str) -> None:
    if len(html) > MAX_HTML:
        raise DocumentError(f"the page has {len(html)} characters: at most {MAX_HTML} are read")
    tags = sum(1 for _ in _TAG.finditer(html))
    if tags > MAX_TAGS:
        raise DocumentError(f"the page has {tags} tags: at most {MAX_TAGS} are read")


def _read_page(html: str, url: str | None, fetched_at: datetime | None) -> HtmlPage:
    tree = trafilatura.load_html(html)
    if tree is None:
        raise DocumentError("no article text found in the page: it holds no HTML")
    _refuse_depth(tree)
    _drop_long_attributes(tree)
    found = _metadata(tree, url, fetched_at)
    linked = read_linked_data(tree, url, found.title)
    publisher = _publisher(tree, found, linked)
    title = _title(found, linked, publisher)
    signs = read_signs(tree, linked, url)
    dated = published(tree, linked, url, found.date, fetched_at)
    changed = updated(tree, linked, fetched_at)
    address = page_address(url, _addresses(tree), title or "")
    paragraphs = _paragraphs(tree, url, title, linked)
    refuse_no_article(signs, paragraphs)
    if not paragraphs:
        raise DocumentError("no article text found in the page")
    return _page(title, address, publisher, _authors(found, linked, publisher), dated, changed, paragraphs)


def _page(
    title: str | None,
    url: str | None,
    publisher: str | None,
    authors: list[str],
    dated: Dated | None,
    changed: PartialDate | None,
    paragraphs: list[str],
) -> HtmlPage:
    when, where = dated or (None, None)
    return HtmlPage(title, url, publisher, tuple(authors[:MAX_AUTHORS]), when, where, changed, tuple(paragraphs))


def _refuse_depth(tree: HtmlElement) -> None:
    depth = 0
    stack = [iter([tree])]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
            continue
        stack.append(iter(element))
        depth = max(depth, len(stack))
        if depth > MAX_DEPTH + 1:
            raise DocumentError(f"the page has elements nested more than {MAX_DEPTH} deep")


def _drop_long_attributes(tree: HtmlElement) -> None:
    """Attributes that no page needs for its article cost minutes where each rule looks through them."""
    for element in tree.xpath("//*[@*[string-length() > $limit]]", limit=_MAX_ATTRIBUTE):
        for name in [name for name, value in element.attrib.items() if len(value) > _MAX_ATTRIBUTE]:
            del element.attrib[name]


def _metadata(tree: HtmlElement, url: str | None, fetched_at: datetime | None) -> Document:
    """What trafilatura finds of title, site and authors, with htmldate's day."""
    latest = {"max_date": (fetched_at + _AHEAD).strftime("%Y-%m-%d")} if fetched_at else {}
    dates = {"original_date": True, "extensive_search": False, **latest}
    return trafilatura.extract_metadata(tree, default_url=url, date_config=dates)


def _paragraphs(tree: HtmlElement, url: str | None, title: str | None, linked: LinkedData) -> list[str]:
    """The text of the page, a paragraph each. Changes the tree."""
    titles = [title or "", *map(str, tree.xpath(_LIKELY_TITLES)), *map(text_of, tree.xpath("//h1")[:2])]
    stated = linked.article.get("articleBody")
    live = read_live(tree, linked)
    body = live or read_body(tree, url, titles, stated if isinstance(stated, str) else None)
    return [line for line in body if bare(line)]


def _addresses(tree: HtmlElement) -> list[str]:
    """What the page says its address is: the canonical link, then Open Graph's."""
    canonical = tree.xpath(
        '//link[contains(concat(" ", translate(@rel, "CANOIL", "canoil"), " "), " canonical ")]/@href'
    )
    return [str(address) for address in [*canonical[:1], *tree.xpath('//meta[@property="og:url"]/@content')[:1]]]


def _publisher(tree: HtmlElement, found: Document, linked: LinkedData) -> str | None:
    """The site's name: Open Graph's, the article's JSON-LD's, else what trafilatura finds, if it is a name.

    A copy of a wire's article names the wire as its publisher in JSON-LD, so the site's own name counts first. The name
    of a host or an account at a social network is none.
    """
    host = (urlsplit(found.url or "").hostname or "").casefold()
    stated = [*map(str, tree.xpath(_SITE_NAMES)), *names_in(linked.article.get("publisher"))]
    accounts = [
        *map(str, tree.xpath('//meta[@name="twitter:site"]/@content')),
        *(n for n in stated if n.startswith("@")),
    ]
    guessed = found.sitename or ""
    made = guessed in host or guessed.casefold() in {account.lstrip("@").casefold() for account in accounts}
    wrong = {"", one_line(found.title or "")}
    for name in map(_site_name, [*stated, "" if made else guessed]):
        if name not in wrong and not (name.islower() and "." in name and host.endswith(name.removeprefix("www."))):
            return cut(name, _MAX_NAME)
    return None


def _site_name(stated: str) -> str:
    """A site's name without the motto behind it, with a capital at least; nothing for what is no name."""
    name = one_line(stated).partition(" | ")[0]
    if _NO_NAME.search(name) or _NO_SITE.fullmatch(name):
        return ""
    return name.title() if name.islower() and "." not in name else name


def _title(found: Document, linked: LinkedData, publisher: str | None) -> str | None:
    title = one_line(found.title or "") or one_line(linked.text("headline") or "")
    return cut(_without_site(title, publisher), _MAX_TITLE) if title else None


def _without_site(title: str, publisher: str | None) -> str:
    """The title without the site's name that many pages put before or behind it."""
    if not publisher:
        return title
    name = re.escape(publisher)
    bare_title = re.sub(rf"^{name}(?: \| [^|:]{{1,60}})? ?[|:–—·-] | [-|–—·:] {name}$", "", title, flags=re.IGNORECASE)
    return bare_title if len(bare_title) >= _MIN_TITLE else title


def _authors(found: Document, linked: LinkedData, publisher: str | None) -> list[str]:
    """The persons that the article's own JSON-LD names, else those that trafilatura finds."""
    stated = names_in(linked.article.get("author"))
    names = [_NO_AUTHOR.sub("", one_line(name)).strip(" ,") for name in stated or (found.author or "").split(";")]
    told = {(publisher or "").casefold(), (found.sitename or "").casefold(), (found.hostname or "").casefold()}
    persons = (name for name in names if name and name.casefold() not in told and not _NO_NAME.search(name))
    return list(dict.fromkeys(cut(name, _MAX_NAME) for name in persons))


def cut(text: str, length: int) -> str:
    """A text of at most ``length`` characters, cut at a word and marked as cut."""
    if len(text) <= length:
        return text
    start = text[: length - 1]
    return f"{start.rpartition(' ')[0] or start}…"
