"""What stands around the hits: the filters that are set, as chips, and those that could be, with their counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from api.answer import Answer
from api.facets import Facets
from api.web.address import Address
from api.web.labels import between, country_name, dates_in_words, language_name
from api.when import Period
from api.when import in_words as period_in_words
from indexer.types import Count

Name = Callable[[str], str]
"""A value of a filter as a reader knows it."""

_NAMES: dict[str, Name] = {"publisher": str, "country": country_name, "language": language_name}


class Chip(NamedTuple):
    """A filter that is set: what it is ("publisher"), its value in words, and the search without it."""

    kind: str
    label: str
    without: Address


_MOST_CHIPS = 20
"""Of one kind: each holds an address with all the others, so that their size grows with the square."""


def chips(address: Address) -> list[Chip]:
    """The filters of a search, in the order of its address. The two dates are one."""
    found = []
    if address.after or address.before:
        found.append(Chip("published", dates_in_words(address.after, address.before), address.between("", "")))
    for kind, name in _NAMES.items():
        values = getattr(address, kind)[:_MOST_CHIPS]
        found += [Chip(kind, name(value), address.removing(kind, value)) for value in values]
    return found


class Choice(NamedTuple):
    """A value that could be a filter, how many of the passages found have it, and the search with it."""

    label: str
    found: int
    narrowed: Address


class Facet(NamedTuple):
    """A filter that is not set yet, with its choices, the most frequent first."""

    kind: str
    title: str
    choices: list[Choice]
    rest: list[Choice]


SHOWN = 6
"""Choices of a facet that are seen at once."""


def facets(address: Address, found: Facets) -> list[Facet]:
    """The facets by which a search can be narrowed; none where a filter of that kind is set already."""
    counts = {
        "publisher": ("Publisher", found.publishers),
        "country": ("Country", found.countries),
        "language": ("Language", found.languages),
    }
    return [
        _facet(address, kind, title, values)
        for kind, (title, values) in counts.items()
        if values and not getattr(address, kind)
    ]


def _facet(address: Address, kind: str, title: str, values: Sequence[Count]) -> Facet:
    name = _NAMES[kind]
    choices = [Choice(name(count.value), count.found, address.adding(kind, count.value)) for count in values]
    return Facet(kind, title, choices[:SHOWN], choices[SHOWN:])


class Understood(NamedTuple):
    """A time that the question names, in words, and the search in just these days; None where it is that already."""

    label: str
    strictly: Address | None


def understood(address: Address, periods: Sequence[Period]) -> list[Understood]:
    """The times that a question names. They are evidence; with its link each becomes a filter."""
    return [Understood(period_in_words(period), _strictly(address, period)) for period in periods]


def _strictly(address: Address, period: Period) -> Address | None:
    first = None if period.first == date.min else period.first
    after, before = between(first, None if period.last == date.max else period.last + timedelta(days=1))
    narrowed = address.between(after, before)
    return None if (after, before) == (address.after, address.before) else narrowed


class Span(NamedTuple):
    """Which of the passages found a page shows: from the first to the last of so many, counted from 1."""

    first: int
    last: int
    of: int

    @classmethod
    def shown(cls, answer: Answer) -> Span:
        """Empty (0 to 0) where there is no hit."""
        ranks = [hit.rank for hit in answer.hits]
        found = answer.facets.found if answer.facets else len(ranks)
        return cls(min(ranks, default=0), max(ranks, default=0), max(found, max(ranks, default=0)))
