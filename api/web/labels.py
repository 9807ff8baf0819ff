"""How counts, countries, languages and spans of days are called in plain English."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from babel import Locale, UnknownLocaleError

from api.citations import in_words
from api.when import Period
from api.when import in_words as period_in_words
from indexer.types import PartialDate


def number(value: int) -> str:
    """A count with its thousands apart: 12,345."""
    return f"{value:,}"


def counted(value: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 passage, 1,234 passages."""
    return f"{number(value)} {one if value == 1 else many or f'{one}s'}"


def country_name(code: str) -> str:
    """The English name of a country by its code of ISO 3166; the code itself where it is none."""
    return str(_english().territories.get(code.upper(), code))


def language_name(tag: str) -> str:
    """The English name of a language by its tag (BCP 47); the tag itself where it is none that is known."""
    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or tag
    except (UnknownLocaleError, ValueError):
        return str(_english().languages.get(tag.partition("-")[0].lower(), tag))


def dates_in_words(after: str, before: str) -> str:
    """The days that two filters let in, either of which may be empty: May 2012; since May 2012; before June 2012.

    What is no date is given as it was written, so that it can be mended.
    """
    try:
        first = PartialDate.parse(after) if after else None
        end = PartialDate.parse(before) if before else None
    except ValueError:
        return " ".join(part for part in (after and f"since {after}", before and f"before {before}") if part)
    if first and end and first.first_day < end.first_day:
        return period_in_words(Period(first.first_day, end.first_day - timedelta(days=1)))
    parts = (f"since {in_words(first)}" if first else "", f"before {in_words(end)}" if end else "")
    return " ".join(part for part in parts if part)


def between(first: date | None, end: date | None) -> tuple[str, str]:
    """The filters ``after`` and ``before`` that let in the days from the first to the last before the end, as ISO
    8601 of one precision that says no more than it must: 2012 and 2013, 2012-05 and 2012-06. None is open: "".
    """
    days = [day for day in (first, end) if day is not None]
    length = max((4 if day.day == day.month == 1 else 7 if day.day == 1 else 10 for day in days), default=10)
    after, before = (day.isoformat()[:length] if day else "" for day in (first, end))
    return after, before


@cache
def _english() -> Locale:
    return Locale("en")
