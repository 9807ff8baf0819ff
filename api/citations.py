"""A hit as a citation: the exact quote, a reference in words, and a link that opens at the quote."""

from __future__ import annotations

from urllib.parse import quote

from indexer.types import Citation, Metadata, PartialDate, Passage, Reference

_MONTHS = [
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
]  # whatever the locale

_WHOLE = 12
"""Words up to which a quote goes into a link whole; longer ones are named by their first and last words."""

_WHOLE_CHARACTERS = 120
_END_CHARACTERS = 20
"""The same for writing without spaces, in characters."""

_ENDS = 6
"""Words at each end of a longer quote: few enough for a link, enough to be found once in an article."""


def cite(passage: Passage, article: Metadata) -> Citation:
    """The citation of a passage. Its quote is the passage's text, to the letter."""
    return Citation(passage.text, reference(article), link(article.url, passage.text))


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
    words += [_MONTHS[int(rest[0]) - 1]] if rest else []
    return " ".join([*words, year])


def link(url: str | None, text: str) -> str | None:
    """The address with a text fragment, so that a browser opens it at the quote; None where there is no address.

    A text fragment that it has already, copied from a browser, gives way to the quote's own.
    https://wicg.github.io/scroll-to-text-fragment/: ``#:~:text=start,end``.
    """
    if url is None:
        return None
    words = text.split()
    if len(words) > _WHOLE:
        pieces = [" ".join(words[:_ENDS]), " ".join(words[-_ENDS:])]
    elif len(text) > _WHOLE_CHARACTERS:  # few spaces: Chinese, Japanese, or one very long word
        pieces = [text[:_END_CHARACTERS].strip(), text[-_END_CHARACTERS:].strip()]
    else:
        pieces = [text]
    fragment = ",".join(_encoded(piece) for piece in pieces)
    address = url.partition(":~:")[0]
    return f"{address}{'' if '#' in address else '#'}:~:text={fragment}"


def _encoded(text: str) -> str:
    """Percent-encoded, the dash too: in a text fragment it is syntax."""
    return quote(text, safe="").replace("-", "%2D")
