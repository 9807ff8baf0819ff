"""Where the next page of a search begins: opaque to callers, good only for that search and that publication."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import date

from indexer.errors import CursorExpired, QueryError
from indexer.records import canonical
from indexer.types import IndexInfo, Query

_DIGITS = 16
"""Hex digits of a search's digest: it guards against mistakes, not against people."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How many hits came before, on which day the question counts as asked, and which search and publication it was."""

    start: int
    asked_on: date | None
    search: str
    index: str

    @classmethod
    def after(cls, query: Query, hits: int, info: IndexInfo) -> Cursor:
        """The cursor behind so many hits of a search."""
        return cls(hits, query.asked_on, _search(query), publication(info))

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The inverse of ``written``. Raises QueryError."""
        try:
            padded = text + "=" * (-len(text) % 4)
            start, asked_on, search, index = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            day = None if asked_on is None else date.fromisoformat(asked_on)
            if type(start) is not int or start < 0 or not isinstance(search, str) or not isinstance(index, str):
                raise ValueError(text)
            return cls(start, day, search, index)
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise QueryError(
                "cursor is not one that a search gave: take it as it stands in the answer, or leave it out", "cursor"
            ) from error

    def written(self) -> str:
        """As text that may stand in an address as it is."""
        asked_on = self.asked_on.isoformat() if self.asked_on else None
        plain = canonical([self.start, asked_on, self.search, self.index])
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    def goes_on(self, query: Query) -> Query:
        """The query from here on. Raises QueryError if it is not the one that this cursor came from."""
        if _search(query) != self.search:
            raise QueryError(
                "cursor belongs to another search: give the same question, k and filters with it, or leave it out",
                "cursor",
            )
        return replace(query, start=self.start, seen=self.index)


def check_seen(query: Query, info: IndexInfo) -> None:
    """Raise CursorExpired if the earlier pages of a query came from another publication."""
    if query.seen is not None and query.seen != publication(info):
        raise CursorExpired(
            "the index has changed since the page before: ask again without the cursor, from the first page", "cursor"
        )


def publication(info: IndexInfo) -> str:
    """What tells one published state of an index from another."""
    return f"{info.generation}-{info.articles}-{info.passages}-{info.weights[:8]}"


def _search(query: Query) -> str:
    first = asdict(replace(query, start=0, seen=None))
    first["asked_on"] = query.asked_on.isoformat() if query.asked_on else None
    return hashlib.sha256(canonical(first).encode()).hexdigest()[:_DIGITS]
