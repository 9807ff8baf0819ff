"""A search as the address of its page: what is asked, how it is restricted, and which page of it is shown.

The address is the whole state, so that a search can be bookmarked, shared and gone back to. One search has one
address: nothing empty, nothing that is the default, always in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

from indexer.clean import one_line
from indexer.types import PER_ARTICLE

MANY = ("publisher", "country", "language")
"""Filters that may be given more than once; any one of the values is enough."""

RESTRICTIONS = ("after", "before", *MANY)
"""What keeps passages out."""

_DEFAULTS = {"sort": "relevance", "per_article": str(PER_ARTICLE), "asked_on": "today"}


@dataclass(frozen=True, slots=True)
class Address:
    """The parameters of a search page, as given: they may make no sense, and are shown again to be mended."""

    q: str = ""
    after: str = ""
    before: str = ""
    publisher: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    sort: str = ""
    per_article: str = ""
    asked_on: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read the pairs of a query string; of a parameter that is given once the last counts, unknown ones go."""
        known = {field.name: () if field.name in MANY else "" for field in fields(cls)}
        given: dict[str, str | tuple[str, ...]] = dict(known)
        for name, written in pairs:
            value = one_line(written)
            if name in MANY:
                given[name] = _with(given[name], value)
            elif name in known:
                given[name] = "" if value == _DEFAULTS.get(name) else value
        return cls(**given)  # type: ignore[arg-type]  # each is of its field's kind by now

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters that say something, in their order."""
        return [(field.name, value) for field in fields(self) for value in _each(getattr(self, field.name)) if value]

    @property
    def query(self) -> str:
        """The query string, without its question mark."""
        return urlencode(self.pairs())

    @property
    def feed(self) -> str:
        """The query string for what a feed follows: the question and its filters, in no order and on no page."""
        return replace(self, sort="", cursor="").query

    def __str__(self) -> str:
        return f"/?{self.query}" if self.pairs() else "/"

    def at(self, cursor: str) -> Self:
        """Another page of the same search."""
        return replace(self, cursor=cursor)

    @property
    def first_page(self) -> Self:
        return replace(self, cursor="")

    def sorted_by(self, sort: str) -> Self:
        """The same search in another order, from its first page."""
        return replace(self, sort="" if sort == _DEFAULTS["sort"] else sort, cursor="")

    def adding(self, name: str, value: str) -> Self:
        """The same search with one more value of a filter, from its first page."""
        return self._having(name, _with(getattr(self, name), value))

    def removing(self, name: str, value: str) -> Self:
        """The same search without a value of a filter, from its first page."""
        return self._having(name, tuple(kept for kept in getattr(self, name) if kept != value))

    def _having(self, name: str, values: tuple[str, ...]) -> Self:
        changed: dict[str, Any] = {name: values, "cursor": ""}
        return replace(self, **changed)

    def between(self, after: str, before: str) -> Self:
        """The same search in other dates (empty: any), from its first page."""
        return replace(self, after=after, before=before, cursor="")

    @property
    def unrestricted(self) -> Self:
        """The same search without any filter, from its first page."""
        return replace(self, after="", before="", publisher=(), country=(), language=(), cursor="")

    @property
    def is_restricted(self) -> bool:
        return any(getattr(self, name) for name in RESTRICTIONS)


def _with(values: str | tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for found in (*_each(values), value) if found))


def _each(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,)
