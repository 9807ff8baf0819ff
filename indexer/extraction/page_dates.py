"""When a web page's article was published and updated, as precisely as the page says, and where it says so.

The order is by how much a statement is worth: JSON-LD of the article itself, metadata, microdata and ``<time>``, the
address, and last what htmldate finds elsewhere on the page. What cannot be true is passed over: a day in the future, a
zero of some clock, a year before news pages that nothing else confirms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import lxml.html
from lxml.html import HtmlElement

from indexer.clean import one_line
from indexer.extraction.linked_data import LinkedData
from indexer.extraction.stamps import read_stamp
from indexer.types import PartialDate

_AHEAD = timedelta(days=2)
"""Time zones and embargoes: a date may lie so far after the fetch."""
_PAGES_SINCE = 1990
_ZEROS = {date(1970, 1, 1), date(1969, 12, 31), date(1900, 1, 1), date(1, 1, 1)}
_PUBLISHED = ("datePublished", "dateCreated", "uploadDate")
_UPDATED = ("dateModified",)
# The names that content management systems and publishers' analytics give the date, the clearest first.
_META_PUBLISHED = (
    *("article:published_time", "og:article:published_time", "og:published_time", "datepublished", "parsely-pub-date"),
    *("pubdate", "publishdate", "publish-date", "publication_date", "publication-date", "date_published"),
    *(
        "originalpublicationdate",
        "article.published",
        "article:published",
        "cxenseparse:recs:publishtime",
        "sailthru.date",
    ),
    *("dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date.created", "dc.date", "dcterms.date"),
    *(
        "sailthru.date",
        "citation_publication_date",
        "date",
        "article:post_date",
        "displaydate",
        "article_date_original",
    ),
)
_META_UPDATED = (
    *("article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "last-modified"),
    *("article.updated", "article:modified", "dcterms.modified", "dc.date.modified", "lastmod", "revision_date"),
)
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(?:\d\d)?Z?)?")
_SLASHED = re.compile(r"((?:19|20)\d\d)/(\d{1,2})/(\d{1,2})(?:[ T](\d\d:\d\d(?::\d\d)?))?")
_MAILED = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d")
_FRACTION = re.compile(r"(?<=:\d\d)[.,]\d+")
_URL_DAY = re.compile(
    r"[/_-](?P<year>(?:19|20)\d\d)(?P<mark>[/_-]?)(?P<month>0[1-9]|1[0-2]|(?<=[/_-])[1-9])(?P=mark)"
    r"(?P<day>0[1-9]|[12]\d|3[01]|(?<=[/_-])[1-9])(?=[/_.?-]|$)"
)
_URL_NAMED_DAY = re.compile(r"/(?P<year>(?:19|20)\d\d)/(?P<month>[a-z]{3})/(?P<day>\d{1,2})/", re.IGNORECASE)
_URL_MONTH = re.compile(r"/(?P<year>(?:19|20)\d\d)[/-](?P<month>0[1-9]|1[0-2])(?=/)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_STRANGERS = ("aside", "nav", "footer")
_LONG = 200


class Dated(NamedTuple):
    """A date and where it stood: "json-ld", "meta", "microdata", "time", "text" or "url"."""

    when: PartialDate
    where: str


def published(
    tree: HtmlElement, linked: LinkedData, url: str | None, found: str | None, fetched_at: datetime | None = None
) -> Dated | None:
    """The date of publication, or None. ``found`` is htmldate's day; ``fetched_at`` bounds what can be true."""
    stated = [Dated(when, where) for when, where in _published(tree, linked) if _possible(when, fetched_at)]
    day = url_date(url)
    stated += [Dated(day, "url")] if day and len(day.iso) > len("2012-05") and _possible(day, fetched_at) else []
    sure = next((date for date in stated if _is_sure(date, stated)), None)
    if sure:
        return sure
    if day and _possible(day, fetched_at):
        within = found is not None and found.startswith(day.iso)
        return Dated(PartialDate(found), "text") if found and within else Dated(day, "url")
    shown = PartialDate(found) if found and _is_shown(tree, url, found) else None
    return Dated(shown, "text") if shown and _possible(shown, fetched_at) and _is_recent(shown) else None


def updated(tree: HtmlElement, linked: LinkedData, fetched_at: datetime | None = None) -> PartialDate | None:
    """When the article was changed last, as the page states it; None where it does not."""
    for text in [linked.text(*_UPDATED), *_meta(tree, _META_UPDATED), *_marked(tree, "dateModified")]:
        when = read_date(text or "")
        if when and _possible(when, fetched_at) and _is_recent(when):
            return when
    return None


def read_date(text: str) -> PartialDate | None:
    """A date in one of the forms that pages state: ISO 8601, its compact form, RFC 5322, or in words."""
    text = _FRACTION.sub("", one_line(text))[:80]
    if compact := _COMPACT.fullmatch(text):
        year, month, day, hour, minute = compact.groups()
        text = f"{year}-{month}-{day}" + (f"T{hour}:{minute}" if hour else "")
    elif slashed := _SLASHED.fullmatch(text):
        year, month, day, time = slashed.groups()
        text = f"{year}-{int(month):02d}-{int(day):02d}" + (f"T{time}" if time else "")
    try:
        return PartialDate.parse(text)
    except ValueError:
        pass
    try:
        return PartialDate.parse(parsedate_to_datetime(text).isoformat()) if _MAILED.match(text) else _in_words(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return _in_words(text)


def _in_words(text: str) -> PartialDate | None:
    dates = read_stamp(text)
    return dates[0][1] if dates else None


def url_date(url: str | None) -> PartialDate | None:
    """The day or the month that an address holds; a year alone is too often part of a name."""
    path = re.sub(r"^https?://[^/]*", "", url or "")
    for form in (_URL_DAY, _URL_NAMED_DAY, _URL_MONTH):
        if match := form.search(path):
            month = match["month"].lower()
            number = int(month) if month.isdigit() else _MONTHS.index(month) + 1 if month in _MONTHS else 0
            day = f"-{int(match['day']):02d}" if "day" in match.groupdict() else ""
            try:
                return PartialDate.parse(f"{match['year']}-{number:02d}{day}")
            except ValueError:
                continue
    return None


def _published(tree: HtmlElement, linked: LinkedData) -> Iterator[tuple[PartialDate, str]]:
    sources: list[tuple[str, Iterable[str | None]]] = [
        ("json-ld", [linked.text(*_PUBLISHED)]),
        ("meta", _meta(tree, _META_PUBLISHED)),
        ("microdata", _marked(tree, "datePublished")),
        ("time", _times(tree)),
    ]
    for where, texts in sources:
        for text in texts:
            if when := read_date(text or ""):
                yield when, where


def _meta(tree: HtmlElement, names: tuple[str, ...]) -> list[str]:
    """The contents of the metadata of these names, in the order of the names."""
    stated: dict[str, str] = {}
    for element in tree.iter("meta"):
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (element.get(attribute) or "").strip().lower()
            if name in names and element.get("content"):
                stated.setdefault(name, element.get("content") or "")
    return [stated[name] for name in names if name in stated]


def _marked(tree: HtmlElement, name: str) -> list[str]:
    """The values of a microdata property, but for those within other stories' boxes."""
    found = tree.xpath("//*[@itemprop=$name][@content or @datetime][not(self::meta)]", name=name)
    return [element.get("datetime") or element.get("content") or "" for element in found if not _is_strange(element)]


def _times(tree: HtmlElement) -> list[str]:
    """The ``<time>`` of the article's head: between its heading and the first paragraph of some length."""
    found: list[str] = []
    since_heading: int | None = None
    for element in tree.iter("h1", "p", "time"):
        if element.tag == "h1":
            since_heading = 0
        elif element.tag == "p":
            if since_heading is not None and len(element.text_content()) >= _LONG:
                break
        elif element.get("datetime") and not _is_strange(element):
            if _is_marked(element):
                return [element.get("datetime") or ""]
            found += [element.get("datetime") or ""] if since_heading is not None else []
    return found[:1]


def _is_marked(element: HtmlElement) -> bool:
    """Whether a ``<time>`` says itself that it is the date of publication."""
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}".lower()
    return element.get("pubdate") is not None or "published" in names or "entry-date" in names


def _is_strange(element: HtmlElement) -> bool:
    names = " ".join(f"{near.get('class') or ''} {near.get('id') or ''}" for near in element.iterancestors())
    return next(element.iterancestors(*_STRANGERS), None) is not None or bool(
        re.search(r"\b(?:related|recommended|most-?(?:read|popular)|comments?)\b", names, re.IGNORECASE)
    )


def _possible(when: PartialDate, fetched_at: datetime | None) -> bool:
    last = (fetched_at or datetime.now(UTC)).date() + _AHEAD
    return when.first_day <= last and when.first_day not in _ZEROS


def _is_recent(when: PartialDate) -> bool:
    return when.first_day.year >= _PAGES_SINCE


def _is_sure(dated: Dated, stated: list[Dated]) -> bool:
    """Whether a date is of the time of web pages, or else is stated in two places (an archive's old article)."""
    return _is_recent(dated.when) or any(
        other.where != dated.where and other.when.first_day == dated.when.first_day for other in stated
    )


def _is_shown(tree: HtmlElement, url: str | None, found: str) -> bool:
    """A first of January needs to stand on the page: it is also htmldate's guess."""
    if not found.endswith("-01-01"):
        return True
    page, year = f"{url or ''} {lxml.html.tostring(tree, encoding='unicode')}", found[:4]
    days = rf"{year}[-/.]?0?1[-/.]?0?1\b|\bJan(?:uary|\.)? 0?1(?:st)?,? {year}|\b0?1(?:st)? Jan(?:uary|\.)?,? {year}"
    return re.search(days, page, re.IGNORECASE) is not None
