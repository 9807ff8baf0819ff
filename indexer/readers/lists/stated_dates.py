"""Dates as feeds and sitemaps state them, read without moving them: the day stays the day of the zone it was stated in.

Feeds should state dates as RFC 822 and RFC 3339 have them; what they do state comes near. A form in which day and month
could be swapped (20/01/2017) is not read, since it would be a guess.
"""

from __future__ import annotations

import re

from indexer.types import PartialDate

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?(?!\d)"
    r"\s{0,3}(?P<half>[AaPp]\.?[Mm]\b\.?)?"
    r"\s{0,3}(?P<zone>(?:GMT|UTC|UT)?[+-]\d{1,2}(?::?\d\d)?(?!\d)|[A-Za-z]{1,5}(?![A-Za-z]))?"
)
_FORMS = tuple(
    re.compile(rf"(?:[^\W\d_]{{2,12}}\.?,?\s{{1,3}})?{form}", re.ASCII)
    for form in (
        rf"(?P<day>\d{{1,2}})[\s-]{{1,3}}{_MONTH}[\s-]{{1,3}}(?P<year>\d{{4}}|\d\d)(?!\d)(?:[,\s]{{1,3}}{_TIME})?",
        rf"{_MONTH}\s{{1,3}}(?P<day>\d{{1,2}}),?\s{{1,3}}{_YEAR}(?:[,\s]{{1,3}}{_TIME})?",
        rf"{_MONTH}\s{{1,3}}(?P<day>\d{{1,2}})\s{{1,3}}{_TIME}\s{{1,3}}{_YEAR}",
        rf"(?P<year>\d{{4}})[-/](?P<month>\d{{1,2}})[-/](?P<day>\d{{1,2}})(?!\d)(?:[T,\s]{{1,3}}{_TIME})?",
    )
)
_ZONES = {"EDT": "-04:00", "EST": "-05:00", "CDT": "-05:00", "CST": "-06:00", "MDT": "-06:00", "MST": "-07:00"} | {
    "PDT": "-07:00",
    "PST": "-08:00",
    **dict.fromkeys(("Z", "UT", "UTC", "GMT"), "Z"),
}
"""The named zones of RFC 822; others mean different things in different countries, and are left out of the date."""

_LONGEST = 100
_FIRST_YEAR, _LAST_YEAR = 1800, 2199
_NO_DATE = re.compile(r"1970-01-01(?:T00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:?(?:00)?)?)?")
"""What programs print for a date that they do not have: the beginning of their clock."""


def read_date(text: object) -> PartialDate | None:
    """A date as precisely as it is stated, in the zone it is stated in; None for what is no date of an article.

    Reads ISO 8601 of any precision, RFC 822 and its common misspellings. Years before 1800 and after 2199, and the
    first second of 1970, are what programs print for no date, so they are none. A day that stands before an impossible
    time of day is still that day.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    found = _iso(text.strip()) or _written_out(text.strip())
    if found is None or _NO_DATE.fullmatch(found.iso) or not _FIRST_YEAR <= found.first_day.year <= _LAST_YEAR:
        return None
    return found


def _iso(text: str) -> PartialDate | None:
    try:
        return PartialDate.parse(text)
    except ValueError:
        return None


def _written_out(text: str) -> PartialDate | None:
    for form in _FORMS:
        if (match := form.match(text)) and (day := _day(match)):
            return _iso(f"{day}T{_time(match)}") or _iso(day)
    return None


def _day(match: re.Match[str]) -> str | None:
    year, month, day = match.group("year", "month", "day")
    number = int(month) if month.isdigit() else _month(month.lower())
    if len(year) == 2:
        year = f"{'20' if int(year) < 50 else '19'}{year}"  # RFC 5322, 4.3
    return f"{year}-{number:02}-{int(day):02}" if number else None


def _month(name: str) -> int:
    return next((number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name)), 0)


def _time(match: re.Match[str]) -> str:
    """The time of day as ISO 8601 writes it; what is no time comes out as something that is none there, either."""
    hour, minute, second, half, zone = match.group("hour", "minute", "second", "half", "zone")
    if hour is None:
        return ""
    number = int(hour)
    if half:
        number = number % 12 + (12 if half[0] in "pP" else 0) if 1 <= number <= 12 else 99
    return f"{number:02}:{minute}{f':{second}' if second else ''}{_zone(zone or '')}"


def _zone(stated: str) -> str:
    offset = re.fullmatch(r"(?:[A-Za-z]{2,3})?([+-])(\d{1,2}?):?(\d\d)?", stated)
    if offset is None:
        return _ZONES.get(stated.upper(), "")
    sign, hours, minutes = offset.groups()
    zone = f"{sign}{int(hours):02}:{minutes or '00'}"
    return "Z" if zone == "-00:00" else zone  # RFC 5322, 3.3: Universal Time, of a place that is not told
