"""A hit as a citation: the exact quote, its place and hash, a reference in words, a link that opens at the quote."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from api.citing.fragments import link
from indexer.types import Citation, Copy, Hit, Metadata, PartialDate, Passage, Reference, StoredPassage

Span = tuple[int, int]

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""The months in English, whatever the locale."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage that is cited: with its article, the version of the text it stands in, and its answering sentence.

    ``highlights`` are (start, end) places in the article's text, as a hit has them; ``text`` is that text where it is
    at hand, which makes for better links. ``link`` is the link where it was made already.
    """

    passage: Passage
    article: Metadata
    version: int
    highlights: tuple[Span, ...] = ()
    text: str | None = None
    link: str | None = None

    @classmethod
    def of(cls, found: Hit | StoredPassage | Copy, text: str | None = None) -> Cited:
        """What is cited when a hit, a stored passage or a copy is."""
        if isinstance(found, Hit):
            return cls(found.passage, found.article, found.version, found.highlights, text, found.link)
        return cls(found.passage, found.article, found.version, text=text)

    @property
    def citation(self) -> Citation:
        """The citation of the passage."""
        if self.link is None:
            return cite(self.passage, self.article, self.version, self.highlights, self.text)
        return _citation(self.passage, self.article, self.version, self.link)


def citation(found: Hit | StoredPassage | Copy) -> Citation:
    """The citation of what was found."""
    return Cited.of(found).citation


def cite(
    passage: Passage, article: Metadata, version: int, highlights: Sequence[Span] = (), text: str | None = None
) -> Citation:
    """The citation of a passage in a version of its article. Its quote is the passage's text, to the letter.

    The link opens at the first of the highlights, which are places in the article's text; without any, at the passage.
    With that ``text`` it is found where a page has the sentence more than once, for instance in a summary, too.
    """
    start, end = next(iter(highlights), (passage.start, passage.end))
    place = (start, end) if text else (start - passage.start, end - passage.start)
    return _citation(passage, article, version, link(article.url, text or passage.text, place))


def _citation(passage: Passage, article: Metadata, version: int, url: str | None) -> Citation:
    return Citation(
        quote=passage.text,
        text=reference(article),
        url=url,
        article_id=passage.article_id,
        version=version,
        start=passage.start,
        end=passage.end,
        sha256=sha256(passage.text),
    )


def sha256(quote: str) -> str:
    """The hash by which a quote is known: SHA-256 of its UTF-8, in hex.

    A lone surrogate, which no stored text has, is hashed as itself, so that a damaged citation can be looked at.
    """
    return hashlib.sha256(quote.encode("utf-8", "surrogatepass")).hexdigest()


def reference(article: Metadata) -> str:
    """Authors, title, publisher, date and address, as far as they are known: Jane Doe, “Title”, Reuters, 23 May 2012.

    An article that says what it rests on is cited with that.
    """
    date = in_words(article.published) if article.published else "n.d."
    parts = [" and ".join(article.authors), f"“{article.title}”", article.publisher, date, article.url]
    whole = ", ".join(part for part in parts if part).removesuffix(".") + "."
    return f"{whole} {rests_on(article)}" if article.references else whole


def rests_on(article: Metadata) -> str:
    """The articles that this one names as its sources: Rests on: Reuters, 23 May 2012; BBC News, 24 May 2012."""
    return f"Rests on: {'; '.join(map(_named, article.references))}."


def _named(source: Reference) -> str:
    date = in_words(source.published) if source.published else None
    return ", ".join(
        part for part in (source.publisher, source.title and f"“{source.title}”", date, source.url) if part
    )


def in_words(date: PartialDate) -> str:
    """A date in words, as precisely as it is known: 23 May 2012, May 2012, 2012."""
    year, *rest = date.iso[:10].split("-")
    words = [str(int(rest[1]))] if len(rest) > 1 else []
    words += [MONTHS[int(rest[0]) - 1]] if rest else []
    return " ".join([*words, year])
