"""The central types, one a stage: Article -> Passage -> Scored -> Hit -> Citation. What articles are made of is in
``indexer.items``.

All are frozen, hold no behaviour beyond what derives from their own fields, and this file imports nothing
of ours, so that every other module can import it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

PARAGRAPH_BREAK = "\n\n"
"""What stands between two paragraphs in ``Article.text``, and nowhere else."""

_ISO_8601 = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?:(?<=\.\d{6})\d+)?\s?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date as precisely as it is known: a year, a month, a day or a time of day.

    ``iso`` is ISO 8601 at that precision ("2012", "2012-05", "2012-05-23", "2012-05-23T19:43").
    Nothing is filled in: "2012" is not 1 January. Days are the calendar days of the place of publication,
    as printed; zones are kept, not converted. Of a fraction of a second six digits are kept, as Python holds no more
    (.NET writes seven).
    """

    iso: str

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read ISO 8601 of any precision. Raises ValueError for anything else and for days that do not exist."""
        match = _ISO_8601.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not an ISO 8601 date such as 2012, 2012-05 or 2012-05-23")
        year, month, day, time, zone = match.group("year", "month", "day", "time", "zone")
        try:
            date(int(year), int(month or 1), int(day or 1))
            if time:
                datetime.fromisoformat(f"{year}-{month}-{day}T{time}{zone or ''}")
        except ValueError as error:
            raise ValueError(f"{text!r} is not a date: {error}") from None
        iso = "-".join(part for part in (year, month, day) if part)
        return cls(f"{iso}T{time}{zone or ''}" if time else iso)

    @property
    def first_day(self) -> date:
        """The earliest day that this date can mean."""
        parts = [int(part) for part in self.iso[:10].split("-")]
        return date(*[*parts, 1, 1][:3])

    @property
    def last_day(self) -> date:
        """The latest day that this date can mean (the same as ``first_day`` from day precision on)."""
        first = self.first_day
        match len(self.iso):
            case 4:
                return date(first.year, 12, 31)
            case 7 if first.month == 12:
                return date(first.year, 12, 31)
            case 7:
                return date(first.year, first.month + 1, 1) - timedelta(days=1)
            case _:
                return first

    def __str__(self) -> str:
        return self.iso


@dataclass(frozen=True, slots=True)
class Reference:
    """An article that another one names as what it rests on."""

    publisher: str
    published: PartialDate | None = None
    title: str | None = None
    url: str | None = None


NoticeKind = Literal["correction", "clarification", "retraction"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a publisher says of its own article, in the article's words: that it was corrected, or is taken back."""

    kind: NoticeKind
    text: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about an article. Unknown is None (or empty), never guessed.

    ``countries`` are those that it is about; ``publisher_country`` is the publisher's seat, ``publisher_kind`` what it
    is ("ministry", "wire", ...), both as the settings of its source say. ``published_from`` says where the date of
    publication stood: "json-ld", "meta", "time", "text", "url", "feed", "sitemap", "archive", ...; None where the
    document gave it as a field of its own.
    """

    id: str
    title: str
    url: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    published: PartialDate | None = None
    updated: PartialDate | None = None
    language: str | None = None
    countries: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    published_from: str | None = None
    publisher_country: str | None = None
    publisher_kind: str | None = None
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A clean article: its metadata, its text (paragraphs joined by a blank line) and where it was read.

    ``digest`` is the SHA-256 of everything else but ``source``: two articles with the same id and digest
    are the same version.
    """

    meta: Metadata
    text: str
    digest: str
    source: str

    @property
    def id(self) -> str:
        return self.meta.id


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, or a part of one, and its place: ``article.text[start:end] == text``, always.

    Offsets count Unicode code points; ``ordinal`` counts an article's passages from 0. ``sentences`` are the
    (start, end) of its sentences, in order, in the article's text, too.
    """

    article_id: str
    ordinal: int
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...] = ()

    @property
    def id(self) -> str:
        return f"{self.article_id}:{self.ordinal}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a passage's article must satisfy to be found at all.

    The dates are a half-open range of publication days: ``after`` is the first day let in, ``before`` the
    first day kept out. A filter lets through only what certainly satisfies it: an undated article passes
    no date filter, "2012" does not pass ``after=2012-06``, and an article without a publisher passes no
    publisher filter. Publishers, countries and languages are compared whole, without regard to case, but for a
    language that is named without its region: "en" lets "en-GB" in (RFC 4647, basic filtering). Any one of several
    publishers is enough, and so for countries and languages.
    """

    after: PartialDate | None = None
    before: PartialDate | None = None
    publishers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.after or self.before or self.publishers or self.countries or self.languages)


PER_ARTICLE = 7
"""Passages of one article and its editions among the hits, unless more are asked for (api/RANKING.md)."""


Sort = Literal["relevance", "date"]
"""The order of the hits: best first, or the best of them with the newest article first."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, how many passages are wanted, and the filters.

    ``per_article`` is how many hits one article gets at most, all of its editions together, 0 for any number.
    ``asked_on`` is the day from which "last year" counts; None leaves such words alone. ``start`` hits came on earlier
    pages, from the publication that ``seen`` names.
    """

    text: str
    k: int = 10
    filters: Filters = Filters()
    per_article: int = PER_ARTICLE
    asked_on: date | None = None
    sort: Sort = "relevance"
    start: int = 0
    seen: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage's number in its index, with a score: higher is better, scales differ between methods."""

    number: int
    score: float


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as an engine holds it, with its article's metadata and the version of the text it stands in.

    ``added`` is when that version came into the index, in UTC; None where the engine does not keep it. ``vanished`` is
    since when the article is no longer at its address (UTC), None as far as is known it is.
    """

    number: int
    passage: Passage
    article: Metadata
    version: int
    added: datetime | None = None
    vanished: datetime | None = None


State = Literal["current", "superseded", "removed"]
"""Of a version: the one that is searched, one with a newer text after it, or one that a person took out."""


Change = Literal["first", "details", "title", "substance"]
"""What a version differs in from the one before it: it is the first; only in what is known about the article; in its
title and perhaps that; in its text. Versions that differ in white space and the like only are never made."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A version of an article as an engine holds it, with the places of its passages, and when it came in (UTC).

    ``vanished`` is as in ``StoredPassage``.
    """

    article: Article
    version: int
    passages: tuple[Passage, ...]
    state: State = "current"
    added: datetime | None = None
    vanished: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an article, without its text: its number (from 1), its state, and when it came in (UTC)."""

    version: int
    state: State
    added: datetime
    change: Change = "substance"


@dataclass(frozen=True, slots=True)
class Edition:
    """Another article of the same origin: a copy, a shortened or a longer form, one with another title or beginning."""

    article: Metadata
    version: int


@dataclass(frozen=True, slots=True)
class Count:
    """How often a value occurs: in ``found`` of the passages that were ranked, and in ``passages`` of the index.

    ``passages`` are those that the filters of the search let in and that have the value, so it is how many are
    searched once the value is made a filter, too.
    """

    value: str
    found: int
    passages: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What the ranked passages have in common: values that occur among them, the most frequent first.

    ``searched`` is how many passages of the index the filters let in.
    """

    searched: int
    publishers: tuple[Count, ...] = ()
    countries: tuple[Count, ...] = ()
    languages: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index is: its published generation, its counts, and the model and splitting rule it is bound to."""

    generation: int
    articles: int
    passages: int
    model: str
    weights: str
    dimension: int
    splitting: str


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of evidence for a passage: its value, how much it weighs, and what it adds to the score."""

    name: str
    value: float
    weight: float

    @property
    def score(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Copy:
    """A passage of another article that says the same in nearly the same words."""

    passage: Passage
    article: Metadata
    version: int


EDITIONS = 20
"""Other articles of the same origin that are named for a hit, at most."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked answer: the passage, its article, the score, and the parts that sum to it where they were asked for.

    ``highlights`` are (start, end) places in the article's text, like the passage's own. ``more`` are passages of the
    same article or of another edition of it, and ``copies`` nearly identical ones of other articles, that were held
    back for this one although they rank above the next hit that would be shown. ``added`` is when the version came
    into the index (UTC), ``link`` opens the original at the sentence; None where the article has no address.
    ``origin`` is the id of one article of all that are of one origin with this one (its own where there is no other),
    so that two hits with different origins are independent of each other as far as can be seen; ``editions`` are the
    others, the earliest first, ``EDITIONS`` at most. ``vanished`` is as in ``StoredPassage``.
    """

    rank: int
    score: float
    passage: Passage
    article: Metadata
    version: int
    highlights: tuple[tuple[int, int], ...] = ()
    parts: tuple[Part, ...] = ()
    more: tuple[Passage, ...] = ()
    copies: tuple[Copy, ...] = ()
    added: datetime | None = None
    link: str | None = None
    origin: str = ""
    editions: tuple[Edition, ...] = ()
    vanished: datetime | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """What is cited and how: the exact quote and its place, a reference in words, and a link that opens at the quote.

    ``quote`` is the passage, to the letter; ``start`` and ``end`` are its code points in the text of ``version`` of
    the article, ``sha256`` is its hash (of UTF-8, hex). With these three it can be checked years later.
    """

    quote: str
    text: str
    url: str | None
    article_id: str
    version: int
    start: int
    end: int
    sha256: str
