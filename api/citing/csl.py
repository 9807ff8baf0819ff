"""CSL-JSON: an article with its cited passage in the form that reference managers and citation processors read.

https://docs.citationstyles.org/en/stable/specification.html, https://citeproc-js.readthedocs.io/en/latest/csl-json/.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import NotRequired, TypedDict

from api.citations import Cited, rests_on
from api.citing.authors import name_of
from indexer.types import Metadata

TYPE = "article-newspaper"


Reference = TypedDict(
    "Reference",
    {
        "id": str,
        "type": str,
        "title": str,
        "author": NotRequired[list[dict[str, str]]],
        "container-title": NotRequired[str],
        "issued": NotRequired[dict[str, list[list[int]]]],
        "URL": NotRequired[str],
        "language": NotRequired[str],
        "note": NotRequired[str],
        "custom": NotRequired[dict[str, str | int]],
    },
)
"""An article in CSL-JSON; what is not known has no key."""


def csl_json(cited: Sequence[Cited]) -> str:
    """A JSON array with one reference for each cited passage.

    ``id`` is the passage's id; ``URL`` the article's own, since styles print it. No style prints ``note``: it holds
    the quote for the reader (reference managers show it) and what the article rests on. ``custom`` is the
    citation, by which it can be verified. When it was looked up (``accessed``) we do not know, so it is not said.
    """
    return json.dumps([csl_reference(one) for one in cited], ensure_ascii=False, indent=2) + "\n"


def csl_reference(cited: Cited) -> Reference:
    """A cited passage's article, with the quote."""
    citation = cited.citation
    known = article_reference(cited.article, cited.passage.id)
    known["note"] = note(cited)
    known["custom"] = {name: value for name, value in asdict(citation).items() if value is not None}
    return known


def article_reference(article: Metadata, id: str) -> Reference:  # noqa: A002 - the name it has in CSL-JSON
    """An article alone. Its publisher is the newspaper (``container-title``)."""
    known: Reference = {"id": id, "type": TYPE, "title": article.title}
    if article.authors:
        known["author"] = [name_of(author).fields() for author in article.authors]
    if article.publisher:
        known["container-title"] = article.publisher
    if article.published:
        known["issued"] = {"date-parts": [[int(part) for part in article.published.iso[:10].split("-")]]}
    if article.url:
        known["URL"] = plain_address(article.url)
    if article.language:
        known["language"] = article.language
    return known


def plain_address(url: str) -> str:
    """An article's address without the text fragment that it may have been copied with."""
    return url.partition(":~:")[0].removesuffix("#")


def note(cited: Cited) -> str:
    """The quote for a reader, in quotation marks, and what the article says that it rests on."""
    quoted = f"“{cited.passage.text}”"
    return f"{quoted} {rests_on(cited.article)}" if cited.article.references else quoted
