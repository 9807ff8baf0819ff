"""A query from what a user gave, checked: every surface makes its queries here, so all refuse the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cache
from typing import Literal, get_args

from api.cursor import Cursor
from api.places import countries
from indexer.clean import one_line
from indexer.errors import QueryError
from indexer.types import PER_ARTICLE, Filters, PartialDate, Query, Sort

MAX_K = 1000
"""Passages one search returns at most."""

MAX_LENGTH = 4000
"""Characters of a question at most; a model reads less than half of them."""

MAX_NAMES = 100
"""Publishers, countries or languages that one filter names at most."""

_CODE = 2
"""Letters of a country's code."""

_LANGUAGE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)
"""A language tag (RFC 5646), but for its rarest forms."""

Day = str | int | date | PartialDate | None
"""ISO 8601 of any precision, a year, or a date."""

Names = str | Sequence[str]
"""One name or several, any of which is enough."""


def make_query(
    q: str,
    k: int = 10,
    after: Day = None,
    before: Day = None,
    publisher: Names = (),
    country: Names = (),
    language: Names = (),
    per_article: int = PER_ARTICLE,
    asked_on: Day | Literal["today"] = "today",
    sort: str = "relevance",
    cursor: str | None = None,
) -> Query:
    """A query from what a user gave. Raises QueryError, naming the parameter, for what makes no sense.

    A cursor is taken only with the search that gave it; the day of asking goes on from there.
    """
    went_on = Cursor.read(cursor) if cursor else None
    if went_on and asked_on == "today":
        asked_on = went_on.asked_on
    query = Query(
        _question(q),
        _number("k", k, 1, MAX_K),
        make_filters(after, before, publisher, country, language),
        _number("per_article", per_article, 0, MAX_K),
        _asked_on(asked_on),
        _sort(sort),
    )
    return went_on.goes_on(query) if went_on else query


def make_filters(
    after: Day = None, before: Day = None, publisher: Names = (), country: Names = (), language: Names = ()
) -> Filters:
    """Filters from what a user gave. Raises QueryError."""
    filters = Filters(
        _date(after, "after"),
        _date(before, "before"),
        _names(publisher, "publisher"),
        tuple(dict.fromkeys(map(_country, _names(country, "country")))),
        tuple(map(_language, _names(language, "language"))),
    )
    if filters.after and filters.before and filters.after.first_day >= filters.before.first_day:
        raise QueryError(
            f"after ({filters.after}) is not earlier than before ({filters.before}): no article can satisfy both",
            "after",
        )
    return filters


def like(passage: str, k: int, filters: Filters, per_article: int) -> Query:
    """The query for passages that are like one: its text, without a day of asking. Raises QueryError."""
    query = Query(one_line(passage), _number("k", k, 1, MAX_K), filters)
    return replace(query, per_article=_number("per_article", per_article, 0, MAX_K))


def _question(q: str) -> str:
    text = one_line(q)
    if not text:
        raise QueryError('the question is empty: ask something, such as "Who visited Pyongyang?"', "q")
    if not any(char.isalnum() for char in text):
        raise QueryError(f'there is no word in the question {text!r}: ask something, such as "Who left?"', "q")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the question has {len(text)} characters, at most {MAX_LENGTH} are read: shorten it", "q")
    return text


def _number(name: str, value: int, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise QueryError(f"{name} is {value!r}, it must be a whole number from {least} to {most}", name)
    if not least <= value <= most:
        raise QueryError(f"{name} is {value}, it must be from {least} to {most}", name)
    return value


def _sort(value: str) -> Sort:
    for known in get_args(Sort):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise QueryError(f"sort is {value!r}, it must be one of: {', '.join(get_args(Sort))}", "sort")


def _names(given: Names, parameter: str) -> tuple[str, ...]:
    written = filter(None, map(one_line, [given] if isinstance(given, str) else given))
    names = tuple({name.casefold(): name for name in reversed(list(written))}.values())[::-1]
    if len(names) > MAX_NAMES:
        raise QueryError(f"{parameter} has {len(names)} names, at most {MAX_NAMES} are taken", parameter)
    return names


def _country(name: str) -> str:
    """The code of a country, which is given by code or name."""
    known = _country_codes()
    codes = known.get(name.casefold()) or known.get(name.casefold().replace(".", ""), ())
    if len(codes) == 1:
        return codes[0]
    if codes:
        raise QueryError(f"country is {name!r}, which may be {' or '.join(codes)}: give one of the codes", "country")
    if re.fullmatch(r"[A-Za-z]{2}", name):
        return name.upper()
    near = " or ".join(f"{known[entry][0]} ({entry.title()})" for entry in _like(name, known)) or "a code such as JP"
    raise QueryError(f"country is {name!r}, which is not known: give {near}", "country")


def _like(name: str, known: Iterable[str]) -> list[str]:
    """Names of countries that hold all words of a name, or else the one that is spelt most like it."""
    asked = set(name.casefold().split()) - {"the"}
    known = [entry for entry in known if len(entry) > _CODE]
    holding = [entry for entry in known if asked and asked <= set(entry.split())]
    words = {" ".join(sorted(entry.split())): entry for entry in known}
    near = get_close_matches(" ".join(sorted(asked)), words, 1)
    return holding[:3] or [words[entry] for entry in near]


@cache
def _country_codes() -> dict[str, tuple[str, ...]]:
    """Codes by code and by the names of a country, folded; several for a name that several have."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for country in countries():
        for entry in dict.fromkeys(name.casefold() for name in (country.code, *country.names)):
            found[entry].append(country.code)
    return {entry: tuple(codes) for entry, codes in found.items()}


def _language(tag: str) -> str:
    if not _LANGUAGE.fullmatch(tag):
        raise QueryError(f"language is {tag!r}, it must be a language tag such as en or pt-BR", "language")
    return tag


def _asked_on(day: Day | Literal["today"]) -> date | None:
    if day == "today":
        return datetime.now(UTC).date()
    known = _date(day, "asked_on")
    if known is not None and known.first_day != known.last_day:
        raise QueryError(f"asked_on is {known}: give a day, such as 2012-05-23", "asked_on")
    return known.first_day if known else None


def _date(value: Day, parameter: str) -> PartialDate | None:
    if value is None or not str(value).strip():
        return None
    try:
        return PartialDate.parse(str(value))
    except ValueError as error:
        raise QueryError(f"{parameter}: {error}", parameter) from None
