"""A page's tree made ready for trafilatura: what it would wrongly drop is unmarked, what it would wrongly keep goes.

Every rule is about how content management systems and standards mark things up, none about a page or a publisher, and
was kept only where leaving it out loses on real pages and gains on hardly any of their random halves
(scripts/extraction.py prints the measure).
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

_HOVER = re.compile(r"tooltip|pop-?over|roll-?over|hover-?card", re.IGNORECASE)
_HOVER_WORDS = 8
"""A text shown only on hovering is an explanation; fewer words may be the term that it explains."""
_BOX = re.compile(
    r"(?:^|[\s_-])(?:newsletter|related|recirc\w*|read-?more|most-?read|also-?read|recommend\w*|promo\w*|subscri(?:be|ption)"
    r"|sign-?up|trending|outbrain|taboola)",
    re.IGNORECASE,
)
_BOX_WORDS = 80
"""A box of other stories or offers is short; more words may be an article whose theme is named so."""
_SUBHEAD = re.compile(r"sub-?head(?:ing|line|er)?(?:$|[\s_-])|(?:^|[\s_-])cross-?head", re.IGNORECASE)
_SPEAKER = re.compile(r"(?:^|[\s_-])(?:speaker|interviewer|interviewee)(?:$|[\s_-])", re.IGNORECASE)
_SUBHEAD_WORDS = 20
_LINK = re.compile(r"(?:^|\s)link(?:\s|$)")
_CLOCK = re.compile(r"[(\[]?\d{1,2}:\d\d(?::\d\d)?[)\]]?")
_EMBED = re.compile(r"embed|social|tweet|twitter|instagram|quote", re.IGNORECASE)
_EMBED_FRAME = 12
"""A frame around an embedded post adds at most so many words to it."""
_BODY = re.compile(r"(?:article|story|post|entry)[_-]*(?:body|content|text|section)", re.IGNORECASE)
_PROSE_WORDS = 15
_STATED = re.compile(r"[.!][\"”’)]*$")
_LINKED = 0.9


def tidy(tree: HtmlElement) -> None:
    """Change a page's tree in place, keeping every sentence of the article."""
    for rule in (_drop_hovers, _drop_boxes, _drop_link_lists, _free_posts, _free_spans, _mark_subheads, _join_chunks):
        rule(tree)


def words(element: HtmlElement) -> int:
    """How many words an element shows."""
    return len(str(element.text_content()).split())


def text_of(element: HtmlElement) -> str:
    """An element's text on one line."""
    return " ".join(str(element.text_content()).split())


def linked_share(element: HtmlElement) -> float:
    """How much of an element's text is links, from 0 to 1."""
    whole = len(text_of(element))
    return sum(len(text_of(link)) for link in element.iter("a")) / whole if whole else 0.0


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _drop_hovers(tree: HtmlElement) -> None:
    """Texts within a paragraph that show only when one points at a term or a name; the term stays."""
    for element in tree.xpath("//p//*[@class or @id]|//li//*[@class or @id]"):
        if element.tag in {"span", "div"} and _HOVER.search(_names(element)) and words(element) >= _HOVER_WORDS:
            inner = [below for below in element.iterdescendants() if _HOVER.search(_names(below))]
            if not inner:
                _drop(element)


def _drop_boxes(tree: HtmlElement) -> None:
    """Boxes of other stories, newsletters and offers."""
    for element in tree.xpath("//*[self::div or self::section or self::ul or self::a or self::p][@class or @id]"):
        if element.getparent() is not None and _BOX.search(_names(element)) and words(element) < _BOX_WORDS:
            _drop(element)


def _drop_link_lists(tree: HtmlElement) -> None:
    """Lists of nothing but headlines that lead elsewhere."""
    for element in tree.xpath("//ul[li]"):
        items = list(element.iterchildren("li"))
        if (
            len(items) >= 2
            and all(linked_share(item) >= _LINKED for item in items)
            and not any(_STATED.search(text_of(item)) for item in items)
        ):
            _drop(element)


def _free_posts(tree: HtmlElement) -> None:
    """Posts of social networks that an article quotes: they are marked as embedded, and are quotations."""
    for element in tree.iter("blockquote"):
        element.attrib.pop("class", None)
        size = words(element)
        for frame in list(element.iterancestors())[:3]:
            if not _EMBED.search(_names(frame)) or words(frame) >= size + _EMBED_FRAME:
                break
            frame.attrib.pop("class", None)
            frame.attrib.pop("id", None)
            frame.tag = "div" if frame.tag == "figure" else frame.tag


def _free_spans(tree: HtmlElement) -> None:
    """Words of a sentence that are marked as a link are words of the sentence; a time in a transcript belongs to it."""
    for element in tree.xpath("//p//span[@class]"):
        timed = "time" in (element.get("class") or "") and _CLOCK.fullmatch(text_of(element))
        if timed or _LINK.search(element.get("class") or ""):
            element.attrib.pop("class", None)


def _mark_subheads(tree: HtmlElement) -> None:
    """Sub-headings that are no heading elements, and speakers' names that are no paragraphs."""
    for element in tree.xpath("//*[self::div or self::p][@class]"):
        kind = element.get("class") or ""
        tag = "h3" if _SUBHEAD.search(kind) else "p" if _SPEAKER.search(kind) else None
        if tag and next(element.iterchildren("p", "div"), None) is None and 0 < words(element) < _SUBHEAD_WORDS:
            element.tag = tag


def _join_chunks(tree: HtmlElement) -> None:
    """An article's text that advertisements part into several containers of one class, put into the first.

    Several articles on one page have headings of their own, or stand in elements of their own.
    """
    groups: dict[tuple[str, str], list[HtmlElement]] = {}
    for element in tree.xpath("//div[@class]|//section[@class]"):
        if _BODY.search(element.get("class") or ""):
            groups.setdefault((element.tag, element.get("class") or ""), []).append(element)
    for chunks in groups.values():
        prose = [chunk for chunk in chunks if any(words(p) >= _PROSE_WORDS for p in chunk.iter("p"))]
        if len(prose) > 1 and _one_article(prose):
            for chunk in prose[1:]:
                prose[0].extend(list(chunk))
                _drop(chunk)


def _one_article(chunks: list[HtmlElement]) -> bool:
    around = [next(chunk.iterancestors("article", "main"), None) for chunk in chunks]
    inside = {id(near) for chunk in chunks for near in chunk.iterancestors()}
    return (
        all(near is around[0] for near in around)
        and not any(id(chunk) in inside for chunk in chunks)
        and not any(True for chunk in chunks[1:] for _ in chunk.iter("h1"))
    )
