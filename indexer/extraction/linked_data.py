"""What a page says of itself in JSON-LD (schema.org): the node of its own article, not of those that it points to.

A page may hold several blocks, lists and ``@graph``s, with nodes for related stories, the author, the newsroom and the
site. The page's own article is the node that names this page or its title, else the only one of its kind.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lxml.html import HtmlElement

from indexer.clean import one_line
from indexer.extraction.canonical import canonical_url

Node: TypeAlias = dict[str, object]  # parsed JSON: its fields are whatever the page wrote

_MAX_NODES = 10_000
_MAX_BLOCK = 4 * 2**20
_ARTICLE = re.compile(r"(?:Article|Posting|Report|OpinionPiece|Review|Interview)$")
_PAGE = re.compile(r"(?:Web|Item|Profile)Page$")
_CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "subjectOf")
"""Where nodes that describe this page stand; below others, such as ``relatedLink`` and ``citation``, are strangers."""
_COMMENT = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")
_WORD = re.compile(r"\w+")
_LONG_WORD = re.compile(r"\w{4,}")


@dataclass(frozen=True, slots=True)
class LinkedData:
    """A page's own article node (empty where it has none), its page node, and the types of all its nodes."""

    article: Node
    page: Node
    types: frozenset[str]

    def text(self, *names: str) -> str | None:
        """The first of the fields that is a string with something in it, of the article, else of the page."""
        for node in (self.article, self.page):
            for name in names:
                value = node.get(name)
                if isinstance(value, str) and value.strip():
                    return value
        return None


def read_linked_data(tree: HtmlElement, url: str | None, title: str | None) -> LinkedData:
    """Read all JSON-LD of a page at ``url``. Broken blocks are common and say nothing."""
    nodes = [node for script in tree.iter("script") if _is_linked(script) for node in _nodes(script.text or "")]
    articles = [node for node in nodes if _ARTICLE.search(" ".join(types_of(node)))]
    pages = [node for node in nodes if _PAGE.search(" ".join(types_of(node)))]
    types = frozenset(name for node in nodes for name in types_of(node))
    return LinkedData(_own(articles, url, title), _own(pages, url, title), types)


def types_of(node: Node) -> list[str]:
    """The names of a node's types, without the address of their vocabulary."""
    given = node.get("@type")
    names = given if isinstance(given, list) else [given]
    return [re.split(r"[/#:]", name)[-1] for name in names if isinstance(name, str)]


def names_in(value: object) -> list[str]:
    """The names of persons or organisations, however they are given: a string, an object, a list of either."""
    values = value if isinstance(value, list) else [value]
    named = [item.get("name") if isinstance(item, dict) else item for item in values]
    flat = [name for item in named for name in (item if isinstance(item, list) else [item])]
    return [name for name in (one_line(item) for item in flat if isinstance(item, str)) if name]


def _is_linked(script: HtmlElement) -> bool:
    return (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json"


def _nodes(text: str) -> Iterator[Node]:
    """The nodes of a block that describe this page, outermost first."""
    if len(text) > _MAX_BLOCK:
        return
    try:
        # Line breaks within strings are no JSON, but common.
        waiting = deque([json.loads(_COMMENT.sub("", text), strict=False)])
    except (ValueError, RecursionError):
        return
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.popleft()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            yield node
            waiting += [node[name] for name in _CONTAINERS if isinstance(node.get(name), dict | list)]


def _own(nodes: list[Node], url: str | None, title: str | None) -> Node:
    """The node that names the page's address or title; else the only one; else the first, if no other is as good."""
    for found in (
        [node for node in nodes if _names_address(node, url)],
        [node for node in nodes if _names_title(node, title)],
    ):
        if found:
            return max(found, key=len)
    stating = [node for node in nodes if "datePublished" in node or "articleBody" in node or "headline" in node]
    different = {str(node.get("headline") or node.get("name")) for node in stating}
    first = (stating or nodes or [{}])[0]
    return first if len(different) <= 1 and not _is_stranger(first, url, title) else {}


def _is_stranger(node: Node, url: str | None, title: str | None) -> bool:
    """Whether a node names another address than the page's, and a headline with no word in common with its title."""
    headline = node.get("headline")
    if not (url and title and isinstance(headline, str) and _addresses(node)):
        return False
    return not set(_LONG_WORD.findall(headline.casefold())) & set(_LONG_WORD.findall(title.casefold()))


def _names_address(node: Node, url: str | None) -> bool:
    return bool(url) and any(_same_page(address, url or "") for address in _addresses(node))


def _addresses(node: Node) -> list[str]:
    """The web addresses that a node gives as its own."""
    own = node.get("mainEntityOfPage")
    stated = [node.get("url"), node.get("@id"), own.get("@id") if isinstance(own, dict) else own]
    return [address for address in stated if isinstance(address, str) and address.startswith(("http://", "https://"))]


def _same_page(one: str, other: str) -> bool:
    try:
        return re.sub(r"^https?", "", canonical_url(one)) == re.sub(r"^https?", "", canonical_url(other))
    except ValueError:
        return False


def _names_title(node: Node, title: str | None) -> bool:
    stated = node.get("headline") or node.get("name")
    return bool(title) and isinstance(stated, str) and _bare(stated) == _bare(title or "")


def _bare(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
