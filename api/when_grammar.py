"""The expressions of time that ``when`` knows, each with the days it stands for: a table of patterns and readers.

The text has to be in lower case with single spaces. It is read once, from left to right: at the start of every word
the first rule that fits takes what it matches. The rules without a reader come first; they take away what looks like
a date and is none.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

Days = tuple[date, date]
"""The first and the last day of something."""


class Expression(NamedTuple):
    """What an expression stands for, and where it stands: ``text[start:end]``."""

    first: date
    last: date
    start: int
    end: int


class Said(NamedTuple):
    """The words of one expression and the day they were said on, None where that is not known."""

    match: re.Match[str]
    asked_on: date | None

    def word(self, name: str) -> str:
        """What a group of the pattern matched; "" for nothing, and for a group that the pattern does not have."""
        return self.match.groupdict().get(name) or ""

    @property
    def today(self) -> date:
        """The day of the question. Raises ValueError where it is not known."""
        if self.asked_on is None:
            raise ValueError("the day on which this was asked is not known")
        return self.asked_on

    @property
    def year(self) -> int:
        """The year: in figures, or "last year" or "this year"."""
        year = self.word("year")
        return int(year) if year.isdecimal() else self.today.year - _LAST_OR_THIS[year.split()[0]]

    @property
    def number(self) -> int:
        """A number in figures or in a word, up to twelve; 1 where there is none ("the past week")."""
        number = self.word("number") or "a"
        return int(number) if number.isdecimal() else max(1, _NUMBERS.index(number))

    @property
    def part(self) -> Part:
        """The part of a decade, year or month that is named, if one is: else the whole."""
        return _PARTS.get(self.word("part"), Part())


class Part(NamedTuple):
    """A part of a year in months, of a month in days, of a decade in years; the edges are generous: writers are.

    Months and days below 1 are counted back from the beginning of the year and the end of the month, months above
    12 go on into the next year.
    """

    year: tuple[int, int] = (1, 12)
    month: tuple[int, int] = (1, 31)
    decade: tuple[int, int] = (0, 9)


MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_FULL_MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
_MONTHS = {"sept": 9, **{name[:3]: number for name, number in _FULL_MONTHS.items()}, **_FULL_MONTHS}
_SEASONS = {"spring": (3, 6), "summer": (6, 9), "autumn": (9, 12), "fall": (9, 12), "winter": (12, 15)}
_QUARTERS = {1: (1, 3), 2: (4, 6), 3: (7, 9), 4: (10, 12)}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
_DAYS_AGO = {"today": 0, "yesterday": 1}
_LAST_OR_THIS = {"last": 1, "this": 0}
_NUMBERS = ("a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_PARTS = {
    "early": Part((1, 4), (1, 10), (0, 3)),
    "earlier": Part(),  # "earlier this year" is so far as the year has gone
    "mid": Part((4, 9), (11, 20), (3, 6)),
    "late": Part((9, 12), (21, 31), (6, 9)),
    "beginning of": Part((1, 3), (1, 10), (0, 2)),
    "start of": Part((1, 3), (1, 10), (0, 2)),
    "middle of": Part((4, 9), (11, 20), (3, 6)),
    "end of": Part((10, 12), (21, 31), (8, 9)),
    "turn of": Part((0, 1)),
    "first half of": Part((1, 6), (1, 15), (0, 4)),
    "second half of": Part((7, 12), (16, 31), (5, 9)),
    **{season: Part(months) for season, months in _SEASONS.items()},
    "winter": Part((1, 15)),  # that which begins in the year or that which ends in it
    **{f"q{number}": Part(months) for number, months in _QUARTERS.items()},
    **{f"{ordinal} quarter of": Part(_QUARTERS[number]) for ordinal, number in _ORDINALS.items()},
    **{f"{ordinal} week of": Part(month=(7 * n - 6, 7 * n)) for ordinal, n in _ORDINALS.items()},
    "last week of": Part(month=(-6, 31)),
}


def _month_starts(year: int, month: int) -> date:
    years, month = divmod(month - 1, 12)
    return date(year + years, month + 1, 1)


def _months(year: int, first: int, last: int) -> Days:
    return _month_starts(year, first), _month_starts(year, last + 1) - timedelta(days=1)


def _days_of_month(year: int, month: int, part: Part) -> Days:
    length = monthrange(year, month)[1]
    first, last = part.month
    return date(year, month, first if first > 0 else length + first), date(year, month, min(last, length))


def _around(day: date, unit: str) -> Days:
    match unit:
        case "day":
            return day, day
        case "week":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            return _months(day.year, day.month, day.month)
        case _:
            return _months(day.year, 1, 12)


def _back(day: date, number: int, unit: str) -> date:
    """The same day so many units ago, or the last of its month where that is shorter."""
    if unit in {"day", "week"}:
        return day - timedelta(days=number * {"day": 1, "week": 7}[unit])
    there = _month_starts(day.year, day.month - number * {"month": 1, "year": 12, "decade": 120}[unit])
    return there.replace(day=min(day.day, monthrange(there.year, there.month)[1]))


def _latest(months: tuple[int, int], before: date, *, over: bool) -> Days:
    """The latest such months of a year that are over, or that have at least begun."""
    first, last = months
    # the last month of a season is its generous edge: in September "last summer" is that of this year
    proper = max(first, last - 1)
    for year in range(before.year, before.year - 3, -1):
        begins, ends = _months(year, first, proper)
        if ends < before if over else begins <= before:
            return _months(year, first, last)
    raise ValueError(f"there are no such months before {before}")


def _date(said: Said) -> Days:
    """A day, or the days from one to another; "room 20 and 5 May": where the first is the greater it is no day."""
    name = said.word("month") or said.word("month_from")
    month, month_from = _MONTHS[name], _MONTHS[said.word("month_from") or name]
    day = int(said.word("day"))
    day_from = int(said.word("day_from") or day)
    last = date(said.year, month, day)
    if said.word("week"):  # the one that it lies in or the one that it begins
        return _around(last, "week")[0], last + timedelta(days=6)
    if month == month_from:
        day_from = min(day_from, day)
    return date(said.year - (month_from > month), month_from, day_from), last


def _iso(said: Said) -> Days:
    """2012-05-14, 2012-05 and, where the second number is greater, the years 2012-13: so 2011-12 is two years."""
    year, month, day = said.year, int(said.word("number")), said.word("day")
    if day:
        return (date(year, month, int(day)),) * 2
    if month > year % 100:
        return date(year, 1, 1), date(year - year % 100 + month, 12, 31)
    return _months(year, month, month) if 1 <= month <= 12 else _months(year, 1, 12)


def _figures(said: Said) -> Days:
    """12/05/2012: who writes so may put the day first or the month; where both can be, all from one to the other."""
    one, other = int(said.word("one")), int(said.word("other"))
    orders = [(month, day) for month, day in ((one, other), (other, one)) if month <= 12]
    read = sorted(date(said.year, month, day) for month, day in orders)
    if not read:
        raise ValueError(f"neither {one} nor {other} is a month")
    return read[0], read[-1]


def _of_month(said: Said) -> Days:
    """In "November to January 2013", November is that of 2012."""
    month, month_from = _MONTHS[said.word("month")], _MONTHS[said.word("month_from") or said.word("month")]
    if month == month_from:
        return _days_of_month(said.year, month, said.part)
    first, _ = _days_of_month(said.year - (month_from > month), month_from, said.part)
    return first, _months(said.year, month, month)[1]


def _of_decade(said: Said) -> Days:
    first, last = said.part.decade
    return date(said.year + first, 1, 1), date(said.year + last, 12, 31)


def _of_year(said: Said) -> Days:
    return _months(said.year, *said.part.year)


def _winter(said: Said) -> Days:
    return _months(said.year, *_SEASONS["winter"])


def _unit(said: Said) -> Days:
    """As much of this or the last year, month or week as has gone."""
    unit = said.word("unit")
    first, last = _around(_back(said.today, _LAST_OR_THIS[said.word("which")], unit), unit)
    if unit == "year":
        first, last = _months(first.year, *said.part.year)
    if unit == "month":
        first, last = _days_of_month(first.year, first.month, said.part)
    return first, min(last, said.today)


def _season(said: Said) -> Days:
    """As much of this or the last summer or March as has gone."""
    name, is_last = said.word("season"), said.word("which") == "last"
    months = _SEASONS.get(name) or (_FULL_MONTHS[name], _FULL_MONTHS[name])
    first, last = _latest(months, said.today, over=is_last)
    if not is_last and last.year < said.today.year:
        raise ValueError(f"this {name} has not come yet")
    return first, min(last, said.today)


def _since_month(said: Said) -> Days:
    month = _FULL_MONTHS[said.word("month")]
    return _latest((month, month), said.today, over=False)[0], date.max


def _past(said: Said) -> Days:
    return _back(said.today, said.number, said.word("unit")), said.today


def _ago(said: Said) -> Days:
    """A whole day, week, month or year: who counts in these means no day."""
    unit = said.word("unit")
    first, last = _around(_back(said.today, said.number, unit), unit)
    return first, min(last, said.today)


def _named_day(said: Said) -> Days:
    return (_back(said.today, _DAYS_AGO[said.word("name")], "day"),) * 2


class Rule(NamedTuple):
    """What an expression looks like and how its days are read; without a reader it is no date, whatever it has."""

    read: Callable[[Said], Days] | None
    pattern: re.Pattern[str]


def _one_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_Y = r"(?:19|20)\d\d"
_FIGURES = rf"{_Y}(?![\w%€]|[.,]\d)"
_YEAR = rf"(?P<year>{_FIGURES}|(?:last|this) year\b(?! of))"
_M = f"(?:{_one_of(_MONTHS)})"
_TO = r"(?: ?[-–—/] ?| (?:and|or|to|until|till|through) )(?:the )?"
_TH = r"(?:st|nd|rd|th)?"
_DAY_FROM, _DAY = rf"(?P<day_from>\d\d?){_TH}", rf"(?P<day>\d\d?){_TH}"
_MONTH_FROM, _MONTH = rf"(?P<month_from>{_M})\.?", rf"(?P<month>{_M})\.?"
_OF = r"(?:,? (?:of )?|,|-)"
_WEEK = r"(?P<week>(?:the )?week (?:of|beginning) (?:the )?)?"
# what "did prices fall last year" means is no autumn
_PART = rf"(?:(?:the )?(?P<part>{_one_of(_PARTS)})[ -](?!(?<=fall )(?:in|last|this)\b)(?:of |in )?)?"
_UNIT = "(?P<unit>day|week|month|year|decade)"
_NUMBER = rf"(?P<number>[1-9]\d{{0,2}}|{_one_of(_NUMBERS)})"
_THINGS = (
    "troops|soldiers|people|prisoners|dead|killed|dollars|euros|tonnes|tons|km|miles|kilomet(?:er|re)s|centrifuges"
    "|missiles|barrels|refugees|jobs|words"
)
_NOT_AFTER = "".join(
    rf"(?<!\b{word})"
    for preposition in ("in", "since", "by", "of", "until", "before", "after", "during", "from")
    for word in (f"{preposition} ", f"{preposition} the ")
)

# "may" and "march" are verbs and names too: hence the exceptions for "this may", "since May resigned", "Theresa May"
_RULES = tuple(
    Rule(read, re.compile(pattern))
    for read, pattern in (
        (None, r"(?<!\S)\S*(?:://|www\.|\.\w+/)\S*"),
        (None, r"\+\d[\d ()-]{6,}|(?!(?:19|20)\d\d\b)\d{3,}(?:-\d+)+|[a-z]{1,2}-\d+"),
        (None, r"(?:resolutions|articles) \d+(?:, \d+)?,? and \d+"),
        (None, r"(?:resolution|article|section|chapter|flight|boeing|paragraph|unscr|number|no\.?)s? \d[\d.,/]*"),
        (None, r"(?:\d+(?: ?[-–] ?| (?:to|and|or) ))?\d+(?:[.,]\d+)? ?(?:%|per ?cent\b)"),
        (None, rf"(?=\d){_NOT_AFTER}(?:\d+(?: ?[-–] ?| (?:to|and|or) ))?\d+ ?(?:{_THINGS})\b"),
        (None, r"(?:theresa|mrs\.?|ms\.?) may\b|(?:usa|russia) today\b"),
        (None, r"(?:arab|prague|beirut|damascus|croatian) spring\b|black september\b"),
        (_iso, rf"(?P<year>{_Y})[-–/](?P<number>\d\d)(?:[-/](?P<day>\d\d))?(?!\w|[-/]\d)"),
        (_figures, rf"(?P<one>\d\d?)[/.-](?P<other>\d\d?)[/.-]{_YEAR}"),
        (_date, rf"{_WEEK}(?:{_DAY_FROM}(?: (?:of )?{_MONTH_FROM})?{_TO})?{_DAY} (?:of )?{_MONTH}{_OF}{_YEAR}"),
        (_date, rf"{_WEEK}{_MONTH_FROM} (?:{_DAY_FROM}{_TO}(?:{_MONTH} )?)?{_DAY}{_OF}{_YEAR}"),
        (_of_month, rf"{_PART}(?:{_MONTH_FROM}{_TO})?{_MONTH}{_OF}{_YEAR}"),
        (_of_decade, rf"{_PART}(?:the )?(?P<year>(?:19|20)\d0)s\b"),
        (_winter, rf"(?:the )?winter (?:of )?(?P<year>{_Y})[-–/](?:{_Y}|\d\d)(?!\w)"),
        (_of_year, rf"{_PART}(?P<year>{_FIGURES})"),
        (_unit, rf"{_PART}(?P<which>last|this) (?P<unit>year|month|week)\b(?! of)"),
        (_season, rf"(?P<which>last|this) (?!(?<=this )ma)(?P<season>{_one_of((*_SEASONS, *_FULL_MONTHS))})\b(?! of)"),
        (_since_month, rf"since (?P<month>{_one_of(_FULL_MONTHS)})\b(?!,? (?:of )?(?:\d|last|this)|(?<=may) \w)"),
        (_past, rf"(?:(?:the|these) )?(?:last|past) {_NUMBER} {_UNIT}s?\b(?! of)"),
        (_past, rf"(?:the last|(?:the |this )?past) {_UNIT}\b(?! of)"),
        (_ago, rf"{_NUMBER} {_UNIT}s? ago\b"),
        (_named_day, rf"(?P<name>{_one_of(_DAYS_AGO)})\b"),
    )
)
_ANY = re.compile(
    r"(?<!\w)(?=[\w+])(?:(?<![$€£¥#.,])|(?!\d))(?:"
    + "|".join(
        f"(?P<rule{number}>{re.sub('[?]P<[a-z_]+>', '?:', rule.pattern.pattern)})" for number, rule in enumerate(_RULES)
    )
    + ")"
)
"""All rules at once: which of them fits is the name of the group that it matched."""


def expressions(text: str, asked_on: date | None = None) -> Iterator[Expression]:
    """The expressions of a text in lower case with single spaces, in its order; none of them overlap.

    Without the day it was asked on, expressions such as "last year" stand for nothing, like the 31st of June.
    """
    for found in _ANY.finditer(text):
        rule = _RULES[int((found.lastgroup or "").removeprefix("rule"))]
        match = rule.pattern.match(text, found.start())
        if rule.read is None or match is None:
            continue
        try:
            first, last = rule.read(Said(match, asked_on))
        except (ValueError, OverflowError):  # it is no date, or one beyond the calendar
            continue
        if first <= last:
            yield Expression(first, last, *match.span())
