"""Markdown and HTML to plain paragraphs, and what a page says about itself."""

from __future__ import annotations

import copy
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import htmldate
import lxml.html
import trafilatura
import yaml  # type: ignore[import-untyped]
from frontmatter.default_handlers import YAMLHandler
from lxml.html import HtmlElement
from markdown_it import MarkdownIt
from markdown_it.token import Token

from indexer.clean import FRONT_MATTER, ends_sentence, normalise, one_line
from indexer.errors import DocumentError
from indexer.types import PartialDate

_MAX_FRONT_MATTER = 2**20
_MAX_INLINE = 20_000
"""A longer block keeps its inline marks as they are: their parser is quadratic in the worst case."""
_MAX_NESTING = 100
_YAML_NULLS = ("", "~", "null", "Null", "NULL")
_BREAKING_TAG = re.compile(r"</?(?:br|p|div|li|td|th|tr|h[1-6])\b", re.IGNORECASE)

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_ESCAPES = {"unicode_escape", "raw_unicode_escape", "punycode", "idna"}  # Python's own: no page is written in them
_PUBLISHED = ("datepublished", "article:published_time", "og:article:published_time", "parsely-pub-date", "pubdate")
_UPDATED = ("datemodified", "article:modified_time", "og:article:modified_time", "og:updated_time")
_FRACTION = re.compile(r"\.\d+")
_ARTICLE_TYPE = re.compile(r"Article|Posting|Report|WebPage")


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """A Markdown document: the front matter's fields (strings as written), its leading heading, its paragraphs."""

    fields: dict[str, object]
    title: str | None
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """A web page's article and what the page says about it."""

    title: str
    url: str | None
    publisher: str | None
    authors: tuple[str, ...]
    published: PartialDate | None
    updated: PartialDate | None
    paragraphs: tuple[str, ...]


def read_markdown(text: str) -> MarkdownPage:
    """Read front matter and flatten the body's blocks to paragraphs; headings are left out of them.

    A heading of the first level before all text is the title. The numbers of numbered lists stay, since "1945."
    may be one. Raises DocumentError if the front matter is not YAML.
    """
    fields, body = _front_matter(text.lstrip())
    title, paragraphs = _flattened(_parser().parse(body))
    return MarkdownPage(fields, title, tuple(paragraphs))


def _front_matter(text: str) -> tuple[dict[str, object], str]:
    """The fields and the body; a text that does not begin with a rule and a key is all body."""
    if not FRONT_MATTER.match(text):
        return {}, text
    closing = text.find("\n---", 3)
    if not 0 < closing < _MAX_FRONT_MATTER:
        raise DocumentError(f'front matter has no closing line "---" within {_MAX_FRONT_MATTER} characters')
    try:
        handler = YAMLHandler()
        front, body = handler.split(text)
        # The base loader makes nothing but strings, lists and mappings: a date keeps its precision, an id its
        # zeros, and Norway (NO) is not False.
        fields = handler.load(front, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError(f"front matter is not YAML: {one_line(str(error))}") from None
    if not isinstance(fields, dict):
        raise DocumentError('front matter holds no fields: write one "name: value" a line')
    return {str(name): None if value in _YAML_NULLS else value for name, value in fields.items()}, body


@cache
def _parser() -> MarkdownIt:
    """Blocks only, inline marks later one by one. Indented lines and raw HTML are text like any other in articles."""
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"]).disable(["code", "html_block"])
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("strikethrough")


def _flattened(tokens: list[Token]) -> tuple[str | None, list[str]]:
    """The leading heading and the paragraphs: one for each text block, list item and table row."""
    title = None
    paragraphs: list[str] = []
    for kind, text in _blocks(tokens):
        if kind == "text":
            paragraphs.append(text)
        elif kind == "h1" and not paragraphs and title is None:
            title = text
    return title, paragraphs


def _blocks(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """The blocks in order as (kind, text); the kind is "text" or a heading's tag. Empty ones are left out."""
    number, above = "", None
    cells: list[str] = []
    for token in tokens:
        if token.type == "list_item_open":
            number = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "tr_close":
            yield "text", " | ".join(filter(None, cells))
            cells = []
        elif token.type in {"inline", "fence"} and (text := one_line(_plain(token))):
            if above is not None and above.type in {"td_open", "th_open"}:
                cells.append(text)
            elif above is not None and above.type == "heading_open" and not _underlined_prose(above, text):
                yield above.tag, text
            else:
                yield "text", number + text
            number = ""
        above = token


def _underlined_prose(heading: Token, text: str) -> bool:
    """A paragraph with a rule right below it, which Markdown takes for a heading."""
    return heading.markup == "-" and ends_sentence(text)


def _plain(token: Token) -> str:
    if token.type == "fence" or len(token.content) > _MAX_INLINE:
        return token.content
    return "".join(map(_plain_inline, _inline_parser().parseInline(token.content)[0].children or []))


def _plain_inline(token: Token) -> str:
    """The text of an inline mark: of an image its description, of a line break or a block's tag a space."""
    match token.type:
        case "text" | "text_special" | "code_inline":
            return token.content
        case "softbreak" | "hardbreak":
            return " "
        case "image":
            return "".join(map(_plain_inline, token.children or []))
        case "html_inline" if _BREAKING_TAG.match(token.content):
            return " "
    return ""


def declared_encoding(content: bytes) -> str | None:
    """The encoding that a web page declares in its first bytes."""
    match = _CHARSET.search(content[:4096])
    name = match[1].decode("ascii", "replace").lower().replace("-", "_") if match else None
    return None if name in _ESCAPES else name


def read_html(html: str, url: str | None = None) -> HtmlPage:
    """Extract a web page's article. ``url`` is where it was fetched, if known.

    Dates come from JSON-LD or metadata with their time of day, else from htmldate by the day. Raises
    DocumentError if there is no article in the page, or if it cannot be parsed at all.
    """
    try:
        page = _read_html(html, url)
    except DocumentError:
        raise
    except Exception as error:  # the parsers raise nearly anything on hostile pages
        raise DocumentError(f"the page cannot be parsed: {type(error).__name__}: {one_line(str(error))}") from error
    return page


def _read_html(html: str, url: str | None) -> HtmlPage:
    tree = trafilatura.load_html(html)
    found = (
        None
        if tree is None
        else trafilatura.bare_extraction(
            tree, url=url, favor_precision=True, include_comments=False, with_metadata=True
        )
    )
    if tree is None or found is None or isinstance(found, dict) or not found.text:
        raise DocumentError("no article text found in the page")
    if not found.title:
        raise DocumentError("no title found in the page")
    stated = _stated_dates(tree)
    publisher = found.sitename if found.sitename and found.sitename != found.hostname else None
    authors = [author.strip() for author in (found.author or "").split(";")]
    return HtmlPage(
        title=_without_site(normalise(found.title), publisher),
        url=found.url,
        publisher=publisher,
        authors=tuple(author for author in authors if author and author != publisher),
        published=_first_date(stated, _PUBLISHED) or _dated(tree, url),
        updated=_first_date(stated, _UPDATED),
        paragraphs=tuple(found.text.split("\n")),
    )


def _without_site(title: str, publisher: str | None) -> str:
    """The title without the site's name that many pages put behind it."""
    match = re.search(r"\s+[-|–—·:]\s+([^|]{1,80})$", title)
    return title[: match.start()] if match and publisher and match[1].casefold() == publisher.casefold() else title


def _stated_dates(tree: HtmlElement) -> dict[str, list[str]]:
    """The dates that the page states for programs, by lower-case name: JSON-LD first, then metadata and microdata."""
    stated: dict[str, list[str]] = {}
    for script in tree.xpath('//script[@type="application/ld+json"]'):
        for name, value in _linked_data(script.text or ""):
            stated.setdefault(name, []).append(value)
    for element in tree.xpath("//*[(self::meta or self::time) or @itemprop][@content or @datetime]"):
        value = element.get("content") or element.get("datetime") or ""
        for attribute in ("property", "name", "itemprop"):
            stated.setdefault((element.get(attribute) or "").lower(), []).append(value)
    return stated


def _linked_data(text: str) -> Iterator[tuple[str, str]]:
    """The dates of every article in a JSON-LD block; broken blocks are common and say nothing."""
    try:
        waiting = deque([json.loads(text)])
    except (ValueError, RecursionError):
        return
    while waiting:
        node = waiting.popleft()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += [value for value in node.values() if isinstance(value, dict | list)]
            if _ARTICLE_TYPE.search(str(node.get("@type"))):
                yield from ((name.lower(), value) for name, value in node.items() if isinstance(value, str))


def _first_date(stated: dict[str, list[str]], names: tuple[str, ...]) -> PartialDate | None:
    for name in names:
        for value in stated.get(name, []):
            try:
                return PartialDate.parse(_FRACTION.sub("", value))
            except ValueError:
                continue
    return None


def _dated(tree: HtmlElement, url: str | None) -> PartialDate | None:
    """The day that the rest of the page gives. A first of January needs to stand there: it is also htmldate's guess."""
    found = htmldate.find_date(copy.deepcopy(tree), original_date=True, extensive_search=False, url=url)
    if not found or (found.endswith("-01-01") and not _shows_new_year(tree, url, found[:4])):
        return None
    return PartialDate.parse(found)


def _shows_new_year(tree: HtmlElement, url: str | None, year: str) -> bool:
    page = f"{url or ''} {lxml.html.tostring(tree, encoding='unicode')}"
    days = rf"{year}[-/.]?0?1[-/.]?0?1\b|\bJan(?:uary|\.)? 0?1(?:st)?,? {year}|\b0?1(?:st)? Jan(?:uary|\.)?,? {year}"
    return re.search(days, page, re.IGNORECASE) is not None
