"""When a question is about: the periods that it names, and how near to them an article was published.

A small grammar, strict on purpose: what it does not know for a date it leaves alone. Periods are evidence in the
ranking, never a filter, so that a wrong year in a question does not hide the answer.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

HALF_LIFE = 30
"""Days outside a period after which an article's nearness to it has halved (chosen with api/RANKING.md's sets)."""


class Period(NamedTuple):
    """The first and the last day that a question is about."""

    first: date
    last: date


_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {name[:length]: number for number, name in enumerate(_MONTH_NAMES, start=1) for length in (3, len(name))}
_MONTHS["sept"] = 9

_PARTS = {
    "early": (1, 4),
    "mid": (4, 9),
    "late": (9, 12),
    "the beginning of": (1, 3),
    "the start of": (1, 3),
    "the middle of": (4, 9),
    "the end of": (10, 12),
    "spring": (3, 6),
    "summer": (6, 9),
    "autumn": (9, 12),
    "fall": (9, 12),
    "first half of": (1, 6),
    "second half of": (7, 12),
    "first quarter of": (1, 3),
    "second quarter of": (4, 6),
    "third quarter of": (7, 9),
    "fourth quarter of": (10, 12),
}
"""Parts of a year as (first month, last month), generous at the edges: writers are."""

_YEAR = r"(?:19|20)\d\d"
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_PART = "|".join(name.replace(" ", r"\s+") for name in sorted(_PARTS, key=len, reverse=True))
_TH = r"(?:st|nd|rd|th)?"
_TO = r"\s*(?:and|or|to|until|through|-|–)\s*"
_NOT_A_YEAR = (
    r"(?:resolutions?|articles?|section|chapter|flight|no\.?|number|boeing|paragraph|unscr)\s+$|[$€£¥#.,]$|\d$"
)
_A_NUMBER = re.compile(r"\d|[,.]\d|\s*(?:%|percent\b|per cent\b)", re.IGNORECASE)
_COUNTED = re.compile(
    r"\s*(?:troops|soldiers|people|prisoners|dead|killed|dollars|euros|tonnes|tons|km|miles|kilomet|centrifuges"
    r"|missiles|barrels|refugees|jobs|words)\b",
    re.IGNORECASE,
)
_SAYS_WHEN = re.compile(r"\b(?:in|since|by|of|until|before|after|during|from)\s+(?:the\s+)?$", re.IGNORECASE)

_DATE = re.compile(
    rf"""
      (?P<iso>{_YEAR}-(?:0[1-9]|1[0-2])(?:-\d\d)?(?!\d))
    | (?:\b(?P<month_from>{_MONTH})\b\.?{_TO})?
      (?:(?:(?P<day_from>\d{{1,2}}){_TH}{_TO})?(?P<day>\d{{1,2}}){_TH}\s+(?:of\s+)?)?
      \b(?P<month>{_MONTH})\b\.?\s*
      (?:(?:(?P<from_after>\d{{1,2}}){_TH}{_TO})?(?P<day_after>\d{{1,2}}){_TH}(?:,\s*|\s+))?
      (?:,?\s*(?:of\s+)?)(?P<month_year>{_YEAR})
    | \b(?P<part>{_PART})[\s-]+(?:of\s+)?(?P<part_year>{_YEAR})
    | \b(?P<winter>winter)\s+(?:of\s+)?(?P<winter_year>{_YEAR})
    | (?P<from>{_YEAR})\s*(?:-|–|to|until|through|(?<=between\s\d{{4}}\s)and)\s*
      (?P<to>{_YEAR}|\d\d(?!\d|{_TH}\s+(?:of\s+)?(?:{_MONTH})\b))
    | (?P<year>{_YEAR})(?P<decade>s)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SINCE = re.compile(r"\b(?:since|after)\s+(?:the\s+)?$", re.IGNORECASE)
_UNTIL = re.compile(r"\b(?:before|until|till|up to)\s+(?:the\s+)?$", re.IGNORECASE)
_JOINED = re.compile(
    r"""
    \b(?: between\s (?:the\s)? (?:years\s)? \0,? \s*(?:and|to|until|through|-|–)
        | from\s    (?:the\s)? (?:years\s)? \0,? \s*(?:to|until|through|-|–)
    )\s*(?:the\s)?$
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What stands before the second of two dates that are the ends of one period; the NUL stands for the first."""


def periods(question: str) -> list[Period]:
    """The periods that a question names, in its order; none where it names none that are certain."""
    question = " ".join(question.split())
    named: list[Period] = []
    earlier: re.Match[str] | None = None
    for match in _DATE.finditer(question):
        for period in _read(question, match):
            if earlier and _are_ends(question, earlier, match) and named[-1].first <= period.last:
                named[-1] = Period(named[-1].first, period.last)
            else:
                named.append(period)
            earlier = match
    return named


def nearness(asked: Sequence[Period], days: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """How near articles are to the nearest of the periods: 1 within it, halved every HALF_LIFE days outside.

    ``days`` is (n, 2), the first and last ordinal day that each article can have been published on, 0 where that
    is not known; such articles, and all where no period is asked, get 0.
    """
    near = np.zeros(len(days))
    for period in asked:
        before = period.first.toordinal() - days[:, 1]
        after = days[:, 0] - period.last.toordinal()
        gap = np.maximum(0, np.maximum(before, after))
        near = np.maximum(near, np.exp2(-gap / HALF_LIFE))
    return np.where(days[:, 0] == 0, 0.0, near)


def _are_ends(question: str, earlier: re.Match[str], later: re.Match[str]) -> bool:
    return bool(_JOINED.search(f"{question[: earlier.start()]}\0{question[earlier.end() : later.start()]}"))


def _read(question: str, match: re.Match[str]) -> Iterator[Period]:
    before, after = question[: match.start()], question[match.end() :]
    if re.search(_NOT_A_YEAR, before, re.IGNORECASE) or _A_NUMBER.match(after):
        return
    if _COUNTED.match(after) and not _SAYS_WHEN.search(before):
        return
    try:
        period = _period({name: text.lower() for name, text in match.groupdict().items() if text})
    except ValueError:  # 31 June is no date, and says nothing
        return
    if _SINCE.search(before):
        period = Period(period.first, date.max)
    elif _UNTIL.search(before):
        period = Period(date.min, period.last)
    if period.first <= period.last:
        yield period


def _period(found: dict[str, str]) -> Period:
    match found:
        case {"iso": iso}:
            year_number, month_number, *days = map(int, iso.split("-"))
            if days:
                return _days(year_number, month_number, days[0], days[0])
            return _months(year_number, month_number, year_number, month_number)
        case {"month": month, "month_year": year}:
            if "month_from" in found:  # in "November to January 2013", November is that of 2012
                first, last = _MONTHS[found["month_from"]], _MONTHS[month]
                return _months(int(year) - (first > last), first, int(year), last)
            if day := found.get("day") or found.get("day_after"):
                day_from = found.get("day_from") or found.get("from_after") or day
                return _days(int(year), _MONTHS[month], int(day_from), int(day))
            return _months(int(year), _MONTHS[month], int(year), _MONTHS[month])
        case {"part": part, "part_year": year}:
            first, last = _PARTS[" ".join(part.split())]
            return _months(int(year), first, int(year), last)
        case {"winter": _, "winter_year": year}:
            return _months(int(year), 1, int(year) + 1, 3)
        case {"from": first_year, "to": last_year}:
            whole = last_year if len(last_year) == 4 else first_year[:2] + last_year
            return _months(int(first_year), 1, int(whole), 12)
        case {"year": year, "decade": _}:
            return _months(int(year), 1, int(year) + 9, 12)
        case _:
            return _months(int(found["year"]), 1, int(found["year"]), 12)


def _days(year: int, month: int, day: int, last_day: int) -> Period:
    """Where the first number is the greater, as in "room 20 and 5 May 2014", it is no day and the other stands."""
    return Period(date(year, month, min(day, last_day)), date(year, month, last_day))


def _months(year: int, month: int, last_year: int, last_month: int) -> Period:
    last_day = monthrange(last_year, last_month)[1]
    return Period(date(year, month, 1), date(last_year, last_month, last_day))
