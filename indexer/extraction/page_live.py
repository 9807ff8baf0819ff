"""Live blogs: many posts on one page, each with its time, which become paragraphs that begin with it.

The posts are read from the page itself, or from the ``LiveBlogPosting`` of its JSON-LD where that holds more of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml.html import HtmlElement

from indexer.clean import one_line
from indexer.extraction.linked_data import LinkedData
from indexer.extraction.page_dates import read_date
from indexer.extraction.page_tidy import linked_share, text_of, words

_POSTS = 3
"""So many posts with times of their own make a live blog."""
_POST_WORDS = 5
_LEAD_WORDS = 12
_LINKED = 0.5
_MAX_POSTS = 5000
_NAME = re.compile(r"live-?(?:blog|updates?|feed|ticker|coverage)", re.IGNORECASE)
_CLOCK = re.compile(r"\b([01]?\d|2[0-3])[:.h][0-5]\d(?!\d)")
_AGO = re.compile(r"\bago\b|^(?:il y a|vor|hace|há)\b", re.IGNORECASE)
_TEXT = ("p", "li", "blockquote", "h2", "h3", "h4", "h5", "h6")
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def read_live(tree: HtmlElement, linked: LinkedData) -> list[str]:
    """The paragraphs of a live blog, in the page's order: its lead, then each post. Empty if the page is none."""
    stated = _stated(linked)
    shown: list[str] = []
    if "LiveBlogPosting" in linked.types or _is_named_live(tree):
        posts = _posts(tree)
        if len(posts) >= _POSTS:
            shown = [*_lead(tree, posts[0]), *(line for post in posts for line in _post(post))]
    return max(shown, stated, key=lambda lines: sum(map(len, lines)))


def _is_named_live(tree: HtmlElement) -> bool:
    around = tree.xpath("//body | //main | //article | //div[@class or @id][not(ancestor::aside)]")
    return any(_NAME.search(f"{near.get('class') or ''} {near.get('id') or ''}") for near in around)


def _posts(tree: HtmlElement) -> list[HtmlElement]:
    """The elements that repeat side by side, each with a time and a text."""
    found: dict[HtmlElement, None] = {}
    for time in tree.xpath("//time[not(ancestor::aside or ancestor::nav or ancestor::footer)]")[:_MAX_POSTS]:
        post = next((near for near in time.iterancestors("article", "section", "li", "div") if _has_text(near)), None)
        if post is not None:
            found[post] = None
    places = Counter((post.getparent(), post.tag) for post in found)
    if not places:
        return []
    place, _ = places.most_common(1)[0]
    return [post for post in found if (post.getparent(), post.tag) == place]


def _has_text(element: HtmlElement) -> bool:
    return any(words(text) >= _POST_WORDS for text in element.iter("p", "li", "blockquote"))


def _post(post: HtmlElement) -> list[str]:
    """A post's heading or first paragraph behind its time, then its other paragraphs."""
    time = next(post.iter("time"))
    clock = _clock(time)
    for element in list(post.iter("time")):
        element.drop_tree()
    lines = [text_of(element) for element in _texts(post) if _is_text(element)]
    lines = [line for line in lines if line]
    return [f"{clock} {lines[0]}".strip(), *lines[1:]] if lines else []


def _texts(post: HtmlElement) -> Iterator[HtmlElement]:
    """The elements of a post that hold text, each once: a paragraph within a quotation is read with it."""
    taken: set[HtmlElement] = set()
    for element in post.iter(*_TEXT):
        if element is not post and not any(near in taken for near in element.iterancestors()):
            taken.add(element)
            yield element


def _is_text(element: HtmlElement) -> bool:
    return element.tag in _HEADINGS or linked_share(element) < 1.0 or words(element) >= _LEAD_WORDS


def _clock(time: HtmlElement) -> str:
    """The time as the page shows it; where it shows "2 hours ago", the one that it states."""
    shown = text_of(time)
    if _CLOCK.search(shown) and not _AGO.search(shown):
        return shown
    stated = read_date(time.get("datetime") or "")
    return stated.iso[11:16] if stated and len(stated.iso) > len("2012-05-23") else ""


def _lead(tree: HtmlElement, first: HtmlElement) -> list[str]:
    """The paragraphs between the page's heading and its first post."""
    lead: list[str] = []
    headed = False
    for element in tree.iter("h1", "p", first.tag):
        if element is first:
            break
        if element.tag == "h1":
            headed, lead = True, []
        elif element.tag == "p" and headed and words(element) >= _LEAD_WORDS and linked_share(element) < _LINKED:
            lead.append(text_of(element))
    return lead


def _stated(linked: LinkedData) -> list[str]:
    """The posts that the JSON-LD holds with their texts."""
    updates = linked.article.get("liveBlogUpdate")
    lines: list[str] = []
    for update in updates[:_MAX_POSTS] if isinstance(updates, list) else []:
        text = update.get("articleBody") if isinstance(update, dict) else None
        if isinstance(text, str) and text.strip():
            when = read_date(str(update.get("datePublished") or ""))
            clock = when.iso[11:16] if when and len(when.iso) > len("2012-05-23") else ""
            heading = one_line(str(update.get("headline") or ""))
            parts = [part for part in map(one_line, text.split("\n")) if part]
            parts = [heading, *parts] if heading and heading != parts[0] else parts
            lines += [f"{clock} {parts[0]}".strip(), *parts[1:]]
    return lines
