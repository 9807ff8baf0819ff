"""When a question is about: the periods that it names, and how near to them an article was published.

Strict on purpose: what is not certainly a date is left alone (``when_grammar`` has the expressions that are known).
Periods are evidence in the ranking, never a filter, so that a wrong year in a question does not hide the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from api.when_grammar import MONTH_NAMES, Expression, expressions


class Period(NamedTuple):
    """The first and the last day that a question is about, and the words of the question that say so.

    An open beginning is ``date.min``, an open end ``date.max``.
    """

    first: date
    last: date
    phrase: str = ""


_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Only letters of which a date can be made: other letters may become two, and the phrase would not be found again."""

_REACH = 32
"""Characters before an expression in which it is looked for what goes with it; the longest of these words fit."""

_BEFORE = re.compile(
    r"""
    \b(?=[abfpstu])(?<!\bnot\ )(?<!\bbefore\ and\ )
      (?: (?P<since>since|after|following|post(?=-)) (?:\ the)?
        | (?P<until>before|until|till|prior\ to|up\ to|pre(?=-)) (?:\ the)?
        | (?: (?P<between>between) | (?P<from>from) ) (?:\ the)? (?:\ years)?
    )(?:\ (?:at\ least|about|around))?[ -]$
    """,
    re.VERBOSE,
)
"""What stands before an expression and makes a beginning, an end or the first half of a range of it.

"by" is not in it: what was so "by mid-2012" is written about then; nor is "not until 2012", which is in 2012.
"""

_TO = re.compile(r",? (?:(?:and )?(?:up )?(?:to|until|till)|through) (?:the )?| ?[-–—/] ?")
_AND = re.compile(r",? and (?:the )?")
_ONWARDS = re.compile(r"(?:,? onwards?| ?[-–—] ?(?:present|now)| (?:to|until|till) (?:(?:the )?present|date|now))\b")


def periods(question: str, today: date | None = None) -> list[Period]:
    """The periods that a question names, in its order; none where it names none that are certain.

    ``today`` is the day on which it is asked; without it "last year" and the like name nothing.
    """
    words = " ".join(question.split())
    text = words.translate(_LOWER)
    named: list[Expression] = []
    may_go_on = False  # only two expressions make a range
    for found in expressions(text, today):
        joined = _joined(text, named[-1], found) if may_go_on else None
        if joined:
            named[-1] = joined
        else:
            named.append(_bounded(text, found))
        may_go_on = not joined
    return [Period(first, last, words[start:end]) for first, last, start, end in named]


def in_words(period: Period) -> str:
    """The days of a period as a reader would say them: "March 2012", "10 to 12 May 2014", "since 1 January 2019"."""
    first, last, _ = period
    if last == date.max:
        return f"since {_day(first)}" if first > date.min else "at any time"
    if first == date.min:
        return f"until {_day(last)}"
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        if (first.month, last.month) == (1, 12):
            return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
        if (first.year, first.month) == (last.year, last.month):
            return f"{_month(first)} {first.year}"
    if first.year != last.year:
        return f"{_day(first)} to {_day(last)}"
    if first.month != last.month:
        return f"{first.day} {_month(first)} to {_day(last)}"
    return f"{first.day} to {_day(last)}" if first != last else _day(first)


def distance_days(asked: Sequence[Period], days: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Days (n,) from the publication of articles to the nearest of the periods, 0 within it.

    ``days`` is (n, 2), the first and last ordinal day that each article can have been published on, 0 where that is
    not known; such articles, and all where no period is asked, are infinitely far.
    """
    distance = np.full(len(days), np.inf)
    for period in asked:
        before = period.first.toordinal() - days[:, 1]
        after = days[:, 0] - period.last.toordinal()
        distance = np.minimum(distance, np.maximum(0, np.maximum(before, after)))
    return np.where(days[:, 0] == 0, np.inf, distance)


def _joined(text: str, earlier: Expression, later: Expression) -> Expression | None:
    """The range from the one to the other, if that is what the words between them say."""
    words_between = (text, earlier.end, later.start)
    is_range = _TO.fullmatch(*words_between) or (
        text.startswith("between", earlier.start) and _AND.fullmatch(*words_between)
    )
    if not is_range or earlier.first > later.last:
        return None
    before = _said_before(text, earlier)
    start = before.start() if before and before["from"] else earlier.start
    return Expression(earlier.first, later.last, start, later.end)


def _bounded(text: str, found: Expression) -> Expression:
    """The expression with the "since" or "until" that goes with it."""
    before = _said_before(text, found)
    start = before.start() if before else found.start
    if onwards := _ONWARDS.match(text, found.end):
        return Expression(found.first, date.max, start, onwards.end())
    if before is None or before["from"]:
        return found
    if before["between"]:
        return found._replace(start=start)
    if before["since"]:
        return Expression(found.first, date.max, start, found.end)
    return Expression(date.min, found.last, start, found.end)


def _said_before(text: str, found: Expression) -> re.Match[str] | None:
    return _BEFORE.search(text, max(0, found.start - _REACH), found.start)


def _day(day: date) -> str:
    return f"{day.day} {_month(day)} {day.year}"


def _month(day: date) -> str:
    return MONTH_NAMES[day.month - 1].title()
